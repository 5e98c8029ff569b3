"""Triggers and functions of the log on PostgreSQL, and how to see that they are as they were made.

Every trigger is ENABLE ALWAYS: an ordinary one is passed over by `SET session_replication_role = replica`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from audit.log.enforcement.functions import FUNCTIONS

TABLES = ("audit_log_head", "audit_log_waiting", "audit_log_entry", "audit_log_tile", "audit_log_checkpoint")


@dataclass(frozen=True)
class Trigger:
    """A trigger of the log; `kind` is the number that `pg_trigger.tgtype` has for `when`."""

    name: str
    table: str
    when: str
    kind: int
    function: str
    each: str = "ROW"
    rows: str = ""


# pg_trigger.tgtype: 1 each row, 2 before, 4 insert, 8 delete, 16 update, 32 truncate.
def _not_changed(table: str) -> Trigger:
    return Trigger(f"{table}_stays", table, "BEFORE UPDATE OR DELETE", 1 | 2 | 8 | 16, "audit_log_refuse")


def _not_emptied(table: str) -> Trigger:
    return Trigger(f"{table}_truncated", table, "BEFORE TRUNCATE", 2 | 32, "audit_log_refuse", each="STATEMENT")


# Made by a later migration than the first guards, and the only table whose rows may go.
PRIVATE = "audit_log_private"
PRIVATE_TRIGGERS = (
    Trigger("audit_log_private_stays", PRIVATE, "BEFORE UPDATE", 1 | 2 | 16, "audit_log_refuse"),
    Trigger(
        "audit_log_private_goes",
        PRIVATE,
        "AFTER DELETE",
        8,
        "audit_log_only_erased",
        each="STATEMENT",
        rows="REFERENCING OLD TABLE AS gone",
    ),
    _not_emptied(PRIVATE),
)
TRIGGERS = (
    Trigger(
        "audit_log_head_grows", "audit_log_head", "BEFORE INSERT OR UPDATE", 1 | 2 | 4 | 16, "audit_log_head_grows"
    ),
    Trigger("audit_log_head_stays", "audit_log_head", "BEFORE DELETE", 1 | 2 | 8, "audit_log_refuse"),
    Trigger("audit_log_waiting_stays", "audit_log_waiting", "BEFORE UPDATE", 1 | 2 | 16, "audit_log_refuse"),
    Trigger(
        "audit_log_waiting_goes",
        "audit_log_waiting",
        "AFTER DELETE",
        8,
        "audit_log_only_numbered",
        each="STATEMENT",
        rows="REFERENCING OLD TABLE AS gone",
    ),
    _not_changed("audit_log_entry"),
    Trigger(
        "audit_log_entry_follows",
        "audit_log_entry",
        "AFTER INSERT",
        4,
        "audit_log_no_gap",
        each="STATEMENT",
        rows="REFERENCING NEW TABLE AS fresh",
    ),
    _not_changed("audit_log_tile"),
    Trigger("audit_log_tile_follows", "audit_log_tile", "BEFORE INSERT", 1 | 2 | 4, "audit_log_tile_follows"),
    _not_changed("audit_log_checkpoint"),
    Trigger(
        "audit_log_checkpoint_follows",
        "audit_log_checkpoint",
        "BEFORE INSERT",
        1 | 2 | 4,
        "audit_log_checkpoint_follows",
    ),
    *(_not_emptied(table) for table in TABLES),
)


def triggers(cursor: Any) -> list[Trigger]:
    """Those of the tables above, and those of each further table of the log: its rows are only ever added.

    Private parts may go as well, behind the entry that says so.
    """
    cursor.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace "
        "AND starts_with(relname, 'audit_log_') AND relname <> ALL(%s) ORDER BY relname",
        [list(TABLES)],
    )
    further = [table for (table,) in cursor.fetchall()]
    return [*TRIGGERS, *(made for table in further for made in _of_further(table))]


def _of_further(table: str) -> tuple[Trigger, ...]:
    return PRIVATE_TRIGGERS if table == PRIVATE else (_not_changed(table), _not_emptied(table))


def statements(cursor: Any) -> Iterator[str]:
    """The SQL that makes functions and triggers, in the schema that is in use.

    A function is replaced where it stands, so that whoever may call it still may.
    """
    path = _search_path(cursor)
    for function in FUNCTIONS:
        yield (
            f"CREATE OR REPLACE FUNCTION {function.signature} RETURNS {function.returns} LANGUAGE plpgsql "
            f"{'SECURITY DEFINER' if function.definer else 'SECURITY INVOKER'} SET search_path = {path} "
            # Compiling would take longer than what these statements do.
            f"SET jit = off AS $audit_log${function.source}$audit_log$"
        )
    yield "REVOKE ALL ON FUNCTION audit_log_number(integer) FROM PUBLIC"
    for trigger in triggers(cursor):
        yield f"DROP TRIGGER IF EXISTS {trigger.name} ON {trigger.table}"
        yield (
            f"CREATE TRIGGER {trigger.name} {trigger.when} ON {trigger.table} {trigger.rows} "
            f"FOR EACH {trigger.each} EXECUTE FUNCTION {trigger.function}()"
        )
        yield f"ALTER TABLE {trigger.table} ENABLE ALWAYS TRIGGER {trigger.name}"
    yield (
        "ALTER TABLE audit_log_waiting SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, "
        "autovacuum_vacuum_insert_scale_factor = 0)"
    )


def removal(cursor: Any) -> Iterator[str]:
    """The SQL that takes them away."""
    for trigger in triggers(cursor):
        yield f"DROP TRIGGER IF EXISTS {trigger.name} ON {trigger.table}"
    for function in FUNCTIONS:
        yield f"DROP FUNCTION IF EXISTS {function.name}({'integer' if function.arguments else ''})"


def differences(cursor: Any) -> list[str]:
    """A sentence for each trigger, function, rule or row policy that is not as `statements` makes it."""
    return [*_functions(cursor), *_triggers(cursor), *_rewritten(cursor)]


def _search_path(cursor: Any) -> str:
    cursor.execute("SELECT quote_ident(current_schema())")
    return f"pg_catalog, {cursor.fetchone()[0]}, pg_temp"


def _functions(cursor: Any) -> Iterator[str]:
    path = _search_path(cursor)
    cursor.execute(
        "SELECT proname, prosrc, prosecdef, proconfig, lanname FROM pg_proc JOIN pg_language l ON l.oid = prolang "
        "WHERE proname = ANY(%s) AND pronamespace = current_schema()::regnamespace",
        [[function.name for function in FUNCTIONS]],
    )
    found: dict[str, list[tuple[Any, ...]]] = {}
    for name, *rest in cursor.fetchall():
        found.setdefault(name, []).append(tuple(rest))
    for function in FUNCTIONS:
        expected = (function.source, function.definer, [f"search_path={path}", "jit=off"], "plpgsql")
        if function.name not in found:
            yield f"The function {function.name} is missing."
        elif found[function.name] != [expected]:
            yield f"The function {function.name} was replaced."


def _triggers(cursor: Any) -> Iterator[str]:
    expected = triggers(cursor)
    cursor.execute(
        "SELECT t.tgname, c.relname, p.proname, t.tgtype, t.tgenabled, t.tgqual IS NULL AND t.tgattr = ''::int2vector, "
        "coalesce(t.tgoldtable, t.tgnewtable), p.pronamespace = c.relnamespace "
        "FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid "
        "WHERE NOT t.tgisinternal AND c.relname = ANY(%s) AND c.relnamespace = current_schema()::regnamespace",
        [sorted({trigger.table for trigger in expected})],
    )
    found = {(name, table): tuple(rest) for name, table, *rest in cursor.fetchall()}
    for trigger in expected:
        row = found.pop((trigger.name, trigger.table), None)
        rows = trigger.rows.split()[-1] if trigger.rows else None
        if row is None:
            yield f"The trigger {trigger.name} on {trigger.table} is missing."
        elif row[2] in {"D", b"D"}:
            yield f"The trigger {trigger.name} on {trigger.table} is disabled."
        elif row[2] not in {"A", b"A"}:
            yield f"The trigger {trigger.name} on {trigger.table} does not fire always."
        elif (*row[:2], *row[3:]) != (trigger.function, trigger.kind, True, rows, True):
            yield f"The trigger {trigger.name} on {trigger.table} was replaced."
    for name, table in sorted(found):
        yield f"The trigger {name} on {table} is not the log's: it could swallow entries."


def _rewritten(cursor: Any) -> Iterator[str]:
    tables = sorted({trigger.table for trigger in triggers(cursor)})
    cursor.execute(
        "SELECT r.rulename, c.relname FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class "
        "WHERE c.relname = ANY(%s) AND c.relnamespace = current_schema()::regnamespace",
        [tables],
    )
    for rule, table in cursor.fetchall():
        yield f"The rule {rule} on {table} is not the log's: it could swallow entries."
    cursor.execute(
        "SELECT relname FROM pg_class WHERE relname = ANY(%s) AND relnamespace = current_schema()::regnamespace "
        "AND (relkind <> 'r' OR relrowsecurity OR relhassubclass OR relpersistence <> 'p')",
        [tables],
    )
    for (table,) in cursor.fetchall():
        yield f"{table} is no plain table any more: it has row policies, children, or is not kept after a crash."
