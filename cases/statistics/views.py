"""The managers' summary: a page, and the same suppressed figures as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from cases.publication.periods import in_words
from cases.statistics.actions import READERS, read_summary
from cases.statistics.figures import Summary
from cases.statistics.suppression import Shown
from integrity.people.access import DeskRequest, role_required


@role_required(*READERS)
def summary(request: DeskRequest) -> HttpResponse:
    """The figures of one half-year that is over."""
    found = read_summary(actor=request.actor, period=request.GET.get("period", ""), form="page")
    return render(
        request,
        "statistics/summary.html",
        {
            "summary": found,
            "choices": [(period, in_words(period)) for period in reversed(found.course.periods)] if found else [],
            "in_words": in_words(found.period) if found else "",
            "course_labels": [in_words(period) for period in found.course.periods] if found else [],
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
