"""The institution as it lies on a disk: made once, copied for those who change it, served by real processes."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120


@dataclass(frozen=True)
class Institution:
    """`folder` is DATA_DIR; `database` the address of a PostgreSQL database, "" for SQLite in the folder."""

    folder: Path
    database: str

    @property
    def answers(self) -> Path:
        """Where `known.py` keeps what no thief gets."""
        return self.folder.parent / "answers.json"

    def environment(self, **more: str) -> dict[str, str]:
        """What a process of this institution is started with."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "PYTEST_"))}
        for name in ("KEY_DIR", "VAULT_FILES", "LOG_KEY_FILE", "LOG_HIGH_WATER_FILE", "STATIC_ROOT", "REDIS_URL"):
            kept.pop(name, None)
        return {
            **kept,
            "DEBUG": "1",
            "DATA_DIR": str(self.folder),
            "DATABASE_URL": self.database,
            "DJANGO_SETTINGS_MODULE": "tests.thefts.settings",
            "PYTHONWARNINGS": "ignore",
            **more,
        }

    def run(self, *words: str) -> str:
        """A process of this institution, to its end; what it printed."""
        ended = subprocess.run(
            [sys.executable, *words], cwd=ROOT, env=self.environment(), capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def change(self, statement: str, *values: object) -> int:
        """What somebody with the database's password does; how many rows."""
        if not self.database:
            import sqlite3

            with closing(sqlite3.connect(self.folder / "integrity.sqlite3")) as database:
                changed = database.execute(statement.replace("%s", "?"), values).rowcount
                database.commit()
                return changed
        import psycopg

        with psycopg.connect(self.database, autocommit=True) as connection:
            return connection.execute(statement, values or None).rowcount  # type: ignore[call-overload]

    @contextmanager
    def copied(self, place: Path) -> Iterator[Institution]:
        """Another one that is the same, until the block ends."""
        shutil.copytree(self.folder, place / "data")
        shutil.copy(self.answers, place)
        name = _new_database(self.database)
        try:
            yield Institution(folder=place / "data", database=name)
        finally:
            _drop(name)

    @contextmanager
    def served(self, site: str) -> Iterator[Host]:
        """A web process of its own, as it is served to the world, until the block ends."""
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        process = subprocess.Popen(
            [
                sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
                "--workers", "1", "--blocking-threads", "2", "--no-access-log", "--log-level", "critical",
                "config.wsgi:application",
            ],
            cwd=ROOT, env=self.environment(SITE=site), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            host = Host(process=process, url=f"http://127.0.0.1:{port}")
            host.wait()
            yield host
        finally:
            process.terminate()
            process.wait()


@dataclass(frozen=True)
class Host:
    """A running web process, into whose memory somebody looks."""

    process: subprocess.Popen[bytes]
    url: str

    def wait(self) -> None:
        """Until it answers."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            assert self.process.poll() is None, "the server ended by itself"
            try:
                with urlopen(f"{self.url}/health/", timeout=5) as answer:  # noqa: S310
                    if answer.status == 200:
                        return
            except (URLError, OSError):
                time.sleep(0.1)
        raise AssertionError("the server did not start")

    def memory(self) -> bytes:
        """Everything that the process and its workers may write to in memory at this moment."""
        return b"".join(_memory_of(pid) for pid in self._pids())

    def _pids(self) -> list[int]:
        found, rest = [], [self.process.pid]
        while rest:
            pid = rest.pop()
            found.append(pid)
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                rest += [int(child) for child in task.read_text().split()]
        return found


@contextmanager
def shared(factory: pytest.TempPathFactory) -> Iterator[Institution]:
    """The institution, lived in by whichever process of the test run comes first, and removed by the last."""
    base = factory.getbasetemp()
    place = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "institution"
    users = place / "users"
    with _alone(place.parent):
        if not place.exists():
            place.mkdir()
            users.mkdir()
            name = _new_database(_given(), like="template1") if _given() else ""
            (place / "database").write_text(name)
            made = Institution(folder=place / "data", database=name)
            made.run("-m", "tests.thefts.scene", str(made.answers))
        (users / str(os.getpid())).touch()
    name = (place / "database").read_text()
    try:
        yield Institution(folder=place / "data", database=name)
    finally:
        with _alone(place.parent):
            (users / str(os.getpid())).unlink()
            if not any(users.iterdir()):
                shutil.rmtree(place)
                _drop(name)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "institution.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _memory_of(pid: int) -> bytes:
    parts = []
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, permissions = line.split()[:2]
            if not permissions.startswith("rw"):
                continue
            start, end = (int(part, 16) for part in span.split("-"))
            try:
                memory.seek(start)
                parts.append(memory.read(end - start))
            except OSError:
                # Given back between the listing and the look.
                continue
    return b"".join(parts)


def _given() -> str:
    url = os.environ.get("DATABASE_URL", "")
    return url if url.startswith("postgres") else ""


def _new_database(like_url: str, *, like: str = "") -> str:
    """A new database beside the given one, and like it; its address. "" for SQLite, which is copied as a file."""
    if not like_url:
        return ""
    name = f"integrity_thefts_{secrets.token_hex(4)}"
    _administer(f'CREATE DATABASE "{name}" TEMPLATE "{like or urlsplit(like_url).path[1:]}"')
    return urlsplit(like_url)._replace(path=f"/{name}").geturl()


def _drop(address: str) -> None:
    if address:
        _administer(f'DROP DATABASE IF EXISTS "{urlsplit(address).path[1:]}" WITH (FORCE)')


def _administer(statement: str) -> None:
    import psycopg

    with psycopg.connect(_given(), autocommit=True) as connection:
        connection.execute(statement)
