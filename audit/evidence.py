"""Checks evidence from a log: `python -m audit.evidence FOLDER --policy FILE`. Needs neither Django nor a database.

The folder holds entries of one matter, each with its proof file, and what the proofs lead to. What is proved: each
entry is in the log, at its index, as it was written, before the moment that witnesses and timestamps name.

Exit codes: 0 every entry is proved; 1 one is not (the report says which); 2 the check could not be made.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from audit.note import MAXIMUM_NOTE_BYTES, BadSignature, MalformedNote, NoTrustedSignature, VerifierKey, decode_decimal
from audit.policy import MAXIMUM_POLICY_BYTES, MalformedPolicy, Opened, Policy, QuorumMissing
from audit.proof import MAXIMUM_PROOF_BYTES, ProofFile
from audit.report import CannotCheck, moment_of
from audit.statements import MAXIMUM_STAMP, Folder, reason
from audit.tiles import MAXIMUM_ENTRY
from audit.tree import InvalidProof

REFUSALS = (MalformedNote, BadSignature, NoTrustedSignature, QuorumMissing, InvalidProof)


@dataclass
class Evidence:
    """What was proved: the indexes of entries, when witnesses and timestamps saw them, and what is wrong."""

    proved: list[int] = field(default_factory=list)
    cosigned: dict[str, int] = field(default_factory=dict)
    stamps: dict[int, datetime] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The report for a program."""
        return {
            "verified": not self.problems,
            "proved": self.proved,
            "cosigned": {name: moment_of(time) for name, time in sorted(self.cosigned.items())},
            "existed_before": {str(index): moment.isoformat() for index, moment in sorted(self.stamps.items())},
            "remarks": self.remarks,
            "problems": self.problems,
        }


def check(directory: Path, *, policy: Policy, authority: bytes | None = None) -> Evidence:
    """Check every entry in the folder. Raises CannotCheck when there is none, or the certificates are none."""
    folder = Folder(directory)
    found = Evidence()
    try:
        names = sorted(name.removesuffix(".json") for name in folder.names("entries") if name.endswith(".json"))
        indexes = sorted(map(decode_decimal, names))
    except (OSError, MalformedNote) as error:
        raise CannotCheck(f"{directory}: {reason(error)}") from error
    if not indexes:
        raise CannotCheck(f"{directory} holds no entries")
    certificates = _certificates(folder, authority, found)
    for index in indexes:
        try:
            entry = folder.read(f"entries/{index}.json", MAXIMUM_ENTRY)
            opened = _prove(folder, f"entries/{index}.tlog-proof", index, entry, policy)
        except (OSError, *REFUSALS) as error:
            found.problems.append(f"entries/{index}: {reason(error)}")
            continue
        found.proved.append(index)
        found.cosigned |= opened.cosigned
        if certificates and (directory / f"entries/{index}.stamped.tlog-proof").exists():
            _check_stamp(folder, index, entry, policy, certificates, found)
    return found


def _prove(folder: Folder, name: str, index: int, entry: bytes, policy: Policy) -> Opened:
    proof = ProofFile.parse(folder.read(name, MAXIMUM_PROOF_BYTES))
    if proof.index != index:
        raise InvalidProof(f"the proof is of entry {proof.index}")
    return proof.verify(entry, policy=policy)


def _check_stamp(
    folder: Folder, index: int, entry: bytes, policy: Policy, certificates: list[Any], found: Evidence
) -> None:
    """The entry is under a checkpoint that was timestamped, whether or not the quorum cosigned that one."""
    from audit.timestamps import NoTimestamp, verify

    name = f"entries/{index}.stamped.tlog-proof"
    try:
        opened = _prove(folder, name, index, entry, Policy(policy.logs, policy.witnesses))
        size = opened.checkpoint.size
        stamp = folder.read(f"timestamps/{size}.tsr", MAXIMUM_STAMP)
        found.stamps[index] = verify(stamp, opened.note.text.encode(), authority=certificates)
    except (OSError, NoTimestamp, *REFUSALS) as error:
        found.problems.append(f"{name}: {reason(error)}")


def _certificates(folder: Folder, given: bytes | None, found: Evidence) -> list[Any]:
    pem = given
    if pem is None:
        try:
            pem = folder.read("timestamps/ca.pem", MAXIMUM_POLICY_BYTES)
        except OSError:
            return []
        found.remarks.append("the certificate of the timestamping authority was taken from the folder itself")
    try:
        from audit.timestamps import NoTimestamp, read_authority
    except ImportError as error:
        if given is not None:
            raise CannotCheck(f"timestamps cannot be checked here: {error}") from error
        found.remarks[-1] = "timestamps were not checked: that needs the package rfc3161-client"
        return []
    try:
        return list(read_authority(pem))
    except NoTimestamp as error:
        raise CannotCheck(f"the certificates for timestamps: {error}") from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Check a folder as a command; gives the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m audit.evidence",
        description="Check that the entries in a folder of evidence are in the log.",
        epilog="Exit codes: 0 all are; 1 one is not; 2 the check could not be made.",
    )
    parser.add_argument("directory", type=Path, help="the folder of evidence")
    trusted = parser.add_mutually_exclusive_group(required=True)
    trusted.add_argument("--policy", type=Path, help="the logs, witnesses and quorum that you trust (tlog-policy)")
    trusted.add_argument("--vkey", help="the log's public key, without witnesses")
    parser.add_argument("--timestamp-ca", type=Path, help="certificates (PEM) of the timestamping authority")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    options = parser.parse_args(arguments)
    try:
        policy = (
            Policy.parse(_read(options.policy))
            if options.policy
            else Policy.of(VerifierKey.parse(options.vkey.strip()))
        )
        authority = _read(options.timestamp_ca) if options.timestamp_ca else None
        found = check(options.directory, policy=policy, authority=authority)
    except (CannotCheck, OSError, MalformedPolicy, MalformedNote) as error:
        print(f"Cannot check: {error}", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps(found.as_json(), indent=1))
    else:
        _print(found)
    return 1 if found.problems else 0


def _print(found: Evidence) -> None:
    for index in found.proved:
        before = f", which existed before {found.stamps[index].isoformat()}" if index in found.stamps else ""
        print(f"PROVED   entry {index}{before}")
    for name, time in sorted(found.cosigned.items()):
        print(f"Witness  {name} cosigned at {moment_of(time)}")
    for remark in found.remarks:
        print(f"NOTE     {remark}")
    for problem in found.problems:
        print(f"WRONG    {problem}")
    print("NOT VERIFIED" if found.problems else f"VERIFIED {len(found.proved)} entries")


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAXIMUM_NOTE_BYTES + 1)


if __name__ == "__main__":
    sys.exit(main())
