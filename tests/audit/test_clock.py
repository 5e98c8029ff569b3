"""The one clock."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from audit import clock


def test_the_clock_tells_the_present_in_utc():
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    assert clock.now().tzinfo is UTC


def test_the_clock_can_be_held_and_goes_on_afterwards():
    moment = datetime(2024, 2, 29, 20, 0, tzinfo=timezone(timedelta(hours=2)))
    with clock.at(moment):
        assert clock.now() == moment
        assert clock.now().tzinfo is UTC
        with clock.at(moment + timedelta(days=1)):
            assert clock.now() == moment + timedelta(days=1)
        assert clock.now() == moment
    assert clock.now() > moment


def test_the_day_is_that_of_the_institution(settings):
    settings.TIME_ZONE = "Asia/Bangkok"
    with clock.at(datetime(2026, 5, 1, 18, 0, tzinfo=UTC)):
        assert clock.today() == date(2026, 5, 2)
    settings.TIME_ZONE = "America/Lima"
    with clock.at(datetime(2026, 5, 1, 3, 0, tzinfo=UTC)):
        assert clock.today() == date(2026, 4, 30)


def test_a_moment_without_a_time_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"), clock.at(datetime(2026, 5, 1)):
        raise AssertionError
