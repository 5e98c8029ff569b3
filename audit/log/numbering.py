"""Entries get their indexes right behind the business transaction.

A counter in the business transaction would stay locked until the commit is on disk, and every index on the entries
would be kept up while others wait. So the business transaction inserts its entries into `audit_log_waiting`, without
an index; `number` moves those that are committed into the log, under a lock. Nobody else gives indexes, so there is no
gap. The order is that in which entries were written at the ends of their transactions: what somebody had seen
committed when they wrote always comes before.
"""

from typing import Any

from django.db import DatabaseError, connection
from django.db import transaction as database
from django.utils.translation import gettext as _

from audit.log.enforcement.functions import COUNT_BLOCKS, NUMBERING_LOCK
from audit.log.errors import CannotNumber
from audit.log.leaf import Leaf

ROWS_PER_STATEMENT = 500
NUMBERED_AT_ONCE = 10_000
COLUMNS = ("leaf", "leaf_hash", "type", "actor", "object", "time")
# PostgreSQL: insufficient_privilege, read_only_sql_transaction. SQLite: SQLITE_READONLY.
NOT_ALLOWED = {"42501", "25006", "SQLITE_READONLY"}


def write(leaves: list[Leaf]) -> None:
    """Insert the entries into the open transaction, where they wait for their indexes."""
    for first in range(0, len(leaves), ROWS_PER_STATEMENT):
        part = leaves[first : first + ROWS_PER_STATEMENT]
        _insert("audit_log_waiting", COLUMNS, [_values(leaf) for leaf in part])


def number(*, most: int | None = None) -> int:
    """Give every committed entry its index, or the `most` oldest, and tell how many got one. Raises CannotNumber.

    Call it before reading the log. The commit need not reach the disk by itself: nothing is lost with it, because the
    entries would wait again, and whatever is signed or recorded later is only on disk after it.
    """
    total = 0
    while most is None or total < most:
        limit = NUMBERED_AT_ONCE if most is None else min(NUMBERED_AT_ONCE, most - total)
        try:
            numbered = _number_on_postgresql(limit) if connection.vendor == "postgresql" else _number_on_sqlite(limit)
        except DatabaseError as error:
            if _reason(error) not in NOT_ALLOWED:
                raise
            raise CannotNumber(
                _(
                    "Entries of the log wait for their index, and this process may not write to the database. "
                    "Let the worker run, or use an account that may write, and try again."
                )
            ) from error
        total += numbered
        if numbered < limit:
            break
    return total


def _number_on_postgresql(limit: int) -> int:
    is_outermost = not connection.in_atomic_block
    with database.atomic(), connection.cursor() as cursor:
        if is_outermost:
            cursor.execute("SET LOCAL synchronous_commit = off")
        cursor.execute("SELECT audit_log_number(%s)", [limit])
        return int(cursor.fetchone()[0])


def _number_on_sqlite(limit: int) -> int:
    """The same in statements. One transaction writes at a time; a trigger lets each go that has arrived."""
    with connection.cursor() as cursor:
        # Whoever only reads does not queue up with those who write.
        cursor.execute("SELECT EXISTS (SELECT 1 FROM audit_log_waiting)")
        if not cursor.fetchone()[0]:
            return 0
        with database.atomic():
            cursor.execute("SELECT count(*) FROM (SELECT 1 FROM audit_log_waiting LIMIT %s)", [limit])
            count = int(cursor.fetchone()[0])
            cursor.execute(
                "INSERT INTO audit_log_head (id, size) SELECT 1, 0 WHERE NOT EXISTS (SELECT 1 FROM audit_log_head)"
            )
            cursor.execute("UPDATE audit_log_head SET size = size + %s WHERE id = 1 RETURNING size", [count])
            size = int(cursor.fetchone()[0])
            columns = ", ".join(COLUMNS)
            cursor.execute(
                f'INSERT INTO audit_log_entry ("index", {columns}, arrival) '  # noqa: S608 - names from this module
                f"SELECT %s + row_number() OVER (ORDER BY id) - 1, {columns}, id "
                "FROM (SELECT * FROM audit_log_waiting ORDER BY id LIMIT %s) ORDER BY id",
                [size - count, count],
            )
            cursor.execute(COUNT_BLOCKS)
            return count


def _reason(error: DatabaseError) -> str:
    cause = error.__cause__
    return str(getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", ""))


def hold_numbering() -> None:
    """Let nobody else give indexes until this transaction ends."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [NUMBERING_LOCK])


def _values(leaf: Leaf) -> list[Any]:
    time = connection.ops.adapt_datetimefield_value(leaf.time)
    return [leaf.data, leaf.hash, leaf.type, leaf.actor, leaf.object, time]


def _insert(table: str, columns: tuple[str, ...], rows: list[list[Any]]) -> None:
    row = f"({', '.join(['%s'] * len(columns))})"
    values = ", ".join([row] * len(rows))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES {values}",  # noqa: S608 - names from this module
            [value for given in rows for value in given],
        )
