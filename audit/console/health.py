"""How the log is doing: its guards, its witnesses, its cadence, and a look whether entries lead to the signed root."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import connection

from audit import clock
from audit.console.proving import proof_of
from audit.log import actions as log
from audit.log import enforcement, verifying
from audit.log.cosigning import Misconfigured, Watched, watched
from audit.log.integration import slot
from audit.log.models import Checkpoint, Entry
from audit.log.verified import Verification
from audit.log.witnessed import Timestamp

DAYS: Final = 7
TICKS: Final = 12_000
GAPS_SHOWN: Final = 20
PICKED: Final = 4
VERIFICATIONS: Final = 5


@dataclass(frozen=True)
class Hour:
    """One hour of the map: its beginning, the checkpoints that were due in it, and those that there are."""

    begins: datetime
    due: int
    there: int

    @property
    def missing(self) -> int:
        """How many did not come."""
        return self.due - self.there

    @property
    def state(self) -> str:
        """ "off" when none was due, "whole", "part" or "none"."""
        if not self.due:
            return "off"
        if not self.missing:
            return "whole"
        return "part" if self.there else "none"


@dataclass(frozen=True)
class Gap:
    """Checkpoints that did not come, one after another: when the first and the last were due."""

    first: datetime
    last: datetime
    missing: int


@dataclass(frozen=True)
class Cadence:
    """The checkpoints of the last days against the fixed times at which they were due."""

    days: list[tuple[datetime, list[Hour]]] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    @property
    def missing(self) -> int:
        """How many did not come in all these days."""
        return sum(gap.missing for gap in self.gaps)

    @property
    def shown(self) -> list[Gap]:
        """The latest gaps."""
        return self.gaps[::-1][:GAPS_SHOWN]


@dataclass(frozen=True)
class Looked:
    """Entries that were compared with the signed root, and those of them that do not lead to it."""

    at: list[int]
    wrong: list[int]


@dataclass(frozen=True)
class Condition:
    """Everything that the page of the log's health shows."""

    health: log.Health
    differences: list[str]
    excess: list[str]
    witnesses: list[Watched]
    misconfigured: str
    stamp: Timestamp | None
    stamps_expected: bool
    cadence: Cadence
    looked: Looked
    verifications: list[Verification]
    is_awaited: bool
    is_late: bool


def condition() -> Condition:
    """The state of the log, in queries whose number depends only on how many witnesses there are."""
    health = log.health()
    witnesses, misconfigured = [], ""
    try:
        witnesses = watched()
    except Misconfigured as error:
        misconfigured = str(error)
    return Condition(
        health=health,
        differences=enforcement.differences(connection),
        excess=enforcement.privileges(connection),
        witnesses=witnesses,
        misconfigured=misconfigured,
        stamp=Timestamp.objects.order_by("-size").first(),
        stamps_expected=bool(settings.LOG_TIMESTAMP_URL),
        cadence=cadence(),
        looked=look(health.integrated),
        verifications=list(Verification.objects.order_by("-pk")[:VERIFICATIONS]),
        is_awaited=verifying.is_awaited(),
        is_late=verifying.is_late(),
    )


def look(size: int) -> Looked:
    """Prove the last signed entry, and some others picked at random, from what is stored."""
    if not size:
        return Looked([], [])
    indexes = sorted({size - 1, *(secrets.randbelow(size) for _pick in range(PICKED))})
    found = {entry.index: entry for entry in Entry.objects.filter(index__in=indexes)}
    wrong = [index for index in indexes if index not in found or not proof_of(found[index]).holds]
    return Looked(indexes, wrong)


def cadence() -> Cadence:
    """The last seven days hour by hour, or fewer when checkpoints come more often than some twelve thousand in them."""
    step = timedelta(seconds=settings.LOG_CADENCE)
    now = clock.now()
    span = min(timedelta(days=DAYS), TICKS * step)
    first = Checkpoint.objects.order_by("size").values_list("time", flat=True).first()
    if first is None:
        return Cadence()
    newest = Checkpoint.objects.order_by("-size").values_list("time", flat=True)
    times = {slot(time) for time in newest[: 2 * TICKS]}
    # The one of the present stretch may still come.
    due = list(_ticks(max(slot(first), slot(now - span)), slot(now) - step, step))
    return Cadence(_days(due, times, now - span, now), list(_gaps(due, times)))


def _ticks(first: datetime, last: datetime, step: timedelta) -> Iterator[datetime]:
    moment = first
    while moment <= last:
        yield moment
        moment += step


def _days(
    due: list[datetime], times: set[datetime], since: datetime, until: datetime
) -> list[tuple[datetime, list[Hour]]]:
    counted: dict[datetime, tuple[int, int]] = {}
    for moment in due:
        hour = moment.replace(minute=0, second=0)
        wanted, there = counted.get(hour, (0, 0))
        counted[hour] = (wanted + 1, there + (moment in times))
    day = since.replace(hour=0, minute=0, second=0, microsecond=0)
    days = []
    while day <= until:
        hours = [day + timedelta(hours=number) for number in range(24)]
        days.append((day, [Hour(hour, *counted.get(hour, (0, 0))) for hour in hours]))
        day += timedelta(days=1)
    return days[::-1]


def _gaps(due: list[datetime], times: set[datetime]) -> Iterator[Gap]:
    missing: list[datetime] = []
    for moment in due:
        if moment not in times:
            missing.append(moment)
        elif missing:
            yield Gap(missing[0], missing[-1], len(missing))
            missing = []
    if missing:
        yield Gap(missing[0], missing[-1], len(missing))
