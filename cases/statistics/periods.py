"""The periods of the summary: all of one length, side by side, never overlapping.

The length is the institution's (`settings.SUMMARY_PERIOD`) and nobody chooses it on a page. A half-year is written
`2026-H1`, a year `2026`, two years `2026-2027`, beginning with an even one.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from enum import StrEnum

from django.conf import settings
from django.utils.translation import gettext as _

from cases.publication import periods as publication
from cases.publication.periods import NotAPeriod, half_year_of

TWO_YEARS = re.compile(r"^(\d{3}[02468])-(\d{4})$")


class Length(StrEnum):
    """How long a period is."""

    HALF_YEAR = "half-year"
    YEAR = "year"
    TWO_YEARS = "two-years"


def length() -> Length:
    """The length that this institution counts by."""
    return Length(settings.SUMMARY_PERIOD)


def length_of(period: str) -> Length:
    """How long a period is, by the way it is written. Raises NotAPeriod."""
    if _two_years(period):
        return Length.TWO_YEARS
    return Length.HALF_YEAR if len(publication.half_years_of(period)) == 1 else Length.YEAR


def period_of(day: date) -> str:
    """The period that a day lies in."""
    if length() is Length.HALF_YEAR:
        return half_year_of(day)
    if length() is Length.YEAR:
        return str(day.year)
    first = day.year - day.year % 2
    return f"{first}-{first + 1}"


def bounds(period: str) -> tuple[date, date]:
    """The first and the last day of a period. Raises NotAPeriod."""
    years = _two_years(period)
    return (date(years[0], 1, 1), date(years[1], 12, 31)) if years else publication.bounds(period)


def before(period: str) -> str:
    """The period before, of the institution's length. Raises NotAPeriod."""
    return period_of(bounds(period)[0] - timedelta(days=1))


def overlap(one: str, other: str) -> bool:
    """Whether two periods share a day. Raises NotAPeriod."""
    (first, last), (other_first, other_last) = bounds(one), bounds(other)
    return first <= other_last and other_first <= last


def in_words(period: str) -> str:
    """The period as people read it. Raises NotAPeriod."""
    years = _two_years(period)
    if not years:
        return publication.in_words(period)
    return _("%(first)s and %(second)s") % {"first": years[0], "second": years[1]}


def explanation() -> str:
    """One sentence for the page: what a period is, and why no other can be chosen."""
    return {
        Length.HALF_YEAR: _(
            "Counted by half-years that are over, each by itself: they never overlap and cannot be cut otherwise, "
            "so that nobody is found by comparing two of them."
        ),
        Length.YEAR: _(
            "Counted by calendar years that are over, each by itself: they never overlap and cannot be cut "
            "otherwise, so that nobody is found by comparing two of them."
        ),
        Length.TWO_YEARS: _(
            "Counted by two calendar years together, once both are over: these periods never overlap and cannot be "
            "cut otherwise, so that nobody is found by comparing two of them."
        ),
    }[length()]


def _two_years(period: str) -> tuple[int, int] | None:
    found = TWO_YEARS.match(period)
    if found is None:
        return None
    first, second = int(found[1]), int(found[2])
    if second != first + 1:
        raise NotAPeriod(period)
    return first, second
