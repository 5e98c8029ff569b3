"""`make run`: prepare everything, then serve the demonstration institution with its worker until stopped."""

from __future__ import annotations

import argparse
import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Start web and worker; returns the exit code."""
    parser = argparse.ArgumentParser(prog="make run")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    _own_folder_for_each_database()
    if _is_taken(options.port):
        print(f"Port {options.port} is taken. Choose another: make run PORT={options.port + 1}", file=sys.stderr)
        return 1
    os.environ.setdefault("PUBLIC_URL", f"http://127.0.0.1:{options.port}")
    try:
        import django

        django.setup()
        from config import prepare

        prepare.everything(say=print)
    except Exception as error:
        from django.core.exceptions import ImproperlyConfigured
        from django.db import OperationalError

        if isinstance(error, ImproperlyConfigured | OperationalError):
            print(f"Not started: {error}", file=sys.stderr)
            return 1
        raise
    processes = [_web(options.port), _worker()]
    signal.signal(signal.SIGTERM, _interrupt)
    prepare.announce(options.port, say=print)
    try:
        while all(process.poll() is None for process in processes):
            time.sleep(0.3)
        print("A process ended by itself; stopping the others.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(timeout=8)
            except subprocess.TimeoutExpired:
                process.kill()


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _own_folder_for_each_database() -> None:
    """Keys, files and the log's high-water mark belong to one database; another database gets its own folder."""
    url = os.environ.get("DATABASE_URL", "").strip()
    if url and not os.environ.get("DATA_DIR"):
        name = hashlib.sha256(url.encode()).hexdigest()[:10]
        os.environ["DATA_DIR"] = str(ROOT / "var" / f"database-{name}")


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _web(port: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [
            sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
            "--workers", "1", "--blocking-threads", "48", "--backpressure", "256", "--no-access-log",
            "--log-level", "error", "config.wsgi:application",
        ],
        cwd=ROOT,
    )  # fmt: skip


def _worker() -> subprocess.Popen[bytes]:
    from django.conf import settings

    schedule = Path(settings.DATA_DIR) / "schedule"
    return subprocess.Popen(
        [
            sys.executable, "-m", "celery", "--app", "config.celery", "--quiet", "worker", "--beat",
            "--pool", "solo", "--without-mingle", "--without-gossip", "--loglevel", "WARNING",
            "--schedule", str(schedule),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONWARNINGS": "ignore::UserWarning:celery.platforms"},
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
