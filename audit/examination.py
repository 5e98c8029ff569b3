"""The examination of an exported log: entries against tiles, tiles against each other, the tree against signatures.

Memory stays flat, whatever the size of the log. It goes on after the first problem, so that the report can say
whether an entry was changed, or only a copy of its hash.
"""

import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from audit.checkpoint import Checkpoint
from audit.note import (
    MAXIMUM_NOTE_BYTES,
    BadSignature,
    MalformedNote,
    Note,
    NoTrustedSignature,
    VerifierKey,
    decode_decimal,
)
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

MAXIMUM_PROBLEMS = 20
MAXIMUM_BUNDLE = WIDTH * (MAXIMUM_ENTRY + 2)

Progress = Callable[[int, int], None]


class CannotCheck(Exception):
    """The check cannot even begin; the message says why."""


class _TooManyProblems(Exception):
    """Enough was found to say that this export is worthless."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong; `index` is the first entry that it puts in doubt, None when it is no entry."""

    message: str
    index: int | None = None


@dataclass
class Report:
    """What was checked, and what is wrong with it. An empty list of problems means that all is well."""

    key: VerifierKey
    size: int = 0
    root: bytes = b""
    earlier: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def first_index(self) -> int | None:
        """The first entry in doubt, if the problems put any in doubt."""
        return min((problem.index for problem in self.problems if problem.index is not None), default=None)


def examine(directory: Path, *, key: VerifierKey | None = None, progress: Progress | None = None) -> Report:
    """Check the export in `directory` against `key`, or against the key in the export when none is given.

    `progress` is called with the number of entries checked and to check. Raises CannotCheck.
    """
    if not directory.is_dir():
        raise CannotCheck(f"{directory} is not a folder")
    check = _Check(directory, key)
    try:
        check.run(progress or (lambda done, size: None))
    except _TooManyProblems:
        check.report.problems.append(Problem(f"stopped after {MAXIMUM_PROBLEMS} problems"))
    return check.report


class _Row:
    """The leaf hashes of one tile, where they are known, and for a full tile the root over them."""

    def __init__(self, hashes: list[bytes] | None, root: bytes | None = None) -> None:
        self.hashes = hashes
        self.root = subtree_root(hashes) if hashes and len(hashes) == WIDTH else root


