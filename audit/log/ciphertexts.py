"""Compares the ciphertexts that are stored with what the log says was written.

Whatever keeps ciphertext registers a source; this room knows none of them. The log has the digest of each ciphertext
under its place, `table/field/row/version`; the last entry about `table/field/row` says what must be there now.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Protocol

from django.db import connection
from django.db import transaction as database

from audit.log import commitments
from audit.log.events import SEALED
from audit.log.models import Checkpoint, Entry, Waiting
from audit.log.numbering import number
from audit.log.witnessed import PastEntry
from audit.tree import EMPTY_ROOT, Frontier, leaf_hash

MAXIMUM_PROBLEMS = 1_000
ROWS = 2_000

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Stored:
    """A ciphertext as it is stored: `table/field/row`, its version, and its SHA-256 in hexadecimal."""

    place: str
    version: int
    digest: str


class Source(Protocol):
    """Something that keeps ciphertexts."""

    def stored(self) -> Iterator[Stored]:
        """Every ciphertext that is there."""

    def gone_rightly(self, place: str) -> bool:
        """Whether a ciphertext that was at `table/field/row` and is there no more may be gone."""


@dataclass(frozen=True)
class Difference:
    """A place at which the store and the log disagree; `index` is the last entry about it, None when there is none."""

    place: str
    message: str
    index: int | None = None


@dataclass
class Comparison:
    """What was compared: places that agree, those that ended in the ordinary course, and the differences."""

    entries: int = 0
    agree: int = 0
    ended: int = 0
    signed: int = 0
    differences: list[Difference] = field(default_factory=list)

    def add(self, place: str, message: str, index: int | None = None) -> None:
        """Note a difference; beyond some number, nobody reads them."""
        if len(self.differences) < MAXIMUM_PROBLEMS:
            self.differences.append(Difference(place, message, index))


_sources: list[Source] = []


def register(source: Source) -> None:
    """Make a keeper of ciphertexts known. Registering the same again changes nothing."""
    if source not in _sources:
        _sources.append(source)


def compare(*, progress: Progress | None = None) -> Comparison:
    """Compare every registered source with the log, in flat memory; `progress` gets entries read and to read."""
    number()
    alone = connection.vendor == "postgresql" and not connection.in_atomic_block
    with closing(sqlite3.connect("")) as known, database.atomic():
        if alone:
            with connection.cursor() as cursor:
                # Entries and rows of one and the same moment, although others go on writing.
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        comparison = Comparison()
        known.execute("CREATE TABLE written (place TEXT PRIMARY KEY, version, digest, entry, seen) WITHOUT ROWID")
        commitments.prepare(known)
        _read_log(known, comparison, progress)
        for source in _sources:
            _compare(known, source.stored(), comparison)
        _compare(known, (Stored(*each) for each in commitments.stored()), comparison)
        for place, message, index in commitments.differences(known):
            comparison.add(place, message, index)
        comparison.ended += commitments.note_erased(known)
        _compare_rest(known, comparison)
    return comparison


def _read_log(known: sqlite3.Connection, comparison: Comparison, progress: Progress | None) -> None:
    past = PastEntry.objects.order_by("id").values_list("leaf", flat=True).iterator(chunk_size=ROWS)
    for leaf in past:
        _note(known, bytes(leaf), None)
    latest = Checkpoint.objects.order_by("-size").first()
    frontier, total = Frontier(), Entry.objects.count()
    root = EMPTY_ROOT
    for index, leaf in Entry.objects.order_by("index").values_list("index", "leaf").iterator(chunk_size=ROWS):
        if index != frontier.size:
            comparison.add("log", f"entry {frontier.size} is missing", frontier.size)
            break
        frontier.append(leaf_hash(bytes(leaf)))
        _note(known, bytes(leaf), index)
        if latest and frontier.size == latest.size:
            root = frontier.root()
        if progress and frontier.size % ROWS == 0:
            progress(frontier.size, total)
    for leaf in Waiting.objects.order_by("id").values_list("leaf", flat=True).iterator(chunk_size=ROWS):
        _note(known, bytes(leaf), None)
    comparison.entries, comparison.signed = frontier.size, latest.size if latest else 0
    if latest and root != latest.statement.root:
        comparison.add("log", f"the first {latest.size} entries are not those that their checkpoint was signed for")
    if progress:
        progress(total, total)


def _note(known: sqlite3.Connection, leaf: bytes, index: int | None) -> None:
    commitments.note(known, leaf, index)
    if b'"sealed"' not in leaf:
        return
    try:
        sealed = json.loads(leaf)["facts"].get(SEALED, {})
        rows = [(*_split(place), digest, index) for place, digest in sealed.items()]
    except (ValueError, KeyError, AttributeError, TypeError):
        # A changed entry is told by its hash.
        return
    known.executemany("INSERT OR REPLACE INTO written VALUES (?, ?, ?, ?, 0)", rows)


def _split(place: str) -> tuple[str, int]:
    base, _slash, version = place.rpartition("/")
    return base, int(version)


def _compare(known: sqlite3.Connection, rows: Iterable[Stored], comparison: Comparison) -> None:
    for stored in rows:
        found = known.execute("SELECT version, digest, entry FROM written WHERE place = ?", [stored.place]).fetchone()
        if found is None:
            comparison.add(stored.place, "no entry speaks of the ciphertext that is stored here")
            continue
        version, digest, index = found
        known.execute("UPDATE written SET seen = 1 WHERE place = ?", [stored.place])
        if stored.version != version:
            comparison.add(
                stored.place, f"version {stored.version} is stored, but version {version} was written last", index
            )
        elif stored.digest != digest:
            comparison.add(stored.place, f"{stored.digest} is stored, but {digest} was written last", index)
        else:
            comparison.agree += 1


def _compare_rest(known: sqlite3.Connection, comparison: Comparison) -> None:
    """What was written and is not there any more."""
    rest: Iterable[tuple[str, int | None]] = known.execute(
        "SELECT place, entry FROM written WHERE NOT seen ORDER BY place"
    )
    for place, index in rest:
        if any(source.gone_rightly(place) for source in _sources):
            comparison.ended += 1
        else:
            comparison.add(
                place, "the ciphertext that was written here is missing, and nothing says it was erased", index
            )
