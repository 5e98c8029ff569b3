"""What the bytes of an entry say, and the proof that they are in the signed log."""

import json
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from audit.log.events import registered
from audit.log.models import Checkpoint, Entry
from audit.log.stored import prove
from audit.proof import ProofFile
from audit.tiles import MalformedTile
from audit.tree import InvalidProof, leaf_hash, verify_inclusion


def content_of(entry: Entry) -> dict[str, Any] | None:
    """The entry's JSON, or None when its bytes are none (which only tampering can bring about)."""
    try:
        content = json.loads(bytes(entry.leaf))
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def meaning_of(kind: str) -> str:
    """What a kind of entry says, in a sentence; "" for one that is not declared any more."""
    known = registered().get(kind)
    return str(known.description) if known else ""


def keeps_only_day(entry: Entry) -> bool:
    """Whether the entry was written with its day alone."""
    content = content_of(entry)
    return content is not None and len(str(content.get("time", ""))) == len("2026-11-21")


def columns_agree(entry: Entry) -> bool:
    """Whether the columns that the console searches by say the same as the bytes that were hashed."""
    content = content_of(entry)
    if content is None:
        return False
    wanted = f"{entry.time.astimezone(UTC):%Y-%m-%dT%H:%MZ}"
    written = str(content.get("time"))
    same_time = written in {wanted, wanted[:10]}
    return same_time and all(content.get(name) == getattr(entry, name) for name in ("type", "actor", "object"))


@dataclass(frozen=True)
class Proof:
    """The proof file of an entry, or why there is none; `holds` says whether it verifies."""

    file: ProofFile | None
    holds: bool
    waiting: bool = False


def proof_of(entry: Entry) -> Proof:
    """Prove the entry against the latest checkpoint, in at most four queries, and check the proof."""
    checkpoint = Checkpoint.objects.order_by("-size").first()
    if checkpoint is None or checkpoint.size <= entry.index:
        return Proof(None, holds=False, waiting=True)
    try:
        hashes = prove(entry.index, checkpoint.size)
    except MalformedTile:
        return Proof(None, holds=False)
    file = ProofFile(entry.index, tuple(hashes), checkpoint.note.encode())
    try:
        verify_inclusion(
            hashes,
            index=entry.index,
            size=checkpoint.size,
            leaf=leaf_hash(bytes(entry.leaf)),
            root=bytes(checkpoint.root),
        )
    except InvalidProof:
        return Proof(file, holds=False)
    return Proof(file, holds=True)
