"""Which reports wait for the office, and until when: the questions that lists and work lists share."""

from __future__ import annotations

from datetime import date

from django.db.models import Case, DateField, F, Q, QuerySet, When

from audit import clock
from cases.workflow import OPEN_REPORT, REPORT_TRANSITIONS, Transition
from intake.portal.models import Report
from intake.portal.states import ReportState

REVIEW_OWED = Q(state=ReportState.REVIEW)
FEEDBACK_OWED = Q(feedback_due__isnull=False, feedback_on__isnull=True)


def waiting(rows: QuerySet[Report]) -> QuerySet[Report]:
    """Those on which triage or a review has not ended, that brought news, or that are owed feedback."""
    return rows.filter(Q(state__in=OPEN_REPORT) | Q(has_news=True) | FEEDBACK_OWED | REVIEW_OWED)


def late(rows: QuerySet[Report]) -> QuerySet[Report]:
    """Those of which a clock has run out unmet."""
    today = clock.today()
    return rows.filter(
        Q(acknowledged_on__isnull=True, acknowledge_due__lt=today)
        | FEEDBACK_OWED & Q(feedback_due__lt=today)
        | REVIEW_OWED & Q(review_due__lt=today)
    )


def soonest_first(rows: QuerySet[Report]) -> QuerySet[Report]:
    """The same, by the day of the next clock; those without one last."""
    next_due = Case(
        When(REVIEW_OWED, then=F("review_due")),
        When(acknowledged_on__isnull=True, then=F("acknowledge_due")),
        When(feedback_on__isnull=True, then=F("feedback_due")),
        default=None,
        output_field=DateField(),
    )
    return rows.annotate(next_due=next_due).order_by(F("next_due").asc(nulls_last=True), "received_on", "pk")


def due_of(report: Report) -> date | None:
    """The day of the clock that runs now, or None when all were met."""
    if report.state == ReportState.REVIEW:
        return report.review_due
    if report.acknowledged_on is None:
        return report.acknowledge_due
    return report.feedback_due if report.feedback_on is None else None


def main_steps(report: Report, roles: frozenset[str]) -> list[Transition]:
    """The main rows of the workflow table that these roles can take on the report as it stands."""
    return [
        row
        for row in REPORT_TRANSITIONS
        if row.main and report.state in row.sources and row.target != report.state and row.by & roles
    ]


def is_assessed(report: Report) -> bool:
    """True while somebody must decide what becomes of an assessed report."""
    return report.state == ReportState.ASSESSED
