"""Checks an exported log: `python -m audit.verify DIR [--vkey KEY]`. Needs neither Django nor a database.

Every entry is hashed and compared with the tiles, the tiles with each other, and the tree with the signed
checkpoint and with all earlier ones. Memory stays flat, whatever the size.

Exit codes: 0 everything agrees; 1 something does not (the report says what, and the first entry in doubt);
2 the check could not be made (no such folder, no usable key).
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from audit.examination import CannotCheck, Progress, Report, examine
from audit.note import MalformedNote, VerifierKey


def _show_progress() -> Progress:
    """A bar when somebody watches, otherwise a line for each tenth."""
    watched = sys.stderr.isatty()
    shown = -1

    def show(done: int, size: int) -> None:
        nonlocal shown
        percent = done * 100 // size
        if percent == shown or (not watched and percent // 10 == shown // 10):
            return
        shown = percent
        if watched:
            bar = "#" * (percent * 40 // 100)
            end = "\n" if done == size else ""
            print(f"\r[{bar:<40}] {percent:3d} % of {size} entries", end=end, file=sys.stderr, flush=True)
        else:
            print(f"{percent} % of {size} entries", file=sys.stderr, flush=True)

    return show


def _print_report(report: Report, *, key_given: bool) -> None:
    print(f"Log      {report.key.name}")
    print(f"Key      {report.key}")
    if not key_given:
        print("         taken from the export itself: compare it with the one that was published elsewhere")
    print(f"Entries  {report.size}")
    print(f"Root     {report.root.hex()}")
    if not report.problems:
        print(f"Earlier  {report.earlier} checkpoints, all contained")
        print("VERIFIED every entry, tile and checkpoint agrees with what was signed")
        return
    for problem in report.problems:
        print(f"WRONG    {problem.message}")
    if report.first_index is not None:
        print(f"NOT VERIFIED: the first entry in doubt is {report.first_index}")
    else:
        print("NOT VERIFIED: no entry is in doubt, but the export is not whole")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the check as a command; gives the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m audit.verify",
        description="Check an exported audit log: entries, tiles, checkpoints and signatures.",
        epilog="Exit codes: 0 all is well; 1 something is not; 2 the check could not be made.",
    )
    parser.add_argument("directory", type=Path, help="the folder that the log was exported to")
    parser.add_argument("--vkey", help="the log's public key, from a source other than the export")
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    options = parser.parse_args(arguments)
    try:
        key = VerifierKey.parse(options.vkey.strip()) if options.vkey else None
        report = examine(options.directory, key=key, progress=None if options.quiet else _show_progress())
    except (CannotCheck, MalformedNote) as error:
        print(f"Cannot check: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Cannot check: stopped from outside", file=sys.stderr)
        return 2
    _print_report(report, key_given=key is not None)
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main())
