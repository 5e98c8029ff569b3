"""What the inbox shows of this room: questions that are asked now, and those that were answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from intake.followup.actions import newest_transcript, open_enquiry, review_until
from intake.followup.forms import AnswersForm
from intake.followup.models import TranscriptState
from intake.followup.questions import questions_of, shown
from intake.followup.survey import may_take
from intake.portal.models import Report
from intake.portal.receipt import PageSecret
from intake.portal.sections import Door, awaits_answer_when, declare_door, inbox_section
from intake.portal.sittings import OpenInbox
from intake.portal.telling import declare_sentence

# What a page opens is bounded.
EARLIER = 5

declare_sentence("request_review", _("You asked that somebody else looks at your report again."))


@awaits_answer_when
def has_open_questions(report: Report) -> bool:
    """Whether a form of questions waits for the reporting person."""
    return open_enquiry(report) is not None


@awaits_answer_when
def has_open_transcript(report: Report) -> bool:
    """Whether a transcript waits for the reporting person."""
    return report.transcripts.filter(state=TranscriptState.OPEN).exists()


@inbox_section("followup/questions.html", order=10)
def questions(inbox: OpenInbox) -> Mapping[str, Any] | None:
    """The form that waits, and the latest that were answered or superseded."""
    return questions_section(inbox)


def questions_section(
    inbox: OpenInbox, *, form: AnswersForm | None = None, number: int = 0, page: PageSecret | None = None
) -> Mapping[str, Any] | None:
    """The same; `form` and `number` are what was sent and could not be taken."""
    rows = list(inbox.report.enquiries.defer("author")[: EARLIER + 1])
    if not rows:
        return None
    for row in rows:
        row.report = inbox.report
    newest = rows[0]
    # Questions that newer ones replaced are nothing to read again; the desk shows them.
    earlier = [row for row in rows if row.answered_on is not None]
    if form is None and newest.answered_on is None:
        form, number = AnswersForm(questions=questions_of(newest, inbox.keyring)), newest.number
    return {
        "form": form,
        "number": number,
        "page_secret": (page or PageSecret.new()).text,
        "token": inbox.token,
        "asked_on": newest.asked_on,
        "earlier": [shown(row, inbox.keyring, newest=newest.number, to_themself=True) for row in earlier],
    }


@inbox_section("followup/review_section.html", order=30)
def review(inbox: OpenInbox) -> Mapping[str, Any] | None:
    """Until when a review can be asked for, while it can."""
    until = review_until(inbox.report)
    return {"until": until, "token": inbox.token} if until is not None else None


@inbox_section("followup/transcript_section.html", order=15)
def transcript(inbox: OpenInbox) -> Mapping[str, Any] | None:
    """That there is a transcript of what was told by word of mouth. Opens nothing."""
    found = newest_transcript(inbox.report)
    return {"transcript": found, "token": inbox.token} if found is not None else None


declare_door(
    Door(
        address="followup:survey",
        label=_("Tell us how it was to report"),
        hint=_("Four short questions. Your answers are counted and not kept with your report."),
        icon="chart",
        order=20,
        is_open=lambda inbox: may_take(inbox.report),
    )
)
declare_door(
    Door(
        address="followup:leave",
        label=_("Give up my receipt"),
        hint=_("From then on it opens nothing any more. Your report stays with the office."),
        icon="hidden",
        order=90,
        is_open=lambda inbox: True,
    )
)
