"""The Merkle tree of RFC 6962 section 2.1 and RFC 9162 section 2.1: hashes, roots and proofs.

A node is named by its level (0 for leaves) and its number on that level; it is complete when all of its
2**level leaves are there. A proof is a list of hashes in the order of the RFC: nearest the leaf first.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

HASH_SIZE = 32
EMPTY_ROOT = sha256(b"").digest()


class InvalidProof(ValueError):
    """A proof does not prove what it should; the message says why."""


@dataclass(frozen=True, order=True)
class Node:
    """A complete subtree: leaves `number << level` up to, not including, `(number + 1) << level`."""

    level: int
    number: int


ReadNode = Callable[[Node], bytes]


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256 of 0x00 and the entry: 32 bytes (RFC 9162 section 2.1.1)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256 of 0x01 and two child hashes: 32 bytes (RFC 9162 section 2.1.1)."""
    return sha256(b"\x01" + left + right).digest()


def subtree_root(hashes: Sequence[bytes]) -> bytes:
    """The root over 2**k sibling hashes. Raises ValueError when their number is no power of two."""
    if not hashes or len(hashes) & (len(hashes) - 1):
        raise ValueError(f"a complete subtree has a power of two of children, not {len(hashes)}")
    row = b"".join(hashes)
    while len(row) > HASH_SIZE:
        row = b"".join([sha256(b"\x01" + row[at : at + 64]).digest() for at in range(0, len(row), 2 * HASH_SIZE)])
    return row


class Frontier:
    """The compact range of the first `size` leaves: one hash per set bit of `size`, largest subtree first.

    Appending a leaf costs one hash on average and the memory is at most 64 hashes.
    """

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self.peaks = list(peaks)
        if size < 0 or len(self.peaks) != size.bit_count():
            raise ValueError(f"{len(self.peaks)} peaks cannot stand for {size} leaves")

    def append(self, leaf: bytes) -> None:
        """Add the hash of the next leaf."""
        size = self.size
        while size & 1:
            leaf = sha256(b"\x01" + self.peaks.pop() + leaf).digest()
            size >>= 1
        self.peaks.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """The root of the tree over all leaves so far."""
        return fold_peaks(self.peaks)

    def copy(self) -> "Frontier":
        """An independent copy."""
        return Frontier(self.size, self.peaks)


