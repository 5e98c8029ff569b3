"""Questions that the console asks of the log."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from audit.checkpoint import ProofFile
from audit.log.models import Checkpoint, Entry
from audit.log.stored import prove
from audit.tiles import MalformedTile
from audit.tree import InvalidProof, leaf_hash, verify_inclusion

PAGE = 50


@dataclass(frozen=True)
class Row:
    """An entry as the list shows it; `by_day` when the entry keeps no time of day."""

    entry: Entry
    by_day: bool


@dataclass(frozen=True)
class Page:
    """Up to fifty entries, newest first, and the queries of the pages beside this one."""

    rows: list[Row]
    newer: str | None
    older: str | None


EMPTY_PAGE = Page([], None, None)


def page_of(filters: dict[str, Any], *, before: int | None = None, after: int | None = None) -> Page:
    """The entries that match all filters, older than `before` or newer than `after`, in one query."""
    entries = Entry.objects.all()
    for name in ("type", "object", "actor"):
        if filters.get(name):
            entries = entries.filter(**{name: filters[name]})
    if filters.get("since"):
        entries = entries.filter(time__gte=datetime.combine(filters["since"], time.min, UTC))
    if filters.get("until"):
        end = datetime.combine(filters["until"], time.min, UTC) + timedelta(days=1)
        entries = entries.filter(time__lt=end)
    if after is not None:
        found = list(entries.filter(index__gt=after).order_by("index")[: PAGE + 1])
        more_newer, more_older = len(found) > PAGE, True
        found = found[:PAGE][::-1]
    else:
        if before is not None:
            entries = entries.filter(index__lt=before)
        found = list(entries.order_by("-index")[: PAGE + 1])
        more_newer, more_older = before is not None, len(found) > PAGE
        found = found[:PAGE]
    query = {name: str(value) for name, value in filters.items() if value}
    rows = [Row(entry, by_day=keeps_only_day(entry)) for entry in found]
    newer = urlencode({**query, "after": found[0].index}) if found and more_newer else None
    older = urlencode({**query, "before": found[-1].index}) if found and more_older else None
    return Page(rows, newer, older)


def content_of(entry: Entry) -> dict[str, Any] | None:
    """The entry's JSON, or None when its bytes are none (which only tampering can bring about)."""
    try:
        content = json.loads(bytes(entry.leaf))
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def keeps_only_day(entry: Entry) -> bool:
    """Whether the entry was written with its day alone."""
    content = content_of(entry)
    return content is not None and len(str(content.get("time", ""))) == len("2026-11-21")


def columns_agree(entry: Entry) -> bool:
    """Whether the columns that the console searches by say the same as the bytes that were hashed."""
    content = content_of(entry)
    if content is None:
        return False
    wanted = f"{entry.time.astimezone(UTC):%Y-%m-%dT%H:%MZ}"
    written = str(content.get("time"))
    same_time = written in {wanted, wanted[:10]}
    return same_time and all(content.get(name) == getattr(entry, name) for name in ("type", "actor", "object"))


@dataclass(frozen=True)
class Proof:
    """The proof file of an entry, or why there is none; `holds` says whether it verifies."""

    file: ProofFile | None
    holds: bool
    waiting: bool = False


def proof_of(entry: Entry) -> Proof:
    """Prove the entry against the latest checkpoint, in at most four queries, and check the proof."""
    checkpoint = Checkpoint.objects.order_by("-size").first()
    if checkpoint is None or checkpoint.size <= entry.index:
        return Proof(None, holds=False, waiting=True)
    try:
        hashes = prove(entry.index, checkpoint.size)
    except MalformedTile:
        return Proof(None, holds=False)
    file = ProofFile(entry.index, tuple(hashes), checkpoint.note.encode())
    try:
        verify_inclusion(
            hashes,
            index=entry.index,
            size=checkpoint.size,
            leaf=leaf_hash(bytes(entry.leaf)),
            root=bytes(checkpoint.root),
        )
    except InvalidProof:
        return Proof(file, holds=False)
    return Proof(file, holds=True)
