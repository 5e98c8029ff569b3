"""The examination of an exported log: entries against tiles, tiles against each other, the tree against signatures.

Memory stays flat, whatever the size of the log. It goes on after the first problem, so that the report can say
whether an entry was changed, or only a copy of its hash.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from pathlib import Path

from audit import epochs
from audit.note import VerifierKey
from audit.policy import Policy
from audit.report import CannotCheck, Problem, Report, TooManyProblems
from audit.statements import Folder, Statements, reason
from audit.tiles import (
    HEIGHT,
    MAXIMUM_ENTRY,
    WIDTH,
    GrowingTiles,
    MalformedTile,
    TileName,
    decode_bundle,
    decode_tile,
    tiles_of_level,
)
from audit.tree import HASH_SIZE, Frontier, subtree_root

__all__ = ["CannotCheck", "Problem", "Progress", "Report", "examine"]

MAXIMUM_BUNDLE = WIDTH * (MAXIMUM_ENTRY + 2)

Progress = Callable[[int, int], None]


def examine(
    directory: Path | Folder,
    *,
    key: VerifierKey | None = None,
    policy: Policy | None = None,
    outside: Iterable[tuple[str, bytes]] = (),
    authority: bytes | None = None,
    progress: Progress | None = None,
) -> Report:
    """Check the export in `directory`, or what reads like one, by `policy` or `key`, or by what it says itself.

    `outside` are signed checkpoints, each with a name for it, that came from elsewhere: the log must contain them.
    `authority` holds the certificates (PEM) by which timestamps are checked. `progress` is called with the number of
    entries checked and to check. Raises CannotCheck.
    """
    folder = directory if isinstance(directory, Folder) else Folder(directory)
    if isinstance(directory, Path) and not directory.is_dir():
        raise CannotCheck(f"{directory} is not a folder")
    trusted = policy or (Policy.of(key) if key else None)
    statements = Statements(folder, trusted, outside, authority)
    try:
        _Check(folder, statements).run(progress or (lambda done, size: None))
    except TooManyProblems:
        statements.report.problems.append(Problem(f"stopped after {len(statements.report.problems)} problems"))
    _tell_former(folder, statements.report)
    return statements.report


def _tell_former(folder: Folder, report: Report) -> None:
    """Add what entry 0 says of a log before this one."""
    if not report.size:
        return
    try:
        name = TileName(0, 0, min(WIDTH, report.size))
        entries, _left_over = decode_bundle(folder.read(name.entries_path, MAXIMUM_BUNDLE))
    except OSError:
        return
    report.remarks += epochs.remarks(entries[0]) if entries else []


class _Row:
    """The leaf hashes of one tile, where they are known, and for a full tile the root over them."""

    def __init__(self, hashes: list[bytes] | None, root: bytes | None = None) -> None:
        self.hashes = hashes
        self.root = subtree_root(hashes) if hashes and len(hashes) == WIDTH else root


class _Check:
    def __init__(self, folder: Folder, statements: Statements) -> None:
        self.folder = folder
        self.statements = statements
        self.report = statements.report
        self.upper: list[tuple[TileName, int]] = []
        self.parents: tuple[TileName, bytes] | None = None

    def run(self, progress: Progress) -> None:
        signed = self.statements.open_latest()
        if signed is None:
            return
        edge, tiles = GrowingTiles(), Frontier()
        for name in tiles_of_level(signed.size, 0):
            row = self._row_of(name, edge)
            start = name.number * WIDTH
            self._compare_inside(tiles, start, name.width, row.hashes)
            if name.width == WIDTH and row.root:
                for full in edge.append_tile(b"", row.root)[1:]:
                    self._compare_upper(full.name, full.hashes)
                tiles.append(row.root)
            elif name.width < WIDTH and row.hashes:
                for value in row.hashes:
                    edge.append(value)
            else:
                # Without this part of the tree nothing after it can be computed; what is wrong is told.
                return
            progress(start + name.width, signed.size)
        for level, hashes in enumerate(edge.rows):
            if level and hashes:
                number = (signed.size >> (HEIGHT * level)) // WIDTH
                self._compare_upper(TileName(level, number, len(hashes)), b"".join(hashes))
        root = edge.root()
        self.statements.finish(root)
        self._tell_upper(root == signed.root)

    def _compare_inside(self, tiles: Frontier, start: int, width: int, hashes: Sequence[bytes] | None) -> None:
        """Compare each earlier checkpoint that ends inside this tile. `tiles` stands for the tiles before it."""
        if self.statements.next_size() >= start + width:
            return
        frontier = Frontier(start, tiles.peaks)
        while (size := self.statements.next_size()) < start + width:
            if hashes is None:
                self.statements.pass_over()
                continue
            while frontier.size < size:
                frontier.append(hashes[frontier.size - start])
            self.statements.compare_next(frontier.root())

    def _row_of(self, name: TileName, edge: GrowingTiles) -> _Row:
        """The leaf hashes of one tile, from the entries and the tile, whichever leads to what was signed.

        When neither does but the level above still knows their root, that root alone.
        """
        problem, leaves, left_over = "", [], 0
        try:
            bundle = self.folder.read(name.entries_path, MAXIMUM_BUNDLE)
            entries, left_over = decode_bundle(bundle)
            leaves = [sha256(b"\x00" + entry).digest() for entry in entries]
        except OSError as error:
            problem = reason(error)
        tile: list[bytes] | None = None
        try:
            data = self.folder.read(name.path, WIDTH * HASH_SIZE)
            if not problem and not left_over and len(leaves) == name.width and data == b"".join(leaves):
                return _Row(leaves)
            tile = decode_tile(data, name.width)
        except (OSError, MalformedTile) as error:
            self.report.add(f"{name.path}: {reason(error)}")
        hashes = self._disagreement(name, edge, leaves, left_over, problem, tile)
        return _Row(hashes) if hashes else _Row(None, self._parent(name))

    def _disagreement(
        self,
        name: TileName,
        edge: GrowingTiles,
        leaves: list[bytes],
        left_over: int,
        problem: str,
        tile: list[bytes] | None,
    ) -> list[bytes] | None:
        """Tell what is wrong with a tile and its entries; gives the leaf hashes to go on with, if any."""
        first = name.number * WIDTH
        whole = leaves if len(leaves) == name.width else None
        if tile is not None and self._was_signed(tile, name, edge):
            self._tell_entries(name, leaves, left_over, problem, tile)
            return tile
        if whole and self._was_signed(whole, name, edge):
            if left_over:
                self.report.add(f"{name.entries_path}: {left_over} bytes too many at the end")
            if tile is not None:
                at = _first_difference(whole, tile)
                if at is not None:
                    self.report.add(f"{name.path}: the hash of entry {first + at} was changed; the entry was not")
            return whole
        if problem:
            self.report.add(f"{name.entries_path}: {problem}", first)
        elif tile is not None:
            self._tell_entries(name, leaves, left_over, "", tile)
            at = _first_difference(leaves, tile)
            if at is not None:
                self.report.add(f"{name.path}: does not lead to what was signed either", first + at)
        else:
            self.report.add(f"{name.entries_path}: the entries do not lead to what was signed", first)
        return None if self._parent(name) else tile or whole

    def _tell_entries(
        self, name: TileName, leaves: list[bytes], left_over: int, problem: str, tile: list[bytes]
    ) -> None:
        """Tell which entry of a bundle is not what its tile says."""
        first = name.number * WIDTH
        if problem:
            last = first + name.width - 1
            self.report.add(f"{name.entries_path}: {problem}; entries {first} to {last} are missing", first)
            return
        at = _first_difference(leaves, tile)
        if at is None:
            self.report.add(f"{name.entries_path}: {left_over} bytes too many at the end")
        elif at < len(leaves) and at < len(tile):
            self.report.add(
                f"{name.entries_path}: entry {first + at} was changed: its hash is {leaves[at].hex()}, but "
                f"{tile[at].hex()} was signed",
                first + at,
            )
        elif at < len(tile):
            self.report.add(
                f"{name.entries_path}: holds {len(leaves)} whole entries where {len(tile)} were signed; "
                f"entry {first + at} is missing or damaged",
                first + at,
            )
        else:
            self.report.add(f"{name.entries_path}: holds {len(leaves)} entries where {len(tile)} were signed")

    def _was_signed(self, row: list[bytes], name: TileName, edge: GrowingTiles) -> bool:
        """Whether these leaf hashes lead to the hash above them, or for the last tile to the signed root."""
        if name.width == WIDTH:
            return subtree_root(row) == self._parent(name)
        tried = GrowingTiles(edge.size, edge.rows)
        for value in row:
            tried.append(value)
        return tried.root() == self.report.root

    def _parent(self, name: TileName) -> bytes | None:
        """What level 1 says the root of a full level-0 tile is."""
        if name.width < WIDTH:
            return None
        number, slot = divmod(name.number, WIDTH)
        width = min(WIDTH, (self.report.size >> HEIGHT) - number * WIDTH)
        above = TileName(1, number, width)
        if self.parents is None or self.parents[0] != above:
            try:
                data = self.folder.read(above.path, WIDTH * HASH_SIZE)
            except OSError:
                data = b""
            self.parents = (above, data)
        value = self.parents[1][slot * HASH_SIZE : (slot + 1) * HASH_SIZE]
        return value if len(value) == HASH_SIZE else None

    def _compare_upper(self, name: TileName, hashes: bytes) -> None:
        try:
            data = self.folder.read(name.path, WIDTH * HASH_SIZE)
            kept = decode_tile(data, name.width)
        except (OSError, MalformedTile) as error:
            self.report.add(f"{name.path}: {reason(error)}")
            return
        if data != hashes:
            computed = decode_tile(hashes, name.width)
            at = next(at for at in range(name.width) if kept[at] != computed[at])
            self.upper.append((name, at))

    def _tell_upper(self, root_agrees: bool) -> None:
        """Tell which tiles above level 0 disagree with those below, now that it is known which were signed."""
        for name, at in self.upper:
            span = 1 << (HEIGHT * name.level)
            first = (name.number * WIDTH + at) * span
            if root_agrees:
                self.report.add(f"{name.path}: hash {at} was changed; the entries below it were not")
            else:
                self.report.add(
                    f"{name.path}: disagrees with the tiles below it about entries {first} to "
                    f"{first + span - 1}; they were changed",
                    first,
                )


def _first_difference(left: Sequence[bytes], right: Sequence[bytes]) -> int | None:
    for at in range(min(len(left), len(right))):
        if left[at] != right[at]:
            return at
    return None if len(left) == len(right) else min(len(left), len(right))
