"""Where a report stands, in plain words for the person who sent it: what is, what comes next, and by when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from audit import clock
from intake.portal.outcomes import is_closed
from intake.portal.states import ReportState

if TYPE_CHECKING:
    from intake.portal.models import Report

OPEN = (ReportState.RECEIVED, ReportState.ACKNOWLEDGED, ReportState.ASSESSED)


@dataclass(frozen=True)
class Status:
    """`title` in a few words, `text` what it means, `next` what comes; `steps` for the progress line."""

    title: str
    text: str
    next: str
    tone: str
    steps: list[tuple[str, str]]


def status_of(report: Report) -> Status:
    """The status of a report today."""
    title, text, coming, tone = _words(report)
    return Status(title=title, text=text, next=coming, tone=tone, steps=_steps(report))


def _words(report: Report) -> tuple[str, str, str, str]:
    match ReportState(report.state):
        case ReportState.RECEIVED:
            return (
                _("Your report has arrived"),
                _("It is sealed, and waits to be read by the people of its channel."),
                _by(report, _("By %(day)s the office confirms that it has your report.")),
                "active",
            )
        case ReportState.ACKNOWLEDGED:
            return (
                _("The office has confirmed your report"),
                _("Somebody whose task it is has it, and will assess what can be done about it."),
                _by(report, _("The office tells you here what it did about your report, by %(day)s.")),
                "active",
            )
        case ReportState.ASSESSED:
            return (
                _("Your report was read and assessed"),
                _("The office now decides whether to open a case, to refer it, or to close it with reasons."),
                _by(report, _("The office tells you here what it did about your report, by %(day)s.")),
                "active",
            )
        case ReportState.REJECTED:
            return (
                _("Your report was closed without a case"),
                _("The office gave you its reasons; you find them in the conversation below."),
                _("If you know more, or think that something was overlooked, write it here. It will be read."),
                "neutral",
            )
        case ReportState.REVIEW:
            return (
                _("Your report is being looked at again"),
                _("You asked for a review. Somebody who did not close your report reads it and your reasons."),
                _review(report),
                "active",
            )
        case ReportState.REFERRED:
            return (
                _("Your report was passed on"),
                _("Another body is the right one to deal with it, and now has it."),
                _("What that body does is not shown here. You can still write to this office."),
                "good",
            )
        case ReportState.MERGED | ReportState.CONVERTED if is_closed(report):
            return (
                _("The case is closed"),
                _("The office has finished its work on what you reported."),
                _("You can still write here, and tell us at any time if somebody treats you worse because of it."),
                "good",
            )
        case ReportState.MERGED:
            return (
                _("Your report was joined to another matter"),
                _("The same matter is being worked on already, and what you wrote is part of it now."),
                _feedback(report),
                "good",
            )
        case ReportState.CONVERTED:
            return (
                _("A case was opened"),
                _(
                    "Investigators work on it. That takes weeks or months, and little can be told on the way: it is "
                    "also for your protection that nobody learns what is being looked at."
                ),
                _feedback(report),
                "good",
            )


def _feedback(report: Report) -> str:
    if report.feedback_on is not None or report.feedback_due is None:
        return _("You hear from us here when there is something that you may know. Look in from time to time.")
    return _by(report, _("The office tells you here what it did about your report, by %(day)s."))


def _review(report: Report) -> str:
    assert report.review_due is not None  # noqa: S101 - set when a review is asked for
    told = _("You read the decision and its reasons here by %(day)s.") % {"day": date_format(report.review_due)}
    if report.review_due < clock.today():
        late = _("This is late. We are sorry.")
        return f"{told} {late}"
    return told


def _by(report: Report, sentence: str) -> str:
    due = report.acknowledge_due if report.state == ReportState.RECEIVED else report.feedback_due
    if due is None:
        return _("You hear from us here. Look in from time to time.")
    told = sentence % {"day": date_format(due)}
    if due < clock.today():
        late = _("This is late. We are sorry. Your report is not lost, and the office sees that its day has passed.")
        return f"{told} {late}"
    return told


def _steps(report: Report) -> list[tuple[str, str]]:
    labels = [_("Received"), _("Confirmed"), _("Assessed"), _outcome(report)]
    ended = report.state not in OPEN
    reached = 3 if ended else OPEN.index(ReportState(report.state))
    states = ["done" if number <= reached else "upcoming" for number in range(len(labels))]
    if not ended:
        states[reached + 1] = "current"
    return list(zip(labels, states, strict=True))


def _outcome(report: Report) -> str:
    match ReportState(report.state):
        case ReportState.REJECTED:
            return _("Closed")
        case ReportState.REVIEW:
            return _("Review")
        case ReportState.REFERRED:
            return _("Referred")
        case ReportState.MERGED:
            return _("Joined")
        case ReportState.CONVERTED:
            return _("Case opened")
    return _("Outcome")
