"""One million entries checked by the standalone program, against hashing alone, and the memory that it takes."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from audit.checkpoint import Checkpoint
from audit.examination import examine
from audit.note import SignerKey
from audit.tiles import WIDTH, GrowingTiles, TileName, encode_bundle
from tests.bench.measure import compare, one
from tests.bench.scratch import Scene
from tests.bench.server import ROOT
from tests.bench.table import Figure, Result

ENTRIES = 1_000_000
FEW = 10_000
PAIRS = 3
SIGNER = SignerKey.from_seed("log.example/bench", bytes(32))
MEASURE = """
import sys
from pathlib import Path
from audit.examination import examine
assert not examine(Path(sys.argv[1])).problems
# Not getrusage(): that begins with what the parent process had.
print(next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) // 1024)
"""


def run(scene: Scene) -> Result:
    """The check of a whole export against hashing entries of the same length, and nodes, with hashlib alone."""
    few, many = scene.folder / "few", scene.folder / "many"
    write(few, FEW)
    write(many, ENTRIES)

    def check() -> None:
        report = examine(many, key=SIGNER.verifier)
        if report.problems or report.size != ENTRIES:
            raise RuntimeError(f"The export does not verify: {report.problems[:1]}")

    measured = compare(one(check), one(hash_alone), pairs=PAIRS)
    small, large = memory(few), memory(many)
    shutil.rmtree(few)
    shutil.rmtree(many)
    return Result(
        title=f"Checking an export of {ENTRIES:,} entries",
        figures=[Figure("check (audit.verify)", "hashing its entries and tree with hashlib", measured)],
        remarks=[f"A process of its own takes {small} MiB for {FEW:,} entries and {large} MiB for {ENTRIES:,}."],
    )


def entries(size: int) -> Iterator[list[bytes]]:
    """The entries by tiles, each of 300 bytes."""
    for first in range(0, size, WIDTH):
        yield [b'{"at":%09d,%s}' % (at, b"x" * 283) for at in range(first, min(first + WIDTH, size))]


def hash_alone() -> bytes:
    """The root over entries of this length: one hash for each leaf and node, and nothing else."""
    tile, sha256 = next(entries(WIDTH)), hashlib.sha256
    row: list[bytes] = []
    for first in range(0, ENTRIES, WIDTH):
        row += [sha256(b"\0" + entry).digest() for entry in tile[: ENTRIES - first]]
    while len(row) > 1:
        above = [sha256(b"\1" + row[at] + row[at + 1]).digest() for at in range(0, len(row) - 1, 2)]
        row = above + row[len(above) * 2 :]
    return row[0]


def write(folder: Path, size: int) -> None:
    """An export of so many entries, with a checkpoint at each tenth."""
    edge, kept = GrowingTiles(), size // 10
    for part in entries(size):
        name = TileName(0, edge.size // WIDTH, len(part))
        _put(folder / name.entries_path, encode_bundle(part))
        for entry in part:
            for full in edge.append(hashlib.sha256(b"\0" + entry).digest()):
                _put(folder / full.name.path, full.hashes)
            if edge.size % kept == 0 and edge.size < size:
                _put(folder / f"checkpoints/{edge.size}", _note(edge))
    for level, row in enumerate(edge.rows):
        if row:
            _put(folder / TileName(level, (size >> 8 * level) // WIDTH, len(row)).path, b"".join(row))
    _put(folder / "log.vkey", f"{SIGNER.verifier}\n".encode())
    _put(folder / "checkpoint", _note(edge))


def memory(folder: Path) -> int:
    """The greatest memory of a process that checks the export, in MiB."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(folder)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return int(done.stdout)


def _note(edge: GrowingTiles) -> bytes:
    return Checkpoint(SIGNER.name, edge.size, edge.root()).signed(SIGNER).encode()


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
