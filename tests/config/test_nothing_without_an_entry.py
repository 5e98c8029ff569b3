"""Every action of the product: what it changes without leaving an entry is taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from integrity.action import Actor, Unrecorded, actions
from integrity.people.models import Office
from integrity.policy import Party, Rule, refusal
from tests.config.test_policy import NOBODYS, READING, RULES, counts, leading, person_of
from tests.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@contextmanager
def with_body(perform: Callable[..., Any], body: Callable[..., Any]) -> Iterator[None]:
    """Let an action do something else than what was written for it, and be an action still."""
    names = perform.__code__.co_freevars
    cell = (perform.__closure__ or ())[names.index("function")]
    kept = cell.cell_contents
    cell.cell_contents = body
    try:
        yield
    finally:
        cell.cell_contents = kept


def allowed(world: World, rule: Rule) -> tuple[Actor, dict[str, Any]]:
    """Somebody who may do it, and what the table must be told for that."""
    named = [person_of(world, role) for role in sorted(rule.roles)]
    named += [actor for party, actor in NOBODYS.items() if party in rule.parties]
    if named:
        return named[0], {}
    anybody = world.actor("auditor")
    concerned = leading(rule.themself, anybody.user.pk) if Party.THEMSELF in rule.parties else {}
    return anybody, concerned


def forgetful(*, actor: Actor, **arguments: Any) -> None:
    """Change something and say nothing of it."""
    Office.objects.create(code="forgotten", name="Forgotten", region="Nowhere")


def test_whatever_an_action_changes_without_an_entry_is_taken_back(world: World):
    run = actions()
    tried = 0
    for rule in RULES:
        if rule.name in READING:
            continue
        actor, arguments = allowed(world, rule)
        assert refusal(rule, actor, arguments) is None, rule.name
        before = counts()
        with with_body(run[rule.name], forgetful), pytest.raises(Unrecorded, match=rule.name):
            run[rule.name](actor=actor, **arguments)
        assert counts() == before, rule.name
        tried += 1
    assert tried == len({name for name in run if not name.startswith("test.")})
