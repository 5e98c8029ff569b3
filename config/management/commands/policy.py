"""`integrity policy > docs/policy.md`: who may do what, who may not do both, and what conflicts there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib import import_module
from itertools import groupby
from pkgutil import walk_packages
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import translation

import cases
import intake
import integrity
from audit.log.events import registered
from cases.policy import CONFLICTS
from cases.states import Track
from cases.workflow import TRANSITIONS, Transition, find
from integrity.people.roles import Role
from integrity.policy import Party, Rule, rules

INTRODUCTION = """\
# Roles and separation of duties

Made from the table of rules by `integrity policy > docs/policy.md`; a test compares the two. A demonstration has
one action more, which moves its clock.

Every action declares who may do it, and is refused to everybody else before anything of it runs, with the sentence
“Your role does not allow this.” or one of its own, and an entry `action.refused`. The column “and only” tells what
is asked besides, of the matter itself. Nothing overrides any of it, and nobody is a superuser.
"""
STEPS = """\
## Steps of reports, cases and register entries

Each is a row of the [workflow table](workflow.md), which names roles and states. Somebody does a step only in a role
in which they have a part in the matter.
"""
SEPARATION = """\
## Who did one thing and never does the other

On the same matter, in whatever role, with no override. The sentence is “You did “…” here yourself, so somebody else
must do “…”.” Besides: whoever had any part in a case or its reports does not decide it.
"""
CONFLICT = """\
## Conflicts of interest

Asked of everybody who is brought into a case or gives, opens or does something there, of its reports once a case
shows who is accused, and of its entry in the register. Stepping aside is the one thing that is left to do. Who is
accused is sealed, so whoever acts compares with their own keys; the first row that fits is told.
"""


class Command(BaseCommand):
    """Write the table of rules as Markdown."""

    help = "Roles, separation of duties and conflicts of interest as Markdown (for docs/policy.md)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it to the standard output, in English."""
        with translation.override("en"):
            self.stdout.write(page(), ending="")


def page() -> str:
    """The whole page, ending with a line break."""
    _fill_the_table()
    steps = {row.event for row in TRANSITIONS}
    apart = [rule for name, rule in rules().items() if name not in steps and _is_told(name)]
    parts = [INTRODUCTION, "## What each role may do\n", _lines(_roles(apart)), "## Every other action\n"]
    for room, of_room in groupby(apart, key=lambda rule: rule.name.split(".")[0]):
        parts += [f"### {room}\n", _lines(_actions(of_room))]
    parts += [STEPS, _lines(_steps()), SEPARATION, _lines(_separated()), CONFLICT, _lines(_conflicts())]
    return "\n".join(parts)


def _fill_the_table() -> None:
    """Import every module of the lower floors: a rule stands in the table once its action was imported."""
    for floor in (integrity, intake, cases):
        for module in walk_packages(floor.__path__, prefix=f"{floor.__name__}."):
            if ".migrations" not in module.name and ".management" not in module.name:
                import_module(module.name)


def _is_told(name: str) -> bool:
    return not name.startswith(("demonstration.", "test."))


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"


def _row(*cells: object) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


def _roles(apart: list[Rule]) -> Iterator[str]:
    yield _row("Who", "Actions", "Steps")
    yield "|---|---|---|"
    for who in (*Role, *Party):
        actions = ", ".join(f"`{rule.name}`" for rule in apart if who.value in rule.by)
        steps = ", ".join(f"`{row.event}`" for row in TRANSITIONS if who.value in row.by)
        yield _row(who.label, actions, steps)


def _actions(of_room: Iterable[Rule]) -> Iterator[str]:
    yield _row("Action", "By", "And only", "Not for themselves")
    yield "|---|---|---|---|"
    for rule in of_room:
        refused = "<br>".join(dict.fromkeys(f"“{sentence}”" for sentence in rule.not_self.values()))
        yield _row(f"`{rule.name}`<br>{registered()[rule.name].description}", _by(rule.by), rule.limit, refused)


def _by(names: frozenset[str]) -> str:
    return ", ".join(str(who.label) for who in (*Role, *Party) if who.value in names)


def _steps() -> Iterator[str]:
    yield _row("Step", *(str(track.label) for track in Track))
    yield "|---|---|---|---|"
    named: dict[str, dict[Track, Transition]] = defaultdict(dict)
    for row in TRANSITIONS:
        named[row.name][row.track] = row
    for name, by_track in named.items():
        yield _row(f"`{name}`", *(_by(by_track[track].by) if track in by_track else "" for track in Track))


def _separated() -> Iterator[str]:
    yield _row("Whoever did", "never does")
    yield "|---|---|"
    later: dict[tuple[Track, str], list[str]] = defaultdict(list)
    for row in TRANSITIONS:
        for name in row.never:
            later[row.track, name].append(row.name)
    for row in TRANSITIONS:
        if names := later[row.track, row.name]:
            yield _row(f"`{row.event}`", ", ".join(f"`{find(row.track, name).name}`" for name in names))


def _conflicts() -> Iterator[str]:
    yield _row("Conflict", "How it is found", "The person reads", "Others read")
    yield "|---|---|---|---|"
    for row in CONFLICTS:
        yield _row(row.kind.label, row.how, f"“{row.to_them}”", f"“{str(row.of_them) % {'name': 'Name'}}”")
