"""The one clock. Everything asks here for the time, so that a demonstration or a test can work "in the past"."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta

from django.utils import timezone

_moment: ContextVar[datetime | None] = ContextVar("moment", default=None)
_ahead: list[Callable[[], timedelta]] = []


def now() -> datetime:
    """The present moment as an aware datetime in UTC."""
    held = _moment.get()
    if held is not None:
        return held
    moment = datetime.now(UTC)
    for ahead in _ahead:
        moment += ahead()
    return moment


def run_ahead(by: Callable[[], timedelta]) -> None:
    """Let the clock run ahead of real time, for a demonstration; nothing else may call this."""
    _ahead[:] = [by]


def today() -> date:
    """The present day in the institution's time zone (TIME_ZONE), from which legal periods are counted."""
    return timezone.localdate(now(), timezone.get_default_timezone())


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Hold the clock at `moment` inside the block, for this thread or task only.

    Raises ValueError when `moment` has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("clock.at() needs a moment with a time zone")
    token = _moment.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _moment.reset(token)