class _Check:
    def __init__(self, directory: Path, key: VerifierKey | None) -> None:
        self.directory = directory
        self.kept: list[int] = []
        self.good_until = 0
        self.upper: list[tuple[TileName, int]] = []
        self.parents: tuple[TileName, bytes] | None = None
        problems: list[Problem] = []
        own = self._own_key(problems)
        trusted = key or own
        if trusted is None:
            raise CannotCheck(f"{problems[0].message}; give the log's key with --vkey")
        self.report = Report(trusted, problems=problems)
        if own and trusted != own:
            self._add("log.vkey: holds another key than the one given")

    def run(self, progress: Progress) -> None:
        signed = self._open("checkpoint")
        if signed is None:
            return
        self.report.size, self.report.root = signed.size, signed.root
        self._list_kept(signed.size)
        edge, tiles = GrowingTiles(), Frontier()
        for name in tiles_of_level(signed.size, 0):
            row = self._row_of(name, edge)
            start = name.number * WIDTH
            self._compare_kept_inside(tiles, start, name.width, row.hashes)
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
        while self.kept:
            self._compare_kept(self.kept.pop(), root)
        if root != signed.root:
            self._add(
                f"checkpoint: the entries lead to the root {root.hex()}, but {signed.root.hex()} was signed; "
                f"something from entry {self.good_until} on was changed",
                self.good_until,
            )
        self._tell_upper(root == signed.root)

    def _add(self, message: str, index: int | None = None) -> None:
        self.report.problems.append(Problem(message, index))
        if len(self.report.problems) >= MAXIMUM_PROBLEMS:
            raise _TooManyProblems

    def _read(self, path: str, limit: int) -> bytes:
        """The file's bytes, at most one more than `limit`. Raises OSError."""
        whole = self.directory / path
        if not stat.S_ISREG(whole.stat().st_mode):
            raise OSError("is not a file")
        with whole.open("rb") as file:
            return file.read(limit + 1)

    def _own_key(self, problems: list[Problem]) -> VerifierKey | None:
        try:
            return VerifierKey.parse(self._read("log.vkey", 4096).decode().removesuffix("\n"))
        except (OSError, UnicodeDecodeError, MalformedNote) as error:
            problems.append(Problem(f"log.vkey: {_reason(error)}"))
            return None

    def _open(self, path: str) -> Checkpoint | None:
        """A signed checkpoint, or its bare statement when the signature is bad (which is told), or None."""
        try:
            data = self._read(path, MAXIMUM_NOTE_BYTES)
        except OSError as error:
            self._add(f"{path}: {_reason(error)}")
            return None
        try:
            return Checkpoint.open(data, key=self.report.key)
        except (MalformedNote, BadSignature, NoTrustedSignature) as error:
            self._add(f"{path}: {error}")
        try:
            return Checkpoint.parse(Note.parse(data).text)
        except MalformedNote:
            return None

    def _list_kept(self, size: int) -> None:
        folder = self.directory / "checkpoints"
        try:
            names = os.listdir(folder) if folder.exists() else []
        except OSError as error:
            self._add(f"checkpoints: {_reason(error)}")
            return
        for name in names:
            try:
                kept = decode_decimal(name)
            except MalformedNote:
                self._add(f"checkpoints/{name!r}: the name is not a size")
                continue
            self.kept.append(kept)
        self.kept.sort()
        for kept in self.kept:
            if kept > size:
                self._add(
                    f"checkpoints/{kept}: {kept} entries were signed, but the checkpoint has only {size}: "
                    "the end of the log is missing",
                    size,
                )
        self.kept = [kept for kept in self.kept if kept <= size]
        self.kept.reverse()

    def _compare_kept_inside(self, tiles: Frontier, start: int, width: int, hashes: Sequence[bytes] | None) -> None:
        """Compare each kept checkpoint that ends inside this tile. `tiles` stands for the tiles before it."""
        if not self.kept or self.kept[-1] >= start + width:
            return
        frontier = Frontier(start, tiles.peaks)
        while self.kept and self.kept[-1] < start + width:
            size = self.kept.pop()
            if hashes is None:
                continue
            while frontier.size < size:
                frontier.append(hashes[frontier.size - start])
            self._compare_kept(size, frontier.root())

    def _compare_kept(self, size: int, root: bytes) -> None:
        kept = self._open(f"checkpoints/{size}")
        self.report.earlier += 1
        if kept is None:
            return
        if kept.size != size:
            self._add(f"checkpoints/{size}: is a checkpoint of {kept.size} entries")
        elif kept.root != root:
            self._add(
                f"checkpoints/{size}: the first {size} entries are not those that were signed; something "
                f"from entry {self.good_until} to entry {size - 1} was changed",
                self.good_until,
            )
        else:
            self.good_until = size

    def _row_of(self, name: TileName, edge: GrowingTiles) -> _Row:
        """The leaf hashes of one tile, from the entries and the tile, whichever leads to what was signed.

        When neither does but the level above still knows their root, that root alone.
        """
        problem, leaves, left_over = "", [], 0
        try:
            bundle = self._read(name.entries_path, MAXIMUM_BUNDLE)
            entries, left_over = decode_bundle(bundle)
            leaves = [sha256(b"\x00" + entry).digest() for entry in entries]
        except OSError as error:
            problem = _reason(error)
        tile: list[bytes] | None = None
        try:
            data = self._read(name.path, WIDTH * HASH_SIZE)
            if not problem and not left_over and len(leaves) == name.width and data == b"".join(leaves):
                return _Row(leaves)
            tile = decode_tile(data, name.width)
        except (OSError, MalformedTile) as error:
            self._add(f"{name.path}: {_reason(error)}")
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
                self._add(f"{name.entries_path}: {left_over} bytes too many at the end")
            if tile is not None:
                at = _first_difference(whole, tile)
                if at is not None:
                    self._add(f"{name.path}: the hash of entry {first + at} was changed; the entry was not")
            return whole
        if problem:
            self._add(f"{name.entries_path}: {problem}", first)
        elif tile is not None:
            self._tell_entries(name, leaves, left_over, "", tile)
            at = _first_difference(leaves, tile)
            if at is not None:
                self._add(f"{name.path}: does not lead to what was signed either", first + at)
        else:
            self._add(f"{name.entries_path}: the entries do not lead to what was signed", first)
        return None if self._parent(name) else tile or whole

    def _tell_entries(
        self, name: TileName, leaves: list[bytes], left_over: int, problem: str, tile: list[bytes]
    ) -> None:
        """Tell which entry of a bundle is not what its tile says."""
        first = name.number * WIDTH
        if problem:
            last = first + name.width - 1
            self._add(f"{name.entries_path}: {problem}; entries {first} to {last} are missing", first)
            return
        at = _first_difference(leaves, tile)
        if at is None:
            self._add(f"{name.entries_path}: {left_over} bytes too many at the end")
        elif at < len(leaves) and at < len(tile):
            self._add(
                f"{name.entries_path}: entry {first + at} was changed: its hash is {leaves[at].hex()}, but "
                f"{tile[at].hex()} was signed",
                first + at,
            )
        elif at < len(tile):
            self._add(
                f"{name.entries_path}: holds {len(leaves)} whole entries where {len(tile)} were signed; "
                f"entry {first + at} is missing or damaged",
                first + at,
            )
        else:
            self._add(f"{name.entries_path}: holds {len(leaves)} entries where {len(tile)} were signed")

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
                data = self._read(above.path, WIDTH * HASH_SIZE)
            except OSError:
                data = b""
            self.parents = (above, data)
        value = self.parents[1][slot * HASH_SIZE : (slot + 1) * HASH_SIZE]
        return value if len(value) == HASH_SIZE else None

    def _compare_upper(self, name: TileName, hashes: bytes) -> None:
        try:
            data = self._read(name.path, WIDTH * HASH_SIZE)
            kept = decode_tile(data, name.width)
        except (OSError, MalformedTile) as error:
            self._add(f"{name.path}: {_reason(error)}")
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
                self._add(f"{name.path}: hash {at} was changed; the entries below it were not")
            else:
                self._add(
                    f"{name.path}: disagrees with the tiles below it about entries {first} to "
                    f"{first + span - 1}; they were changed",
                    first,
                )


def _first_difference(left: Sequence[bytes], right: Sequence[bytes]) -> int | None:
    for at in range(min(len(left), len(right))):
        if left[at] != right[at]:
            return at
    return None if len(left) == len(right) else min(len(left), len(right))


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "is missing"
    if isinstance(error, UnicodeDecodeError):
        return "is not text"
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be read ({error.strerror})"
    return str(error)
