"""Periods of the summary: one length for the institution, and no second way to cut the same time."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from audit import clock
from cases.publication.periods import NotAPeriod
from cases.statistics.figures import periods
from cases.statistics.periods import Length, before, bounds, in_words, length_of, period_of
from tests.cases.publication_scene import desk, text_of
from tests.cases.statistics_scene import closed
from tests.walks.triage import received_report
from tests.world import World

ROOT = Path(__file__).resolve().parents[2]
LATE_IN_2026 = datetime(2026, 11, 16, 4, 0, tzinfo=UTC)
EARLY_IN_2028 = datetime(2028, 1, 3, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("length", "day", "period", "words"),
    [
        ("half-year", date(2026, 6, 30), "2026-H1", "first half of 2026"),
        ("year", date(2026, 12, 31), "2026", "2026"),
        ("two-years", date(2026, 1, 1), "2026-2027", "2026 and 2027"),
        ("two-years", date(2027, 12, 31), "2026-2027", "2026 and 2027"),
    ],
)
def test_a_day_lies_in_one_period_of_the_institution(settings, length, day, period, words) -> None:
    settings.SUMMARY_PERIOD = length
    assert period_of(day) == period
    assert in_words(period) == words
    assert length_of(period) == length


@pytest.mark.parametrize("length", list(Length))
@given(day=st.dates(min_value=date(1990, 1, 1), max_value=date(2190, 1, 1)))
def test_periods_lie_side_by_side_without_gap_or_overlap(length: Length, day: date) -> None:
    with override_settings(SUMMARY_PERIOD=length.value):
        first, last = bounds(period_of(day))
        assert first <= day <= last
        assert period_of(first) == period_of(last) == period_of(day)
        assert bounds(before(period_of(day)))[1] == first - timedelta(days=1)


@pytest.mark.parametrize("text", ["2026-2028", "2027-2028", "2026-H3", "all", ""])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(NotAPeriod):
        bounds(text)


def test_another_word_for_the_length_refuses_the_start() -> None:
    found = subprocess.run(
        [sys.executable, "-c", "import config.settings"],
        cwd=ROOT, env={**os.environ, "DEBUG": "1", "SUMMARY_PERIOD": "month"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode != 0
    assert "SUMMARY_PERIOD must be half-year, year or two-years, not 'month'." in found.stderr


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("length", "title", "sentence"),
    [
        ("half-year", "Summary: first half of 2027", "Counted by half-years"),
        ("year", "Summary: 2027", "Counted by calendar years"),
        ("two-years", "Summary: 2026 and 2027", "Counted by two calendar years"),
    ],
)
def test_the_page_says_by_what_it_counts(world: World, settings, length: str, title: str, sentence: str) -> None:
    settings.SUMMARY_PERIOD = length
    with clock.at(LATE_IN_2026):
        received_report(world)
    with clock.at(EARLY_IN_2028):
        closed(9, period={"half-year": "2027-H1", "year": "2027", "two-years": "2026-2027"}[length])
        period = {"half-year": "2027-H1"}.get(length, "")
        page = text_of(desk("manager"), f"/desk/summary/?period={period}")
    assert title in page
    assert sentence in page


@pytest.mark.django_db
def test_no_time_is_shown_in_two_cuts_when_the_length_is_changed(settings) -> None:
    closed(6, period="2025-H2")
    closed(7, period="2026-H1")
    settings.SUMMARY_PERIOD = "year"
    closed(8, period="2027")
    with clock.at(EARLY_IN_2028):
        assert periods() == ["2027"]
        settings.SUMMARY_PERIOD = "half-year"
        assert periods() == ["2026-H2", "2026-H1", "2025-H2"]
