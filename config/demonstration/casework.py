"""From an open case to its end, in the demonstration."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from audit import clock
from cases import actions as cases
from cases.appeals import actions as appeals
from cases.appeals.forms import free_members, registrars
from cases.discipline import actions as discipline
from cases.discipline import deciding
from cases.discipline.authorities import candidates
from cases.discipline.charges import answerable, proposed
from cases.discipline.decisions import decision_in_force, needs_endorsement
from cases.discipline.hearings import outstanding_hearing
from cases.discipline.models import ServiceMethod, Signature
from cases.investigation import actions as investigation
from cases.investigation.findings import ProposedFinding
from cases.investigation.models import Capacity, Confirmation, EvidenceKind, ReferralDecision
from cases.investigation.referral import undecided
from cases.outcomes import LIABLE, Outcome
from cases.publication import actions as publication
from cases.publication import closing
from cases.publication.drafts import opens_on, propose
from cases.publication.generalisation import GradeLevel, PeriodLevel, PlaceLevel
from cases.publication.models import Ground, Publication
from config.demonstration.life import Told, after, outcome_of, sealed_file
from integrity.action import Incomplete
from integrity.people.models import User

LEVELS: tuple[dict[str, Any], ...] = (
    {},
    {"grade": GradeLevel.POOLED},
    {"grade": GradeLevel.POOLED, "place": PlaceLevel.WITHHELD, "period": PeriodLevel.YEAR},
)
BOARD = ("board1", "board2", "board3")


def work(told: Told) -> Iterator[datetime]:
    """Investigation, and what follows from it."""
    matter = told.matter
    yield from investigate(told)
    if told.file.state != "reviewed" or matter.until == "reviewed":
        return
    if outcome_of(matter) not in LIABLE:
        investigation.close_without_charge(
            actor=told.actor(told.supervisor),
            subject=told.file,
            reasons="What could be checked was checked. Nothing is left that would support a charge.",
            message="We looked into what you reported as far as it can be looked into. There is not enough for a "
            "charge against anybody. Should you learn more, you can write to us here.",
        )
        return
    yield from charge(told)
    if told.file.state != "decided" or matter.until == "decided":
        return
    yield from after_the_decision(told)


def _declare(told: Told, *usernames: str) -> None:
    for username in usernames:
        case = told.file
        if told.can(username, "declare_no_conflict"):
            person = told.life.institution.people[username]
            if not case.declarations.filter(person=person).exists():
                cases.declare_no_conflict(actor=told.actor(username), subject=case)


def investigate(told: Told) -> Iterator[datetime]:
    """Assignment, plan, evidence, interviews, findings and their review."""
    matter, supervisor, investigator = told.matter, told.supervisor, told.investigator
    if matter.until == "opened":
        return
    _declare(told, supervisor)
    people = told.life.institution.people
    investigation.assign(actor=told.actor(supervisor), subject=told.file, investigators=[people[investigator]])
    yield after(2)
    if matter.until == "assigned":
        return
    _declare(told, investigator)
    investigation.propose_plan(
        actor=told.actor(investigator),
        subject=told.file,
        questions="1. Did what the report says happen? 2. Who took part? 3. Who knew of it? 4. Is there a loss?",
        sources="Records of the office named in the report; access logs; the duty roster; registers of gifts and "
        "interests where they matter.",
        interviews="Colleagues of the same shift, somebody from outside who saw it, and the subject last.",
        risks="The office is small: nobody is told why records are asked for. Records are copied before anybody "
        "knows of the case.",
    )
    yield after(2)
    if matter.until == "planned":
        return
    investigation.approve_plan(actor=told.actor(supervisor), subject=told.file)
    if told.case is not None and undecided(told.file):
        _refer_to_prosecutor(told)
    yield after(3)
    yield from _collect(told)
    if matter.until == "investigating":
        return
    investigation.submit_findings(
        actor=told.actor(investigator),
        subject=told.file,
        findings=[
            ProposedFinding(
                allegation=1,
                outcome=outcome_of(matter),
                reasons=matter.statement + " The records agree with it. " + (matter.answer or ""),
                relied_on=("E-1", "I-1"),
            )
        ],
    )
    yield after(5)
    if matter.until == "findings":
        return
    investigation.approve_findings(
        actor=told.actor(supervisor),
        subject=told.file,
        allegations=[1],
        reasons="The findings follow from the evidence, and what speaks for the subject was weighed.",
    )
    yield after(2)


def _refer_to_prosecutor(told: Told) -> None:
    refers = told.matter.outcome == "substantiated" and told.matter.gravity != "serious"
    investigation.decide_referral(
        actor=told.actor(told.supervisor),
        subject=told.file,
        allegation=1,
        decision=ReferralDecision.REFERRED if refers else ReferralDecision.DECLINED,
        reasons="The clause is one that the criminal law knows too."
        if refers
        else "What is known so far does not reach what the criminal law asks for; decided again if more comes.",
        body="Anti-corruption agency" if refers else "",
    )


def _collect(told: Told) -> Iterator[datetime]:
    matter, investigator = told.matter, told.investigator
    for number, title in enumerate(matter.evidence):
        text = f"{title}\n\n{matter.where}\n{matter.what}\n"
        investigation.add_evidence(
            actor=told.actor(investigator),
            subject=told.file,
            kind=EvidenceKind.RECORDING if "recording" in title else EvidenceKind.EXTRACT,
            title=title,
            source=matter.where,
            how="Copied from the original in the presence of the records officer.",
            obtained_on=clock.today(),
            place_kept=f"Evidence room, shelf {number + 1}",
            description="",
            file=[sealed_file(f"evidence-{number + 1}.txt", text)] if number == 0 else [],
        )
        yield after(3)
    investigation.add_note(
        actor=told.actor(investigator),
        subject=told.file,
        body="Looked through the records of the past year. The pattern begins after the change of shifts.",
    )
    if matter.statement:
        yield after(4)
        investigation.record_interview(
            actor=told.actor(investigator),
            subject=told.file,
            who="A colleague of the same office",
            capacity=Capacity.WITNESS,
            place="Interview room 2, Headquarters",
            on=clock.today(),
            text=matter.statement,
            confirmation=Confirmation.SIGNED,
            present="A second investigator",
            caution=True,
        )
        yield after(6)


def _authority(told: Told) -> User:
    keys = told.actor(told.supervisor).keys
    found = candidates(told.file, keys, proposed(told.file, keys)[0])
    usual = told.life.institution.people["authority"]
    return next((person for person in found if person.pk == usual.pk), found[0])


def _name(told: Told, person: User) -> str:
    return next(name for name, each in told.life.institution.people.items() if each.pk == person.pk)


def charge(told: Told) -> Iterator[datetime]:
    """Referral to the authority, notice, service, answer, hearing, decision."""
    matter = told.matter
    authority = _authority(told)
    discipline.refer_for_discipline(
        actor=told.actor(told.supervisor), subject=told.file, authority=authority, remark="For decision."
    )
    name = _name(told, authority)
    yield after(3)
    if matter.until == "with_authority":
        return
    _declare(told, name)
    keys = told.actor(name).keys
    discipline.issue_notice(
        actor=told.actor(name),
        subject=told.file,
        charge_texts={one.number: matter.what for one in answerable(told.file, keys).allegations},
        particulars=f"{matter.when}. {matter.where}.",
        rights="You may answer in writing, ask for a hearing, see the evidence, and be assisted by a colleague or a "
        "lawyer.",
        evidence=list(matter.evidence),
    )
    yield after(2)
    if matter.until == "charged":
        return
    discipline.record_service(
        actor=told.actor(name),
        subject=told.file,
        served_on=clock.today(),
        method=ServiceMethod.IN_PERSON,
        received_by=matter.subject,
    )
    if matter.until == "served":
        return
    if matter.answer.startswith("The respondent did not answer"):
        yield after(32)
        discipline.note_no_representation(actor=told.actor(name), subject=told.file)
    else:
        yield after(11)
        discipline.record_representation(
            actor=told.actor(name),
            subject=told.file,
            received_on=clock.today(),
            text=matter.answer or "The respondent contests the charge.",
            wishes_hearing=matter.hearing,
        )
    yield after(6)
    if matter.until == "answered":
        return
    if outstanding_hearing(told.file):
        discipline.record_hearing(
            actor=told.actor(name),
            subject=told.file,
            held_on=clock.today(),
            place="Hearing room, Headquarters",
            present=f"The authority, {matter.subject}, a representative of the staff union, the secretary",
            transcript=f"The charge was read. {matter.answer} Two questions were asked about the records.",
            signature=Signature.SIGNED,
            assistance="Staff union",
        )
        yield after(6)
    if matter.until == "heard":
        return
    decide(told, name)
    yield after(3)


def decide(told: Told, name: str) -> None:
    """A decision with its second signature, if the pack wants one."""
    matter = told.matter
    actor = told.actor(name)
    case = told.file
    charged = answerable(case, actor.keys)
    second = candidates(case, actor.keys, charged)
    code, amount = matter.sanction
    outcome = Outcome.SUBSTANTIATED if matter.outcome == "substantiated" else Outcome.PARTLY
    gross = str(charged.gravity) in [str(each) for each in case.pack.pack.settings.four_eyes_for]
    deciding.decide(
        actor=actor,
        subject=case,
        outcomes={one.number: outcome for one in charged.allegations},
        reasons="The evidence is consistent and comes from sources that do not depend on one another. The answer "
        "does not shake it.",
        factors=list(matter.factors),
        sanction=code,
        amount=amount,
        endorser=second[0] if gross else None,
    )
    decision = decision_in_force(told.file)
    if decision is not None and needs_endorsement(decision) and decision.endorser is not None:
        endorser = _name(told, decision.endorser)
        _declare(told, endorser)
        deciding.endorse_decision(actor=told.actor(endorser), subject=told.file, remark="Agreed.")


def after_the_decision(told: Told) -> Iterator[datetime]:
    """Service, appeal or none, finality, implementation, publication, closing."""
    matter = told.matter
    decision = decision_in_force(told.file)
    assert decision is not None  # noqa: S101 - the state is decided
    name = _name(told, decision.authority)
    deciding.serve_decision(
        actor=told.actor(name),
        subject=told.file,
        served_on=clock.today(),
        method=ServiceMethod.REGISTERED_MAIL,
        received_by=matter.subject,
    )
    if matter.until == "notified":
        return
    yield after(5)
    if matter.appeal == "waive":
        appeals.waive_appeal(
            actor=told.actor(name),
            subject=told.file,
            received_on=clock.today(),
            statement="I accept the decision and will not appeal.",
        )
    elif matter.appeal:
        yield from appeal(told, name)
    else:
        yield after(30)
    appeals.confirm_finality(str(told.file.pk))
    if told.file.state != "final" or matter.until == "final":
        return
    yield after(4)
    yield from conclude(told, name)


def appeal(told: Told, name: str) -> Iterator[datetime]:
    """An appeal, from its filing to the board's outcome."""
    matter = told.matter
    appeals.file_appeal(
        actor=told.actor(name),
        subject=told.file,
        filed_on=clock.today(),
        grounds=["facts", "disproportionate"],
        registrar=registrars(told.file)[0],
        statement=f"{matter.answer} The sanction is too heavy for somebody with years of good service.",
    )
    yield after(5)
    if matter.until == "appealed":
        return
    registrar = _name(told, registrars(told.file)[0])
    _declare(told, registrar)
    if matter.appeal == "dismiss":
        appeals.dismiss_appeal(
            actor=told.actor(registrar), subject=told.file, reasons="It names no ground that the rules know."
        )
        return
    appeals.admit_appeal(actor=told.actor(registrar), subject=told.file, reasons="In time, and by the respondent.")
    yield after(4)
    if matter.until == "admitted":
        return
    free = free_members(told.file)
    appeals.transmit_record(actor=told.actor(registrar), subject=told.file, members=free[:3])
    yield after(12)
    if matter.until == "transmitted":
        _declare(told, "board1")
        appeals.vote(
            actor=told.actor("board1"),
            subject=told.file,
            outcome="uphold",
            reasons="The evidence carries the decision.",
        )
        return
    _declare(told, *BOARD)
    outcome = matter.appeal
    for number, member in enumerate(BOARD):
        wanted = "uphold" if outcome != "uphold" and number == 2 else outcome
        appeals.vote(
            actor=told.actor(member),
            subject=told.file,
            outcome=wanted,
            reasons="The record supports this outcome." if wanted == outcome else "I would let the decision stand.",
        )
        yield after(2)
    _conclude_appeal(told, outcome)


