"""The database itself lets nothing but growth happen to the log, and the program notices when it does not."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection
from django.db import transaction as database

from audit.log import actions as log
from audit.log import enforcement
from audit.log.errors import CannotSign
from audit.log.models import Checkpoint, Entry, Head, Tile, Waiting
from config import starting

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("log_key")]
ON_POSTGRESQL = connection.vendor == "postgresql"
ENTRY = '"index", leaf, leaf_hash, type, actor, object, time'


@pytest.fixture(autouse=True)
def filled(log_key, note_down) -> None:
    """300 entries under a checkpoint, a full tile, and five more."""
    note_down(300)
    log.integrate()
    note_down(5)
    log.number()


def state() -> list[object]:
    """Everything that the log holds."""
    return [list(model.objects.order_by("pk").values_list()) for model in (Head, Entry, Tile, Checkpoint, Waiting)]


def refused(sql: str, *values: object, error: type[Exception] = IntegrityError) -> None:
    """The statement raises and changes nothing."""
    before = state()
    with pytest.raises(error), database.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
    assert state() == before


def run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def copied(index: int, place: str = "") -> str:
    """An INSERT of what entry 4 says, under another index."""
    return (
        f"{place or 'INSERT'} INTO audit_log_entry ({ENTRY}) SELECT {index}, leaf, leaf_hash, type, actor, object, "
        'time FROM audit_log_entry WHERE "index" = 4'
    )


def test_every_guard_is_in_place():
    assert starting.complaints(connection) == []


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_log_entry SET actor = 'person/2' WHERE \"index\" = 4",
        'UPDATE audit_log_entry SET leaf = leaf WHERE "index" = 4',
        'UPDATE audit_log_entry SET "index" = "index" + 1000',
        'DELETE FROM audit_log_entry WHERE "index" = 304',
        "DELETE FROM audit_log_entry",
        "UPDATE audit_log_tile SET root = root",
        "DELETE FROM audit_log_tile",
        "UPDATE audit_log_checkpoint SET note = ''",
        "DELETE FROM audit_log_checkpoint",
        "UPDATE audit_log_head SET size = size - 1",
        "UPDATE audit_log_head SET size = 0",
        "DELETE FROM audit_log_head",
        "INSERT INTO audit_log_head (id, size) VALUES (1, 999) ON CONFLICT (id) DO UPDATE SET size = 4",
    ],
)
def test_nothing_is_changed_or_deleted(sql):
    refused(sql)


@pytest.mark.parametrize("index", [0, 4, 304, 306, 99_999])
def test_an_entry_that_does_not_follow_the_last_one_is_refused(index):
    refused(copied(index))


def test_a_numbered_entry_without_its_place_in_the_head_is_refused():
    refused(copied(305))


@pytest.mark.parametrize("size", [299, 300, 4, 306, 1_000_000])
def test_a_checkpoint_that_does_not_grow_or_is_ahead_of_the_entries_is_refused(size):
    refused(f"INSERT INTO audit_log_checkpoint SELECT {size}, root, note, time FROM audit_log_checkpoint")


@pytest.mark.parametrize(("level", "number"), [(0, 0), (0, 2), (1, 1)])
def test_a_tile_out_of_order_is_refused(level, number):
    refused(
        "INSERT INTO audit_log_tile (level, number, hashes, root) "
        f"SELECT {level}, {number}, hashes, root FROM audit_log_tile WHERE level = 0 AND number = 0"
    )


def test_an_upsert_does_not_change_the_row_that_is_there():
    refused(f"{copied(4)} ON CONFLICT (\"index\") DO UPDATE SET actor = 'person/2'" if ON_POSTGRESQL else copied(4))


@pytest.mark.sqlite
@pytest.mark.parametrize("recursive", [True, False])
@pytest.mark.parametrize(
    "sql",
    [
        copied(4, "REPLACE"),
        copied(304, "INSERT OR REPLACE"),
        copied(305, "REPLACE").replace(f"({ENTRY}) SELECT", f"(rowid, {ENTRY}) SELECT 5,"),
        'UPDATE OR REPLACE audit_log_entry SET "index" = 5 WHERE "index" = 4',
        "REPLACE INTO audit_log_checkpoint SELECT size, root, '', time FROM audit_log_checkpoint",
        "REPLACE INTO audit_log_checkpoint (rowid, size, root, note, time) "
        "SELECT rowid, 301, root, '', time FROM audit_log_checkpoint",
        "REPLACE INTO audit_log_tile SELECT id, level, number, root, root FROM audit_log_tile",
        "REPLACE INTO audit_log_tile (id, level, number, hashes, root) "
        "SELECT id, 0, 1, hashes, root FROM audit_log_tile",
        "REPLACE INTO audit_log_head (id, size) VALUES (1, 0)",
    ],
)
def test_replace_puts_no_row_in_the_place_of_another(sql, recursive):
    """Whoever opens the file with another program has recursive_triggers off."""
    run(f"PRAGMA recursive_triggers = {'ON' if recursive else 'OFF'}")
    try:
        refused(sql)
    finally:
        run("PRAGMA recursive_triggers = ON")


@pytest.mark.postgres
@pytest.mark.parametrize("table", ["head", "waiting", "entry", "tile", "checkpoint"])
@pytest.mark.parametrize("more", ["", " CASCADE", " RESTART IDENTITY CASCADE"])
def test_no_table_is_emptied(table, more):
    refused(f"TRUNCATE audit_log_{table}{more}")


@pytest.mark.postgres
@pytest.mark.parametrize(
    "sql", ["DELETE FROM audit_log_entry", "TRUNCATE audit_log_entry", "UPDATE audit_log_head SET size = 1"]
)
def test_a_session_that_poses_as_a_replica_is_refused_as_well(sql):
    refused(f"SET LOCAL session_replication_role = replica; {sql}")


@pytest.mark.postgres
def test_a_foreign_key_that_somebody_adds_deletes_nothing_by_cascade():
    run(
        "CREATE TABLE parent (id bigint PRIMARY KEY)",
        'INSERT INTO parent SELECT "index" FROM audit_log_entry',
        'ALTER TABLE audit_log_entry ADD CONSTRAINT falls FOREIGN KEY ("index") REFERENCES parent ON DELETE CASCADE',
        "SET CONSTRAINTS ALL IMMEDIATE",
    )
    refused("DELETE FROM parent WHERE id = 4")
    refused("TRUNCATE parent CASCADE")


@pytest.mark.unnumbered
class TestWaiting:
    @pytest.fixture(autouse=True)
    def _waiting(self, note_down):
        note_down(3)
        assert (Waiting.objects.count(), log.health().unnumbered) == (3, 3)

    @pytest.mark.parametrize(
        "sql",
        [
            "DELETE FROM audit_log_waiting",
            "DELETE FROM audit_log_waiting WHERE id = (SELECT min(id) FROM audit_log_waiting)",
            "UPDATE audit_log_waiting SET actor = 'person/2'",
            *(
                [
                    "TRUNCATE audit_log_waiting",
                    "SET LOCAL session_replication_role = replica; DELETE FROM audit_log_waiting",
                ]
                if ON_POSTGRESQL
                else [
                    "REPLACE INTO audit_log_waiting SELECT id, '{}', leaf_hash, type, actor, object, time "
                    "FROM audit_log_waiting",
                    "UPDATE OR REPLACE audit_log_waiting SET id = id + 1",
                ]
            ),
        ],
    )
    def test_an_entry_without_an_index_is_as_safe_as_one_with(self, sql):
        refused(sql)

    def test_one_that_says_the_same_as_a_numbered_one_cannot_be_deleted_in_its_place(self):
        """Its salt makes every entry another; somebody who copies one has still not numbered the other."""
        run(
            "INSERT INTO audit_log_waiting (leaf, leaf_hash, type, actor, object, time) "
            'SELECT leaf, leaf_hash, type, actor, object, time FROM audit_log_entry WHERE "index" = 304'
        )
        refused("DELETE FROM audit_log_waiting WHERE id = (SELECT max(id) FROM audit_log_waiting)")

    def test_one_that_was_numbered_with_other_bytes_does_not_go(self):
        """Whoever numbers by hand must say what waits."""
        run("UPDATE audit_log_head SET size = size + 1")
        refused(
            'INSERT INTO audit_log_entry ("index", leaf, leaf_hash, type, actor, object, time, arrival) '
            "SELECT 305, '{}', leaf_hash, type, actor, object, time, id FROM audit_log_waiting "
            "WHERE id = (SELECT min(id) FROM audit_log_waiting)"
            if not ON_POSTGRESQL
            else "DELETE FROM audit_log_waiting WHERE id = (SELECT min(id) FROM audit_log_waiting)"
        )

    def test_all_of_them_get_their_index_in_the_order_in_which_they_came(self):
        wanted = [bytes(leaf) for leaf in Waiting.objects.order_by("id").values_list("leaf", flat=True)]
        assert log.number() == 3
        assert [bytes(row.leaf) for row in Entry.objects.filter(index__gte=305).order_by("index")] == wanted
        assert (Waiting.objects.count(), log.head_size()) == (0, 308)

    def test_no_more_than_were_asked_for_get_one(self):
        from audit.log.numbering import number

        assert (number(most=0), number(most=2), log.health().unnumbered) == (0, 2, 1)


TAMPERED_POSTGRESQL = {
    "disabled": ("ALTER TABLE audit_log_entry DISABLE TRIGGER audit_log_entry_stays", "is disabled"),
    "all disabled": (
        "ALTER TABLE audit_log_checkpoint DISABLE TRIGGER USER",
        "audit_log_checkpoint_stays .* is disabled",
    ),
    "passed over by replicas": (
        "ALTER TABLE audit_log_entry ENABLE TRIGGER audit_log_entry_stays",
        "does not fire always",
    ),
    "dropped": ("DROP TRIGGER audit_log_entry_truncated ON audit_log_entry", "audit_log_entry_truncated .* missing"),
    "function replaced": (
        "CREATE OR REPLACE FUNCTION audit_log_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "The function audit_log_refuse was replaced",
    ),
    "function searches elsewhere": (
        "ALTER FUNCTION audit_log_refuse() SET search_path = public",
        "The function audit_log_refuse was replaced",
    ),
    "second function": (
        "CREATE FUNCTION audit_log_number(text) RETURNS bigint LANGUAGE sql AS 'SELECT 0::bigint'",
        "The function audit_log_number was replaced",
    ),
    "other function": (
        "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; "
        "CREATE TRIGGER audit_log_swallow BEFORE INSERT ON audit_log_waiting FOR EACH ROW EXECUTE FUNCTION swallow()",
        "audit_log_swallow on audit_log_waiting is not the log's",
    ),
    "same name, other condition": (
        "DROP TRIGGER audit_log_entry_stays ON audit_log_entry; "
        "CREATE TRIGGER audit_log_entry_stays BEFORE UPDATE OR DELETE ON audit_log_entry FOR EACH ROW WHEN (false) "
        "EXECUTE FUNCTION audit_log_refuse(); ALTER TABLE audit_log_entry ENABLE ALWAYS TRIGGER audit_log_entry_stays",
        "audit_log_entry_stays .* was replaced",
    ),
    "rule": (
        "CREATE RULE swallow AS ON INSERT TO audit_log_waiting DO INSTEAD NOTHING",
        "The rule swallow on audit_log_waiting",
    ),
    "row policies": ("ALTER TABLE audit_log_entry ENABLE ROW LEVEL SECURITY", "audit_log_entry is no plain table"),
}
TAMPERED_SQLITE = {
    "dropped": ("DROP TRIGGER audit_log_entry_no_delete", "audit_log_entry_no_delete is missing"),
    "replaced": (
        [
            "DROP TRIGGER audit_log_entry_no_delete",
            "CREATE TRIGGER audit_log_entry_no_delete BEFORE DELETE ON audit_log_entry WHEN 0 "
            "BEGIN SELECT RAISE(ABORT, 'never'); END",
        ],
        "audit_log_entry_no_delete was replaced",
    ),
    "other trigger": (
        "CREATE TRIGGER swallow BEFORE INSERT ON audit_log_entry BEGIN SELECT RAISE(IGNORE); END",
        "swallow on audit_log_entry is not the log's",
    ),
}


@pytest.mark.parametrize("what", list(TAMPERED_POSTGRESQL if ON_POSTGRESQL else TAMPERED_SQLITE))
def test_a_guard_that_was_tampered_with_is_named_and_neither_served_nor_signed(what, note_down):
    statement, told = (TAMPERED_POSTGRESQL if ON_POSTGRESQL else TAMPERED_SQLITE)[what]
    run(*([statement] if isinstance(statement, str) else statement))
    assert any(re.search(told, sentence) for sentence in starting.complaints(connection))
    before = Checkpoint.objects.count()
    with pytest.raises(CannotSign, match=told):
        log.publish(at_once=True)
    assert Checkpoint.objects.count() == before
    with pytest.raises(CommandError):
        call_command("audit", "guards", stderr=StringIO())


def test_the_guards_can_be_put_back():
    trigger = "audit_log_entry_stays ON audit_log_entry" if ON_POSTGRESQL else "audit_log_entry_no_delete"
    run(f"DROP TRIGGER {trigger}")
    said = StringIO()
    call_command("audit", "guards", "--restore", stdout=said, stderr=StringIO())
    assert "Every trigger of the log is in place" in said.getvalue()
    refused("DELETE FROM audit_log_entry")


@pytest.mark.sqlite
def test_a_connection_that_passes_triggers_over_is_told():
    run("PRAGMA recursive_triggers = OFF")
    try:
        assert any("recursive_triggers" in sentence for sentence in enforcement.differences(connection))
    finally:
        run("PRAGMA recursive_triggers = ON")


@pytest.mark.parametrize(
    "process",
    [
        ["-c", "import config.wsgi"],
        ["-m", "celery", "--app", "config.celery", "--quiet", "worker", "--pool", "solo"],
        ["-m", "celery", "--app", "config.celery", "--quiet", "beat", "--schedule", "SCHEDULE"],
    ],
    ids=["web", "worker", "beat"],
)
def test_a_process_does_not_start_on_a_log_without_its_guards(tmp_path, process):
    environment = {
        **{name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}},
        "DEBUG": "1",
        "DATA_DIR": str(tmp_path / "data"),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }

    def python(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )

    (tmp_path / "data").mkdir()
    for folder in ("queue", "queue-control"):
        (tmp_path / "data" / folder).mkdir()
    assert python("manage.py", "migrate", "audit_log", "--skip-checks").returncode == 0
    if process[0] == "-c":
        assert python(*process).returncode == 0
    with sqlite3.connect(tmp_path / "data" / "integrity.sqlite3") as file:
        file.execute("DROP TRIGGER audit_log_entry_no_update")
    ended = python(*(word.replace("SCHEDULE", str(tmp_path / "schedule")) for word in process))
    assert ended.returncode != 0
    assert "The trigger audit_log_entry_no_update is missing" in ended.stderr + ended.stdout
