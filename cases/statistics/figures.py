"""The figures of one whole half-year, counted from the metadata of reports and cases and from the facts.

Only half-years that are over, one at a time, and never a sum of several: what is shown for one does not change
any more, so that neither two visits nor two choices of the filter give a case away by their difference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, F, Min, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, ExtractMonth, ExtractYear
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from audit import clock
from cases.models import Case, Step
from cases.publication.periods import before, bounds, half_year_of
from cases.states import CaseState
from cases.statistics.models import (
    HEADQUARTERS,
    AppealEnd,
    Duration,
    FactOutcome,
    StatisticalFact,
    Weight,
)
from cases.statistics.suppression import Shown, Suppressed, suppress_figure, suppress_list, suppress_table
from intake.portal.models import Report, ReportStep
from integrity.people.roles import Gender
from integrity.rules.models import RulePack
from integrity.rules.terms import GradeBand, Gravity

PERIODS_SHOWN = 8
ENDS = ("convert", "merge", "refer", "reject")
OVERTURNED = (AppealEnd.VARY, AppealEnd.QUASH, AppealEnd.REMIT)
NOT_ESTABLISHED = "not_established"
STAGES = (
    {CaseState.OPENED, CaseState.ASSIGNED, CaseState.PLANNED},
    {CaseState.INVESTIGATING, CaseState.FINDINGS, CaseState.REVIEWED},
    {CaseState.WITH_AUTHORITY, CaseState.CHARGED, CaseState.SERVED, CaseState.ANSWERED, CaseState.HEARD},
    {CaseState.DECIDED, CaseState.NOTIFIED},
    {CaseState.APPEALED, CaseState.ADMITTED, CaseState.TRANSMITTED, CaseState.REMITTED, CaseState.BOARD_DECIDED},
    {CaseState.FINAL, CaseState.IMPLEMENTED},
)


@dataclass(frozen=True)
class Rate:
    """A share in whole percent; None when it is suppressed, or there is nothing to take a share of."""

    label: str
    percent: int | None
    is_empty: bool


@dataclass(frozen=True)
class Distribution:
    """Figures that add up to a total which is shown as well."""

    title: str
    rows: list[tuple[str, Shown]]
    total: Shown


@dataclass(frozen=True)
class Table:
    """Figures by two things at once."""

    title: str
    columns: list[str]
    rows: list[tuple[str, tuple[Shown, ...], Shown]]
    totals: tuple[Shown, ...]
    total: Shown


@dataclass(frozen=True)
class Course:
    """Figures of several half-years, side by side; no sum of them is shown."""

    title: str
    periods: list[str]
    series: list[tuple[str, list[Shown]]]


@dataclass(frozen=True)
class Summary:
    """Everything that the summary of a half-year shows. Nothing in it was not suppressed first."""

    period: str
    reports: Shown
    closed: Shown
    rates: list[Rate]
    distributions: list[Distribution]
    tables: list[Table]
    course: Course


def periods() -> list[str]:
    """The half-years that are over and in which something happened, newest first."""
    first = Report.objects.aggregate(first=Min("received_on"))["first"]
    earliest = StatisticalFact.objects.aggregate(first=Min("period"))["first"]
    starts = [half_year_of(first)] if first else []
    starts += [earliest] if earliest else []
    found: list[str] = []
    current = before(half_year_of(clock.today()))
    while starts and current >= min(starts) and len(found) < PERIODS_SHOWN:
        found.append(current)
        current = before(current)
    return found


def summary_of(period: str, known: Sequence[str]) -> Summary:
    """The figures of a half-year; `known` are those that the course shows. A fixed number of queries."""
    received = _received(period)
    facts = list(
        StatisticalFact.objects.filter(period=period).values(
            "category", "gravity", "grade_band", "place", "gender", "outcome", "weight", "appeal", "duration"
        )
    )
    appeals = _counted(facts, "appeal")
    results = [_result(fact) for fact in facts]
    established = Counter("yes" if result != NOT_ESTABLISHED else "no" for result in results)
    return Summary(
        period=period,
        reports=suppress_figure(sum(received["by_month"].values())),
        closed=suppress_figure(len(facts)),
        rates=[
            _rate(_("Anonymous reports"), received["anonymous"], received["named"]),
            *_compliance(period),
            _result_rate(results, established),
            _rate_of_list(
                _("Decisions overturned on appeal"),
                [appeals[each.value] for each in AppealEnd],
                {place for place, each in enumerate(AppealEnd) if each in OVERTURNED},
                {place for place, each in enumerate(AppealEnd) if each is AppealEnd.UPHOLD},
            ),
        ],
        distributions=[
            _distribution(_("Reports received by month"), _months(period), received["by_month"]),
            _distribution(_("What became of reports, by the half-year of the decision"), _ends(), _decided(period)),
            _distribution(_("Open cases by stage, at the end of the half-year"), _stage_names(), _stages(period)),
            _distribution(_("Closed cases by category"), _categories(facts), _counted(facts, "category")),
            _distribution(_("Time from opening to closing"), Duration.choices, _counted(facts, "duration")),
            _distribution(_("Appeals in closed cases"), AppealEnd.choices, appeals),
        ],
        tables=[
            _table(_("Results by gravity"), facts, "gravity", Gravity.choices),
            _table(_("Results by grade"), facts, "grade_band", GradeBand.choices),
            _table(_("Results by gender"), facts, "gender", Gender.choices),
            _table(_("Results by place"), facts, "place", _places(facts)),
        ],
        course=_course(known),
    )


def _received(period: str) -> dict[str, Any]:
    first, last = bounds(period)
    rows = (
        Report.objects.filter(received_on__range=(first, last))
        .order_by()
        .annotate(month=ExtractMonth("received_on"))
        .values_list("month", "has_identity")
        .annotate(count=Count("pk"))
    )
    by_month: Counter[Any] = Counter()
    named: Counter[bool] = Counter()
    for month, has_identity, count in rows:
        by_month[month] += count
        named[has_identity] += count
    return {"by_month": by_month, "anonymous": named[False], "named": named[True]}


def _months(period: str) -> list[tuple[Any, str]]:
    first, last = bounds(period)
    return [(month, date_format(first.replace(month=month), "F")) for month in range(first.month, last.month + 1)]


def _compliance(period: str) -> list[Rate]:
    """By the half-year in which the time ran out, so that the figure does not change afterwards."""
    within = bounds(period)
    counts = Report.objects.aggregate(
        acknowledgements=Count("pk", filter=Q(acknowledge_due__range=within)),
        acknowledged=Count("pk", filter=Q(acknowledge_due__range=within, acknowledged_on__lte=F("acknowledge_due"))),
        feedbacks=Count("pk", filter=Q(feedback_due__range=within)),
        fed_back=Count("pk", filter=Q(feedback_due__range=within, feedback_on__lte=F("feedback_due"))),
    )
    return [
        _rate(
            _("Receipts confirmed in time"),
            counts["acknowledged"],
            counts["acknowledgements"] - counts["acknowledged"],
        ),
        _rate(_("Feedback given in time"), counts["fed_back"], counts["feedbacks"] - counts["fed_back"]),
    ]


def _decided(period: str) -> Counter[Any]:
    rows = (
        ReportStep.objects.filter(transition__in=ENDS, on__range=bounds(period))
        .order_by()
        .values_list("transition")
        .annotate(count=Count("report", distinct=True))
    )
    return Counter(dict(rows))


def _ends() -> list[tuple[Any, str]]:
    return [
        ("convert", _("A case was opened")),
        ("merge", _("Joined to a case")),
        ("refer", _("Referred")),
        ("reject", _("Closed without a case")),
    ]


def _stages(period: str) -> Counter[Any]:
    """Where each case stood when the half-year ended, from its steps: later steps do not change it."""
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
    return found


def _stage_names() -> list[tuple[Any, str]]:
    names = [_("Opened"), _("Investigation"), _("Charge and answer"), _("Decision"), _("Appeal"), _("Final")]
    return list(enumerate(names))


def _categories(facts: Iterable[Mapping[str, Any]]) -> list[tuple[Any, str]]:
    pack = RulePack.objects.filter(effective_from__lte=clock.today()).order_by("effective_from").last()
    titles = {each.code: str(each.title) for each in pack.pack.categories} if pack is not None else {}
    codes = sorted({*titles, *(fact["category"] for fact in facts)})
    return [(code, titles.get(code, code)) for code in codes]


def _places(facts: Iterable[Mapping[str, Any]]) -> list[tuple[Any, str]]:
    codes = sorted({fact["place"] for fact in facts}, key=lambda place: (place != HEADQUARTERS, place))
    return [(code, _("Headquarters") if code == HEADQUARTERS else code or _("Not known")) for code in codes]


def _counted(facts: Iterable[Mapping[str, Any]], name: str) -> Counter[Any]:
    return Counter(fact[name] for fact in facts)


def _result(fact: Mapping[str, Any]) -> str:
    """One code for how a case ended: not established, or the weight of what followed."""
    return str(fact["weight"]) if fact["outcome"] == FactOutcome.SUBSTANTIATED else NOT_ESTABLISHED


def _results() -> list[tuple[str, str]]:
    return [(NOT_ESTABLISHED, _("Not established")), *((str(value), str(label)) for value, label in Weight.choices)]


def _table(title: str, facts: Sequence[Mapping[str, Any]], name: str, values: Iterable[tuple[Any, Any]]) -> Table:
    """How cases of each value ended. All such tables have the same totals by result, suppressed alike."""
    labelled = list(values)
    results = _results()
    counts = Counter((str(fact[name]), _result(fact)) for fact in facts)
    shown: Suppressed = suppress_table(
        [[counts[(str(value), result)] for result, _label in results] for value, _name in labelled]
    )
    return Table(
        title=title,
        columns=[label for _code, label in results],
        rows=[
            (str(label), cells, total)
            for (_value, label), cells, total in zip(labelled, shown.cells, shown.rows, strict=True)
        ],
        totals=shown.columns or tuple(0 for _each in results),
        total=shown.total,
    )


def _distribution(title: str, values: Iterable[tuple[Any, Any]], counts: Mapping[Any, int]) -> Distribution:
    labelled = list(values)
    figures = [counts.get(value, 0) for value, _label in labelled]
    shown = suppress_list(figures)
    return Distribution(
        title=title,
        rows=[(str(label), figure) for (_value, label), figure in zip(labelled, shown, strict=True)],
        total=suppress_figure(sum(figures)),
    )


def _rate(label: str, yes: int, no: int) -> Rate:
    """The share of `yes`. A share of a known total is a figure, so it is suppressed like one."""
    return _rate_of_list(label, [yes, no], {0}, {1})


def _rate_of_list(label: str, figures: Sequence[int], these: set[int], others: set[int]) -> Rate:
    """The share of some figures in those and others; suppressed unless each of them is shown."""
    shown = suppress_list(figures)
    parts = [shown[place] for place in these | others]
    part, whole = sum(figures[place] for place in these), sum(figures[place] for place in these | others)
    hidden = any(figure is None for figure in parts)
    return Rate(
        label=label,
        percent=None if hidden or not whole else round(100 * part / whole),
        is_empty=not whole and not hidden,
    )


def _result_rate(results: Sequence[str], established: Mapping[str, int]) -> Rate:
    """The share of established cases, as far as the totals by result in the tables are shown."""
    counts = Counter(results)
    shown = suppress_list([counts[code] for code, _label in _results()])
    rate = _rate(_("Cases in which something was established"), established.get("yes", 0), established.get("no", 0))
    if shown and shown[0] is None:
        return Rate(label=rate.label, percent=None, is_empty=False)
    return rate


def _course(known: Sequence[str]) -> Course:
    """Reports received and cases closed, half-year by half-year, oldest first."""
    ordered = sorted(known)
    if not ordered:
        return Course(title="", periods=[], series=[])
    reports: Counter[str] = Counter()
    rows = (
        Report.objects.filter(received_on__gte=bounds(ordered[0])[0])
        .order_by()
        .annotate(year=ExtractYear("received_on"), month=ExtractMonth("received_on"))
        .values_list("year", "month")
        .annotate(count=Count("pk"))
    )
    for year, month, count in rows:
        reports[f"{year}-H{1 if month <= 6 else 2}"] += count
    closed = Counter(dict(StatisticalFact.objects.order_by().values_list("period").annotate(count=Count("pk"))))
    return Course(
        title=_("Half-year by half-year"),
        periods=ordered,
        series=[
            (_("Reports received"), [suppress_figure(reports[period]) for period in ordered]),
            (_("Cases closed"), [suppress_figure(closed[period]) for period in ordered]),
        ],
    )
