"""Questions that the console asks of the log. Each reads a page of rows along an index, however long the log is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Max, Min, QuerySet

from audit.console.names import names_of
from audit.console.proving import keeps_only_day
from audit.log.models import Entry

PAGE = 50


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


def matching(filters: dict[str, Any]) -> QuerySet[Entry]:
    """The entries that match all filters; a span of time costs one query of its own."""
    entries: QuerySet[Entry] = Entry.objects.all()
    for name in ("type", "object", "actor"):
        if filters.get(name):
            entries = entries.filter(**{name: filters[name]})
    span: dict[str, datetime] = {}
    if filters.get("since"):
        span["time__gte"] = _moment(filters["since"], filters.get("since_time"))
    if filters.get("until"):
        span["time__lt"] = _end(filters["until"], filters.get("until_time"))
    return within(entries, span) if span else entries


def words_of(filters: dict[str, Any]) -> dict[str, str]:
    """The filters in use, as an address and an entry write them."""
    return {
        name: f"{value:%H:%M}" if isinstance(value, time) else str(value)
        for name, value in filters.items()
        if value or isinstance(value, time)
    }


def within(entries: QuerySet[Entry], span: dict[str, datetime]) -> QuerySet[Entry]:
    """Those in the span of time, looked for between the first and the last index that lie in it.

    Without the bounds, the rows of a short span long ago would be looked for through the whole log. Clocks go wrong,
    so the bounds are no guess: the index over time and index answers from itself alone.
    """
    bounds = Entry.objects.filter(**span).aggregate(first=Min("index"), last=Max("index"))
    if bounds["first"] is None:
        return entries.none()
    return entries.filter(**span, index__gte=bounds["first"], index__lte=bounds["last"])


def page_of(filters: dict[str, Any], *, before: int | None = None, after: int | None = None) -> Page:
    """The entries that match all filters, older than `before` or newer than `after`."""
    return _paged([matching(filters)], words_of(filters), before=before, after=after)


def timeline_of(pseudonym: str, *, before: int | None = None, after: int | None = None) -> Page:
    """All that a pseudonym did and all that was done to it: two questions, each along its own index."""
    sources = [Entry.objects.filter(actor=pseudonym), Entry.objects.filter(object=pseudonym)]
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


def _paged(sources: Sequence[QuerySet[Entry]], query: dict[str, str], *, before: int | None, after: int | None) -> Page:
    if after is not None:
        found = _merged([entries.filter(index__gt=after).order_by("index") for entries in sources])
        more_newer, more_older = len(found) > PAGE, True
        found = found[:PAGE][::-1]
    else:
        if before is not None:
            sources = [entries.filter(index__lt=before) for entries in sources]
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


def _moment(day: date, at: time | None) -> datetime:
    return datetime.combine(day, at or time.min, UTC)


def _end(day: date, at: time | None) -> datetime:
    """The first moment after the span: behind the day, or behind the minute."""
    return _moment(day, at) + (timedelta(days=1) if at is None else timedelta(minutes=1))
