"""The tree as the database holds it: full tiles from their rows, partial ones computed."""

from collections.abc import Iterable

from django.db.models import Q

from audit.log.errors import CannotSign
from audit.log.models import Entry, Tile
from audit.tiles import (
    HEIGHT,
    WIDTH,
    GrowingTiles,
    MalformedTile,
    TileName,
    TileReader,
    decode_tile,
    encode_bundle,
    levels_of,
    tile_of,
)
from audit.tree import HASH_SIZE, Node, ReadNode, fold_peaks, inclusion_nodes


def read_tiles(names: Iterable[TileName]) -> dict[TileName, bytes]:
    """The bytes of the named tiles, in at most three queries; a tile with rows missing is too short."""
    wanted = sorted(set(names))
    found = dict.fromkeys(wanted, b"")
    stored, roots = Q(), Q()
    leaves: TileName | None = None
    for name in wanted:
        first, end = name.number * WIDTH, name.number * WIDTH + name.width
        if name.width == WIDTH:
            stored |= Q(level=name.level, number=name.number)
        elif name.level:
            roots |= Q(level=name.level - 1, number__gte=first, number__lt=end)
        else:
            leaves = name
    if stored:
        for tile in Tile.objects.filter(stored):
            found[TileName(tile.level, tile.number)] = bytes(tile.hashes)
    if roots:
        by_level: dict[int, list[bytes]] = {}
        rows = Tile.objects.filter(roots).order_by("level", "number").values_list("level", "root")
        for level, root in rows:
            by_level.setdefault(level + 1, []).append(bytes(root))
        for name in wanted:
            if name.level and name.width < WIDTH:
                found[name] = b"".join(by_level.get(name.level, []))
    if leaves:
        first = leaves.number * WIDTH
        hashes = Entry.objects.filter(index__gte=first, index__lt=first + leaves.width)
        found[leaves] = b"".join(bytes(value) for value in hashes.values_list("leaf_hash", flat=True))
    return found


def tile_within(name: TileName, size: int) -> bytes:
    """The bytes of a tile of the tree of `size` entries, also of one that became wider since.

    Raises MalformedTile when the tree does not have it, or when rows are missing.
    """
    if not name.within(size):
        raise MalformedTile(f"a tree of {size} entries has no {name.path}")
    whole = TileName(name.level, name.number)
    kept = whole if whole.within(size) else name
    data = read_tiles([kept])[kept]
    decode_tile(data, kept.width)
    return data[: name.width * HASH_SIZE]


def bundle_within(name: TileName, size: int) -> bytes:
    """The entries beside a tile of level 0 in the tree of `size` entries, each behind its length.

    Raises MalformedTile when the tree does not have them, or when rows are missing.
    """
    if name.level or not name.within(size):
        raise MalformedTile(f"a tree of {size} entries has no {name.entries_path}")
    first = name.number * WIDTH
    rows = Entry.objects.filter(index__gte=first, index__lt=first + name.width).order_by("index")
    leaves = [bytes(leaf) for leaf in rows.values_list("leaf", flat=True)]
    if len(leaves) != name.width:
        raise MalformedTile(f"{name.width - len(leaves)} entries of {name.entries_path} are missing")
    return encode_bundle(leaves)


def reader(size: int, nodes: Iterable[Node]) -> ReadNode:
    """Reads `nodes` of the tree of `size` entries, whose tiles are fetched together."""
    tiles = read_tiles(tile_of(node, size) for node in nodes)
    return TileReader(size, tiles.__getitem__)


def prove(index: int, size: int) -> list[bytes]:
    """The inclusion proof of entry `index` in the first `size` entries, in at most three queries.

    Raises ValueError when there is no such entry, MalformedTile when rows are missing.
    """
    path = inclusion_nodes(index, size)
    read = reader(size, [node for nodes in path for node in nodes])
    return [fold_peaks([read(node) for node in nodes]) for nodes in path]


def right_edge(size: int) -> GrowingTiles:
    """The unfinished tiles of a tree of `size` entries, ready to grow. Raises CannotSign when rows are missing."""
    names = [
        TileName(level, row // WIDTH, row % WIDTH)
        for level in range(levels_of(size))
        if (row := size >> (HEIGHT * level)) % WIDTH
    ]
    tiles = read_tiles(names)
    rows: list[list[bytes]] = [[] for _ in range(levels_of(size))]
    for name, hashes in tiles.items():
        rows[name.level] = [hashes[at : at + 32] for at in range(0, len(hashes), 32)]
        if len(rows[name.level]) != name.width:
            raise CannotSign(f"rows of {name.path} are missing from the database. Nothing was signed.")
    return GrowingTiles(size, rows)
