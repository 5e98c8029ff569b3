"""Figures of a period from the metadata of reports and open cases, counted so that later days do not change them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, ExtractMonth, ExtractYear
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from cases.models import Case, Step
from cases.states import CaseState
from cases.statistics.periods import Length, bounds, length_of
from cases.statistics.shapes import Distribution, Rate, distribution, rate
from cases.statistics.suppression import suppress_figure
from intake.portal.models import Report, ReportStep

# Year and month.
Month = tuple[int, int]
UNITS = (1, 3, 6)
ENDS = ("convert", "merge", "refer", "reject")
STAGES = (
    {CaseState.OPENED, CaseState.ASSIGNED, CaseState.PLANNED},
    {CaseState.INVESTIGATING, CaseState.FINDINGS, CaseState.REVIEWED},
    {CaseState.WITH_AUTHORITY, CaseState.CHARGED, CaseState.SERVED, CaseState.ANSWERED, CaseState.HEARD},
    {CaseState.DECIDED, CaseState.NOTIFIED},
    {CaseState.APPEALED, CaseState.ADMITTED, CaseState.TRANSMITTED, CaseState.REMITTED, CaseState.BOARD_DECIDED},
    {CaseState.FINAL, CaseState.IMPLEMENTED},
)


def received_by_month(first: date, last: date) -> Counter[Month]:
    """How many reports came in each month from one day to another."""
    rows = (
        Report.objects.filter(received_on__range=(first, last))
        .order_by()
        .annotate(year=ExtractYear("received_on"), month=ExtractMonth("received_on"))
        .values_list("year", "month")
        .annotate(count=Count("pk"))
    )
    return Counter({(year, month): count for year, month, count in rows})


def course_of_reports(period: str, by_month: Mapping[Month, int]) -> list[Distribution]:
    """Reports by the shortest unit of which no figure is small; nothing when there is none.

    Gaps in a course tell little, and which months are quiet is better not told at all.
    """
    titles = {
        1: _("Reports received by month"),
        3: _("Reports received by quarter"),
        6: _("Reports received by half-year"),
    }
    months = _months(period)
    for unit in UNITS:
        spans = [months[place : place + unit] for place in range(0, len(months), unit)]
        counts = [sum(by_month.get(month, 0) for month in span) for span in spans]
        if len(spans) > 1 and all(suppress_figure(count) is not None for count in counts):
            labelled = [(place, _span_in_words(span, period)) for place, span in enumerate(spans)]
            return [distribution(titles[unit], labelled, dict(enumerate(counts)))]
    return []


def _months(period: str) -> list[Month]:
    first, last = bounds(period)
    return [(year, month) for year in range(first.year, last.year + 1) for month in _months_of(year, first, last)]


def _months_of(year: int, first: date, last: date) -> range:
    return range(first.month if year == first.year else 1, (last.month if year == last.year else 12) + 1)


def _span_in_words(span: Sequence[Month], period: str) -> str:
    style = "F Y" if length_of(period) is Length.TWO_YEARS else "F"
    first, last = (date_format(date(year, month, 1), style) for year, month in (span[0], span[-1]))
    return first if first == last else _("%(first)s to %(last)s") % {"first": first, "last": last}


def rates_of_reports(period: str) -> list[Rate]:
    """The anonymous share, and the two clocks by the period in which the time ran out: that does not change later."""
    within = bounds(period)
    counts = Report.objects.aggregate(
        anonymous=Count("pk", filter=Q(received_on__range=within, has_identity=False)),
        named=Count("pk", filter=Q(received_on__range=within, has_identity=True)),
        acknowledgements=Count("pk", filter=Q(acknowledge_due__range=within)),
        acknowledged=Count("pk", filter=Q(acknowledge_due__range=within, acknowledged_on__lte=F("acknowledge_due"))),
        feedbacks=Count("pk", filter=Q(feedback_due__range=within)),
        fed_back=Count("pk", filter=Q(feedback_due__range=within, feedback_on__lte=F("feedback_due"))),
    )
    late = counts["acknowledgements"] - counts["acknowledged"]
    return [
        rate(_("Anonymous reports"), counts["anonymous"], counts["named"]),
        rate(_("Receipts confirmed in time"), counts["acknowledged"], late),
        rate(_("Feedback given in time"), counts["fed_back"], counts["feedbacks"] - counts["fed_back"]),
    ]


def ends_of_reports(period: str) -> Distribution:
    """What was decided about reports in the period."""
    rows = (
        ReportStep.objects.filter(transition__in=ENDS, on__range=bounds(period))
        .order_by()
        .values_list("transition")
        .annotate(count=Count("report", distinct=True))
    )
    labels = [_("A case was opened"), _("Joined to a case"), _("Referred"), _("Closed without a case")]
    return distribution(
        _("What became of reports decided in the period"), zip(ENDS, labels, strict=True), dict(rows.iterator())
    )


def stages_of_cases(period: str) -> Distribution:
    """Where each case stood when the period ended, from its steps: later steps do not change it."""
    last = bounds(period)[1]
    end = datetime.combine(last, time.max, tzinfo=ZoneInfo(settings.TIME_ZONE))
    latest = Step.objects.filter(case=OuterRef("pk"), at__lte=end).order_by("-pk").values("to_state")[:1]
    rows = (
        Case.objects.filter(opened_on__lte=last)
        .annotate(stood=Coalesce(Subquery(latest), Value(CaseState.OPENED.value)))
        .order_by()
        .values_list("stood")
        .annotate(count=Count("pk"))
    )
    stage_of = {str(state): place for place, states in enumerate(STAGES) for state in states}
    found: Counter[Any] = Counter()
    for state, count in rows:
        if state != CaseState.CLOSED:
            found[stage_of[state]] += count
    names = [_("Opened"), _("Investigation"), _("Charge and answer"), _("Decision"), _("Appeal"), _("Final")]
    return distribution(_("Open cases by stage, at the end of the period"), enumerate(names), found)
