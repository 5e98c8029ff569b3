"""A real clamd, set up as docker-compose.yml sets it up, in a folder of its own and with two signatures of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import pytest
import yaml

COMPOSE: Final = Path(__file__).resolve().parents[2] / "docker-compose.yml"
MALWARE: Final = b"These words stand for malware, and are none."
NAME: Final = "Integrity.Test.StandsForMalware.UNOFFICIAL"
PROGRAM: Final = shutil.which("clamd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
MISSING: Final = "clamd is not installed: apt-get install --no-install-recommends clamav-daemon"
_SIGNATURES: Final = f"Integrity.Test.StandsForMalware:0:*:{MALWARE.hex()}\n"
_SECONDS: Final = 30


class RealClamd:
    """A running clamd: where it listens, where it writes down what it is shown, and its process and settings."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self.spool = folder / "spool"
        self._socket, self.settings = folder / "clamd.ctl", folder / "clamd.conf"
        self._signatures = folder / "signatures"
        self._signatures.mkdir(parents=True)
        (self._signatures / "test.ndb").write_text(_SIGNATURES)
        self.spool.mkdir()
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        lines = dict(line.split(" ", 1) for line in _shipped().splitlines()) | {
            "TCPSocket": str(port),
            "TCPAddr": "127.0.0.1",
            "LocalSocket": str(self._socket),
            "DatabaseDirectory": str(self._signatures),
            "TemporaryDirectory": str(self.spool),
            **settings,
        }
        self.settings.write_text("".join(f"{name} {value}\n" for name, value in lines.items()))
        self.by_socket, self.by_port = f"unix:{self._socket}", f"tcp:127.0.0.1:{port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        assert PROGRAM is not None
        self._process = subprocess.Popen(
            [PROGRAM, "--foreground", f"--config-file={self.settings}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + _SECONDS
        while self._process.poll() is None and time.monotonic() < until:
            with suppress(OSError), socket.socket(socket.AF_UNIX) as link:
                link.connect(str(self._socket))
                link.sendall(b"zPING\0")
                if link.recv(16) == b"PONG\0":
                    return
            time.sleep(0.02)
        self.kill()
        pytest.fail("clamd did not start")

    def signal(self, which: signal.Signals) -> None:
        """Stop it where it stands, or let it go on."""
        assert self._process is not None
        self._process.send_signal(which)

    def learn(self, signatures: str) -> None:
        """Start again with more signatures, in the form of a .ndb file."""
        self.kill()
        (self._signatures / "more.ndb").write_text(signatures)
        self.start()

    def kill(self) -> None:
        """End it at once, as a crash or a lack of memory does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def written(self) -> list[bytes]:
        """What lies in its temporary folder at this moment, in clear."""
        found = []
        for path in self.spool.rglob("*"):
            with suppress(FileNotFoundError, IsADirectoryError):
                found.append(path.read_bytes())
        return found


def _shipped() -> str:
    content = yaml.safe_load(COMPOSE.read_text())["configs"]["scanner"]["content"]
    assert isinstance(content, str)
    return content


@contextmanager
def real_clamd(folder: Path, **settings: str) -> Iterator[RealClamd]:
    """A clamd that runs while the block does; `settings` go before those of docker-compose.yml."""
    if PROGRAM is None:
        pytest.skip(MISSING)
    clamd = RealClamd(folder, settings)
    try:
        clamd.start()
        yield clamd
    finally:
        clamd.kill()
