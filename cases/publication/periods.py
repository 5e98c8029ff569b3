"""Half-years: the finest date that leaves the institution. Written as `2026-H1`; a whole year as `2026`."""

from __future__ import annotations

import re
from datetime import date, timedelta

from django.utils.translation import gettext as _

HALF_YEAR = re.compile(r"^(\d{4})-H([12])$")


class NotAPeriod(ValueError):
    """The text names neither a half-year nor a year."""


def half_year_of(day: date) -> str:
    """The half-year that a day lies in."""
    return f"{day.year}-H{1 if day.month <= 6 else 2}"


def half_years_of(period: str) -> frozenset[str]:
    """The half-years of a period: one, or the two of a year. Raises NotAPeriod."""
    if HALF_YEAR.match(period):
        return frozenset({period})
    if re.match(r"^\d{4}$", period):
        return frozenset({f"{period}-H1", f"{period}-H2"})
    raise NotAPeriod(period)


def bounds(period: str) -> tuple[date, date]:
    """The first and the last day of a period. Raises NotAPeriod."""
    halves = sorted(half_years_of(period))
    return _first(halves[0]), _last(halves[-1])


def before(half_year: str) -> str:
    """The half-year before."""
    return half_year_of(_first(half_year) - timedelta(days=1))


def in_words(period: str) -> str:
    """The period as people read it. Raises NotAPeriod."""
    half = HALF_YEAR.match(period)
    if half is None:
        (year,) = {each[:4] for each in half_years_of(period)}
        return year
    words = _("first half of %(year)s") if half[2] == "1" else _("second half of %(year)s")
    return words % {"year": half[1]}


def _first(half_year: str) -> date:
    half = HALF_YEAR.match(half_year)
    if half is None:
        raise NotAPeriod(half_year)
    return date(int(half[1]), 1 if half[2] == "1" else 7, 1)


def _last(half_year: str) -> date:
    first = _first(half_year)
    return date(first.year, 6, 30) if first.month == 1 else date(first.year, 12, 31)
