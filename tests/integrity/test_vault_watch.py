"""A real server is watched from outside while a file arrives: at no moment is its plaintext in any file."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.e2e.serving import free_port
from tests.integrity.vault_process import ROOT, environment, outcome

CANARY = b"plaintext-canary-0123456789-"
PIECE = CANARY * 12_000
PIECES = 12
BOUNDARY = b"----boundary-of-the-form"
HEAD = (
    b"--" + BOUNDARY + b'\r\nContent-Disposition: form-data; name="text"\r\n\r\nwhat happened\r\n'
    b"--" + BOUNDARY + b'\r\nContent-Disposition: form-data; name="files"; filename="scan.bin"\r\n\r\n'
)  # fmt: skip
TAIL = b"\r\n--" + BOUNDARY + b"--\r\n"
PATIENCE = 60


@dataclass
class Server:
    """A running server, its folder, and the log of what it opened to write."""

    process: subprocess.Popen[bytes]
    port: int
    folder: Path
    log: Path

    def pids(self) -> list[int]:
        """The server and every process that it started."""
        found, rest = [], [self.process.pid]
        while rest:
            pid = rest.pop()
            found.append(pid)
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                rest += [int(child) for child in task.read_text().split()]
        return found

    def kill(self) -> None:
        """As the machine going down: every process at once, without a word."""
        for pid in reversed(self.pids()):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def plain_files(self) -> set[str]:
        """Every file with the canary in it: what the server has open, deleted files too, and all in its folders."""
        found = set()
        for pid in self.pids():
            for descriptor in Path(f"/proc/{pid}/fd").iterdir():
                try:
                    if descriptor.is_file() and CANARY in descriptor.read_bytes():
                        found.add(os.readlink(descriptor))
                except OSError:
                    # Closed between the listing and the look.
                    continue
        for path in self.folder.rglob("*"):
            try:
                if path.is_file() and CANARY in path.read_bytes():
                    found.add(str(path))
            except FileNotFoundError:
                continue
        return found

    def opened(self) -> set[Path]:
        """The paths that it opened to write so far."""
        return {Path(line) for line in self.log.read_text().splitlines()}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory) -> Path:
    """A folder with a database in which somebody holds the key of a report."""
    folder = tmp_path_factory.mktemp("prepared")
    assert outcome(folder, "prepare") == {"prepared": True}
    return folder


@contextmanager
def serving(prepared: Path, folder: Path, **more: str) -> Iterator[Server]:
    """Granian, as the product is served, on a copy of the prepared folder."""
    shutil.copytree(prepared, folder)
    port, log = free_port(), folder.parent / "opened.txt"
    log.touch()
    process = subprocess.Popen(
        [
            sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
            "--workers", "1", "--blocking-threads", "2", "--no-access-log", "--log-level", "critical",
            "tests.integrity.vault_server:application",
        ],
        cwd=ROOT, env=environment(folder, WATCH_LOG=str(log), **more),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    server = Server(process=process, port=port, folder=folder, log=log)
    try:
        _wait(server)
        yield server
    finally:
        server.kill()


def _wait(server: Server) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert server.process.poll() is None, "the server ended by itself"
        try:
            with urlopen(f"http://127.0.0.1:{server.port}/report/", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the server did not start")


def begin(server: Server) -> http.client.HTTPConnection:
    """Send the head of the form."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    connection.putrequest("POST", "/report/")
    connection.putheader("Content-Type", "multipart/form-data; boundary=" + BOUNDARY.decode())
    connection.putheader("Content-Length", str(len(HEAD) + PIECES * len(PIECE) + len(TAIL)))
    connection.endheaders()
    connection.send(HEAD)
    return connection


def arriving(server: Server, *, pieces: int = PIECES) -> tuple[http.client.HTTPConnection, set[str]]:
    """Send the form piece by piece and look after each; what had plaintext in it at any of these moments."""
    connection, seen = begin(server), set()
    for _number in range(pieces):
        connection.send(PIECE)
        _settle(server)
        seen |= server.plain_files()
    return connection, seen


def _settle(server: Server) -> None:
    """Wait until the server has written what it has received: two looks that find the same sizes."""
    before: dict[str, int] = {}
    until = time.monotonic() + 2
    while time.monotonic() < until:
        time.sleep(0.05)
        now = {str(path): path.stat().st_size for path in server.folder.rglob("pending/*") if path.exists()}
        if now and now == before:
            return
        before = now


def test_no_file_of_a_running_server_holds_plaintext_while_one_arrives_or_after(prepared: Path, tmp_path: Path) -> None:
    with serving(prepared, tmp_path / "data") as server:
        connection, seen = arriving(server)
        waiting = [path for path in (server.folder / "files" / "pending").iterdir() if path.stat().st_size]
        assert waiting, "the file had begun to arrive while it was looked for"
        connection.send(TAIL)
        seen |= server.plain_files()
        answer = connection.getresponse()
        assert answer.status == 200
        (kept,) = json.loads(answer.read())["kept"]
        seen |= server.plain_files()
        with urlopen(f"http://127.0.0.1:{server.port}/download/{kept}/", timeout=PATIENCE) as download:
            assert download.read() == PIECE * PIECES
        seen |= server.plain_files()
        assert seen == set()
        opened = {path for path in server.opened() if "__pycache__" not in path.parts}
        assert {path.parent for path in opened} == {server.folder / "files" / "pending"}, "nothing else is written to"
        assert (server.folder / "files" / "kept" / kept).stat().st_size > PIECES * len(PIECE)


def test_the_watch_notices_a_server_that_writes_uploads_in_clear(prepared: Path, tmp_path: Path) -> None:
    with serving(prepared, tmp_path / "data", WATCH_PLAIN_UPLOADS="1") as server:
        connection, seen = arriving(server, pieces=4)
        connection.close()
        assert any("temporary" in path for path in seen)
        assert any("temporary" in str(path) for path in server.opened())


def test_a_server_killed_while_a_file_arrives_leaves_nothing_but_what_the_sweep_takes(
    prepared: Path, tmp_path: Path
) -> None:
    with serving(prepared, tmp_path / "data") as server:
        connection, _seen = arriving(server, pieces=6)
        server.kill()
        connection.close()
    after = outcome(server.folder, "examine")
    assert len(after["found"]["pending"]) == 1
    assert (after["found"]["rows"], after["found"]["kept"]) == ({}, [])
    assert (after["swept"]["pending"], after["swept"]["kept"]) == ([], [])
    assert not any(CANARY in path.read_bytes() for path in server.folder.rglob("*") if path.is_file())
