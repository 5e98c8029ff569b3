"""Checks an exported log: `python -m audit.verify EXPORT --policy FILE`. Needs neither Django nor a database.

Every entry is hashed and compared with the tiles, the tiles with each other, and the tree with the signed
checkpoint and with all earlier ones; each cosignature and each timestamp is checked. Memory stays flat, whatever
the size.

Exit codes: 0 everything agrees; 1 something does not (the report says what, and the first entry in doubt);
2 the check could not be made (no such folder, no usable key).
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from audit.examination import CannotCheck, Progress, Report, examine
from audit.note import MAXIMUM_NOTE_BYTES, MalformedNote, VerifierKey
from audit.policy import MAXIMUM_POLICY_BYTES, MalformedPolicy, Policy
from audit.report import moment_of

MAXIMUM_CERTIFICATES = 1_000_000


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


def _print_report(report: Report) -> None:
    print(f"Log      {report.origin}")
    for log in report.policy.logs:
        print(f"Key      {log.key}")
    if not report.given:
        print("         taken from the export itself: compare it with the one that was published elsewhere")
    print(f"Entries  {report.size}")
    print(f"Root     {report.root.hex()}")
    for name, time in sorted(report.cosigned.items()):
        print(f"Witness  {name} cosigned at {moment_of(time)}")
    print(f"Quorum   {report.policy.quorum}")
    for size, moment in sorted(report.stamps.items())[-1:]:
        print(f"Stamped  {len(report.stamps)} timestamps; the first {size} entries existed at {moment.isoformat()}")
    for remark in report.remarks:
        print(f"NOTE     {remark}")
    if not report.problems:
        print(f"Earlier  {report.earlier} checkpoints, all contained; {report.earlier_witnessed} with the quorum")
        if report.outside:
            print(f"Outside  {report.outside} checkpoints from elsewhere, all contained")
        print("VERIFIED every entry, tile, checkpoint, cosignature and timestamp agrees with what was signed")
        return
    for problem in report.problems:
        print(f"WRONG    {problem.message}")
    if report.first_index is not None:
        print(f"NOT VERIFIED: the first entry in doubt is {report.first_index}")
    else:
        print("NOT VERIFIED: no entry is in doubt, but the export is not whole")


def _trusted(policy: Path | None, keys: Sequence[str]) -> Policy | None:
    """The policy that the options name, or None. Raises OSError, MalformedPolicy or MalformedNote."""
    if policy is not None:
        return Policy.parse(_read(policy, MAXIMUM_POLICY_BYTES))
    return Policy.of(*[VerifierKey.parse(key.strip()) for key in keys]) if keys else None


def _read(path: Path, limit: int) -> bytes:
    with path.open("rb") as file:
        return file.read(limit + 1)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m audit.verify",
        description="Check an exported audit log: entries, tiles, checkpoints, cosignatures and timestamps.",
        epilog="Exit codes: 0 all is well; 1 something is not; 2 the check could not be made.",
    )
    parser.add_argument("directory", type=Path, help="the folder that the log was exported to")
    trusted = parser.add_mutually_exclusive_group()
    trusted.add_argument("--policy", type=Path, help="the logs, witnesses and quorum that you trust (tlog-policy)")
    trusted.add_argument("--vkey", action="append", default=[], help="the log's public key, not from the export")
    parser.add_argument(
        "--checkpoint",
        type=Path,
        action="append",
        default=[],
        help="a signed checkpoint from elsewhere (a witness, an older export): the log must contain it",
    )
    parser.add_argument("--timestamp-ca", type=Path, help="certificates (PEM) of the timestamping authority")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the check as a command; gives the exit code."""
    options = _options(arguments)
    try:
        report = examine(
            options.directory,
            policy=_trusted(options.policy, options.vkey),
            outside=[(str(path), _read(path, MAXIMUM_NOTE_BYTES)) for path in options.checkpoint],
            authority=_read(options.timestamp_ca, MAXIMUM_CERTIFICATES) if options.timestamp_ca else None,
            progress=None if options.quiet else _show_progress(),
        )
    except (CannotCheck, MalformedNote, MalformedPolicy, OSError) as error:
        return _cannot(str(error), as_json=options.json)
    except KeyboardInterrupt:
        return _cannot("stopped from outside", as_json=options.json)
    if options.json:
        print(json.dumps(report.as_json(), indent=1))
    else:
        _print_report(report)
    return 1 if report.problems else 0


def _cannot(why: str, *, as_json: bool) -> int:
    if as_json:
        print(json.dumps({"verified": None, "error": why}))
    print(f"Cannot check: {why}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
