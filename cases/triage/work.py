"""What triage puts on the work list: reports that wait for an intake or triage officer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from cases.triage.scales import Priority
from cases.triage.waiting import due_of, is_assessed, main_steps, soonest_first, waiting
from cases.workflow import FRONT
from cases.worklist import LIMIT, WorkItem, work_source
from intake.portal.models import Report, ReportStep
from intake.portal.states import ReportState
from integrity.action import Actor
from integrity.people.roles import Role

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

PRESSING = frozenset({Priority.HIGH, Priority.URGENT})


@work_source
def reports(actor: Actor) -> Iterable[WorkItem]:
    """The reports this person was given that wait for the office, soonest first, in three queries."""
    person = actor.user
    roles = frozenset(str(role) for role in person.roles())
    if not roles & set(FRONT):
        return []
    closed_it = ReportStep.objects.filter(report=OuterRef("pk"), person=person, transition="reject")
    found = waiting(Report.objects.seen_by(person)).annotate(closed_it=Exists(closed_it))
    rows = soonest_first(found).prefetch_related("assessments")[: LIMIT + 1]
    return [
        WorkItem(
            reference=report.reference,
            kind=_kind(report),
            title="",
            url=reverse("triage:report", args=[report.reference]),
            state=report.get_state_display(),
            action=_step(report, roles),
            due=due_of(report),
            news=report.has_news and report.state != ReportState.RECEIVED,
        )
        for report in rows
    ]


def _kind(report: Report) -> StrPromise | str:
    """What it is, with its priority when that is more than usual."""
    priority = next((each.priority for each in report.assessments.all()), Priority.NORMAL)
    if priority in PRESSING:
        return format_lazy("{} · {}", _("Report"), Priority(priority).label)
    return _("Report")


def _step(report: Report, roles: frozenset[str]) -> StrPromise | str:
    """The next step that one of the roles can take; "" when it is somebody else's turn."""
    if report.state == ReportState.REVIEW:
        return _review(report, roles)
    steps = main_steps(report, roles)
    if steps:
        return _("Decide what becomes of it") if is_assessed(report) else steps[0].label
    if report.has_news:
        return _("Read the new message")
    if not is_assessed(report) and due_of(report) is not None:
        return _("Give feedback")
    return ""


def _review(report: Report, roles: frozenset[str]) -> StrPromise | str:
    """Somebody who did not close it reviews it; whoever did only reads what is new."""
    if Role.TRIAGE in roles and not report.closed_it:  # type: ignore[attr-defined]
        return _("Review why it was closed")
    return _("Read the new message") if report.has_news else ""
