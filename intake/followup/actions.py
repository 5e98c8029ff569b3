"""What a reporting person does here, by day; and what the office writes here, inside an action of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError
from django.utils.translation import gettext as _

from audit import clock
from intake.followup.models import Enquiry, Transcript, TranscriptState
from intake.followup.questions import Answered, to_json
from intake.portal.messages import write_message
from intake.portal.models import InboxSitting, MessageKind, Report, ReportStep
from intake.portal.sections import awaits_more
from intake.portal.states import ReportState
from integrity.action import Actor, WrongState, action, record
from integrity.policy import Party
from integrity.vault.storage import FileGone

if TYPE_CHECKING:
    from intake.channels.questionnaire import Question
    from integrity.people.models import User
    from integrity.vault.uploads import SealedUpload

WITH_RECEIPT = "with the receipt"


def locked(report: UUID) -> Report:
    """A report as it is now, locked, without the identity, which the portal does not read."""
    return Report.objects.without_identity().select_for_update(of=("self",)).select_related("key").get(pk=report)


def ask(*, report: Report, author: User, questions: Sequence[Question]) -> Enquiry:
    """Ask a reporting person these questions, inside an action. Earlier ones without an answer are superseded."""
    newest = report.enquiries.first()
    enquiry = Enquiry(report=report, number=newest.number + 1 if newest else 1, author=author, asked_on=clock.today())
    enquiry.seal(questions=to_json(questions))
    enquiry.save(force_insert=True)
    Report.objects.filter(pk=report.pk).update(awaits_answer=True)
    report.awaits_answer = True
    return enquiry


def open_enquiry(report: Report) -> Enquiry | None:
    """The questions that are asked now, or None. One query."""
    newest: Enquiry | None = report.enquiries.defer("author").first()
    return newest if newest is not None and newest.answered_on is None else None


def answer_questions(*, actor: Actor, enquiry: Enquiry, answered: Answered, nonce: bytes) -> None:
    """Send the answers to a form of questions, also to one that newer questions superseded.

    The same nonce (32 bytes) again changes nothing. Raises WrongState when other answers came already.
    """
    if not _sent_already(Enquiry.objects.defer("author").get(pk=enquiry.pk), nonce):
        _answer(actor=actor, enquiry=enquiry, answered=answered, nonce=nonce)


def _sent_already(enquiry: Enquiry, nonce: bytes) -> bool:
    """Whether exactly this was sent before. Raises WrongState when something else was."""
    if enquiry.nonce is None:
        return False
    if bytes(enquiry.nonce) != nonce:
        raise WrongState(
            _(
                "You answered these questions already, and your answers are with the office. Write what you want to "
                "add or put right as a message."
            ),
            object=enquiry.report.pseudonym,
        )
    return True


@action(
    "report.questions_answered",
    by=(Party.REPORTER,),
    limit=WITH_RECEIPT,
    facts=("number",),
    by_day=True,
    description="The reporting person answered a form of questions.",
)
def _answer(*, actor: Actor, enquiry: Enquiry, answered: Answered, nonce: bytes) -> None:
    report = locked(enquiry.report_id)
    held = Enquiry.objects.defer("author").get(pk=enquiry.pk)
    # Sent twice at once: the other one was first, and this one has nothing left to do.
    if not _sent_already(held, nonce):
        held.report = report
        held.seal(answers=answered.to_json())
        held.answered_on, held.nonce = clock.today(), nonce
        held.save(update_fields=["answers", "answered_on", "nonce"])
        report.awaits_answer, report.has_news = awaits_more(report), True
        report.save(update_fields=["awaits_answer", "has_news"])
    record(object=report.pseudonym, number=held.number)


def review_until(report: Report) -> date | None:
    """The last day on which a review can be asked for, or None when it cannot. One query at most."""
    if report.state != ReportState.REJECTED or report.review_asked_on is not None:
        return None
    closed = report.steps.filter(transition="reject").only("report", "on").order_by("-pk").first()
    last = closed.on + timedelta(days=settings.REVIEW_ASK_DAYS) if closed is not None else None
    return last if last is not None and last >= clock.today() else None


def request_review(
    *, actor: Actor, report: Report, text: str, nonce: bytes, files: Iterable[SealedUpload] = ()
) -> None:
    """Ask, once, that somebody who did not close the report looks at it again.

    The same nonce (32 bytes) again changes nothing. Raises WrongState when it was asked for, when the days for it are
    over and when the report is not closed; FileGone for a file swept.
    """
    if report.messages.filter(nonce=nonce).exists():
        return
    if review_until(report) is None:
        raise WrongState(_not_now(report), object=report.pseudonym)
    try:
        _request(actor=actor, report=report, text=text, nonce=nonce, files=tuple(files))
    except (IntegrityError, FileGone, WrongState):
        if not report.messages.filter(nonce=nonce).exists():
            raise


@action(
    "report.review_requested",
    by=(Party.REPORTER,),
    limit="with the receipt; once, within the days that a setting gives",
    facts=("files",),
    by_day=True,
    description="The reporting person asked that the closing of their report is reviewed.",
)
def _request(*, actor: Actor, report: Report, text: str, nonce: bytes, files: tuple[SealedUpload, ...]) -> None:
    held = locked(report.pk)
    if review_until(held) is None:
        raise WrongState(_not_now(held), object=held.pseudonym)
    write_message(report=held, body=text, kind=MessageKind.REVIEW, files=files, nonce=nonce)
    today, before = clock.today(), held.state
    held.state, held.review_asked_on = ReportState.REVIEW, today
    held.review_due = today + timedelta(days=settings.REVIEW_DAYS)
    held.save(update_fields=["state", "review_asked_on", "review_due"])
    ReportStep.objects.create(
        report=held, transition="request_review", person=None, on=today, from_state=before, to_state=held.state
    )
    record(object=held.pseudonym, files=len(files))


def _not_now(report: Report) -> str:
    if report.review_asked_on is not None:
        return _("You asked for a review already. It can be asked for once.")
    if report.state == ReportState.REJECTED:
        return _("The days in which a review could be asked for are over. You can still write to the office.")
    return _("A review can be asked for only when a report was closed without a case.")


def write_transcript(*, report: Report, author: User, text: str) -> Transcript:
    """Give the reporting person a version to read, inside an action. Earlier ones stay as they are."""
    newest = report.transcripts.first()
    transcript = Transcript(
        report=report, number=newest.number + 1 if newest else 1, author=author, written_on=clock.today()
    )
    transcript.seal(text=text)
    transcript.save(force_insert=True)
    Report.objects.filter(pk=report.pk).update(awaits_answer=True)
    report.awaits_answer = True
    return transcript


def newest_transcript(report: Report) -> Transcript | None:
    """The version that counts, or None. One query."""
    found: Transcript | None = report.transcripts.defer("author").first()
    if found is not None:
        found.report = report
    return found


def answer_transcript(*, actor: Actor, transcript: Transcript, answer: TranscriptState, corrected: str = "") -> None:
    """Agree to a transcript as it stands, or as corrected, or do not agree to it.

    The same answer again changes nothing. Raises WrongState after another one, or when there is a newer version.
    """
    held = newest_transcript(transcript.report)
    if held is not None and held.pk == transcript.pk and held.state == answer != TranscriptState.CORRECTED:
        return
    _answer_transcript(actor=actor, transcript=transcript, answer=answer, corrected=corrected)


@action(
    "report.transcript_answered",
    by=(Party.REPORTER,),
    limit=WITH_RECEIPT,
    facts=("number", "answer"),
    by_day=True,
    description="The reporting person agreed to the transcript of what they told, corrected it, or declined.",
)
def _answer_transcript(*, actor: Actor, transcript: Transcript, answer: TranscriptState, corrected: str) -> None:
    report = locked(transcript.report_id)
    held = newest_transcript(report)
    if held is None or held.pk != transcript.pk:
        raise WrongState(_("There is a newer version. Read that one."), object=report.pseudonym)
    if held.state != TranscriptState.OPEN:
        raise WrongState(_("You answered this transcript already."), object=report.pseudonym)
    if answer == TranscriptState.CORRECTED:
        held.seal(corrected=corrected)
    held.state, held.answered_on = answer, clock.today()
    held.save(update_fields=["corrected", "state", "answered_on"])
    report.awaits_answer, report.has_news = awaits_more(report), True
    report.save(update_fields=["awaits_answer", "has_news"])
    record(object=report.pseudonym, number=held.number, answer=answer.value)


@action(
    "report.left",
    by=(Party.REPORTER,),
    limit=WITH_RECEIPT,
    by_day=True,
    description="The reporting person gave up their receipt: it opens nothing any more.",
)
def leave_for_good(*, actor: Actor, report: Report) -> None:
    """Let the receipt open nothing from now on, in this and every other sitting. The office keeps its record.

    What still leads from the receipt's key to the report is removed by `leaving.sweep`, within the hour.
    """
    held = locked(report.pk)
    if held.left_on is None:
        held.left_on = clock.today()
        held.save(update_fields=["left_on"])
        ReportStep.objects.create(report=held, transition="leave", on=clock.today(), to_state=held.state)
    InboxSitting.objects.filter(report=held).delete()
    record(object=held.pseudonym)
