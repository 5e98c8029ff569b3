"""Walks through discipline: from reviewed findings to a charge, a decision, its service, and its implementation.

Each takes a case from wherever it stands before, through the real actions, as the people whom the pack names.
"""

from __future__ import annotations

from collections.abc import Iterable

from audit import clock
from cases.actions import declare_no_conflict
from cases.discipline import actions, authorities, charges, deciding, drafts
from cases.discipline.decisions import decided_before, decision_in_force, needs_endorsement
from cases.discipline.hearings import outstanding_hearing
from cases.discipline.models import ServiceMethod, Signature
from cases.models import Case, ConflictDeclaration
from cases.outcomes import LIABLE, Outcome
from cases.states import CaseState
from integrity.action import Actor
from integrity.people.models import User
from integrity.people.roles import Role
from tests.walks.investigation import to_reviewed
from tests.world import World

INVESTIGATION = {
    CaseState.OPENED,
    CaseState.ASSIGNED,
    CaseState.PLANNED,
    CaseState.INVESTIGATING,
    CaseState.FINDINGS,
}


def declared(world: World, person: User, case: Case) -> Actor:
    """The person as an actor, who has declared that they have no conflict."""
    if not ConflictDeclaration.objects.filter(case=case, person=person).exists():
        declare_no_conflict(actor=world.actor(person.username), subject=case)
    return world.actor(person.username)


def supervising(world: World, case: Case) -> Actor:
    """The case's supervisor."""
    return declared(world, case.members(Role.SUPERVISOR)[0], case)


def deciding_as(world: World, case: Case) -> Actor:
    """The authority that is to decide this round."""
    passed = decided_before(case)
    decision = decision_in_force(case)
    if decision is not None:
        return declared(world, decision.authority, case)
    return declared(world, next(one for one in case.members(Role.AUTHORITY) if one.pk not in passed), case)


def free_authority(world: World, case: Case, charge: charges.Charge | None = None) -> User:
    """Somebody who may be brought in to decide or endorse: the lowest mandate that reaches; made when nobody is."""
    keyring = supervising(world, case).keys
    charge = charge or charges.answerable(case, keyring)
    people = authorities.candidates(case, keyring, charge)
    if not people:
        named = authorities.named_for(case, charge)
        username = f"{named.code}{len(world.people)}"
        return world.add(username, Role.AUTHORITY, named.code)
    pack = case.pack.pack

    def order(person: User) -> tuple[int, int]:
        mandate = authorities.mandate_of(person, pack)
        return (mandate.rank if mandate else 0, list(world.people).index(person.username))

    return min(people, key=order)


def to_referred(world: World, case: Case, *, outcome: Outcome = Outcome.SUBSTANTIATED) -> Case:
    """Before the deciding authority that the pack names."""
    if case.state in INVESTIGATION:
        to_reviewed(world, case, outcome=outcome)
    if case.state == CaseState.REVIEWED:
        supervisor = supervising(world, case)
        (charge,) = charges.proposed(case, supervisor.keys)
        person = free_authority(world, case, charge)
        actions.refer_for_discipline(actor=supervisor, subject=case, authority=person, remark="Please decide.")
    return case


def to_charged(world: World, case: Case) -> Case:
    """With a show-cause notice issued from the draft."""
    to_referred(world, case)
    if case.state == CaseState.WITH_AUTHORITY:
        actor = deciding_as(world, case)
        charge = charges.answerable(case, actor.keys)
        actions.issue_notice(
            actor=actor,
            subject=case,
            charge_texts={one.number: drafts.charge(one) for one in charge.allegations},
            particulars=drafts.particulars(charge, actor.keys),
            rights=drafts.rights(case.pack.pack),
            evidence=drafts.evidence(case, actor.keys).splitlines(),
        )
    return case


