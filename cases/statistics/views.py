"""The managers' summary: a page, and the same suppressed figures as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from cases.statistics.actions import READERS, read_summary
from cases.statistics.figures import Summary
from cases.statistics.periods import explanation, in_words
from cases.statistics.presentation import laid_out
from cases.statistics.suppression import Shown
from integrity.people.access import DeskRequest, role_required


@role_required(*READERS)
def summary(request: DeskRequest) -> HttpResponse:
    """The figures of one period that is over."""
    found = read_summary(actor=request.actor, period=request.GET.get("period", ""), form="page")
    if found is None:
        return render(request, "statistics/summary.html", {"explanation": explanation()})
    course = found.course
    return render(
        request,
        "statistics/summary.html",
        {
            "summary": found,
            "page": laid_out(found),
            "explanation": explanation(),
            "choices": [(period, in_words(period)) for period in reversed(course.periods)],
            "course_labels": [in_words(period) for period in course.periods],
            # A line needs two figures that stand side by side.
            "has_course": any(one and other for _label, figures in course.series for one, other in pairwise(figures)),
        },
    )


@role_required(*READERS)
def as_csv(request: DeskRequest) -> HttpResponse:
    """The same figures for a spreadsheet; what the page withholds is withheld here."""
    found = read_summary(actor=request.actor, period=request.GET.get("period", ""), form="csv")
    if found is None:
        raise Http404
    response = HttpResponse(
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="summary-{found.period}.csv"'},
    )
    writer = csv.writer(response)
    writer.writerow([_("Section"), _("Row"), _("Column"), _("Figure")])
    writer.writerows(_lines(found))
    return response


def _lines(found: Summary) -> Iterator[list[Any]]:
    all_of_it = _("All")
    yield [_("Reports received"), "", "", _figure(found.reports)]
    yield [_("Cases closed"), "", "", _figure(found.closed)]
    for rate in found.rates:
        yield [rate.label, "", "%", "" if rate.is_empty else _figure(rate.percent)]
    for part in found.distributions:
        for label, figure in part.rows:
            yield [part.title, label, "", _figure(figure)]
        yield [part.title, all_of_it, "", _figure(part.total)]
    for table in found.tables:
        for label, cells, total in table.rows:
            for column, figure in zip([*table.columns, all_of_it], [*cells, total], strict=True):
                yield [table.title, label, column, _figure(figure)]
        for column, figure in zip([*table.columns, all_of_it], [*table.totals, table.total], strict=True):
            yield [table.title, all_of_it, column, _figure(figure)]


def _figure(figure: Shown) -> Any:
    return _("withheld") if figure is None else figure
