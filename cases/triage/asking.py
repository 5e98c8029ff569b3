"""Asking the reporting person questions as a form, from the report or from its case, and what came back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.engine import performs, why_not
from cases.models import Case
from cases.panels import CaseFile, panel
from cases.states import Track
from cases.triage.questions import AskQuestions
from cases.triage.sections import report_section
from cases.workflow import find
from intake.channels.questionnaire import Question
from intake.followup.actions import ask
from intake.followup.models import Enquiry
from intake.followup.questions import ShownEnquiry, shown
from intake.portal.models import Report
from integrity.action import Actor, Incomplete
from integrity.vault.keyring import Keyring

# What a page opens is bounded.
SHOWN: Final = 10


@performs(Track.REPORT, "ask_questions", form=AskQuestions, facts=("questions",))
def ask_about_report(*, actor: Actor, subject: Report, questions: Sequence[Question]) -> Mapping[str, Any]:
    """Ask the reporting person of one report."""
    ask(report=subject, author=actor.user, questions=questions)
    return {"questions": len(questions)}


@performs(Track.CASE, "ask_questions", form=AskQuestions, facts=("questions", "reports"))
def ask_about_case(
    *, actor: Actor, subject: Case, questions: Sequence[Question], reporter: str = ""
) -> Mapping[str, Any]:
    """Ask everybody who reported this matter, or the one whose report has the reference `reporter`."""
    reports = list(subject.reports.select_related("key"))
    chosen = [report for report in reports if reporter in ("", report.reference)]
    if not chosen:
        raise Incomplete(_("This case did not begin with a report, so nobody can be asked."), object=subject.pseudonym)
    for report in chosen:
        ask(report=report, author=actor.user, questions=questions)
    return {"questions": len(questions), "reports": [report.pseudonym for report in chosen]}


@report_section("triage/section_enquiries.html")
def of_report(report: Report, actor: Actor) -> Mapping[str, Any] | None:
    """The latest questions of a report with what came back."""
    enquiries = _shown([report], actor.keys)
    return {"enquiries": enquiries} if enquiries else None


@panel("enquiries", title=gettext_lazy("Questions and answers"), template="triage/panel_enquiries.html", order=85)
def of_case(file: CaseFile) -> Mapping[str, Any] | None:
    """The latest questions of all reports of the case with what came back, and the way to ask."""
    keyring = file.actor.keys
    reports = list(file.case.reports.select_related("key"))
    keyring.find([report.key for report in reports])
    readable = [report for report in reports if keyring.holds(report.key)]
    if not readable:
        return None
    may_ask = why_not(find(Track.CASE, "ask_questions"), file.case, file.actor) is None
    enquiries = _shown(readable, keyring)
    if not enquiries and not may_ask:
        return None
    return {"enquiries": enquiries, "several": len(readable) > 1, "may_ask": may_ask}


def _shown(reports: Iterable[Report], keyring: Keyring) -> list[ShownEnquiry]:
    known = {report.pk: report for report in reports}
    rows = list(Enquiry.objects.filter(report__in=known).select_related("author").order_by("-asked_on", "-number"))
    newest: dict[Any, int] = {}
    for row in rows:
        row.report = known[row.report_id]
        newest[row.report_id] = max(row.number, newest.get(row.report_id, 0))
    return [shown(row, keyring, newest=newest[row.report_id]) for row in rows[:SHOWN]]
