"""Walks through an appeal: from a served decision to finality."""

from __future__ import annotations

from datetime import timedelta

from audit import clock
from cases.appeals import actions
from cases.appeals.forms import free_members, registrars
from cases.models import Case
from cases.states import CaseState
from integrity.people.roles import Role
from tests.walks.discipline import declared, supervising, to_notified
from tests.world import World

OUTCOMES = {"uphold": actions.uphold, "vary": actions.vary, "quash": actions.quash, "remit": actions.remit}


def to_appealed(world: World, case: Case) -> Case:
    """An appeal filed today."""
    if case.state not in {CaseState.NOTIFIED, CaseState.APPEALED}:
        to_notified(world, case)
    actions.file_appeal(
        actor=supervising(world, case),
        subject=case,
        filed_on=clock.today(),
        grounds=["facts", "disproportionate"],
        registrar=registrars(case)[0],
        statement="The witness was mistaken about the day.",
    )
    return case


def registrar(world: World, case: Case) -> str:
    """Who admits an appeal and transmits the record: a supervisor without a part in what is appealed."""
    person = registrars(case)[0]
    declared(world, person, case)
    return str(person.username)


def to_admitted(world: World, case: Case) -> Case:
    """An admitted appeal."""
    to_appealed(world, case)
    actions.admit_appeal(actor=world.actor(registrar(world, case)), subject=case, reasons="In time.")
    return case


def to_transmitted(world: World, case: Case) -> Case:
    """Before a board of three."""
    to_admitted(world, case)
    actions.transmit_record(actor=world.actor(registrar(world, case)), subject=case, members=free_members(case)[:3])
    return case


def give_opinions(world: World, case: Case, *outcomes: str) -> list[str]:
    """Each member's opinion, in the order of joining; the members' user names."""
    names = []
    for person, outcome in zip(case.members(Role.BOARD), outcomes, strict=True):
        actor = declared(world, person, case)
        actions.vote(actor=actor, subject=case, outcome=outcome, reasons=f"My reasons to {outcome}.")
        names.append(person.username)
    return names


def to_board_decided(world: World, case: Case, outcome: str, **data: object) -> Case:
    """The board has decided, with one dissent."""
    to_transmitted(world, case)
    other = "uphold" if outcome != "uphold" else "quash"
    first, *_rest = give_opinions(world, case, outcome, outcome, other)
    OUTCOMES[outcome](actor=world.actor(first), subject=case, reasons="The board's reasons.", **data)
    return case


def to_final(world: World, case: Case, outcome: str | None = None, **data: object) -> Case:
    """Final: by a board's outcome, or (None) because the respondent waived an appeal."""
    if outcome is None:
        to_notified(world, case)
        actions.waive_appeal(
            actor=supervising(world, case), subject=case, received_on=clock.today(), statement="I accept."
        )
    else:
        to_board_decided(world, case, outcome, **data)
    actions.confirm_finality(str(case.pk))
    case.refresh_from_db()
    return case


def to_lapsed(world: World, case: Case) -> Case:
    """Final because nobody appealed: two months later."""
    to_notified(world, case)
    with clock.at(clock.now() + timedelta(days=60)):
        actions.confirm_finality(str(case.pk))
    case.refresh_from_db()
    return case
