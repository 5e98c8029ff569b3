"""What the tests of the investigation share: an opened case, people who leave their mark, what a refusal says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from audit.log.models import Entry
from cases.access import give_access
from cases.actions import NewAllegation, NewSubject, open_case
from cases.models import Case
from integrity.action import Actor, Refusal, action, record
from integrity.people.models import User
from integrity.people.roles import Role
from integrity.rules.terms import GradeBand, Gravity
from tests.world import World

PROFILE = {
    "name": "Somsak Rattana",
    "staff_number": "4411",
    "office": "PORT",
    "grade_band": GradeBand.OFFICER.value,
    "gender": "m",
    "person": "",
}
CRIMINAL = "bribe-for-undervaluation"
NOT_CRIMINAL = "gift-not-declared"


@action("test.case_opened", description="A test opened a case.")
def opened(
    *, actor: Actor, world: World, profile: dict[str, str], offences: tuple[tuple[str, Gravity], ...], supervisor: str
) -> Case:
    """A case without a report, one subject, an allegation for each offence."""
    case = open_case(
        actor=actor,
        report=None,
        pack=world.pack,
        title="Undervaluation at the sea port",
        predication="Two valuations of one consignment, and a payment that was seen.",
        subjects=[NewSubject(profile=profile)],
        allegations=[
            NewAllegation(subject=1, offence=offence, gravity=gravity, statement="Took money for a lower value.")
            for offence, gravity in offences
        ],
        supervisor=world.person(supervisor),
    )
    record(object=case.pseudonym)
    return case


def a_case(
    world: World,
    *,
    profile: dict[str, str] | None = None,
    offences: tuple[tuple[str, Gravity], ...] = ((NOT_CRIMINAL, Gravity.SERIOUS),),
    supervisor: str = "supervisor",
) -> Case:
    """A case as triage opens it."""
    return opened(
        actor=world.actor("triage"),
        world=world,
        profile={**PROFILE, **(profile or {})},
        offences=offences,
        supervisor=supervisor,
    )


@action("test.member_added", description="A test made somebody a member of a case.")
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
