"""Questions that the console asks of the log. Each reads a page of rows along an index, however long the log is.

Every combination of kind, object and person has an index of its own. A span of time is looked for where the blocks
of entries say that it lies (`audit.log.models.Block`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

from django.db.models import Max, Min, QuerySet

from audit.console.names import names_of
from audit.console.proving import keeps_only_day
from audit.log.enforcement.functions import BLOCK
from audit.log.models import Block, Entry

PAGE = 50
# Entries of a later hour that keep only their day lie scattered; a few rows more are quicker than a question more.
NEAR = 16 * BLOCK
APART = 8


@dataclass(frozen=True)
class Row:
    """An entry as the list shows it; `by_day` when it keeps no time of day, and the names that are known."""

    entry: Entry
    by_day: bool
    actor_name: str = ""
    object_name: str = ""


@dataclass(frozen=True)
class Page:
    """Up to fifty entries, newest first, and the queries of the pages beside this one."""

    rows: list[Row]
    newer: str | None
    older: str | None


EMPTY_PAGE = Page([], None, None)


def matching(filters: dict[str, Any], *, before: int | None = None) -> QuerySet[Entry]:
    """The entries that match all filters, older than `before`; a span of time costs three queries of its own."""
    entries, span = _equal(filters), _span(filters)
    if not span:
        return entries if before is None else entries.filter(index__lt=before)
    return within(entries, span, before=before)


def words_of(filters: dict[str, Any]) -> dict[str, str]:
    """The filters in use, as an address and an entry write them."""
    return {
        name: f"{value:%H:%M}" if isinstance(value, time) else str(value)
        for name, value in filters.items()
        if value or isinstance(value, time)
    }


def within(entries: QuerySet[Entry], span: dict[str, datetime], *, before: int | None = None) -> QuerySet[Entry]:
    """Those in the span of time, looked for between the first and the last index that can lie in it."""
    found = places(span, before=before)
    if not found:
        return entries.none()
    return entries.filter(**span, index__gte=found[0].start, index__lt=found[-1].stop)


def places(span: dict[str, datetime], *, before: int | None = None, after: int | None = None) -> list[range]:
    """Where in the log entries of a span of time can lie: a few ranges of indexes, the oldest first.

    Clocks go wrong, so this is no guess: a block tells the earliest and the latest of its times. What is in no full
    block yet is asked itself. `before` and `after` are taken in here, because SQLite, given three bounds of an index,
    takes the wrong one of two indexes.
    """
    last = Block.objects.aggregate(last=Max("number"))["last"]
    full = 0 if last is None else last + 1
    kept = {"time__gte": "latest__gte", "time__lt": "earliest__lt"}
    blocks = Block.objects.filter(**{kept[name]: moment for name, moment in span.items()}).order_by("number")
    found = [range(number * BLOCK, (number + 1) * BLOCK) for number in blocks.values_list("number", flat=True)]
    rest = Entry.objects.filter(index__gte=full * BLOCK, **span).aggregate(first=Min("index"), last=Max("index"))
    if rest["first"] is not None:
        found.append(range(rest["first"], rest["last"] + 1))
    start, stop = 0 if after is None else after + 1, found[-1].stop if found else 0
    stop = stop if before is None else min(stop, before)
    joined = [range(max(each.start, start), min(each.stop, stop)) for each in _joined(found)]
    return [each for each in joined if each]


def _joined(found: list[range]) -> list[range]:
    """The ranges without small gaps, and without more than a few large ones."""
    gaps = sorted((after.start - before.stop for before, after in pairwise(found)), reverse=True)
    near = max(NEAR, gaps[APART - 1]) if len(gaps) >= APART else NEAR
    joined: list[range] = []
    for each in found:
        if joined and each.start - joined[-1].stop <= near:
            joined[-1] = range(joined[-1].start, each.stop)
        else:
            joined.append(each)
    return joined


def page_of(filters: dict[str, Any], *, before: int | None = None, after: int | None = None) -> Page:
    """The entries that match all filters, older than `before` or newer than `after`."""
    entries, span = _equal(filters), _span(filters)
    sources = [_beside(entries, before=before, after=after)]
    if span:
        found = places(span, before=before if after is None else None, after=after)
        sources = [entries.filter(**span, index__gte=each.start, index__lt=each.stop) for each in found]
    return _paged(sources, words_of(filters), before=before, after=after)


def timeline_of(pseudonym: str, *, before: int | None = None, after: int | None = None) -> Page:
    """All that a pseudonym did and all that was done to it: two questions, each along its own index."""
    everything = [Entry.objects.filter(actor=pseudonym), Entry.objects.filter(object=pseudonym)]
    sources = [_beside(entries, before=before, after=after) for entries in everything]
    return _paged(sources, {"of": pseudonym}, before=before, after=after)


def rows_of(entries: Iterable[Entry]) -> list[Row]:
    """The entries with the names that the floors above tell of them."""
    found = list(entries)
    names = names_of({name for entry in found for name in (entry.actor, entry.object)})
    return [
        Row(
            entry,
            by_day=keeps_only_day(entry),
            actor_name=names.get(entry.actor, ""),
            object_name=names.get(entry.object, ""),
        )
        for entry in found
    ]


def _beside(entries: QuerySet[Entry], *, before: int | None, after: int | None) -> QuerySet[Entry]:
    """Those on the side of the page that was asked for: the newer ones when both are given."""
    if after is not None:
        return entries.filter(index__gt=after)
    return entries if before is None else entries.filter(index__lt=before)


def _paged(sources: Sequence[QuerySet[Entry]], query: dict[str, str], *, before: int | None, after: int | None) -> Page:
    if after is not None:
        found = _merged([entries.order_by("index") for entries in sources])
        more_newer, more_older = len(found) > PAGE, True
        found = found[:PAGE][::-1]
    else:
        found = _merged([entries.order_by("-index") for entries in sources])[::-1]
        more_newer, more_older = before is not None, len(found) > PAGE
        found = found[:PAGE]
    newer = urlencode({**query, "after": found[0].index}) if found and more_newer else None
    older = urlencode({**query, "before": found[-1].index}) if found and more_older else None
    return Page(rows_of(found), newer, older)


def _merged(sources: Sequence[QuerySet[Entry]]) -> list[Entry]:
    """What one page needs of each source, without doubles, in the order of indexes."""
    found = {entry.index: entry for entries in sources for entry in entries[: PAGE + 1]}
    return [found[index] for index in sorted(found)]


def _equal(filters: dict[str, Any]) -> QuerySet[Entry]:
    return Entry.objects.filter(**{name: filters[name] for name in ("type", "object", "actor") if filters.get(name)})


def _span(filters: dict[str, Any]) -> dict[str, datetime]:
    span: dict[str, datetime] = {}
    if filters.get("since"):
        span["time__gte"] = _moment(filters["since"], filters.get("since_time"))
    if filters.get("until"):
        span["time__lt"] = _end(filters["until"], filters.get("until_time"))
    return span


def _moment(day: date, at: time | None) -> datetime:
    return datetime.combine(day, at or time.min, UTC)


def _end(day: date, at: time | None) -> datetime:
    """The first moment after the span: behind the day, or behind the minute."""
    return _moment(day, at) + (timedelta(days=1) if at is None else timedelta(minutes=1))
