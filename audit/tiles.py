"""Tiles and entry bundles: C2SP tlog-tiles.

A tile holds up to 256 hashes of one row of the tree: level 0 the hashes of entries, level n the roots of the
full tiles below. An entry bundle holds the entries of one level-0 tile.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from audit.tree import HASH_SIZE, Node, fold_peaks, range_nodes, subtree_root

WIDTH = 256
HEIGHT = 8
HIGHEST_LEVEL = 7
_NUMBER = re.compile(r"((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([0-9]{1,3}))?")
MAXIMUM_ENTRY = 65_535


class MalformedTile(ValueError):
    """These bytes are no tile or bundle of the expected width; the message says why."""


@dataclass(frozen=True, order=True)
class TileName:
    """Which tile: its level, its number on that level, and how many hashes it holds (1 to 256)."""

    level: int
    number: int
    width: int = WIDTH

    @classmethod
    def parse(cls, level: int, number: str) -> "TileName":
        """The tile of this level whose path ends in `number`, such as `x001/067.p/88`. Raises MalformedTile.

        One tile has one name: leading groups of zeroes, a width of 0 or of 256 written out are refused.
        """
        found = _NUMBER.fullmatch(number)
        if found is None or not 0 <= level <= HIGHEST_LEVEL:
            raise MalformedTile(f"{number!r} on level {level} is the name of no tile")
        digits = found[1].replace("x", "").replace("/", "")
        name = cls(level, int(digits), int(found[2]) if found[2] else WIDTH)
        if not 1 <= name.width <= WIDTH or name._number != number:
            raise MalformedTile(f"{number!r} on level {level} is the name of no tile")
        return name

    def within(self, size: int) -> bool:
        """Whether a tree of `size` entries has that many hashes in this tile."""
        return self.width <= (size >> (HEIGHT * self.level)) - self.number * WIDTH

    @property
    def path(self) -> str:
        """`tile/<level>/<number>[.p/<width>]`."""
        return f"tile/{self.level}/{self._number}"

    @property
    def entries_path(self) -> str:
        """`tile/entries/<number>[.p/<width>]`, for the bundle beside a tile of level 0."""
        return f"tile/entries/{self._number}"

    @property
    def _number(self) -> str:
        digits = str(self.number)
        groups = f"{self.number:0{-(-len(digits) // 3) * 3}d}"
        parts = [groups[at : at + 3] for at in range(0, len(groups), 3)]
        name = "/".join([f"x{part}" for part in parts[:-1]] + parts[-1:])
        return name if self.width == WIDTH else f"{name}.p/{self.width}"


def tiles_of_level(size: int, level: int) -> Iterator[TileName]:
    """The tiles of one level in a tree of `size` entries, in order; the last may be partial, none is empty."""
    row = size >> (HEIGHT * level)
    for number in range(row // WIDTH):
        yield TileName(level, number)
    if row % WIDTH:
        yield TileName(level, row // WIDTH, row % WIDTH)


def tiles_of(size: int) -> Iterator[TileName]:
    """Every tile of a tree of `size` entries, level by level from the entries upwards."""
    for level in range(levels_of(size)):
        yield from tiles_of_level(size, level)


def levels_of(size: int) -> int:
    """How many levels of tiles a tree of `size` entries has."""
    return -(-max(size.bit_length(), 0) // HEIGHT)


def tile_of(node: Node, size: int) -> TileName:
    """The tile that holds a complete node, or the descendants to compute it from, in a tree of `size`."""
    level, rise = divmod(node.level, HEIGHT)
    number = (node.number << rise) // WIDTH
    row = size >> (HEIGHT * level)
    return TileName(level, number, min(WIDTH, row - number * WIDTH))


def node_in_tile(node: Node, hashes: bytes) -> bytes:
    """The hash of a node from the bytes of its tile. Raises MalformedTile when the tile is too narrow."""
    rise = node.level % HEIGHT
    first = (node.number << rise) % WIDTH
    part = hashes[first * HASH_SIZE : (first + (1 << rise)) * HASH_SIZE]
    if len(part) != HASH_SIZE << rise:
        raise MalformedTile(f"the tile is too narrow for node {node.number} of level {node.level}")
    return subtree_root(split_hashes(part))


def split_hashes(data: bytes) -> list[bytes]:
    """The hashes of 32 bytes that `data` consists of."""
    return [data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)]


def decode_tile(data: bytes, width: int) -> list[bytes]:
    """The hashes of a tile. Raises MalformedTile unless there are exactly `width` of them."""
    if len(data) != width * HASH_SIZE:
        raise MalformedTile(f"has {len(data)} bytes where {width} hashes are {width * HASH_SIZE}")
    return split_hashes(data)


def encode_bundle(entries: Iterable[bytes]) -> bytes:
    """Each entry behind its length in two bytes, big-endian. Raises ValueError when one is too long."""
    parts = []
    for entry in entries:
        if len(entry) > MAXIMUM_ENTRY:
            raise ValueError(f"an entry has at most {MAXIMUM_ENTRY} bytes, not {len(entry)}")
        parts += [len(entry).to_bytes(2, "big"), entry]
    return b"".join(parts)


def decode_bundle(data: bytes) -> tuple[list[bytes], int]:
    """The entries of a bundle, and how many bytes at its end belong to none (0 when it is whole)."""
    entries = []
    at, end = 0, len(data)
    while at + 2 <= end:
        stop = at + 2 + (data[at] << 8 | data[at + 1])
        if stop > end:
            break
        entries.append(data[at + 2 : stop])
        at = stop
    return entries, end - at


class TileReader:
    """Reads the nodes of a tree of `size` entries through its tiles, keeping those already fetched."""

    def __init__(self, size: int, fetch: Callable[[TileName], bytes]) -> None:
        self.size = size
        self._fetch = fetch
        self._tiles: dict[TileName, bytes] = {}

    def __call__(self, node: Node) -> bytes:
        """The hash of a complete node. Raises what `fetch` raises, or MalformedTile."""
        name = tile_of(node, self.size)
        if name not in self._tiles:
            data = self._fetch(name)
            decode_tile(data, name.width)
            self._tiles[name] = data
        return node_in_tile(node, self._tiles[name])


@dataclass(frozen=True)
class FullTile:
    """A tile that has just become full, and the root over its 256 hashes."""

    name: TileName
    hashes: bytes = field(repr=False)
    root: bytes


class GrowingTiles:
    """The right edge of a growing tree: at each level, the hashes that do not fill a tile yet."""

    def __init__(self, size: int = 0, rows: Sequence[Sequence[bytes]] = ()) -> None:
        self.size = size
        self.rows = [list(row) for row in rows]
        widths = [(size >> (HEIGHT * level)) % WIDTH for level in range(max(len(self.rows), levels_of(size)))]
        if [len(row) for row in self.rows] != widths:
            raise ValueError(f"these rows are not the right edge of a tree of {size}")

    def append(self, leaf: bytes) -> list[FullTile]:
        """Add the hash of the next entry; gives the tiles that this filled, lowest first."""
        self.size += 1
        return self._put(leaf, 0)

    def append_tile(self, hashes: bytes, root: bytes) -> list[FullTile]:
        """Add a whole tile of level 0 at once. Raises ValueError unless the edge is at a tile's start."""
        if self.size % WIDTH:
            raise ValueError("a whole tile can only follow a whole tile")
        full = FullTile(TileName(0, self.size // WIDTH), hashes, root)
        self.size += WIDTH
        if not self.rows:
            self.rows.append([])
        return [full, *self._put(root, 1)]

    def root(self) -> bytes:
        """The root of the tree."""
        return fold_peaks(self.peaks())

    def peaks(self) -> list[bytes]:
        """The hashes of the complete subtrees, largest first."""
        peaks = []
        for row in reversed(self.rows):
            for node in range_nodes(0, len(row)):
                first = node.number << node.level
                peaks.append(subtree_root(row[first : first + (1 << node.level)]))
        return peaks

    def _put(self, value: bytes, level: int) -> list[FullTile]:
        if level == len(self.rows):
            self.rows.append([])
        row = self.rows[level]
        row.append(value)
        if len(row) < WIDTH:
            return []
        number = (self.size >> (HEIGHT * (level + 1))) - 1
        full = FullTile(TileName(level, number), b"".join(row), subtree_root(row))
        row.clear()
        return [full, *self._put(full.root, level + 1)]
