"""Counting a closing case: one is added to each table that the summary shows, and the case leaves nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import F

from audit import clock
from cases.closing import Closing, on_close
from cases.statistics.models import HEADQUARTERS, NO_ROW, AppealEnd, Counted, Duration, Result, Tally
from cases.statistics.periods import period_of
from integrity.people.models import Office
from integrity.people.roles import Gender
from integrity.rules.pack import Pack
from integrity.rules.working_calendar import after_months

LIMITS = ((3, Duration.QUARTER), (6, Duration.HALF_YEAR), (12, Duration.YEAR))

# A table, a row and a column.
Cell = tuple[str, str, str]


@on_close
def count_case(closing: Closing) -> None:
    """Count a case inside the transaction that closes it."""
    add(period_of(clock.today()), cells_of(closing))


def cells_of(closing: Closing) -> list[Cell]:
    """Where a case that closes today is counted, apart from the total. Raises UnknownCode."""
    pack = closing.case.pack.pack
    result = result_of(closing, pack)
    return [
        (Counted.CATEGORY.value, pack.offence(closing.offence).category, ""),
        (Counted.DURATION.value, duration_of(closing.case.opened_on, clock.today()).value, ""),
        (Counted.APPEAL.value, AppealEnd(closing.appeal or "none").value, ""),
        (Counted.GRAVITY.value, closing.gravity.value, result),
        (Counted.GRADE.value, closing.profile["grade_band"], result),
        (Counted.GENDER.value, closing.profile.get("gender") or Gender.UNSTATED.value, result),
        (Counted.PLACE.value, _place(closing.profile.get("office", "")), result),
    ]


def add(period: str, cells: Iterable[Cell]) -> None:
    """Count one case in a period. Must be called in a transaction; cases that close at once wait for one another.

    All tallies of the period are written anew, in the order of their names. If only those of this case were, their
    place in the table (and PostgreSQL's number of the transaction) would tell which belong together.
    """
    _take_turn(period)
    others = Tally.objects.filter(period=period).exclude(table=Counted.CLOSED)
    rows = others.values_list("table", "row", "column", "count")
    counts: Counter[Cell] = Counter({(table, row, column): count for table, row, column, count in rows})
    counts.update(cells)
    others.delete()
    Tally.objects.bulk_create(
        Tally(period=period, table=table, row=row, column=column, count=count)
        for (table, row, column), count in sorted(counts.items())
    )


def _take_turn(period: str) -> None:
    """Add one to the total. The database holds that row until the transaction ends, so that others wait here."""
    total = Tally.objects.filter(period=period, table=Counted.CLOSED)
    if total.update(count=F("count") + 1):
        return
    try:
        with transaction.atomic():
            Tally.objects.create(period=period, table=Counted.CLOSED, row=NO_ROW, column="", count=1)
    except IntegrityError:
        # Another case was the period's first, while this one was about to be.
        total.update(count=F("count") + 1)


def _place(code: str) -> str:
    office = Office.objects.filter(code=code).first()
    if office is None:
        return NO_ROW
    return HEADQUARTERS if office.is_headquarters else office.region


def result_of(closing: Closing, pack: Pack) -> Result:
    """How a case ended, and in which half of the pack's ladder the sanction stands. Raises UnknownCode."""
    if not closing.charged or not closing.substantiated:
        return Result.NOT_ESTABLISHED
    if not closing.sanction:
        return Result.NONE
    below = sum(each.rank < pack.sanction(closing.sanction).rank for each in pack.sanctions)
    return Result.LIGHTER if 2 * below < len(pack.sanctions) else Result.HEAVIER


def duration_of(opened: date, closed: date) -> Duration:
    """The bucket that the time from opening to closing falls into."""
    return next((bucket for months, bucket in LIMITS if closed <= after_months(opened, months)), Duration.LONGER)
