"""`make test`: the linters and the tests on SQLite, then the tests on PostgreSQL with Redis when they answer.

With CI=true everything must be there and nothing may be skipped.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
POSTGRES = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/15")
STRICT = os.environ.get("CI", "").lower() == "true"
CHECKS = {
    "ruff": ("ruff", "check", "."),
    "format": ("ruff", "format", "--check", "."),
    "import directions": ("lint-imports",),
    "types": ("mypy", "audit", "integrity", "intake", "cases", "config"),
    "migrations are complete": ("python", "manage.py", "makemigrations", "--check", "--dry-run"),
}


def answers(url: str) -> bool:
    """True when something listens at the host and port of a URL."""
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 0), timeout=2):
            return True
    except OSError:
        return False


def check(*command: str) -> subprocess.CompletedProcess[str]:
    """Run one command and keep what it says."""
    return subprocess.run(
        [str(BIN / command[0]), *command[1:]], cwd=ROOT, env={**os.environ, "DEBUG": "1"}, check=False, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def told(title: str, checked: Future[subprocess.CompletedProcess[str]]) -> bool:
    """Show what a check said once it has ended; True when it passed."""
    print(f"\n== {title}\n{checked.result().stdout}", end="", flush=True)
    return checked.result().returncode == 0


def suite(title: str, **environment: str) -> bool:
    """Run the tests once; with CI=true a skip is a failure."""
    print(f"\n== {title}", flush=True)
    values = {**os.environ, **environment}
    process = subprocess.Popen(
        # In the order of tests/conftest.py: otherwise the files with the fewest tests, the longest, would come last.
        [
            str(BIN / "python"), "-m", "pytest", "-q", "-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder",
            "-rs", *sys.argv[1:],
        ],
        cwd=ROOT, env=values, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    last = ""
    assert process.stdout is not None
    for line in process.stdout:
        print(line, end="", flush=True)
        last = line if re.search(r"\d+ (passed|failed|error)", line) else last
    passed = process.wait() == 0
    if STRICT and "skipped" in last:
        print("CI refuses skipped tests.", flush=True)
        return False
    return passed


def main() -> int:
    """Everything; returns the exit code."""
    with ThreadPoolExecutor(max_workers=1) as aside:
        # Beside the tests, because each of them uses one processor and most of the time is mypy's.
        checks = {title: aside.submit(check, *command) for title, command in CHECKS.items()}
        results = [suite("tests on SQLite", DATABASE_URL="", REDIS_URL="")]
        results += [told(title, checked) for title, checked in checks.items()]
    has_postgres, has_redis = answers(POSTGRES), answers(REDIS)
    if has_postgres and has_redis:
        results.append(suite("tests on PostgreSQL and Redis", DATABASE_URL=POSTGRES, REDIS_URL=REDIS))
    else:
        missing = [name for name, there in (("PostgreSQL", has_postgres), ("Redis", has_redis)) if not there]
        print(
            f"\nNot run on PostgreSQL and Redis: {' and '.join(missing)} did not answer. "
            "`docker compose up -d db redis` starts both."
        )
        results.append(not STRICT)
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
