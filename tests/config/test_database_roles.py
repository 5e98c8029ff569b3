"""The accounts that `integrity db roles` makes: enough for the work, and too little to rewrite the log.

What the portal's account may do is in test_accounts_apart.py, which is connected as that account.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection
from django.db import transaction as database

from audit.log import actions as log
from audit.log.signer import create_log_key
from cases.models import Case
from config import starting
from config.database_roles import Roles, statements
from tests.desk import at_desk
from tests.walks.discipline import to_charged
from tests.walks.triage import open_case
from tests.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.unnumbered]


@pytest.fixture
def roles(world: World, settings, tmp_path: Path) -> Roles:
    """Four roles of this test alone, with their rights; gone with the test's transaction."""
    create_log_key(settings.LOG_KEY_FILE, settings.LOG_ORIGIN)
    mark = secrets.token_hex(4)
    made = Roles(*(f"test_{name}_{mark}" for name in ("owner", "migration", "application", "portal")))
    with connection.cursor() as cursor:
        # What the test has made so far is checked now: a table that waits for a check cannot change hands.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in list(statements(made)):
            cursor.execute(statement)
    return made


@contextmanager
def connected_as(role: str) -> Iterator[None]:
    """Everything inside runs with the rights of this role."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {role}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")


def denied(role: str, sql: str) -> None:
    with (
        connected_as(role),
        pytest.raises(ProgrammingError, match=r"permission denied|must be owner|must be superuser"),
        database.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


@pytest.mark.postgres
def test_the_application_works_a_case_to_its_end_signs_and_serves_the_desk(world: World, roles: Roles):
    with connected_as(roles.application):
        case = to_charged(world, open_case(world))
        assert Case.objects.filter(pk=case.pk).exists()
        assert log.publish(at_once=True) is not None
        for person, address in (
            ("supervisor", "/desk/"),
            ("auditor", "/desk/audit/"),
            ("auditor", "/desk/audit/tile/entries/000.p/1"),
            ("admin", "/desk/people/"),
            ("manager", "/desk/summary/"),
        ):
            assert at_desk(person).get(address).status_code == 200, address
        assert starting.complaints(connection) == []


ATTACKS = [
    "UPDATE audit_log_entry SET actor = 'person/2'",
    "DELETE FROM audit_log_entry",
    "TRUNCATE audit_log_entry",
    "TRUNCATE audit_log_waiting",
    "UPDATE audit_log_waiting SET actor = 'person/2'",
    "DELETE FROM audit_log_waiting",
    "INSERT INTO audit_log_waiting (id, leaf, leaf_hash, type, actor, object, time) "
    "VALUES (1, 'x', 'x', 'x', 'x', 'x', now())",
    'INSERT INTO audit_log_entry ("index", leaf, leaf_hash, type, actor, object, time) '
    "VALUES (0, 'x', 'x', 'x', 'x', 'x', now())",
    "UPDATE audit_log_head SET size = size + 1",
    "DELETE FROM audit_log_head",
    "UPDATE audit_log_checkpoint SET note = ''",
    "DELETE FROM audit_log_tile",
    "ALTER TABLE audit_log_entry DISABLE TRIGGER ALL",
    "DROP TRIGGER audit_log_entry_stays ON audit_log_entry",
    "DROP TABLE audit_log_entry CASCADE",
    "DROP FUNCTION audit_log_refuse() CASCADE",
    "ALTER TABLE audit_log_entry OWNER TO CURRENT_USER",
    "CREATE OR REPLACE FUNCTION audit_log_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "CREATE TABLE mine (id int)",
    "SET session_replication_role = replica",
    "CREATE TRIGGER mine BEFORE INSERT ON audit_log_waiting FOR EACH ROW EXECUTE FUNCTION audit_log_refuse()",
    "CREATE RULE mine AS ON INSERT TO audit_log_waiting DO INSTEAD NOTHING",
]


@pytest.mark.postgres
def test_neither_account_changes_the_log_its_triggers_or_its_tables(roles: Roles):
    for sql in ATTACKS:
        denied(roles.application, sql)
        denied(roles.portal, sql)


@pytest.mark.postgres
def test_the_owner_cannot_log_in_and_whoever_migrates_acts_as_the_owner(roles: Roles):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname, rolcanlogin, rolsuper, rolcreaterole, rolbypassrls FROM pg_roles WHERE rolname = ANY(%s)",
            [[roles.owner, roles.migration, roles.application, roles.portal]],
        )
        found = {name: tuple(rest) for name, *rest in cursor.fetchall()}
        cursor.execute(
            "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relkind IN ('r', 'S') "
            "AND relnamespace = current_schema()::regnamespace"
        )
        owners = cursor.fetchall()
        cursor.execute("SELECT setconfig FROM pg_db_role_setting WHERE setrole = %s::regrole", [roles.migration])
        setting = cursor.fetchone()
    assert found.pop(roles.owner) == (False, False, False, False)
    assert set(found.values()) == {(True, False, False, False)}
    assert owners == [(roles.owner,)]
    assert setting == ([f"role={roles.owner}"],)


@pytest.mark.postgres
def test_applied_again_after_a_migration_it_takes_back_what_was_given_too_much(roles: Roles):
    with connection.cursor() as cursor:
        cursor.execute(f"GRANT UPDATE, DELETE ON audit_log_entry TO {roles.application}")
        cursor.execute("CREATE TABLE audit_log_new (id int)")
    with connected_as(roles.application):
        told = " ".join(starting.complaints(connection))
    assert f"connected as {roles.application}, which may change, empty or put triggers on audit_log_entry" in told
    names = [f"--{name}={getattr(roles, name)}" for name in ("owner", "migration", "application", "portal")]
    call_command("db", "roles", "--apply", *names, stdout=StringIO())
    denied(roles.application, "UPDATE audit_log_entry SET actor = 'person/2'")
    denied(roles.application, "UPDATE audit_log_new SET id = 1")


@pytest.mark.postgres
def test_a_superuser_is_told_once_the_roles_are_apart(roles: Roles):
    assert any("a superuser, whom no trigger stops" in sentence for sentence in starting.complaints(connection))


@pytest.mark.postgres
def test_printed_it_changes_nothing(world: World):
    said = StringIO()
    call_command("db", "roles", "--owner=nobody_has_this_name", stdout=said)
    assert 'CREATE ROLE "nobody_has_this_name" NOLOGIN' in said.getvalue()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = 'nobody_has_this_name'")
        assert cursor.fetchone() is None


@pytest.mark.postgres
def test_name_and_password_are_taken_from_the_file_that_the_process_reads(world: World, tmp_path: Path):
    mark = secrets.token_hex(4)
    (tmp_path / "url").write_text(f"postgres://served_{mark}:it's%20long@db/integrity\n")
    said = StringIO()
    call_command("db", "roles", f"--application-url-file={tmp_path / 'url'}", stdout=said)
    assert f'CREATE ROLE "served_{mark}" LOGIN' in said.getvalue()
    assert f"ALTER ROLE \"served_{mark}\" PASSWORD 'it''s long'" in said.getvalue()


@pytest.mark.postgres
@pytest.mark.parametrize("content", ["", "nonsense", "postgres://user@db/integrity", "sqlite:///x"])
def test_a_file_without_an_account_is_refused(world: World, tmp_path: Path, content):
    (tmp_path / "url").write_text(content)
    with pytest.raises(CommandError):
        call_command("db", "roles", f"--portal-url-file={tmp_path / 'url'}", stdout=StringIO())


@pytest.mark.postgres
def test_two_roles_of_one_name_are_refused():
    with pytest.raises(CommandError, match="name of its own"):
        call_command("db", "roles", "--portal=one", "--application=one", stdout=StringIO())


@pytest.mark.sqlite
def test_sqlite_has_no_accounts():
    with pytest.raises(CommandError, match="SQLite has no accounts"):
        call_command("db", "roles", stdout=StringIO())
