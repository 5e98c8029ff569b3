"""`integrity workflow > docs/workflow.md`: the workflow table as a page to read, with state diagrams."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import TextChoices
from django.utils import translation

from cases.states import CaseState, PublicationState, Track
from cases.workflow import FROM_THE_INBOX, SYSTEM, TRANSITIONS, Transition, find
from intake.portal.states import ReportState
from integrity.people.roles import Role
from integrity.rules.terms import ClockName

STATES: dict[Track, type[TextChoices]] = {
    Track.REPORT: ReportState,
    Track.CASE: CaseState,
    Track.PUBLICATION: PublicationState,
}
INTRODUCTION = """\
# The workflow table

Made from `cases/workflow.py` by `integrity workflow > docs/workflow.md`; a test compares the two.

Nothing at the desk moves a report, a case or a register entry but a row of this table; what a reporting person moves
from the inbox is in the diagram alone. A row is refused to whoever has no
part in the matter in one of its roles, at any other state, to somebody with a conflict of interest, and to
whoever did one of the things in “not by who did” on the same matter. Everything on a case but the two
declarations needs a declaration of no conflict first.
"""


class Command(BaseCommand):
    """Write the workflow table as Markdown."""

    help = "The workflow table as Markdown, with a state diagram for each track (for docs/workflow.md)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it to the standard output, in English."""
        with translation.override("en"):
            self.stdout.write(page(), ending="")


def page() -> str:
    """The whole page, ending with a line break."""
    parts = [INTRODUCTION]
    for track in Track:
        rows = [row for row in TRANSITIONS if row.track == track]
        parts.append(f"## {track.label}\n")
        asked = [(before, after, name) for of, before, after, name in FROM_THE_INBOX if of == track]
        parts.append("\n".join(_diagram(STATES[track], rows, asked)) + "\n")
        parts.append("\n".join(_table(STATES[track], rows)) + "\n")
    return "\n".join(parts)


def _diagram(
    states: type[TextChoices], rows: Iterable[Transition], asked: Iterable[tuple[str, str, str]]
) -> Iterator[str]:
    yield "```mermaid"
    yield "stateDiagram-v2"
    for state in states:
        yield f"    {state.value} : {state.label}"
    yield f"    [*] --> {next(iter(states)).value}"
    left = set()
    for before, after, name in asked:
        left.add(str(before))
        yield f"    {before} --> {after} : {name}, from the inbox"
    for row in rows:
        for state in states:
            if row.target is not None and state.value in row.sources and state.value != row.target:
                left.add(state.value)
                yield f"    {state.value} --> {row.target} : {row.name}"
    for state in states:
        if state.value not in left:
            yield f"    {state.value} --> [*]"
    yield "```"


def _table(states: type[TextChoices], rows: Iterable[Transition]) -> Iterator[str]:
    yield "| Transition | From | To | By | Not by who did | Clocks | Notes |"
    yield "|---|---|---|---|---|---|---|"
    for row in rows:
        cells = (
            f"`{row.name}`<br>{row.label}",
            _from(states, row),
            states(row.target).label if row.target is not None else "stays",
            ", ".join(str(role.label) for role in Role if role.value in row.by) or SYSTEM,
            ", ".join(f"`{find(row.track, name).name}`" for name in sorted(row.never)),
            _clocks(row),
            _notes(row),
        )
        yield "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


def _from(states: type[TextChoices], row: Transition) -> str:
    missing = [state for state in states if state.value not in row.sources]
    if not missing:
        return "any"
    if len(missing) == 1:
        return f"any but {missing[0].label}"
    return ", ".join(str(state.label) for state in states if state.value in row.sources)


def _clocks(row: Transition) -> str:
    words = [f"meets `{ClockName(name).value}`" for name in row.meets]
    return ", ".join(words + [f"starts `{ClockName(name).value}`" for name in row.starts])


def _notes(row: Transition) -> str:
    notes = []
    if row.main:
        notes.append("usual next step")
    if row.four_eyes:
        notes.append("four eyes")
    if row.document:
        notes.append(f"document: {row.document.replace('_', ' ')}")
    if row.told is not None:
        notes.append(f"the reporting person reads: “{row.told}”")
    return "; ".join(notes)
