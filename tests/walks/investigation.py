"""Takes a case through the investigation, through the real actions, one stage at a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time, timedelta

from audit import clock
from cases import actions as case_actions
from cases.investigation import actions
from cases.investigation.findings import ProposedFinding
from cases.investigation.models import (
    Capacity,
    Confirmation,
    CustodyKind,
    EvidenceKind,
    ReferralDecision,
)
from cases.investigation.referral import undecided
from cases.models import Case, ConflictDeclaration
from cases.outcomes import Outcome
from integrity.vault.uploads import PendingFile, SealedUpload
from tests.world import World

PLAN = {
    "questions": "Was the declared value lowered after the first assessment?\n"
    "Who released the consignment, and on whose word?",
    "sources": "Declaration system: history of the declaration.\nGate log of the night shift.\nRoster of the office.",
    "interviews": "The release officer on duty.\nThe broker's clerk.\nThe subject, last.",
    "risks": "The gate log is overwritten after thirty days: secure it first.\n"
    "Only three people knew of the payment: do not name it.",
}
NOTE = "The system shows two valuations within four minutes; the second was entered from another terminal."
TEXT = (
    "Asked about the evening in question, the witness said that the consignment was released before the second officer "
    "had come back from the yard. The witness did not see any money change hands."
)


def upload(content: bytes, name: str = "gate-log.pdf") -> SealedUpload:
    """A file that has just arrived, encrypted as every upload is."""
    pending = PendingFile(name)
    pending.write(content)
    return pending.finish()


def declare(world: World, case: Case, *usernames: str) -> None:
    """Each of these declares no conflict, unless they have declared already."""
    for username in usernames:
        if not ConflictDeclaration.objects.filter(case=case, person=world.person(username)).exists():
            case_actions.declare_no_conflict(actor=world.actor(username), subject=case, confirmed=True)


def to_assigned(
    world: World, case: Case, *, investigator: str = "investigator", supervisor: str = "supervisor"
) -> Case:
    """Opened → assigned: the supervisor names the investigator, and both declare."""
    declare(world, case, supervisor)
    actions.assign(actor=world.actor(supervisor), subject=case, investigators=[world.person(investigator)])
    declare(world, case, investigator)
    return case


def to_planned(
    world: World,
    case: Case,
    *,
    investigator: str = "investigator",
    supervisor: str = "supervisor",
    plan: Mapping[str, str] = PLAN,
) -> Case:
    """Opened → plan awaiting approval."""
    to_assigned(world, case, investigator=investigator, supervisor=supervisor)
    actions.propose_plan(actor=world.actor(investigator), subject=case, **plan)
    return case


def to_investigating(
    world: World,
    case: Case,
    *,
    investigator: str = "investigator",
    supervisor: str = "supervisor",
    plan: Mapping[str, str] = PLAN,
) -> Case:
    """Opened → under investigation."""
    to_planned(world, case, investigator=investigator, supervisor=supervisor, plan=plan)
    actions.approve_plan(actor=world.actor(supervisor), subject=case)
    return case


def gather(world: World, case: Case, *, investigator: str = "investigator", content: bytes | None = None) -> Case:
    """Put a note, an item of evidence with a file and a custody event, and an interview into the file."""
    today = clock.today()
    actions.add_note(actor=world.actor(investigator), subject=case, body=NOTE)
    actions.add_evidence(
        actor=world.actor(investigator),
        subject=case,
        kind=EvidenceKind.EXTRACT,
        title="History of the declaration",
        description="Both valuations with terminal, time and user.",
        source="Declaration system, exported by the systems office",
        how="On the written request of the investigator; the export was made in their presence.",
        obtained_on=today - timedelta(days=1),
        place_kept="Safe of the integrity office, shelf 2",
        file=[upload(content or b"declaration history\n" * 40, "declaration-history.csv")],
    )
    actions.record_custody(
        actor=world.actor(investigator),
        subject=case,
        evidence=case.evidence.count(),
        kind=CustodyKind.SEALED,
        on=today,
        remark="Envelope 114, signed across the flap.",
    )
    actions.record_interview(
        actor=world.actor(investigator),
        subject=case,
        who="Release officer on duty",
        capacity=Capacity.WITNESS,
        place="Integrity office, room 3",
        on=today,
        time=time(10, 30),
        present="A colleague of the witness's choice",
        caution=False,
        text=TEXT,
        confirmation=Confirmation.SIGNED,
    )
    return case


def proposed(
    case: Case,
    outcome: Outcome = Outcome.SUBSTANTIATED,
    outcomes: Mapping[int, Outcome] | None = None,
    reasons: str = "The history of the declaration shows the change, and the roster who was on duty.",
) -> list[ProposedFinding]:
    """A finding on every allegation: `outcome`, or another one by the allegation's number."""
    relied_on = tuple(item.label for item in case.evidence.all())
    return [
        ProposedFinding(
            allegation=allegation.number,
            outcome=(outcomes or {}).get(allegation.number, outcome),
            reasons=reasons,
            relied_on=relied_on,
        )
        for allegation in case.allegations.all()
    ]


def to_findings(
    world: World,
    case: Case,
    outcome: Outcome = Outcome.SUBSTANTIATED,
    *,
    outcomes: Mapping[int, Outcome] | None = None,
    investigator: str = "investigator",
    supervisor: str = "supervisor",
) -> Case:
    """Opened → findings under review."""
    to_investigating(world, case, investigator=investigator, supervisor=supervisor)
    gather(world, case, investigator=investigator)
    actions.submit_findings(actor=world.actor(investigator), subject=case, findings=proposed(case, outcome, outcomes))
    return case


def decide_referrals(
    world: World,
    case: Case,
    *,
    supervisor: str = "supervisor",
    decision: ReferralDecision = ReferralDecision.REFERRED,
) -> Case:
    """Decide on every criminal allegation that is still open."""
    for allegation in undecided(case):
        actions.decide_referral(
            actor=world.actor(supervisor),
            subject=case,
            allegation=allegation.number,
            decision=decision,
            body="Office of the public prosecutor" if decision == ReferralDecision.REFERRED else "",
            reasons="The clause describes a criminal offence, and what the file holds must be weighed there.",
        )
    return case


def to_reviewed(
    world: World,
    case: Case,
    outcome: Outcome = Outcome.SUBSTANTIATED,
    investigator: str = "investigator",
    supervisor: str = "supervisor",
    *,
    outcomes: Mapping[int, Outcome] | None = None,
    referrals: bool = True,
) -> Case:
    """Opened → findings reviewed, by the supervisor; with `referrals`, criminal offences are referred as well."""
    to_findings(world, case, outcome, outcomes=outcomes, investigator=investigator, supervisor=supervisor)
    actions.approve_findings(
        actor=world.actor(supervisor),
        subject=case,
        allegations=[allegation.number for allegation in case.allegations.all()],
        reasons="Each finding follows from what it cites; the other explanations were looked at and excluded.",
    )
    if referrals:
        decide_referrals(world, case, supervisor=supervisor)
    return case


def to_closed_without_charge(
    world: World,
    case: Case,
    *,
    outcome: Outcome = Outcome.UNSUBSTANTIATED,
    investigator: str = "investigator",
    supervisor: str = "supervisor",
    message: str = "We looked into what you told us. It could not be established, and the matter is closed.",
) -> Case:
    """Opened → closed, because there is no case to answer."""
    to_reviewed(world, case, outcome, investigator, supervisor)
    actions.close_without_charge(
        actor=world.actor(supervisor),
        subject=case,
        reasons="No allegation was substantiated.",
        message=message if case.reports.exists() else "",
    )
    return case
