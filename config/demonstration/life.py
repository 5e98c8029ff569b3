"""The life of one matter, step by step: each `yield` says when the next step happens."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from audit import clock
from cases.actions import NewAllegation, NewSubject
from cases.engine import available
from cases.models import Case
from cases.outcomes import Outcome
from cases.states import Track
from cases.triage import actions as triage
from config.demonstration.institution import Institution
from config.demonstration.matters import Matter
from intake.channels.paths import Path
from intake.portal import actions as portal
from intake.portal.models import Origin, Report
from intake.portal.receipt import Receipt, ReporterSecret
from integrity.action import Actor
from integrity.rules.models import RulePack
from integrity.rules.terms import Gravity
from integrity.vault.uploads import PendingFile, SealedUpload

Story = Generator[datetime, None, None]
ENDS_AS_REPORT = {"received", "acknowledged", "assessed", "asked", "rejected", "referred", "merged"}


@dataclass
class Life:
    """What the stories share: the institution, the day the demonstration ends on, and what became of matters."""

    institution: Institution
    now: datetime
    cases: dict[str, Case] = field(default_factory=dict)
    receipts: dict[str, Receipt] = field(default_factory=dict)


@dataclass
class Told:
    """One matter with its report, its receipt and its case once there is one."""

    life: Life
    matter: Matter
    report: Report
    receipt: Receipt
    secret: ReporterSecret
    investigator: str
    supervisor: str
    triage: str
    case: Case | None = None

    def actor(self, username: str) -> Actor:
        """Somebody of the institution."""
        return self.life.institution.actor(username)

    @property
    def file(self) -> Case:
        """The case as it is now."""
        assert self.case is not None  # noqa: S101 - asked for only after conversion
        return Case.objects.select_related("key", "pack").get(pk=self.case.pk)

    def can(self, username: str, name: str) -> bool:
        """Whether a person could perform a transition now."""
        actor = self.actor(username)
        return any(item.row.name == name for item in available(Track.CASE, self.file, actor))


def after(days: int) -> datetime:
    """So many days after now, at some hour at which people work."""
    now = clock.now()
    spread = now.toordinal() * 31 + now.hour * 17 + now.minute
    return (now + timedelta(days=days)).replace(hour=1 + spread % 9, minute=spread % 60)


def live(life: Life, matter: Matter) -> Story:
    """Everything that happened in a matter, up to its `until`."""
    from config.demonstration import casework

    start = life.now - timedelta(days=matter.ago) + timedelta(hours=hash_of(matter.title) % 9)
    yield start
    told = send(life, matter)
    yield after(1 + hash_of(matter.title) % 3)
    if matter.until == "received":
        return
    yield from look_into(told)
    if matter.until in ENDS_AS_REPORT:
        return
    convert(told)
    yield after(2)
    yield from casework.work(told)


def hash_of(text: str) -> int:
    """A small number that is the same in every run."""
    return sum(text.encode())


def send(life: Life, matter: Matter) -> Told:
    """Send the report as a reporting person would."""
    receipt = Receipt.new()
    secret = ReporterSecret.of(receipt)
    report_id = uuid4()
    answers = {
        "what": matter.what,
        "when": matter.when,
        "where": matter.where,
        "who": matter.who,
        "how_known": matter.how,
        "concerns": "leadership" if matter.leadership else "others",
    }
    channel = life.institution.channels["independent" if matter.leadership else "office"]
    actor = Actor.reporter(report_id)
    report = portal.send_report(
        actor=actor,
        report_id=report_id,
        secret=secret,
        channel=channel,
        path=Path(matter.path),
        origin=Origin.PORTAL,
        language="en",
        answers=answers,
        identity=matter.identity,
        files=[sealed_file(matter.file, matter.what)] if matter.file else [],
    )
    portal.confirm_receipt(actor=actor, report=report)
    life.receipts[matter.title] = receipt
    number = hash_of(matter.title)
    return Told(
        life=life,
        matter=matter,
        report=report,
        receipt=receipt,
        secret=secret,
        investigator="investigator" if number % 3 else "investigator2",
        supervisor="supervisor" if number % 4 else "supervisor2",
        triage="triage2" if matter.leadership else "triage",
    )


def sealed_file(name: str, text: str) -> SealedUpload:
    """A small file, sealed as it would be on its way in."""
    pending = PendingFile(name)
    pending.write(text.encode())
    return pending.finish()


def look_into(told: Told) -> Iterator[datetime]:
    """Acknowledgement and triage."""
    matter = told.matter
    officer = told.triage if matter.leadership else "intake"
    triage.acknowledge(actor=told.actor(officer), subject=told.report)
    yield after(2)
    if matter.until == "acknowledged":
        return
    triage.open_report(actor=told.actor(told.triage), report=told.report)
    if matter.until == "asked":
        triage.ask_more(
            actor=told.actor(told.triage),
            subject=told.report,
            body="Thank you. Do you know since when they have worked together, and could anybody else tell us more?",
        )
        return
    triage.assess(
        actor=told.actor(told.triage),
        subject=told.report,
        seriousness=3 if "bribe" in matter.offence or matter.leadership else 2,
        credibility=2,
        completeness=2,
        urgency=2 if matter.file else 1,
        remarks="Fits what the risk unit has seen.",
    )
    yield after(2)
    if matter.until == "rejected":
        triage.reject(
            actor=told.actor(told.triage),
            subject=told.report,
            ground="no_breach",
            reasons="What is described does not breach the code of conduct, whoever did it.",
            message="Thank you for writing. We read it with care. What you describe does not breach the code of "
            "conduct, so we close it here; the office concerned was told that somebody noticed, and not who.",
        )
    elif matter.until == "referred":
        triage.refer(
            actor=told.actor(told.triage),
            subject=told.report,
            body="other_institution",
            name="Office for complaints about services",
            reasons="A complaint about a service, in which no misconduct of staff is described.",
            message="This is dealt with by the office for complaints about services, to which we have passed your "
            "letter on. Nothing in it tells who you are.",
        )
    elif matter.until == "merged":
        case = told.life.cases[matter.same_as]
        triage.merge(actor=told.actor(told.triage), subject=told.report, case=case)


def convert(told: Told) -> None:
    """Open the case."""
    matter = told.matter
    offence = RulePack.objects.in_force().pack.offence(matter.offence)
    profile = {
        "name": matter.subject,
        "staff_number": matter.number,
        "office": matter.office,
        "grade_band": matter.grade,
        "gender": matter.gender,
        "person": "",
    }
    triage.convert(
        actor=told.actor(told.triage),
        subject=told.report,
        title=matter.title,
        predication="The report names place, time and persons, and what it says can be checked against records "
        "that exist. The reporting person knows it at first hand.",
        subjects=[NewSubject(profile=profile)],
        allegations=[
            NewAllegation(
                subject=1,
                offence=matter.offence,
                gravity=Gravity(matter.gravity) if matter.gravity else offence.gravity,
                statement=matter.what,
            )
        ],
        supervisor=told.life.institution.people[told.supervisor],
    )
    told.case = Case.objects.get(reports=told.report)
    told.life.cases[matter.title] = told.case


def outcome_of(matter: Matter) -> Outcome:
    """What the investigation found."""
    return Outcome(matter.outcome)
