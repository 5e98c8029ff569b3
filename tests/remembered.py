"""A scene is built once in each process, with keys of its own, and put back row by row for the tests that follow.

What a test gets is what `build` left behind: the same rows, the same files, people with their own keys. Only dates and
keys are those of the first time.
"""

from __future__ import annotations

import copy
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from audit import clock
from audit.log import numbering
from audit.log.leaf import Leaf
from audit.log.models import Entry, Waiting
from integrity.vault.keyring import Keyring
from integrity.vault.suites import suite_for_new_keys
from tests.world import World, make_world

# The log is written as it always is: its guards take no rows from elsewhere.
NUMBERED = frozenset({"audit_log_head", "audit_log_entry", "audit_log_waiting", "audit_log_block"})
# SQLite takes no more values in one statement.
VALUES = 30_000
Rows = tuple[list[str], list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Remembered:
    """What building left behind: people with their keys, entries of the log, rows of every other table, files."""

    world: World
    leaves: list[Leaf]
    rows: dict[str, Rows]
    files: tempfile.TemporaryDirectory[str]

    def again(self) -> World:
        """Put everything into empty tables and an empty folder."""
        numbering.write(self.leaves)
        with transaction.atomic():
            # Tables come in no order that their foreign keys would ask for; those are looked at in the end.
            for table, (columns, rows) in self.rows.items():
                _insert(table, columns, rows)
        if any(Path(self.files.name).iterdir()):
            shutil.copytree(self.files.name, settings.VAULT_FILES, dirs_exist_ok=True)
        return _copy(self.world)


_remembered: dict[object, Remembered] = {}


def founded() -> World:
    """The institution of `make_world`, as of today."""
    return remembered("founded", make_world)


def remembered(name: str, build: Callable[[], World]) -> World:
    """The scene that `build` makes in empty tables: for real the first time, then from memory."""
    key = (name, clock.today(), suite_for_new_keys().number)
    if key in _remembered:
        return _remembered[key].again()
    before = set(_filled())
    world = build()
    filled = set(_filled()) - before - NUMBERED
    if filled & {"audit_log_checkpoint", "audit_log_tile"}:
        # What was signed cannot be written again.
        return world
    files = tempfile.TemporaryDirectory()
    if Path(settings.VAULT_FILES).exists():
        shutil.copytree(settings.VAULT_FILES, files.name, dirs_exist_ok=True)
    _remembered[key] = Remembered(_copy(world), _leaves(), {table: _rows(table) for table in sorted(filled)}, files)
    return world


def _copy(world: World) -> World:
    """The same people and keys in objects of their own; a keyring forgets what it opened."""
    parts = {part.name: getattr(world, part.name) for part in fields(World) if part.name != "keyrings"}
    keyrings = {name: Keyring(held.key, held.own) for name, held in world.keyrings.items()}
    return World(**copy.deepcopy(parts), keyrings=keyrings)


def _filled() -> list[str]:
    """The tables in which there is something."""
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        cursor.execute(
            " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {quote(table)})" for table in tables)
        )
        return [str(row[0]) for row in cursor.fetchall()]


def _leaves() -> list[Leaf]:
    """What building wrote into the log, in its order, with an index or still waiting for one."""
    rows = [*Entry.objects.order_by("index"), *Waiting.objects.order_by("id")]
    return [
        Leaf(type=row.type, time=row.time, actor=row.actor, object=row.object, data=bytes(row.leaf)) for row in rows
    ]


def _rows(table: str) -> Rows:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
        return [column[0] for column in cursor.description], cursor.fetchall()


def _insert(table: str, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
    quote, one = connection.ops.quote_name, f"({', '.join(['%s'] * len(columns))})"
    start = f"INSERT INTO {quote(table)} ({', '.join(map(quote, columns))}) VALUES "
    size = VALUES // len(columns)
    with connection.cursor() as cursor:
        for first in range(0, len(rows), size):
            part = rows[first : first + size]
            cursor.execute(start + ", ".join([one] * len(part)), [value for row in part for value in row])