def to_served(world: World, case: Case) -> Case:
    """With the notice served today."""
    to_charged(world, case)
    if case.state == CaseState.CHARGED:
        actions.record_service(
            actor=supervising(world, case),
            subject=case,
            served_on=clock.today(),
            method=ServiceMethod.IN_PERSON,
            received_by="The respondent",
        )
    return case


def to_answered(world: World, case: Case, *, wishes_hearing: bool = False) -> Case:
    """With the respondent's answer."""
    to_served(world, case)
    if case.state == CaseState.SERVED:
        actions.record_representation(
            actor=supervising(world, case),
            subject=case,
            received_on=clock.today(),
            text="I deny it. The money was a debt repaid.",
            wishes_hearing=wishes_hearing,
        )
    return case


def hear(world: World, case: Case) -> Case:
    """With a hearing held today."""
    actions.record_hearing(
        actor=deciding_as(world, case),
        subject=case,
        held_on=clock.today(),
        place="Room 4, headquarters",
        present="The respondent; the authority; a clerk",
        transcript="The respondent repeated the answer.",
        signature=Signature.SIGNED,
    )
    return case


def to_decided(
    world: World,
    case: Case,
    sanction: str | None = None,
    amount: int | None = None,
    *,
    outcome: Outcome = Outcome.SUBSTANTIATED,
    factors: Iterable[str] = ("personal-gain", "clean-record"),
    wishes_hearing: bool = False,
) -> Case:
    """Decided, after a hearing where one is needed, and endorsed where the pack wants that.

    Without `sanction` the mildest that the pack allows, in its smallest amount. `outcome` is the finding on
    every charge.
    """
    to_answered(world, case, wishes_hearing=wishes_hearing)
    if case.state == CaseState.ANSWERED and outstanding_hearing(case):
        hear(world, case)
    if case.state in {CaseState.ANSWERED, CaseState.HEARD}:
        actor = deciding_as(world, case)
        charge = charges.answerable(case, actor.keys)
        pack = case.pack.pack
        endorser = None
        if charge.gravity in pack.settings.four_eyes_for:
            endorser = free_authority(world, case, charge)
        code = ""
        if outcome in LIABLE:
            cells = {cell.sanction.code: cell for cell in pack.allowed(charge.gravity)}
            code = sanction or next(iter(cells))
            amount = amount if amount is not None else cells[code].minimum
        deciding.decide(
            actor=actor,
            subject=case,
            outcomes={one.number: outcome for one in charge.allegations},
            factors=list(factors) if code else [],
            sanction=code,
            amount=amount if code else None,
            reasons="The two witnesses are believed; the account of a debt is not.",
            endorser=endorser,
        )
    return endorse(world, case)


def endorse(world: World, case: Case) -> Case:
    """With the second signature, where the pack wants one and it is not there yet."""
    decision = decision_in_force(case)
    if case.state != CaseState.DECIDED or decision is None or decision.endorser is None:
        return case
    if needs_endorsement(decision) and not hasattr(decision, "endorsement"):
        deciding.endorse_decision(
            actor=declared(world, decision.endorser, case), subject=case, remark="Read and agreed."
        )
    return case


def to_notified(
    world: World,
    case: Case,
    sanction: str | None = None,
    amount: int | None = None,
    *,
    outcome: Outcome = Outcome.SUBSTANTIATED,
) -> Case:
    """With the decision served today; the time for an appeal runs."""
    to_decided(world, case, sanction, amount, outcome=outcome)
    if case.state == CaseState.DECIDED:
        deciding.serve_decision(
            actor=supervising(world, case),
            subject=case,
            served_on=clock.today(),
            method=ServiceMethod.REGISTERED_MAIL,
            received_by="The respondent; receipt 4471",
        )
    return case


def to_implemented(world: World, case: Case) -> Case:
    """A final case with its sanction carried out today."""
    if case.state == CaseState.FINAL:
        deciding.implement(
            actor=supervising(world, case),
            subject=case,
            implemented_on=clock.today(),
            remark="Order 2026/17; told to payroll.",
        )
    return case
