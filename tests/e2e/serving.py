"""Servers as `make run` starts them: the demonstration is made once, and each module serves a copy of it."""

from __future__ import annotations

import fcntl
import os
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
PATIENCE = 400


@dataclass(frozen=True)
class Template:
    """A demonstration that was started once and stopped: its folder, its database, and what its start printed."""

    folder: Path
    database: str
    printed: str


@dataclass(frozen=True)
class Served:
    """A running demonstration; `environment` reaches the same database and folder from another process."""

    url: str
    data: Path
    environment: dict[str, str]
    output: Path
    seconds: float

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `integrity …` against it."""
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def verify(self, folder: Path) -> subprocess.CompletedProcess[str]:
        """Run the verifier on an export, as an auditor does: without the server's settings."""
        return subprocess.run(
            [sys.executable, "-m", "audit.verify", str(folder)],
            cwd=ROOT, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False,
        )  # fmt: skip


def environment_for(data: Path, **more: str) -> dict[str, str]:
    """What a server needs to keep everything of its own in one folder, temporary files too."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "PYTEST_"))}
    for name in ("KEY_DIR", "VAULT_FILES", "LOG_KEY_FILE", "LOG_HIGH_WATER_FILE", "STATIC_ROOT", "DATABASE_URL"):
        kept.pop(name, None)
    temporary = data / "temporary"
    temporary.mkdir(parents=True, exist_ok=True)
    own = {"DEBUG": "1", "DEMONSTRATION": "1", "DATA_DIR": str(data), "TMPDIR": str(temporary), "PYTHONUNBUFFERED": "1"}
    return {**kept, **own, **more}


def free_port() -> int:
    """A port on which nothing listens."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def template(factory: pytest.TempPathFactory) -> Iterator[Template]:
    """The template, made by whichever process of the test run comes first and removed by the last."""
    base = factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    folder, users = shared / "demonstration", shared / "demonstration-users"
    name = f"integrity_browser_{shared.name.replace('-', '_')}" if _postgres() else ""
    with _alone(shared):
        if not folder.exists():
            _make(folder, name)
        users.mkdir(exist_ok=True)
        (users / str(os.getpid())).touch()
    try:
        yield Template(folder=folder, database=name, printed=_output(folder).read_text())
    finally:
        with _alone(shared):
            (users / str(os.getpid())).unlink()
            if not any(users.iterdir()):
                shutil.rmtree(folder)
                _drop(name)


@contextmanager
def served_from(made: Template, data: Path, **more: str) -> Iterator[Served]:
    """Serve a copy of the template until the block ends; `more` are further settings."""
    shutil.copytree(made.folder, data, dirs_exist_ok=True)
    _output(data).unlink()
    name = f"{made.database}_{os.getpid()}_{data.name}" if made.database else ""
    with _alone(made.folder.parent):
        _create(name, made.database)
    try:
        with _queue(data) as redis, run(environment_for(data, **_database(name), **redis, **more), data) as running:
            yield running
    finally:
        _drop(name)


@contextmanager
def run(environment: dict[str, str], data: Path) -> Iterator[Served]:
    """`make run` without make, on a free port, until the block ends."""
    port, output = free_port(), _output(data)
    url = f"http://127.0.0.1:{port}"
    started = time.monotonic()
    with output.open("w") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "config.run", "--port", str(port)],
            cwd=ROOT, env=environment, stdout=sink, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            _wait_for(url, process, output)
            yield Served(url=url, data=data, environment=environment, output=output, seconds=time.monotonic() - started)
        finally:
            process.terminate()
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _output(data: Path) -> Path:
    return data / "output.txt"


def _wait_for(url: str, process: subprocess.Popen[bytes], output: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None, output.read_text()
        try:
            with urlopen(f"{url}/health/", timeout=5) as answer:  # noqa: S310
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"The server did not start.\n{output.read_text()}")


def _make(folder: Path, name: str) -> None:
    folder.mkdir()
    try:
        _create(name)
        with run(environment_for(folder, **_database(name), REDIS_URL=""), folder):
            pass
    except BaseException:
        shutil.rmtree(folder)
        raise


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process of the test run at a time into the block."""
    with (folder / "demonstration.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _queue(data: Path) -> Iterator[dict[str, str]]:
    """With REDIS_URL set, a Redis for this server alone: two workers on one queue would take each other's tasks.

    It writes down every command in its folder, so that what passed through it can be searched. Without a
    `redis-server` to start, the given one serves all, which only delays things.
    """
    binary = shutil.which("redis-server")
    if not os.environ.get("REDIS_URL") or binary is None:
        yield {}
        return
    port = free_port()
    folder = data / "redis"
    folder.mkdir()
    process = subprocess.Popen(
        [
            binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder),
            "--appendonly", "yes", "--aof-load-truncated", "yes", "--auto-aof-rewrite-percentage", "0",
        ],
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield {"REDIS_URL": f"redis://127.0.0.1:{port}/0"}
    finally:
        process.terminate()
        process.wait(timeout=10)


def _postgres() -> str:
    url = os.environ.get("DATABASE_URL", "")
    return url if url.startswith("postgres") else ""


def _database(name: str) -> dict[str, str]:
    return {"DATABASE_URL": urlsplit(_postgres())._replace(path=f"/{name}").geturl()} if name else {}


def _create(name: str, like: str = "template1") -> None:
    if name:
        _administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}" TEMPLATE "{like}"')


def _drop(name: str) -> None:
    if name:
        _administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _administer(*statements: str) -> None:
    import psycopg

    with psycopg.connect(_postgres(), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
