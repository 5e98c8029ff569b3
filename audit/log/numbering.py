"""Entries get their indexes: on SQLite inside the business transaction, on PostgreSQL right behind it.

SQLite lets one writer in at a time anyway. On PostgreSQL a row that counts would stay locked until the commit is on
disk, and commits that could go to disk together would go one after another. There the business transaction inserts
its entries without an index, into `audit_log_waiting`; `number` moves those that are committed into the log, under a
lock and in one statement. Nobody else gives indexes, so there is no gap. The order is that in which entries were
written at the ends of their transactions: what somebody had seen committed when they wrote always comes before.
"""

from typing import Any

from django.db import connection
from django.db import transaction as database

from audit.log.enforcement.functions import NUMBERING_LOCK
from audit.log.leaf import Leaf

ROWS_PER_STATEMENT = 500
NUMBERED_AT_ONCE = 10_000
COLUMNS = ("leaf", "leaf_hash", "type", "actor", "object", "time")
MOVE_HEAD = "UPDATE audit_log_head SET size = size + %s WHERE id = 1 RETURNING size - %s"


def write(leaves: list[Leaf]) -> None:
    """Insert the entries into the open transaction: with their indexes on SQLite, waiting for them on PostgreSQL."""
    for first in range(0, len(leaves), ROWS_PER_STATEMENT):
        part = leaves[first : first + ROWS_PER_STATEMENT]
        if connection.vendor == "postgresql":
            _insert("audit_log_waiting", COLUMNS, [_values(leaf) for leaf in part])
        else:
            index = _take(len(part))
            rows = [[index + place, *_values(leaf)] for place, leaf in enumerate(part)]
            _insert("audit_log_entry", ('"index"', *COLUMNS), rows)


def number(*, most: int | None = None) -> int:
    """Give every committed entry its index, or the `most` oldest, and tell how many got one.

    Call it before reading the log. The commit need not reach the disk by itself: nothing is lost with it, because the
    entries would wait again, and whatever is signed or recorded later is only on disk after it.
    """
    if connection.vendor != "postgresql":
        return 0
    total = 0
    while most is None or total < most:
        limit = NUMBERED_AT_ONCE if most is None else min(NUMBERED_AT_ONCE, most - total)
        is_outermost = not connection.in_atomic_block
        with database.atomic(), connection.cursor() as cursor:
            if is_outermost:
                cursor.execute("SET LOCAL synchronous_commit = off")
            cursor.execute("SELECT audit_log_number(%s)", [limit])
            (numbered,) = cursor.fetchone()
        total += numbered
        if numbered < limit:
            break
    return total


def hold_numbering() -> None:
    """Let nobody else give indexes until this transaction ends."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [NUMBERING_LOCK])


def _values(leaf: Leaf) -> list[Any]:
    time = connection.ops.adapt_datetimefield_value(leaf.time)
    return [leaf.data, leaf.hash, leaf.type, leaf.actor, leaf.object, time]


def _take(count: int) -> int:
    """Move the head on; gives the first of the indexes taken."""
    with connection.cursor() as cursor:
        cursor.execute(MOVE_HEAD, [count, count])
        head = cursor.fetchone()
        if not head:
            # Only ever in an empty log: with entries there, index 0 is taken and the insert fails.
            cursor.execute("INSERT INTO audit_log_head (id, size) VALUES (1, 0)")
            cursor.execute(MOVE_HEAD, [count, count])
            head = cursor.fetchone()
        return int(head[0])


def _insert(table: str, columns: tuple[str, ...], rows: list[list[Any]]) -> None:
    row = f"({', '.join(['%s'] * len(columns))})"
    values = ", ".join([row] * len(rows))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES {values}",  # noqa: S608 - names from this module
            [value for given in rows for value in given],
        )
