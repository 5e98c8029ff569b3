"""The server as `make run` starts it, on a free port of this machine, and the memory that it takes."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60


@dataclass(frozen=True)
class Server:
    """A running server: where it listens, and its process with those that it started."""

    port: int
    pid: int

    def peak_memory(self) -> int:
        """The most bytes that its largest process held in memory since it started, or since `forget_peak`."""
        return max(_kibibytes(pid, "VmHWM:") for pid in self._pids()) * 1024

    def memory(self) -> int:
        """The bytes that its largest process holds in memory now."""
        return max(_kibibytes(pid, "VmRSS:") for pid in self._pids()) * 1024

    def forget_peak(self) -> None:
        """Measure the greatest memory from now on (Linux: proc_pid_clear_refs)."""
        for pid in self._pids():
            Path(f"/proc/{pid}/clear_refs").write_text("5")

    def _pids(self) -> list[int]:
        found, rest = [], [self.pid]
        while rest:
            pid = rest.pop()
            found.append(pid)
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                rest += [int(child) for child in task.read_text().split()]
        return found


@contextmanager
def granian(*, settings: str = "config.settings", threads: int = 48, **environment: str) -> Iterator[Server]:
    """Serve the product in a process of its own with the scratch database."""
    port = _free_port()
    process = subprocess.Popen(
        [
            sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
            "--workers", "1", "--blocking-threads", str(threads), "--backpressure", "256", "--no-access-log",
            "--log-level", "critical", "config.wsgi:application",
        ],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": settings, **environment},
        # It tells of every form that is sent incomplete; a figure comes only from answers that were as expected.
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait(port, process)
        yield Server(port=port, pid=process.pid)
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _kibibytes(pid: int, what: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except FileNotFoundError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(what)), 0)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError("The server ended by itself. `make run` would tell why.")
        asked = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            asked.request("GET", "/health/")
            if asked.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            asked.close()
    raise RuntimeError(f"The server did not answer within {PATIENCE} s.")
