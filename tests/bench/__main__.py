"""`python -m tests.bench [NAME …]`: every benchmark, or those named."""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import sys
import time
from importlib.metadata import version

from tests.bench.scratch import Scene, scene

BENCHMARKS = {
    "reports": "tests.bench.reports",
    "inbox": "tests.bench.inbox",
    "pages": "tests.bench.page_weight",
    "under-attack": "tests.bench.under_attack",
    "sign-in": "tests.bench.sign_in",
    "grants": "tests.bench.grants",
    "case-page": "tests.bench.case_page",
    "case-keys": "tests.bench.case_keys",
    "case-list": "tests.bench.case_list",
    "access-lists": "tests.bench.access_lists",
    "upload": "tests.bench.uploads",
    "large-file": "tests.bench.large_file",
    "log-append": "tests.bench.log_append",
    "log-export": "tests.bench.log_export",
    "log-verify": "tests.bench.log_verify",
    "log-filters": "tests.bench.log_filters",
}


def main() -> int:
    """Run them and print their tables; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description="Figures, as ratios to the raw primitive in the same run."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(BENCHMARKS)}; all without")
    chosen = parser.parse_args().names or list(BENCHMARKS)
    unknown = sorted(set(chosen) - set(BENCHMARKS))
    if unknown:
        parser.error(f"no benchmark {unknown[0]!r}; there are: {', '.join(BENCHMARKS)}")
    began = time.monotonic()
    with scene() as made:
        _print_machine()
        for name in chosen:
            _run(name, made)
    print(f"\nTook {time.monotonic() - began:.0f} s.")
    return 0


def _run(name: str, made: Scene) -> None:
    # The benchmarks import models, which the scene makes possible.
    from tests.bench.table import print_result

    print(f"{name} …", file=sys.stderr, flush=True)
    began = time.monotonic()
    print_result(importlib.import_module(BENCHMARKS[name]).run(made))
    print(f"- Measured in {time.monotonic() - began:.0f} s; {_load()} (its own work included).", flush=True)


def _print_machine() -> None:
    from django.db import connection

    connection.ensure_connection()
    database = ".".join(str(part) for part in connection.get_database_version())
    print(
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, "
        f"{connection.display_name} {database}, cryptography {version('cryptography')}, Django {version('django')}; "
        f"{_load()}.",
        flush=True,
    )


def _load() -> str:
    return f"load {os.getloadavg()[0]:.1f} in the last minute"


if __name__ == "__main__":
    sys.exit(main())
