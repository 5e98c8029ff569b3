"""Exported logs made by hand, without the product: what an auditor gets."""

from collections.abc import Sequence
from pathlib import Path

from audit.checkpoint import Checkpoint
from audit.note import Algorithm, Signer, SignerKey
from audit.policy import Group, Log, Policy, Witness
from audit.tiles import GrowingTiles, TileName, encode_bundle, tiles_of_level
from audit.tree import leaf_hash

SIGNER = SignerKey.from_seed("log.example/audit", bytes(32))
WITNESSES = tuple(
    SignerKey.from_seed(f"witness.example/w{number}", bytes([number]) * 32, Algorithm.COSIGNATURE)
    for number in (1, 2, 3)
)
SIZE = 600
KEPT = (0, 1, 100, 256, 300, 555)
TIME = 1_800_000_000


def write_log(
    directory: Path,
    entries: list[bytes],
    *,
    kept: Sequence[int] = (),
    signer: Signer = SIGNER,
    witnesses: Sequence[SignerKey] = (),
) -> None:
    """A well-made export of these entries, with checkpoints kept at some sizes, all of them cosigned."""

    def write(path: str, data: bytes) -> None:
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_bytes(data)

    edge = GrowingTiles()
    for size in range(len(entries) + 1):
        if size in kept or size == len(entries):
            note = Checkpoint(signer.name, size, edge.root()).signed(signer)
            note = note.with_signatures([witness.sign(note.text, time=TIME + size) for witness in witnesses])
            write("checkpoint" if size == len(entries) else f"checkpoints/{size}", note.encode())
        if size == len(entries):
            break
        for full in edge.append(leaf_hash(entries[size])):
            write(full.name.path, full.hashes)
    for level, row in enumerate(edge.rows):
        if row:
            name = TileName(level, (len(entries) >> 8 * level) // 256, len(row))
            write(name.path, b"".join(row))
    for name in tiles_of_level(len(entries), 0):
        first = name.number * 256
        write(name.entries_path, encode_bundle(entries[first : first + name.width]))
    write("log.vkey", f"{signer.verifier}\n".encode())


def some_entries(size: int = SIZE) -> list[bytes]:
    """Entries that can be told apart."""
    return [b'{"number":%d}' % number for number in range(size)]


def two_of_three() -> Policy:
    """The policy of somebody who knows the log, and asks for two of its three witnesses."""
    known = tuple(Witness(witness.name, witness.verifier) for witness in WITNESSES)
    group = Group("two", 2, tuple(witness.name for witness in known))
    return Policy((Log(SIGNER.verifier),), known, (group,), "two")
