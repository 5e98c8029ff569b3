"""What the tests of the investigation share: a case, a second part for somebody, what a refusal leaves."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from audit.log.models import Entry
from cases.access import give_access
from cases.investigation import actions
from cases.models import Case
from integrity.action import Actor, Refusal, action, record
from integrity.people.models import User
from integrity.people.roles import Role
from integrity.policy import ANYBODY
from integrity.rules.terms import Gravity
from tests.walks.investigation import declare
from tests.walks.triage import open_case
from tests.world import World

CRIMINAL = "speed-money"
NOT_CRIMINAL = "gift-not-declared"


def a_case(
    world: World, *, offence: str = NOT_CRIMINAL, also: Sequence[tuple[str, Gravity]] = (), **named: Any
) -> Case:
    """A case as triage opens it, with further allegations against the same subject."""
    case = open_case(world, offence=offence, **named)
    for code, gravity in also:
        declare(world, case, "supervisor")
        actions.add_allegation(
            actor=world.actor("supervisor"),
            subject=case,
            against=1,
            offence=code,
            gravity=gravity,
            statement="And this as well.",
        )
    return case


@action("test.member_added", by=ANYBODY, description="A test made somebody a member of a case.")
def made_member(*, actor: Actor, case: Case, person: User, capacity: Role) -> None:
    """Give a person a further part in a case, which no transition does."""
    give_access(actor=actor, case=case, person=person, capacity=capacity)
    record(object=case.pseudonym)


@contextmanager
def refused(kind: type[Refusal], case: Case, *, says: str = "") -> Iterator[Any]:
    """The block must be refused, leave the state alone, and leave one entry that it was tried."""
    state = Case.objects.get(pk=case.pk).state
    before = Entry.objects.filter(type="action.refused").count()
    with pytest.raises(kind) as raised:
        yield raised
    assert Case.objects.get(pk=case.pk).state == state
    assert Entry.objects.filter(type="action.refused").count() == before + 1
    assert says in str(raised.value.sentence)


def last_entry(event: str) -> dict[str, Any]:
    """The newest audit entry of a type."""
    entry = Entry.objects.filter(type=event).order_by("index").last()
    assert entry is not None, f"no entry of type {event}"
    leaf: dict[str, Any] = json.loads(bytes(entry.leaf))
    return leaf
