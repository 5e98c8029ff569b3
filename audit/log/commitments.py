"""Compares the rows that hold private parts with the entries that commit to them, and with those of erasures.

Part of the comparison of everything that is stored (`ciphertexts.py`), which reads the log and gives each entry here.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterator

from audit.log.events import PRIVATE_ERASED
from audit.log.private import Private, pseudonym_of
from audit.log.sealing import VERSION, place_of
from audit.private import FIELD
from audit.tree import leaf_hash

ROWS = 2_000
MEMBER = f'"{FIELD}":"'.encode()
ERASED = PRIVATE_ERASED.name.encode()


def prepare(known: sqlite3.Connection) -> None:
    """Make room for what the log says."""
    known.execute("CREATE TABLE committed (commitment TEXT PRIMARY KEY, hash, entry) WITHOUT ROWID")
    known.execute("CREATE TABLE erased (commitment TEXT PRIMARY KEY, entry) WITHOUT ROWID")


def note(known: sqlite3.Connection, leaf: bytes, index: int | None) -> None:
    """Remember what an entry commits to, or says was erased."""
    if MEMBER not in leaf and ERASED not in leaf:
        return
    try:
        content = json.loads(leaf)
        commitment, kind, about = content.get(FIELD), content.get("type"), content.get("object")
    except (ValueError, AttributeError):
        # A changed entry is told by its hash.
        return
    if isinstance(commitment, str):
        row = (commitment, leaf_hash(leaf), index)
        known.execute("INSERT OR IGNORE INTO committed VALUES (?, ?, ?)", row)
    prefix = pseudonym_of("")
    if kind == PRIVATE_ERASED.name and isinstance(about, str) and about.startswith(prefix):
        known.execute("INSERT OR IGNORE INTO erased VALUES (?, ?)", (about.removeprefix(prefix), index))


def stored() -> Iterator[tuple[str, int, str]]:
    """Place, version and digest of every private part that is there."""
    rows = Private.objects.order_by("pk").values_list("pk", "sealed")
    for commitment, sealed in rows.iterator(chunk_size=ROWS):
        yield place_of(commitment), VERSION, hashlib.sha256(bytes(sealed)).hexdigest()


def differences(known: sqlite3.Connection) -> Iterator[tuple[str, str, int | None]]:
    """What is wrong with the rows: place, sentence, and the entry that they contradict."""
    for commitment, own in Private.objects.order_by("pk").values_list("pk", "leaf_hash").iterator(chunk_size=ROWS):
        place = place_of(commitment)
        found = known.execute("SELECT hash, entry FROM committed WHERE commitment = ?", [commitment]).fetchone()
        if found is None:
            yield place, "no entry commits to the private part that is stored here", None
        elif found[0] != bytes(own):
            yield place, "the private part that is stored here names another entry than its own", found[1]
        gone = known.execute("SELECT entry FROM erased WHERE commitment = ?", [commitment]).fetchone()
        if gone is not None:
            yield place, "an entry says that this private part was erased, and it is still there", gone[0]


def note_erased(known: sqlite3.Connection) -> int:
    """Mark what is rightly gone, so that nobody misses it; how many private parts that are."""
    prefix = place_of("")
    rows = known.execute(
        "UPDATE written SET seen = 1 WHERE NOT seen AND substr(place, 1, ?) = ? "
        "AND substr(place, ?) IN (SELECT commitment FROM erased)",
        [len(prefix), prefix, len(prefix) + 1],
    )
    return rows.rowcount
