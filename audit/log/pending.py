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
INSERT = 'INSERT INTO audit_log_entry ("index", leaf, leaf_hash, type, actor, object, time) VALUES '


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
    if not leaves:
        return
    with connection.cursor() as cursor:
        index = _take(len(leaves))
        adapt = connection.ops.adapt_datetimefield_value
        for first in range(0, len(leaves), ROWS_PER_STATEMENT):
            part = leaves[first : first + ROWS_PER_STATEMENT]
            values: list[Any] = []
            for offset, leaf in enumerate(part, start=index + first):
                values += [offset, leaf.data, leaf.hash, leaf.type, leaf.actor, leaf.object, adapt(leaf.time)]
            rows = ", ".join(["(%s, %s, %s, %s, %s, %s, %s)"] * len(part))
            cursor.execute(INSERT + rows, values)


def _take(count: int) -> int:
    """Move the head on by `count`; gives the index of the first of them."""
    with connection.cursor() as cursor:
        for _attempt in range(2):
            cursor.execute("UPDATE audit_log_head SET size = size + %s WHERE id = 1 RETURNING size", [count])
            row = cursor.fetchone()
            if row:
                return int(row[0]) - count
            # Only ever in an empty log: with entries there, index 0 is taken and the insert fails.
            cursor.execute("INSERT INTO audit_log_head (id, size) VALUES (1, 0) ON CONFLICT DO NOTHING")
    raise OutsideTransaction("the head of the log is missing and cannot be made")
