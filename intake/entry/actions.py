"""The verbs of the entry room. Each leaves its entry by day: the minute of a call can point at who called."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid4

from django.db import IntegrityError
from django.utils.translation import gettext as _

from audit import clock
from intake.channels.models import Channel, ChannelQuestions
from intake.channels.paths import Path
from intake.entry import drafts
from intake.entry.models import EnteredReport, Handover
from intake.portal import actions as portal
from intake.portal.models import Origin, Report
from intake.portal.receipt import ReporterSecret
from integrity.action import Actor, Incomplete, WrongState, action, record
from integrity.people.roles import Role
from integrity.vault.storage import FileGone

if TYPE_CHECKING:
    from intake.channels.questionnaire import Answers
    from integrity.vault.uploads import SealedUpload

ORIGINS: Final = (Origin.PHONE, Origin.WALK_IN, Origin.LETTER, Origin.EMAIL)
EARLIEST: Final = date(2000, 1, 1)


@dataclass(frozen=True)
class Told:
    """What somebody told the office: how, when, from which side, in which language, and what.

    The identity is sealed to the identity custodian. Without `wants_receipt` nobody ever has one.
    """

    origin: Origin
    received_on: date
    path: Path
    language: str
    channel: Channel
    questions: ChannelQuestions | None
    answers: Answers = field(repr=False)
    identity: str = field(default="", repr=False)
    files: Iterable[SealedUpload] = field(default=(), repr=False)
    wants_receipt: bool = True


@dataclass(frozen=True)
class Entered:
    """A report that was entered; `is_new` unless the same page had sent it before."""

    report: Report
    is_new: bool


def enter_report(
    *, actor: Actor, told: Told, secret: ReporterSecret, draft: UUID | None = None, seen: int = 0
) -> Entered:
    """Take in what somebody told the office. The same secret again gives the report that is there already.

    The `draft` that it comes from goes with it. Who entered it gets no access by that. Raises Incomplete as
    `portal.send_report` does, and for a day that cannot be, WrongState as `drafts.take_out` does.
    """
    existing = portal.find_report(secret)
    if existing is not None:
        return Entered(existing, is_new=False)
    try:
        return Entered(_enter(actor=actor, told=told, secret=secret, draft=draft, seen=seen), is_new=True)
    except (IntegrityError, FileGone, WrongState):
        # The same page was sent twice at once, and the other one was first.
        existing = portal.find_report(secret)
        if existing is None:
            raise
        return Entered(existing, is_new=False)


@action(
    "report.entered",
    by=(Role.INTAKE,),
    limit="gives no access: only the recipients of the channel can open it",
    facts=("origin", "receipt"),
    by_day=True,
    description="An intake officer entered what somebody told by telephone, in person, by letter or by e-mail.",
)
def _enter(*, actor: Actor, told: Told, secret: ReporterSecret, draft: UUID | None, seen: int) -> Report:
    if told.origin not in ORIGINS:
        raise Incomplete(_("Say how it reached the office."))
    if not EARLIEST <= told.received_on <= clock.today():
        raise Incomplete(_("The day on which it was received cannot be in the future, and not long ago either."))
    if draft is not None:
        drafts.take_out(person=actor.user, draft=draft, seen=seen)
    report_id = uuid4()
    report = portal.send_report(
        actor=Actor.reporter(report_id),
        report_id=report_id,
        secret=secret,
        channel=told.channel,
        path=told.path,
        origin=told.origin,
        language=told.language,
        answers=told.answers,
        questions=told.questions,
        identity=told.identity,
        files=told.files,
        received_on=told.received_on,
        receipt_kept=not told.wants_receipt,
    )
    EnteredReport.objects.create(report=report, receipt=Handover.OPEN if told.wants_receipt else Handover.NONE)
    record(object=report.pseudonym, origin=told.origin.value, receipt=told.wants_receipt)
    return report


@action(
    "report.receipt_handed_over",
    by=(Role.INTAKE,),
    limit="with the page that entered the report",
    by_day=True,
    description="An intake officer handed the receipt to the reporting person.",
)
def hand_over(*, actor: Actor, report: Report) -> None:
    """Note that the person has the receipt: from now on no page shows it. Raises WrongState the second time."""
    entered = EnteredReport.objects.select_for_update().filter(report=report, receipt=Handover.OPEN).first()
    if entered is None:
        raise WrongState(_("This receipt was handed over before."), object=report.pseudonym)
    entered.receipt = Handover.HANDED
    entered.save(update_fields=["receipt"])
    Report.objects.filter(pk=report.pk).update(receipt_kept=True)
    report.receipt_kept = True
    record(object=report.pseudonym)
