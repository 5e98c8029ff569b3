"""The first start of docker-compose.yml, command by command, on a database and with accounts of this test alone.

What the compose file says is what runs here: its commands, its settings, its secrets as files.
"""

from __future__ import annotations

import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import psycopg
import pytest
from django.apps import apps
from psycopg import sql

from config import database_rights
from config.database_rights import PORTAL
from config.database_roles import application_rights
from tests.config.test_compose import SERVICES, commands
from tests.e2e.serving import free_port
from tests.e2e.web import Answer, Control, File, Visitor

ROOT = Path(__file__).resolve().parents[2]
ACCOUNTS = {
    "superuser_database_url": "superuser", "migration_database_url": "migration", "database_url": "application",
    "portal_database_url": "portal",
}  # fmt: skip
FOUND = """
import django
django.setup()
from tests.world import make_world
from tests.walks.discipline import to_charged
from tests.walks.triage import open_case
world = make_world()
case = to_charged(world, open_case(world, offence="gift-accepted"))
print(case.pk)
"""


@dataclass
class Started:
    """An institution as compose starts it: what each service's processes find in their environment."""

    folder: Path
    database: str
    mark: str

    def account(self, role: str) -> str:
        """The name of an account."""
        return f"test_{role}_{self.mark}"

    def environment(self, service: str) -> dict[str, str]:
        """What compose gives a service, with this test's places for files."""
        given = {
            name: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", str(value)).replace("/run/secrets", str(self.folder / "secrets"))
            for name, value in SERVICES[service]["environment"].items()
        }
        given |= {"REDIS_URL": os.environ["REDIS_URL"]} if given["REDIS_URL"] else {}
        return {
            **given, "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}", "DATA_DIR": str(self.folder / "data"),
            "STATIC_ROOT": str(self.folder / "static"), "DJANGO_SETTINGS_MODULE": "config.settings",
        }  # fmt: skip

    def run(self, service: str, *words: str) -> str:
        """Run a service's command, or another one in its place, to its end."""
        command = [word.replace("/run/secrets", str(self.folder / "secrets")) for word in words or commands()[service]]
        ran = subprocess.run(
            command, cwd=ROOT, env=self.environment(service), capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    def connection(self, role: str) -> psycopg.Connection[tuple[object, ...]]:
        """A connection of the account's own, with its password."""
        url = next(name for name, account in ACCOUNTS.items() if account == role)
        return psycopg.connect((self.folder / "secrets" / url).read_text())

    def refuses(self, role: str, statement: str) -> str:
        """Why the database refuses a statement to an account; "" when it does not. Nothing stays of it."""
        with self.connection(role) as connection:
            try:
                connection.execute(statement)  # type: ignore[arg-type]
            except psycopg.errors.InsufficientPrivilege as refused:
                return str(refused)
            finally:
                connection.rollback()
        return ""


@contextmanager
def served(started: Started, service: str) -> Iterator[str]:
    """A web process of the compose file, on a free port."""
    port, output = free_port(), started.folder / f"{service}.txt"
    command = [{"8000": str(port)}.get(word, word) for word in commands()[service]]
    url = f"http://localhost:{port}"
    with output.open("w") as sink:
        process = subprocess.Popen(
            [str(Path(sys.executable).parent / command[0]), *command[1:]],
            cwd=ROOT, env=started.environment(service), stdout=sink, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
        try:
            while not _answers(url):
                assert process.poll() is None, output.read_text()
                time.sleep(0.1)
            yield url
        finally:
            # One that is asked to stop while a worker of it still starts waits for ever.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _answers(url: str) -> bool:
    try:
        with urlopen(f"{url}/health/", timeout=5) as answer:  # noqa: S310
            return answer.status == 200
    except (URLError, OSError):
        return False


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    """After the services that run once: accounts, migrations, rights. Then a case, by the application's account."""
    server = urlsplit(os.environ["DATABASE_URL"])
    mark = secrets.token_hex(4)
    folder = tmp_path_factory.mktemp("apart")
    one = Started(folder, f"test_apart_{mark}", mark)
    for name in ("secrets", "bin", "data", "static", "data/files"):
        (folder / name).mkdir()
    (folder / "bin" / "integrity").write_text(f'#!/bin/sh\nexec "{sys.executable}" manage.py "$@"\n')
    (folder / "bin" / "integrity").chmod(0o755)
    for name in ("secret_key", "portal_secret_key", "receipt_pepper"):
        (folder / "secrets" / name).write_text(secrets.token_hex(32))
    for name, role in ACCOUNTS.items():
        account = f"{one.account(role)}:{secrets.token_hex(12)}@{server.hostname}:{server.port}"
        (folder / "secrets" / name).write_text(f"postgres://{account}/{one.database}")
    roles = [one.account(role) for role in ("portal", "application", "migration", "owner", "superuser")]
    with psycopg.connect(server.geturl(), autocommit=True) as administrator:
        administrator.execute(f'CREATE ROLE "{one.account("superuser")}" LOGIN SUPERUSER')
        administrator.execute(f'CREATE DATABASE "{one.database}" OWNER "{one.account("superuser")}"')
        try:
            one.run("accounts", *commands()["accounts"], f"--owner={one.account('owner')}")
            one.run("migrate")
            one.run("desk", "integrity", "audit", "create-key")
            one.run("desk", sys.executable, "-c", FOUND)
            yield one
        finally:
            administrator.execute(f'DROP DATABASE "{one.database}" WITH (FORCE)')
            for role in roles:
                administrator.execute(f'DROP ROLE IF EXISTS "{role}"')


def fill(control: Control) -> str | list[str] | File:
    """Something into everything."""
    if control.kind == "file":
        return File("plates.txt", b"a list of number plates")
    if control.choices:
        return [control.choices[0]]
    return control.value.strip() or ("Gate 3, most mornings" if control.kind == "text" else "")


@pytest.mark.postgres
def test_the_portal_serves_the_whole_way_with_an_account_that_may_do_nothing_else(started: Started):
    with served(started, "portal") as url:
        visitor = Visitor(url, browser="a phone")
        sent = report_step_by_step(visitor)
        receipt = receipt_on(sent)
        assert len(receipt) == 24, sent.words()
        assert visitor.submit(sent.form("/report/receipt/"), fill, {"receipt": receipt}).status == 200
        inbox = visitor.submit(visitor.get("/inbox/").form("/inbox/"), fill, {"receipt": receipt})
        assert inbox.status == 200
        written = visitor.submit(inbox.form("/inbox/write/"), fill, {"text": "There is more to tell"})
        assert "There is more to tell" in written.text, written.words()
        sitting = inbox.form("/inbox/write/").controls["sitting"].value
        for address, more in (("/inbox/report/", ""), ("/inbox/file/", "file=1"), ("/inbox/leave/", "")):
            answer = form(visitor, address, f"sitting={sitting}&{more}")
            assert answer.status == 200, (address, answer.words())
        assert form(visitor, "/inbox/", f"sitting={sitting}").status == 403, "the sitting is over"
        for address in ("/", "/protection/", "/decisions/", "/decisions/feed/", "/rules/", "/code/", "/api/v1/"):
            assert visitor.get(address, Cookie="desk=of-another-site").status == 200, address
        for address in ("/desk/", "/api/v1/cases/"):
            assert visitor.get(address, Cookie="desk=of-another-site").status == 404, address
        asked = visitor.get("/api/v1/inbox/", Authorization=f"Receipt {receipt}")
        assert "There is more to tell" in asked.text
        assert report_of_a_client(started, visitor) == [201, 401]
        assert visitor.get("/log/checkpoint").status == 404, "nothing was signed yet"
    started.run("worker", "integrity", "audit", "integrate")
    with started.connection("superuser") as connection:
        rows = connection.execute("SELECT type FROM audit_log_entry WHERE actor LIKE 'reporter/%'").fetchall()
    events = {"report.received", "report.receipt_kept", "inbox.opened", "report.reporter_wrote", "inbox.closed"}
    assert events <= {row[0] for row in rows}
    with served(started, "portal") as url:
        visitor = Visitor(url, browser="an auditor")
        assert visitor.get("/log/checkpoint").status == 200
        assert visitor.get("/log/tile/0/000.p/7").status == 200


def report_of_a_client(started: Started, visitor: Visitor) -> list[int]:
    """What the API answers a client's key, and one that is none; the day of its use is kept."""
    key = "ioc_of-this-test"
    with started.connection("superuser") as connection:
        connection.execute(
            "INSERT INTO clients_apiclient (id, name, key_hash, origin, per_minute, made_on, made_by_id) "
            "SELECT gen_random_uuid(), 'Line', sha256(%s), 'phone', 30, current_date, id FROM people_user LIMIT 1",
            [key.encode()],
        )
    body = b'{"path": "public", "concerns": "others", "what": "At gate 3."}'
    address = address_of(visitor, "/api/v1/reports/")
    answers = [
        visitor.post(address, body, "application/json", Authorization=f"Client {each}").status for each in (key, "ioc_")
    ]
    with started.connection("superuser") as connection:
        assert connection.execute("SELECT used_on IS NOT NULL FROM clients_apiclient").fetchall() == [(True,)]
    return answers


def report_step_by_step(visitor: Visitor) -> Answer:
    """Every question on a page of its own, with a draft kept in between; then it is sent."""
    page = visitor.submit(visitor.get("/report/").form("/report/steps/"), fill)
    for _page in range(20):
        form = page.form("/report/steps/")
        asked = {control.name for control in form.controls.values() if control.kind != "hidden"} - {"webpage"}
        form.controls["go"] = Control("go", "text")
        given = {name: value for name, value in {"concerns": "others", "name": "Amina"}.items() if name in asked}
        page = visitor.submit(form, fill, {"go": "next" if asked else "send", **given})
        assert page.status == 200, page.words()
        if receipt_on(page):
            break
    return page


def form(visitor: Visitor, address: str, body: str) -> Answer:
    """Post a form of a page."""
    return visitor.post(address_of(visitor, address), body.encode(), "application/x-www-form-urlencoded")


def address_of(visitor: Visitor, address: str) -> str:
    """The whole address of a path."""
    return f"{visitor.origin}{address}"


def receipt_on(answer: Answer) -> str:
    """The digits that the page shows."""
    shown = re.search(r'<ol class="receipt".*?</ol>', answer.text, re.DOTALL)
    return "".join(re.findall(r"<li>(\d{4})</li>", shown.group(0))) if shown else ""


@pytest.mark.postgres
def test_each_process_is_connected_with_rights_that_let_it_start(started: Started):
    with served(started, "desk") as url:
        assert Visitor(url, browser="a clerk").get("/desk/").status == 200
        assert Visitor(url, browser="a clerk").get("/report/").status == 404
    told = started.run("desk", "integrity", "audit", "guards")
    assert "missing" not in told
    started.run("desk", "integrity", "migrate", "--noinput")  # there is nothing left to do, and so nothing is refused


@pytest.mark.postgres
def test_the_portal_reads_and_changes_no_table_of_the_desk(started: Started):
    with started.connection("superuser") as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    others = {str(row[0]) for row in rows} - set(PORTAL)
    assert {"cases_case", "people_sitting", "vault_personlock", "audit_log_head", "django_session"} <= others
    for table in sorted(others):
        for statement in (f"SELECT 1 FROM {table}", f"DELETE FROM {table}", f"INSERT INTO {table} DEFAULT VALUES"):
            assert "permission denied" in started.refuses("portal", statement), statement


ATTACKS = [
    "SELECT name FROM people_user",
    "SELECT staff_number FROM people_user",
    "SELECT identity FROM portal_report",
    "SELECT author_id FROM portal_message",
    "SELECT person_id FROM portal_reportstep",
    "SELECT user_id FROM portal_reportuserobjectpermission",
    "SELECT case_id FROM publication_publication",
    "SELECT coded FROM publication_publication",
    "SELECT leaf FROM audit_log_entry",
    "SELECT leaf FROM audit_log_waiting",
    "SELECT audit_log_number(1)",
    "UPDATE portal_report SET state = 'rejected'",
    "UPDATE portal_report SET state = 'received' WHERE state <> 'received'",
    "UPDATE portal_report SET lookup = lookup",
    "DELETE FROM portal_report",
    "DELETE FROM portal_message",
    "UPDATE vault_key SET public = public",
    "DELETE FROM vault_grant",
    "UPDATE people_user SET key_id = NULL",
    "INSERT INTO people_appointment SELECT * FROM people_appointment",
    "INSERT INTO channels_channel_recipients (channel_id, user_id) SELECT channel_id, user_id "
    "FROM channels_channel_recipients",
    "DELETE FROM audit_log_waiting",
    "TRUNCATE audit_log_entry",
    "CREATE TABLE mine (id int)",
    "CREATE TEMPORARY TABLE mine (id int)",
    "ALTER TABLE vault_key DISABLE ROW LEVEL SECURITY",
    "SET ROLE {owner}",
    # Rows that an honest portal never writes.
    "INSERT INTO vault_key (id, kind, suite, public, created, lineage) "
    "SELECT gen_random_uuid(), 'identity', 1, 'mine', now(), gen_random_uuid()",
    "INSERT INTO vault_key (id, kind, suite, public, created, predecessor_id, lineage) "
    "SELECT gen_random_uuid(), 'report', 1, 'mine', now(), id, lineage FROM vault_key WHERE kind = 'report' LIMIT 1",
    "INSERT INTO vault_grant (id, key_id, holder_id, sealed) SELECT gen_random_uuid(), k.id, p.id, 'x' "
    "FROM vault_key k, vault_key p WHERE k.kind = 'identity' AND p.kind = 'person' LIMIT 1",
    "INSERT INTO portal_message (id, report_id, number, from_office, kind, sent_on, body) "
    "SELECT gen_random_uuid(), id, 99, true, 'message', now(), 'x' FROM portal_report LIMIT 1",
    'INSERT INTO portal_reportstep (report_id, transition, "on", from_state, to_state) '
    "SELECT id, 'reject', now(), '', '' FROM portal_report LIMIT 1",
    "INSERT INTO portal_reportuserobjectpermission (content_object_id, permission_id, user_id) "
    "SELECT r.id, p.id, gen_random_uuid() FROM portal_report r, auth_permission p LIMIT 1",
]


@pytest.mark.postgres
@pytest.mark.parametrize("statement", ATTACKS)
def test_the_database_refuses_the_portal(started: Started, statement: str):
    assert started.refuses("portal", statement.format(owner=started.account("owner"))), statement


@pytest.mark.postgres
def test_rows_that_are_not_the_portals_are_not_there_for_it(started: Started):
    hidden = {
        "vault_key": "kind IN ('case', 'publication')",
        "vault_grant": "holder_id IN (SELECT id FROM vault_key WHERE kind IN ('person', 'case'))",
        "people_appointment": "role = 'investigator'",
        "people_user": "id IN (SELECT person_id FROM people_appointment WHERE role = 'investigator')",
    }
    for table, condition in hidden.items():
        count = f"SELECT count(*) FROM {table} WHERE {condition}"
        with started.connection("application") as desk, started.connection("portal") as portal:
            assert desk.execute(count).fetchone() != (0,), table  # type: ignore[arg-type]
            assert portal.execute(count).fetchone() == (0,), table  # type: ignore[arg-type]


@pytest.mark.postgres
def test_after_an_upgrade_a_new_table_is_closed_until_it_has_a_right(started: Started):
    with started.connection("migration") as migration:
        migration.execute("CREATE TABLE audit_log_unheard_of (id int)")
        migration.execute("GRANT SELECT ON cases_case TO {}".format(sql_name(started.account("portal"))))  # type: ignore[arg-type]
    assert started.refuses("application", "SELECT 1 FROM audit_log_unheard_of")
    assert not started.refuses("portal", "SELECT 1 FROM cases_case")
    started.run("accounts", *commands()["accounts"], f"--owner={started.account('owner')}")
    started.run("migrate")
    assert started.refuses("application", "SELECT 1 FROM audit_log_unheard_of")
    assert started.refuses("portal", "SELECT 1 FROM cases_case"), "what was given too much is taken back"
    with started.connection("migration") as migration:
        migration.execute("DROP TABLE audit_log_unheard_of")


def sql_name(word: str) -> str:
    """A name in SQL."""
    return sql.Identifier(word).as_string(None)


@pytest.mark.once
def test_every_table_has_a_stated_right():
    """A new table of the log, or a new room, must say in `database_rights` what the accounts may do with it."""
    stated = application_rights()
    tables = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
    assert sorted(set(tables) - set(stated)) == [], "config/database_rights.py says nothing about these"
    for name in {*database_rights.APPLICATION_LOG, *PORTAL}:
        assert name in tables, f"config/database_rights.py speaks of {name}, which is not there"
    for name, right in PORTAL.items():
        columns = {field.column for field in tables[name]._meta.local_fields}
        named = {column.removeprefix("-") for column in (*right.read, *right.add, *right.change)} - {"*"}
        assert named <= columns, (name, named - columns)
