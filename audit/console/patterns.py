"""Unusual patterns: a list to look into, and no verdict. Each is asked of a span of time, along indexes.

This floor knows neither which kinds of entries are readings, nor who administers, nor who belongs to a matter's team:
the floors above tell.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final

from django.db.models import Count, Max, Min, QuerySet

from audit.console.listing import within
from audit.log.models import Entry

HOUR: Final = timedelta(hours=1)
MANY_READS: Final = 40
SEVERAL_REFUSALS: Final = 3
SHOWN: Final = 50
COMPARED: Final = 5_000

Administrators = Callable[[Collection[str], date, date], Collection[str]]


@dataclass(frozen=True)
class Opened:
    """Somebody read a matter: how often, and the moments of the first and the last time."""

    actor: str
    object: str
    first: datetime
    last: datetime
    count: int


Team = Callable[[Collection[Opened]], Iterable[Opened]]


@dataclass(frozen=True)
class Finding:
    """Something to look into: who or about what, from when to when, and how many entries."""

    first: datetime
    last: datetime
    count: int
    actor: str = ""
    object: str = ""


@dataclass(frozen=True)
class Findings:
    """What was found, the first fifty of it; `more` when there is more, or not everything could be compared."""

    found: list[Finding]
    more: bool = False


_readings: set[str] = set()
_refusals: set[str] = set()
_failures: set[str] = set()
_administrators: list[Administrators] = []
_teams: list[Team] = []


def readings_are(*names: str) -> None:
    """Declare kinds of entries that say that somebody read something of a matter."""
    _readings.update(names)


def refusals_are(*names: str) -> None:
    """Declare kinds of entries that say that somebody was refused."""
    _refusals.update(names)


def failures_are(*names: str) -> None:
    """Declare kinds of entries that say that somebody nobody knows tried to be a person, who is their object."""
    _failures.update(names)


def administering(resolver: Administrators) -> Administrators:
    """Register who tells which pseudonyms were administrators on any day of a span."""
    if resolver not in _administrators:
        _administrators.append(resolver)
    return resolver


def outside(resolver: Team) -> Team:
    """Register who tells which readings were made by somebody who was not, at that time, of the matter's team."""
    if resolver not in _teams:
        _teams.append(resolver)
    return resolver


def readings() -> frozenset[str]:
    """The declared kinds of reading."""
    return frozenset(_readings)


class Span:
    """The entries from `since` up to `until`; each question is one query or two, and none reads outside the span."""

    def __init__(self, since: datetime, until: datetime) -> None:
        self.since, self.until = since, until
        # No entry of the kinds is evaluated here: this finds the first and the last index of the span.
        self._entries = within(Entry.objects.order_by(), {"time__gte": since, "time__lt": until})

    def many_reads(self) -> Findings:
        """Many readings by one person within an hour."""
        return self._bursts("actor", _readings, least=MANY_READS)

    def refused(self) -> Findings:
        """Several refused attempts by one person within an hour."""
        return self._bursts("actor", _refusals, least=SEVERAL_REFUSALS)

    def failed(self) -> Findings:
        """Several failed attempts within an hour to sign in as one person."""
        return self._bursts("object", _failures, least=SEVERAL_REFUSALS)

    def by_administrators(self) -> Findings:
        """Readings by people who were administrators in the span."""
        grouped = self._of(_readings).values("actor").annotate(first=Min("time"), last=Max("time"), count=Count("*"))
        found = [Finding(**row) for row in grouped]
        actors = {each.actor for each in found}
        named = {each for ask in _administrators for each in ask(actors, self.since.date(), self.until.date())}
        return _shown(each for each in found if each.actor in named)

    def outside_the_team(self) -> Findings:
        """Readings of a matter by somebody who was not of its team."""
        grouped = (
            self._of(_readings)
            .values("actor", "object")
            .annotate(first=Min("time"), last=Max("time"), count=Count("*"))
            .order_by("-last")
        )
        opened = [Opened(**row) for row in grouped[: COMPARED + 1]]
        judged = [each for ask in _teams for each in ask(opened[:COMPARED])]
        found = _shown(Finding(**vars(each)) for each in judged)
        return Findings(found.found, more=found.more or len(opened) > COMPARED)

    def _of(self, kinds: Collection[str]) -> QuerySet[Entry]:
        return self._entries.filter(type__in=sorted(kinds))

    def _bursts(self, who: str, kinds: Collection[str], *, least: int) -> Findings:
        """Who has at least so many in an hour; whoever has not so many in all is never looked at closely."""
        entries = self._of(kinds)
        counted = entries.values(who).annotate(count=Count("*")).filter(count__gte=least)
        busy = [row[who] for row in counted]
        if not busy:
            return Findings([])
        minutes = (
            entries.filter(**{f"{who}__in": busy})
            .values_list(who, "time")
            .annotate(count=Count("*"))
            .order_by(who, "time")
        )
        return _shown(
            Finding(**{who: name}, first=burst[0][0], last=burst[-1][0], count=sum(count for _time, count in burst))
            for name, rows in groupby(minutes, key=lambda row: row[0])
            for burst in bursts([(time, count) for _name, time, count in rows], least=least)
        )


def bursts(minutes: list[tuple[datetime, int]], *, least: int) -> Iterator[list[tuple[datetime, int]]]:
    """The stretches that are covered by hours with at least so many; `minutes` are in the order of time."""
    start, held = 0, 0
    begun, ended = None, 0
    for place, (time, count) in enumerate(minutes):
        held += count
        while minutes[start][0] <= time - HOUR:
            held -= minutes[start][1]
            start += 1
        if held < least:
            continue
        if begun is not None and start > ended:
            yield minutes[begun : ended + 1]
            begun = None
        begun, ended = start if begun is None else begun, place
    if begun is not None:
        yield minutes[begun : ended + 1]


def _shown(found: Iterable[Finding]) -> Findings:
    newest = sorted(found, key=lambda each: each.last, reverse=True)
    return Findings(newest[:SHOWN], more=len(newest) > SHOWN)