def fold_peaks(peaks: Sequence[bytes]) -> bytes:
    """The root over neighbouring complete subtrees, largest first; EMPTY_ROOT when there is none."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def peak_nodes(size: int) -> list[Node]:
    """The complete subtrees that a tree of `size` leaves consists of, largest first."""
    return range_nodes(0, size)


def range_nodes(start: int, end: int) -> list[Node]:
    """The complete subtrees of leaves `start` to `end`, where `start` is a multiple of the largest of them."""
    nodes = []
    while start < end:
        level = (end - start).bit_length() - 1
        nodes.append(Node(level, start >> level))
        start += 1 << level
    return nodes


def inclusion_nodes(index: int, size: int) -> list[list[Node]]:
    """What an inclusion proof is made of: for each of its hashes the complete subtrees to fold.

    RFC 9162 section 2.1.3.1. Raises ValueError unless 0 <= index < size.
    """
    if not 0 <= index < size:
        raise ValueError(f"there is no entry {index} in a tree of {size}")
    start, end = 0, size
    path = []
    while end - start > 1:
        split = start + (1 << ((end - start - 1).bit_length() - 1))
        if index < split:
            path.append(range_nodes(split, end))
            end = split
        else:
            path.append(range_nodes(start, split))
            start = split
    return path[::-1]


def consistency_nodes(old: int, new: int) -> list[list[Node]]:
    """What a consistency proof is made of: for each of its hashes the complete subtrees to fold.

    RFC 9162 section 2.1.4.1. Raises ValueError unless 0 < old <= new.
    """
    if not 0 < old <= new:
        raise ValueError(f"there is no consistency proof from {old} to {new}")
    start, end = 0, new
    path: list[list[Node]] = []
    while old != end:
        split = start + (1 << ((end - start - 1).bit_length() - 1))
        if old <= split:
            path.append(range_nodes(split, end))
            end = split
        else:
            path.append(range_nodes(start, split))
            start = split
    if start:
        path.append(range_nodes(start, end))
    return path[::-1]


def inclusion_proof(index: int, size: int, read: ReadNode) -> list[bytes]:
    """The proof that entry `index` is in the tree of `size` entries. `read` gives the hash of a complete node."""
    return [fold_peaks([read(node) for node in nodes]) for nodes in inclusion_nodes(index, size)]


def consistency_proof(old: int, new: int, read: ReadNode) -> list[bytes]:
    """The proof that the tree of `old` entries is the beginning of the one of `new` entries."""
    return [fold_peaks([read(node) for node in nodes]) for nodes in consistency_nodes(old, new)]


def root_at(size: int, read: ReadNode) -> bytes:
    """The root of the first `size` entries."""
    return fold_peaks([read(node) for node in peak_nodes(size)])


def verify_inclusion(proof: Sequence[bytes], *, index: int, size: int, leaf: bytes, root: bytes) -> None:
    """Check that the leaf hash `leaf` is at `index` in the tree (RFC 9162 section 2.1.3.2).

    Raises InvalidProof when it is not, or when the proof is malformed.
    """
    check_hashes([*proof, leaf, root])
    if not 0 <= index < size:
        raise InvalidProof(f"index {index} is outside a tree of {size} entries")
    position, last = index, size - 1
    computed = leaf
    for sibling in proof:
        if last == 0:
            raise InvalidProof("the proof has too many hashes")
        if position & 1 or position == last:
            computed = node_hash(sibling, computed)
            while position and not position & 1:
                position >>= 1
                last >>= 1
        else:
            computed = node_hash(computed, sibling)
        position >>= 1
        last >>= 1
    if last:
        raise InvalidProof("the proof has too few hashes")
    if computed != root:
        raise InvalidProof(f"the proof leads to the root {computed.hex()}, not {root.hex()}")


def verify_consistency(
    proof: Sequence[bytes], *, old_size: int, new_size: int, old_root: bytes, new_root: bytes
) -> None:
    """Check that the new tree only appended to the old one (RFC 9162 section 2.1.4.2).

    Raises InvalidProof when it did not, when the proof is malformed, or unless 0 < old_size <= new_size.
    """
    check_hashes([*proof, old_root, new_root])
    if not 0 < old_size <= new_size:
        raise InvalidProof(f"sizes {old_size} and {new_size} cannot be compared")
    if old_size == new_size:
        if proof:
            raise InvalidProof("trees of one size need no proof, but hashes were given")
        if old_root != new_root:
            raise InvalidProof("two different roots for one size")
        return
    path = list(proof)
    if old_size & (old_size - 1) == 0:
        path.insert(0, old_root)
    if not path:
        raise InvalidProof("the proof has too few hashes")
    position, last = old_size - 1, new_size - 1
    while position & 1:
        position >>= 1
        last >>= 1
    old_computed = new_computed = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise InvalidProof("the proof has too many hashes")
        if position & 1 or position == last:
            old_computed = node_hash(sibling, old_computed)
            new_computed = node_hash(sibling, new_computed)
            while position and not position & 1:
                position >>= 1
                last >>= 1
        else:
            new_computed = node_hash(new_computed, sibling)
        position >>= 1
        last >>= 1
    if last:
        raise InvalidProof("the proof has too few hashes")
    if old_computed != old_root:
        raise InvalidProof(f"the proof leads to the old root {old_computed.hex()}, not {old_root.hex()}")
    if new_computed != new_root:
        raise InvalidProof(f"the proof leads to the new root {new_computed.hex()}, not {new_root.hex()}")


def check_hashes(hashes: Iterable[bytes]) -> None:
    """Raise InvalidProof unless every hash has 32 bytes."""
    for value in hashes:
        if len(value) != HASH_SIZE:
            raise InvalidProof(f"a hash has {HASH_SIZE} bytes, not {len(value)}")
