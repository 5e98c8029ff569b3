"""Which days count. Public holidays come from the `holidays` package, closing days from the rule pack."""

import calendar
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

import holidays

DAY = timedelta(days=1)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """The working days of an institution: neither weekend, nor public holiday, nor a closing day of its own.

    `country` is an ISO 3166-1 code or "" for no public holidays; `weekend` holds weekdays, Monday is 0.
    """

    country: str = ""
    subdivision: str = ""
    weekend: frozenset[int] = frozenset({5, 6})
    closing_days: frozenset[date] = field(default_factory=frozenset)

    def is_working_day(self, day: date) -> bool:
        """Whether offices are open on the day."""
        if day in self.closing_days:
            return False
        public, exchanged = _public_holidays(self.country, self.subdivision, day.year)
        return day not in public and (day.weekday() not in self.weekend or day in exchanged)

    def after_working_days(self, start: date, amount: int) -> date:
        """The last of `amount` working days, the first of which is the one after `start`."""
        if amount < 0:
            raise ValueError("Working days are counted forwards.")
        day = start
        while amount:
            day += DAY
            amount -= self.is_working_day(day)
        return day

    def working_days_between(self, start: date, end: date) -> int:
        """How many working days follow `start` up to and with `end`; negative where `end` comes first."""
        if end < start:
            return -self.working_days_between(end, start)
        span = (end - start).days
        return sum(self.is_working_day(start + n * DAY) for n in range(1, span + 1))


def after_months(start: date, amount: int) -> date:
    """The same day of the month `amount` months later, or the last day of a shorter month."""
    year, month = divmod(start.year * 12 + start.month - 1 + amount, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(start.day, last))


def known_country(country: str) -> bool:
    """Whether the `holidays` package has the country."""
    return country in holidays.list_supported_countries(include_aliases=False)


def known_subdivisions(country: str) -> list[str]:
    """The subdivisions of a country that the `holidays` package has."""
    return holidays.list_supported_countries(include_aliases=False)[country]


@lru_cache(maxsize=512)
def _public_holidays(country: str, subdivision: str, year: int) -> tuple[frozenset[date], frozenset[date]]:
    """The public holidays of one year, and the weekend days worked in exchange for a holiday.

    Whole years are read at once: a shared `holidays` object fills itself on look-up, and another thread may
    see it half filled.
    """
    if not country:
        return frozenset(), frozenset()
    found = holidays.country_holidays(country, subdiv=subdivision or None, years=[year])
    return frozenset(found), frozenset(found.weekend_workdays)