def _conclude_appeal(told: Told, outcome: str) -> None:
    performs = {"uphold": appeals.uphold, "vary": appeals.vary, "quash": appeals.quash, "remit": appeals.remit}
    reasons = {
        "uphold": "The findings stand on evidence that does not depend on one witness, and the sanction is in range.",
        "vary": "The findings stand. Years of good service were not weighed, so the sanction is made lighter.",
        "quash": "The respondent acted on an order whose unlawfulness was not plain.",
        "remit": "The respondent was not told precisely what the charge was. It must be decided again.",
    }[outcome]
    more: dict[str, Any] = {"sanction": "pay-cut", "amount": 24} if outcome == "vary" else {}
    performs[outcome](actor=told.actor("board2"), subject=told.file, reasons=reasons, **more)


def conclude(told: Told, name: str) -> Iterator[datetime]:
    """Implementation, the register, and closing."""
    matter = told.matter
    if matter.appeal != "quash":
        discipline_implement(told, name)
        yield after(5)
    if matter.until == "implemented":
        return
    supervisor = told.supervisor
    if told.can(supervisor, "hand_over_for_publication") and matter.until == "published" and matter.appeal != "quash":
        publication.hand_over_for_publication(actor=told.actor(supervisor), subject=told.file)
        yield after(3)
        close(told)
        yield from publish(told)
        return
    close(told)


