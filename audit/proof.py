"""Proof files: C2SP tlog-proof. `python -m audit.proof FILE --entry FILE --policy FILE` checks one.

A proof file needs nothing else but the entry and the keys that one trusts: it holds the index, the hashes from
the entry's sibling up to the root, and the signed checkpoint verbatim.

Exit codes of the command: 0 the entry is in the log; 1 the proof does not show it; 2 the check could not be made.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from audit.note import (
    MAXIMUM_NOTE_BYTES,
    BadSignature,
    MalformedNote,
    NoTrustedSignature,
    VerifierKey,
    decode_base64,
    decode_decimal,
    encode_base64,
)
from audit.policy import MAXIMUM_POLICY_BYTES, MalformedPolicy, Opened, Policy, QuorumMissing
from audit.tiles import MAXIMUM_ENTRY
from audit.tree import HASH_SIZE, InvalidProof, leaf_hash, verify_inclusion

HEADER = "c2sp.org/tlog-proof@v1"
MAXIMUM_HASHES = 63
MAXIMUM_PROOF_BYTES = 2 * MAXIMUM_NOTE_BYTES


@dataclass(frozen=True)
class ProofFile:
    """A proof of inclusion that needs nothing else: index, hashes, and the signed checkpoint verbatim."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    def encode(self) -> bytes:
        """The file's bytes; its name ends in `.tlog-proof`."""
        lines = [HEADER]
        if self.extra is not None:
            lines.append(f"extra {encode_base64(self.extra)}")
        lines += [f"index {self.index}", *map(encode_base64, self.hashes)]
        return "".join(f"{line}\n" for line in lines).encode() + b"\n" + self.checkpoint

    @classmethod
    def parse(cls, data: bytes) -> "ProofFile":
        """Read a proof file; the checkpoint in it is not looked at. Raises MalformedNote."""
        if len(data) > MAXIMUM_PROOF_BYTES:
            raise MalformedNote("the proof is too long")
        head, blank, checkpoint = data.partition(b"\n\n")
        try:
            lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError as error:
            raise MalformedNote("the proof contains strange characters") from error
        if not blank or lines.pop(0) != HEADER:
            raise MalformedNote(f"a proof file begins with {HEADER}")
        extra = None
        if lines and lines[0].startswith("extra "):
            extra = decode_base64(lines.pop(0).removeprefix("extra "))
        if not lines or not lines[0].startswith("index "):
            raise MalformedNote("the proof has no index")
        index = decode_decimal(lines.pop(0).removeprefix("index "))
        hashes = tuple(map(decode_base64, lines))
        if len(hashes) > MAXIMUM_HASHES or any(len(value) != HASH_SIZE for value in hashes):
            raise MalformedNote("the proof's hashes are not what a proof consists of")
        return cls(index, hashes, checkpoint, extra)

    def verify(self, entry: bytes, *, policy: Policy) -> Opened:
        """Check that the entry is in a log of the policy, under a checkpoint that its quorum cosigned.

        Raises MalformedNote, BadSignature, NoTrustedSignature, QuorumMissing or InvalidProof.
        """
        opened = policy.open(self.checkpoint)
        verify_inclusion(
            self.hashes,
            index=self.index,
            size=opened.checkpoint.size,
            leaf=leaf_hash(entry),
            root=opened.checkpoint.root,
        )
        return opened


def main(arguments: Sequence[str] | None = None) -> int:
    """Check one proof file as a command; gives the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m audit.proof",
        description="Check that an entry is in a log, from its proof file alone.",
        epilog="Exit codes: 0 it is; 1 the proof does not show it; 2 the check could not be made.",
    )
    parser.add_argument("proof", type=Path, help="the proof file, whose name ends in .tlog-proof")
    parser.add_argument("--entry", type=Path, required=True, help="the entry, byte for byte")
    trusted = parser.add_mutually_exclusive_group(required=True)
    trusted.add_argument("--policy", type=Path, help="the logs, witnesses and quorum that you trust (tlog-policy)")
    trusted.add_argument("--vkey", help="the log's public key, without witnesses")
    options = parser.parse_args(arguments)
    try:
        if options.policy:
            policy = Policy.parse(_read(options.policy, MAXIMUM_POLICY_BYTES))
        else:
            policy = Policy.of(VerifierKey.parse(options.vkey.strip()))
        entry, data = _read(options.entry, MAXIMUM_ENTRY), _read(options.proof, MAXIMUM_PROOF_BYTES)
    except (OSError, MalformedPolicy, MalformedNote) as error:
        print(f"Cannot check: {error}", file=sys.stderr)
        return 2
    try:
        proof = ProofFile.parse(data)
        opened = proof.verify(entry, policy=policy)
    except (MalformedNote, BadSignature, NoTrustedSignature, QuorumMissing, InvalidProof) as error:
        print(f"NOT PROVED: {error}")
        return 1
    for name, time in sorted(opened.cosigned.items()):
        print(f"Cosigned by {name} at {datetime.fromtimestamp(time, UTC):%Y-%m-%d %H:%M:%S} UTC")
    checkpoint = opened.checkpoint
    print(f"PROVED: this is entry {proof.index} of the first {checkpoint.size} entries of {checkpoint.origin}")
    return 0


def _read(path: Path, limit: int) -> bytes:
    with path.open("rb") as file:
        return file.read(limit + 1)


if __name__ == "__main__":
    sys.exit(main())
