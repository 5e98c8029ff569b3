"""Entries wait here until the end of the outermost audit transaction, so that the head is locked late."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from asgiref.local import Local
from django.db import connection
from django.db import transaction as database

from audit.log.errors import OutsideTransaction, Unrecorded
from audit.log.leaf import Leaf

ROWS_PER_STATEMENT = 500
COLUMNS = ('"index"', "leaf", "leaf_hash", "type", "actor", "object", "time")
ROW = f"({', '.join(['%s'] * len(COLUMNS))})"
MOVE_HEAD = "UPDATE audit_log_head SET size = size + %s WHERE id = 1 RETURNING size - %s AS first"
FROM_HEAD = """
SELECT head.first + row.at, row.leaf, row.leaf_hash, row.type, row.actor, row.object, row.time
FROM head, (VALUES """
AS_ROW = ") AS row (at, leaf, leaf_hash, type, actor, object, time)"
INSERT = f"INSERT INTO audit_log_entry ({', '.join(COLUMNS)})"


@dataclass
class Frame:
    """What one level of nesting has gathered, and how deep in the database's own nesting it is."""

    depth: int
    leaves: list[Leaf] = field(default_factory=list)
    sealed: dict[str, str] = field(default_factory=dict)
    afterwards: list[Leaf] = field(default_factory=list)


# Local, not a context variable, because Django keeps database connections in the same way.
_local = Local(thread_critical=True)


def frames() -> list[Frame]:
    """The open audit transactions of this thread, the outermost first."""
    if not hasattr(_local, "frames"):
        _local.frames = []
    opened: list[Frame] = _local.frames
    return opened


def current() -> Frame:
    """The innermost open audit transaction. Raises OutsideTransaction."""
    opened = frames()
    if not opened:
        raise OutsideTransaction("nothing can be logged outside audit.log.actions.transaction()")
    return opened[-1]


@contextmanager
def transaction() -> Iterator[None]:
    """A database transaction whose entries are written at its end; see `audit.log.actions.transaction`."""
    opened = frames()
    frame = Frame(depth=0)
    try:
        with database.atomic():
            frame.depth = len(connection.savepoint_ids)
            opened.append(frame)
            try:
                yield
            finally:
                opened.pop()
            if opened:
                opened[-1].leaves += frame.leaves
                opened[-1].sealed |= frame.sealed
            else:
                if frame.sealed:
                    raise Unrecorded(f"no entry names the ciphertext written at {min(frame.sealed)}")
                write(frame.leaves)
    finally:
        if opened:
            opened[-1].afterwards += frame.afterwards
        elif frame.afterwards:
            with database.atomic():
                write(frame.afterwards)


def write(leaves: list[Leaf]) -> None:
    """Take the next indexes and insert the entries. The head stays locked until the transaction ends."""
    for first in range(0, len(leaves), ROWS_PER_STATEMENT):
        part = leaves[first : first + ROWS_PER_STATEMENT]
        if not _write_part(part):
            # Only ever in an empty log: with entries there, index 0 is taken and the insert fails.
            with connection.cursor() as cursor:
                cursor.execute("INSERT INTO audit_log_head (id, size) VALUES (1, 0) ON CONFLICT DO NOTHING")
            _write_part(part)


def _write_part(leaves: list[Leaf]) -> bool:
    """Move the head on and insert the entries; False, with nothing done, when there is no head yet."""
    values: list[Any] = []
    for offset, leaf in enumerate(leaves):
        time = connection.ops.adapt_datetimefield_value(leaf.time)
        values += [offset, leaf.data, leaf.hash, leaf.type, leaf.actor, leaf.object, time]
    rows = ", ".join([ROW] * len(leaves))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # One statement, because others wait for as long as the head is locked.
            statement = "".join(["WITH head AS (", MOVE_HEAD, ") ", INSERT, FROM_HEAD, rows, AS_ROW])
            cursor.execute(statement, [len(leaves), len(leaves), *values])
            return bool(cursor.rowcount)
        cursor.execute(MOVE_HEAD, [len(leaves), len(leaves)])
        head = cursor.fetchone()
        if not head:
            return False
        for at in range(0, len(values), len(COLUMNS)):
            values[at] += head[0]
        cursor.execute(f"{INSERT} VALUES {rows}", values)
        return True
