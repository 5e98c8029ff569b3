"""Triggers of the log on SQLite, and how to see that they are as they were made.

`INSERT OR REPLACE` fires no DELETE trigger unless `recursive_triggers` is on, which a connection of somebody else's
need not have: the INSERT triggers therefore refuse every row that would stand in the place of another, also by the
hidden row number.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

TABLES = ("audit_log_head", "audit_log_waiting", "audit_log_entry", "audit_log_tile", "audit_log_checkpoint")
_NEXT_ENTRY = 'SELECT coalesce(max("index"), -1) + 1 FROM audit_log_entry'
_NEXT_TILE = "SELECT coalesce(max(number), -1) + 1 FROM audit_log_tile WHERE level = NEW.level"
_LAST_CHECKPOINT = "SELECT max(size) FROM audit_log_checkpoint"
# Made by a later migration than the first guards, and the only table whose rows may go.
PRIVATE = "audit_log_private"
_ERASED = "SELECT 1 FROM {table} WHERE object = 'private/' || OLD.commitment AND type = 'log.private_erased'"
_NOT_ERASED = " AND ".join(
    f"NOT EXISTS ({_ERASED.format(table=table)})" for table in ("audit_log_entry", "audit_log_waiting")
)
_SIZE = "SELECT coalesce(max(size), 0) FROM audit_log_head"
# One that waits goes with its entry, and only while that is the last one of the log.
_LAST_IS_OLD = (
    'SELECT 1 FROM audit_log_entry WHERE "index" = (SELECT max("index") FROM audit_log_entry) '
    "AND arrival = OLD.id AND leaf = OLD.leaf AND leaf_hash = OLD.leaf_hash"
)
_ARRIVES = (
    "CREATE TRIGGER audit_log_entry_arrives AFTER INSERT ON audit_log_entry WHEN NEW.arrival IS NOT NULL BEGIN "
    "DELETE FROM audit_log_waiting WHERE id = NEW.arrival; END"
)


def _stay(table: str, verb: str, when: str = "") -> tuple[str, str]:
    name = f"{table}_no_{verb.lower()}"
    text = (
        f"CREATE TRIGGER {name} BEFORE {verb} ON {table} {when}BEGIN "
        f"SELECT RAISE(ABORT, 'The audit log is only ever added to: {verb} of {table} is refused.'); END"
    )
    return name, text


def _follow(table: str, otherwise: str) -> tuple[str, str]:
    name = f"{table}_follows"
    text = (
        f"CREATE TRIGGER {name} BEFORE INSERT ON {table} WHEN {otherwise} BEGIN "
        f"SELECT RAISE(ABORT, 'This row of {table} does not follow the last one: refused.'); END"
    )
    return name, text


def _taken(table: str) -> str:
    return f"NEW.rowid IN (SELECT rowid FROM {table})"  # noqa: S608 - a name from this module


TRIGGERS: dict[str, str] = dict(
    [
        _follow("audit_log_head", "NEW.size <> 0 OR EXISTS (SELECT 1 FROM audit_log_head)"),
        _stay("audit_log_head", "UPDATE", "WHEN NEW.size < OLD.size OR NEW.id <> OLD.id "),
        _stay("audit_log_head", "DELETE"),
        _follow(
            "audit_log_entry",
            f'NEW."index" <> ({_NEXT_ENTRY}) OR NEW."index" >= ({_SIZE}) OR {_taken("audit_log_entry")}',
        ),
        _stay("audit_log_entry", "UPDATE"),
        _stay("audit_log_entry", "DELETE"),
        _follow("audit_log_tile", f"NEW.number <> ({_NEXT_TILE}) OR {_taken('audit_log_tile')}"),
        _stay("audit_log_tile", "UPDATE"),
        _stay("audit_log_tile", "DELETE"),
        _follow(
            "audit_log_checkpoint",
            f"({_LAST_CHECKPOINT}) >= NEW.size OR NEW.size > ({_SIZE}) OR {_taken('audit_log_checkpoint')}",
        ),
        _stay("audit_log_checkpoint", "UPDATE"),
        _stay("audit_log_checkpoint", "DELETE"),
        _follow("audit_log_waiting", _taken("audit_log_waiting")),
        _stay("audit_log_waiting", "UPDATE"),
        _stay("audit_log_waiting", "DELETE", f"WHEN NOT EXISTS ({_LAST_IS_OLD}) "),
        ("audit_log_entry_arrives", _ARRIVES),
    ]
)


def triggers(cursor: Any) -> dict[str, str]:
    """Those above, and three for each further table of the log: its rows are only ever added, and none is replaced.

    Private parts may go as well, behind the entry that says so.
    """
    cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND substr(name, 1, 10) = 'audit_log_'")
    further = sorted({name for (name,) in cursor.fetchall()} - set(TABLES))
    made = dict(TRIGGERS)
    for table in further:
        if table == PRIVATE:
            made |= [
                _follow(table, _stands(cursor, table)),
                _stay(table, "UPDATE"),
                _stay(table, "DELETE", f"WHEN {_NOT_ERASED} "),
            ]
            continue
        name = f"{table}_once"
        made[name] = (
            f"CREATE TRIGGER {name} BEFORE INSERT ON {table} WHEN {_stands(cursor, table)} "
            "BEGIN SELECT RAISE(IGNORE); END"
        )
        made |= [_stay(table, "UPDATE"), _stay(table, "DELETE")]
    return made


def _stands(cursor: Any, table: str) -> str:
    """Whether a new row would take the place of one: by its row number or by what is unique in the table."""
    cursor.execute('SELECT name FROM pragma_index_list(%s) WHERE "unique" ORDER BY name', [table])
    taken = [_taken(table)]
    for (index,) in cursor.fetchall():
        cursor.execute("SELECT name FROM pragma_index_info(%s) ORDER BY seqno", [index])
        same = " AND ".join(f'"{column}" = NEW."{column}"' for (column,) in cursor.fetchall())
        taken.append(f"EXISTS (SELECT 1 FROM {table} WHERE {same})")  # noqa: S608 - names from the schema
    return " OR ".join(taken)


def statements(cursor: Any) -> Iterator[str]:
    """The SQL that makes them, in the place of those that are there."""
    yield from removal(cursor)
    yield from triggers(cursor).values()


def removal(cursor: Any) -> Iterator[str]:
    """The SQL that takes them away."""
    for name in triggers(cursor):
        yield f"DROP TRIGGER IF EXISTS {name}"


def differences(cursor: Any) -> list[str]:
    """A sentence for each trigger that is not as it was made, and for a connection that passes some over."""
    expected = triggers(cursor)
    cursor.execute(
        "SELECT name, tbl_name, sql FROM sqlite_master "
        "WHERE type = 'trigger' AND substr(tbl_name, 1, 10) = 'audit_log_'"
    )
    found = {name: (table, text) for name, table, text in cursor.fetchall()}
    problems = []
    for name, text in expected.items():
        if name not in found:
            problems.append(f"The trigger {name} is missing.")
        elif found[name][1] != text:
            problems.append(f"The trigger {name} was replaced.")
    problems += [
        f"The trigger {name} on {found[name][0]} is not the log's: it could swallow entries."
        for name in sorted(set(found) - set(expected))
    ]
    cursor.execute("PRAGMA recursive_triggers")
    if not cursor.fetchone()[0]:
        problems.append("recursive_triggers is off on this connection: REPLACE would delete without a trigger.")
    return problems
