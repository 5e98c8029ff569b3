"""From a bare folder to an administrator at the desk: set up, start, follow the invitation, see what is open."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

from integrity.factors.codes import code_at, step_now
from tests.config.setting_up import ROOT, Machine
from tests.e2e.serving import PATIENCE, _create, _database, _drop, _postgres, free_port
from tests.e2e.web import Control, Visitor

PASSPHRASE = "violet tundra mosaic ladder 7"


@contextmanager
def database() -> Iterator[str]:
    """An empty database of the kind that the tests run on; SQLite has none to make."""
    name = f"integrity_set_up_{os.getpid()}" if _postgres() else ""
    _create(name)
    try:
        yield _database(name).get("DATABASE_URL", "")
    finally:
        _drop(name)


@contextmanager
def served(machine: Machine, port: int) -> Iterator[None]:
    """The web process, which knows nothing but the file of settings."""
    process = subprocess.Popen(
        [
            sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
            "--workers", "1", "--blocking-threads", "4", "--no-access-log", "--log-level", "error",
            "config.wsgi:application",
        ],
        cwd=ROOT, env={**machine.environment, "ENV_FILE": str(machine.settings)},
    )  # fmt: skip
    try:
        deadline = time.monotonic() + PATIENCE
        while not _answers(f"http://127.0.0.1:{port}/health/"):
            assert process.poll() is None, "the server ended by itself"
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.2)
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def _answers(address: str) -> bool:
    try:
        with urlopen(address, timeout=5) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def test_an_institution_is_set_up_started_and_entered(tmp_path: Path) -> None:
    """Everything that an operator and the first administrator do on the first day."""
    port = free_port()
    machine = Machine(tmp_path)
    tmp_path.chmod(0o700)
    with database() as address:
        ran = machine.set_up(
            settings={
                "allowed_hosts": "127.0.0.1",
                "public_url": f"http://127.0.0.1:{port}",
                "https": "no",
                "behind_proxy": "no",
                "database_url": address,
            }
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        link = re.search(r"http://127\.0\.0\.1:\d+(/desk/welcome/\S+)", ran.stdout)
        assert link
        with served(machine, port):
            _enter(Visitor(f"http://127.0.0.1:{port}", browser="A browser"), link[1])
        again = machine.set_up()
        assert again.returncode == 0, again.stderr
        assert "/desk/welcome/" not in again.stdout


def _as_it_is(control: Control) -> str | list[str]:
    return control.chosen or control.value


def _enter(visitor: Visitor, link: str) -> None:
    chosen = visitor.submit(
        visitor.get(link).form(), lambda control: PASSPHRASE if control.kind == "password" else _as_it_is(control)
    )
    assert chosen.path == "/desk/sign-in/", chosen.words()
    given = {"username": "a.cruz", "passphrase": PASSPHRASE}
    inside = visitor.submit(chosen.form(), _as_it_is, given)
    assert inside.path.startswith("/desk/second-factor/"), inside.words()
    page = visitor.get("/desk/second-factor/set-up/app/")
    secret = re.search(r"secret=([A-Z2-7]{16,})|((?:[A-Z2-7]{4} ){4,}[A-Z2-7]{4})", html.unescape(page.text))
    assert secret, page.words()
    code = code_at((secret[1] or secret[2]).replace(" ", ""), step_now())
    kept = visitor.submit(page.form(), _as_it_is, {"name": "telephone", "second_factor": code})
    assert kept.status == 200, kept.words()
    work = visitor.get("/desk/")
    assert "Before the portal is announced" in work.text, work.words()
    listed = visitor.get("/desk/setup/")
    assert listed.status == 200
    assert "things are open. Do not announce the portal" in listed.text, listed.words()
    confirmed = visitor.submit(listed.form("/backups/"), _as_it_is)
    assert "Ana Cruz" in confirmed.text
    assert urlsplit(confirmed.url).path == "/desk/setup/"
    assert visitor.get("/").status == 200, "the portal is there, and not announced"
