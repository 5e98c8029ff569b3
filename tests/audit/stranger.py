"""A stranger's check of an export: written from the specifications alone, with nothing of this project.

RFC 9162 for the tree, C2SP tlog-tiles, tlog-checkpoint, signed-note and tlog-cosignature for the rest. It imports
`cryptography` and the standard library, is slow, and knows one log key and some witness keys that it trusts.
"""

import base64
import hashlib
import struct
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class Forged(Exception):
    """The export is not what the trusted keys signed."""


def tree_hash(entries: list[bytes]) -> bytes:
    """MTH of RFC 9162, 2.1.1, word for word."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    split = 1
    while split * 2 < len(entries):
        split *= 2
    return hashlib.sha256(b"\x01" + tree_hash(entries[:split]) + tree_hash(entries[split:])).digest()


def tile_name(number: int) -> str:
    groups = []
    while number >= 1000:
        groups.append(f"{number % 1000:03d}")
        number //= 1000
    groups.append(f"{number:03d}")
    parts = groups[::-1]
    return "/".join([f"x{part}" for part in parts[:-1]] + parts[-1:])


def read_entries(export: Path, size: int) -> list[bytes]:
    """All entries, from their bundles, each with exactly the number of entries that its name says."""
    entries: list[bytes] = []
    for number in range((size + 255) // 256):
        width = min(256, size - number * 256)
        path = export / "tile" / "entries" / (tile_name(number) + ("" if width == 256 else f".p/{width}"))
        data = path.read_bytes()
        found = []
        while data:
            (length,) = struct.unpack(">H", data[:2])
            found.append(data[2 : 2 + length])
            data = data[2 + length :]
        if len(found) != width:
            raise Forged(f"{path} holds {len(found)} entries")
        entries += found
    return entries


def read_key(vkey: str) -> tuple[str, bytes, int, bytes]:
    name, key_id, rest = vkey.split("+", 2)
    data = base64.b64decode(rest)
    computed = hashlib.sha256(name.encode() + b"\n" + data).digest()[:4]
    assert computed.hex() == key_id
    return name, computed, data[0], data[1:]


def open_checkpoint(data: bytes, log: str, witnesses: list[str], quorum: int) -> tuple[int, bytes]:
    """Size and root of a note that the log signed and at least `quorum` witnesses cosigned."""
    text, _blank, lines = data.decode().rpartition("\n\n")
    text += "\n"
    signatures = {}
    for line in lines.splitlines():
        dash, name, value = line.split(" ")
        assert dash == "—"
        raw = base64.b64decode(value)
        signatures.setdefault((name, raw[:4]), raw[4:])

    def check(vkey: str) -> bool:
        name, key_id, kind, public = read_key(vkey)
        value = signatures.get((name, key_id))
        if value is None:
            return False
        message = text.encode()
        if kind == 4:
            (time,) = struct.unpack(">Q", value[:8])
            message, value = f"cosignature/v1\ntime {time}\n{text}".encode(), value[8:]
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(value, message)
        except InvalidSignature as error:
            raise Forged(f"the signature of {name} is bad") from error
        return True

    origin, size, root = text.split("\n")[:3]
    if origin != read_key(log)[0] or not check(log):
        raise Forged("the log did not sign")
    if sum(check(witness) for witness in witnesses) < quorum:
        raise Forged("too few witnesses cosigned")
    return int(size), base64.b64decode(root)


def check_export(export: Path, *, log: str, witnesses: list[str], quorum: int, seen: tuple[bytes, ...] = ()) -> int:
    """The size of an export that holds; `seen` are checkpoints from before. Raises Forged or OSError."""
    size, root = open_checkpoint((export / "checkpoint").read_bytes(), log, witnesses, quorum)
    entries = read_entries(export, size)
    if tree_hash(entries) != root:
        raise Forged("the entries do not lead to the root")
    for number in range((size + 255) // 256):
        part = entries[number * 256 : number * 256 + 256]
        name = tile_name(number) + ("" if len(part) == 256 else f".p/{len(part)}")
        if (export / "tile" / "0" / name).read_bytes() != b"".join(tree_hash([entry]) for entry in part):
            raise Forged(f"tile 0/{name} disagrees")
    for note in seen:
        earlier, before = open_checkpoint(note, log, witnesses, 0)
        if earlier > size or tree_hash(entries[:earlier]) != before:
            raise Forged(f"the checkpoint of {earlier} entries that was seen before is not contained")
    return size
