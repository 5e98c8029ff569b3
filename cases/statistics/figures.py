"""The figures of one period: from the metadata of reports and open cases, and from the tallies of closed ones.

Only periods that are over, one at a time, and never a sum of several: what is shown for one does not change any
more, so that neither two visits nor two choices of the filter give a case away by their difference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Min
from django.utils.translation import gettext as _

from audit import clock
from cases.statistics.finished import Closed, closed_by_period
from cases.statistics.models import Tally
from cases.statistics.periods import before, bounds, length, length_of, overlap, period_of
from cases.statistics.shapes import Distribution, Rate, Table
from cases.statistics.suppression import Shown, suppress_figure
from cases.statistics.survey import said_in
from cases.statistics.unfinished import (
    Month,
    course_of_reports,
    ends_of_reports,
    rates_of_reports,
    received_by_month,
    stages_of_cases,
)
from intake.portal.models import Report

PERIODS_SHOWN = 8


@dataclass(frozen=True)
class Course:
    """Figures of several periods, side by side; no sum of them is shown."""

    title: str
    periods: list[str]
    series: list[tuple[str, list[Shown]]]


@dataclass(frozen=True)
class Summary:
    """Everything that the summary of a period shows. Nothing in it was not suppressed first."""

    period: str
    reports: Shown
    closed: Shown
    rates: list[Rate]
    distributions: list[Distribution]
    tables: list[Table]
    course: Course


def periods() -> list[str]:
    """The periods that are over and in which something happened, newest first.

    After a change of the length, those that share a day with cases counted by another length are left out: two ways
    to cut the same time could be subtracted from one another.
    """
    first = Report.objects.aggregate(first=Min("received_on"))["first"]
    counted = set(Tally.objects.order_by().values_list("period", flat=True).distinct())
    days = [bounds(period)[0] for period in counted] + ([first] if first else [])
    foreign = [period for period in counted if length_of(period) is not length()]
    found: list[str] = []
    current = before(period_of(clock.today()))
    while days and bounds(current)[1] >= min(days) and len(found) < PERIODS_SHOWN:
        if not any(overlap(current, other) for other in foreign):
            found.append(current)
        current = before(current)
    return found


def summary_of(period: str, known: Sequence[str]) -> Summary:
    """The figures of a period; `known` are those that the course shows. A fixed number of queries."""
    ordered = sorted(known)
    by_month = received_by_month(bounds(ordered[0])[0], bounds(ordered[-1])[1])
    reports: Counter[str] = Counter()
    for month, count in by_month.items():
        reports[_period_of_month(month)] += count
    closed_in = closed_by_period()
    closed = Closed(period)
    return Summary(
        period=period,
        reports=suppress_figure(reports[period]),
        closed=suppress_figure(closed.number),
        rates=[*rates_of_reports(period), *closed.rates()],
        distributions=[
            *course_of_reports(period, by_month),
            ends_of_reports(period),
            stages_of_cases(period),
            *closed.distributions(),
            *said_in(period),
        ],
        tables=closed.by_result(),
        course=Course(
            title=_("Period by period"),
            periods=ordered,
            series=[
                (_("Reports received"), [suppress_figure(reports[each]) for each in ordered]),
                (_("Cases closed"), [closed_in.get(each, 0) for each in ordered]),
            ],
        ),
    )


def _period_of_month(month: Month) -> str:
    return period_of(date(*month, 1))
