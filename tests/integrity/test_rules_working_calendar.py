"""Counting days: weekends, public holidays, closing days, the end of the year."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrity.rules.entries import Clock
from integrity.rules.terms import ClockName, ClockUnit
from integrity.rules.working_calendar import WorkingCalendar, after_months

THAILAND = WorkingCalendar("TH", closing_days=frozenset({date(2024, 12, 27)}))
MOROCCO_STYLE = WorkingCalendar("DZ", weekend=frozenset({4, 5}))
DAYS = st.dates(date(2019, 1, 1), date(2031, 12, 31))
CALENDARS = st.sampled_from([THAILAND, MOROCCO_STYLE, WorkingCalendar("VN"), WorkingCalendar()])


def test_weekends_holidays_and_closing_days_are_no_working_days() -> None:
    assert THAILAND.is_working_day(date(2024, 12, 26))
    assert not THAILAND.is_working_day(date(2024, 12, 27)), "the institution's own closing day"
    assert not THAILAND.is_working_day(date(2024, 12, 28)), "a Saturday"
    assert not THAILAND.is_working_day(date(2024, 12, 31)), "New Year's Eve is a public holiday"
    assert not THAILAND.is_working_day(date(2025, 1, 1)), "and so is New Year's Day, in the next year's list"


def test_working_days_are_counted_across_the_end_of_the_year() -> None:
    # After Thursday 26: closed on Friday 27, a weekend, public holidays from Monday 30 to Wednesday 1.
    assert THAILAND.after_working_days(date(2024, 12, 26), 1) == date(2025, 1, 2)
    assert THAILAND.after_working_days(date(2024, 12, 26), 2) == date(2025, 1, 3)
    assert THAILAND.working_days_between(date(2024, 12, 26), date(2025, 1, 3)) == 2


def test_a_weekend_may_fall_on_friday_and_saturday() -> None:
    assert MOROCCO_STYLE.is_working_day(date(2025, 3, 2)), "a Sunday"
    assert not MOROCCO_STYLE.is_working_day(date(2025, 2, 28)), "a Friday"


def test_a_saturday_worked_in_exchange_for_a_holiday_counts() -> None:
    vietnam = WorkingCalendar("VN")
    assert vietnam.is_working_day(date(2025, 4, 26)), "a Saturday worked for Friday 2 May"
    assert not vietnam.is_working_day(date(2025, 5, 2))


def test_without_a_country_only_weekends_are_free() -> None:
    assert WorkingCalendar().is_working_day(date(2025, 1, 1))
    assert not WorkingCalendar().is_working_day(date(2025, 1, 4))


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2024, 11, 30), 3, date(2025, 2, 28)),
        (date(2023, 11, 30), 3, date(2024, 2, 29)),
        (date(2024, 12, 1), 1, date(2025, 1, 1)),
        (date(2024, 12, 31), 12, date(2025, 12, 31)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
    ],
)
def test_a_month_ends_on_its_last_day_where_it_is_too_short(start: date, months: int, end: date) -> None:
    assert after_months(start, months) == end


def test_working_days_are_not_counted_backwards() -> None:
    with pytest.raises(ValueError, match="forwards"):
        THAILAND.after_working_days(date(2025, 1, 1), -1)


@settings(deadline=None, max_examples=60)
@given(CALENDARS, DAYS, st.integers(1, 60))
def test_counting_back_what_was_counted_forwards_gives_the_same(
    calendar: WorkingCalendar, start: date, amount: int
) -> None:
    due = calendar.after_working_days(start, amount)
    assert calendar.is_working_day(due)
    assert calendar.working_days_between(start, due) == amount
    assert calendar.working_days_between(start, due - timedelta(days=1)) == amount - 1


@settings(deadline=None, max_examples=60)
@given(CALENDARS, DAYS, st.integers(0, 90), st.integers(0, 90))
def test_a_span_has_the_working_days_of_its_parts(
    calendar: WorkingCalendar, start: date, first: int, second: int
) -> None:
    middle = start + timedelta(days=first)
    end = middle + timedelta(days=second)
    whole = calendar.working_days_between(start, end)
    assert whole == calendar.working_days_between(start, middle) + calendar.working_days_between(middle, end)
    assert calendar.working_days_between(end, start) == -whole


@settings(deadline=None, max_examples=60)
@given(CALENDARS, DAYS, st.integers(1, 60), st.sampled_from(list(ClockUnit)))
def test_whoever_starts_later_is_never_due_earlier(
    calendar: WorkingCalendar, start: date, amount: int, unit: ClockUnit
) -> None:
    clock = Clock(ClockName.APPEAL, amount, unit)
    due = clock.due(start, calendar)
    assert due > start
    assert clock.due(start + timedelta(days=1), calendar) >= due