def discipline_implement(told: Told, name: str) -> None:
    """Carry the sanction out."""
    deciding.implement(
        actor=told.actor(name),
        subject=told.file,
        implemented_on=clock.today(),
        remark="Carried out by the personnel division.",
    )


def close(told: Told) -> None:
    """Close the case and tell the reporting person."""
    closing.close(
        actor=told.actor(told.supervisor),
        subject=told.file,
        message="The matter that you reported is closed. It was looked into, decided, and what was decided is final. "
        "Thank you: without you nobody would have known.",
    )


def publish(told: Told) -> Iterator[datetime]:
    """Edit and approve the entry once the embargo is over; coarsen it until the disclosure test passes."""
    yield after(100)
    entry = Publication.objects.get(case=told.file)
    for levels in LEVELS:
        try:
            publication.edit_entry(actor=told.actor("editor"), subject=entry, **levels)
            break
        except Incomplete:
            continue
    else:
        publication.withhold_entry(
            actor=told.actor("approver"),
            subject=entry,
            ground=Ground.SMALL_GROUP,
            reasons="No generalisation reaches five people, so the case counts only in pooled figures.",
        )
        return
    entry = Publication.objects.select_related("key", "pack").get(pk=entry.pk)
    opens = opens_on(propose(entry, told.actor("editor")).entry, entry.pack.pack)
    yield after(max(3, (opens - clock.today()).days + 1))
    publication.approve_entry(actor=told.actor("approver"), subject=Publication.objects.get(pk=entry.pk))
