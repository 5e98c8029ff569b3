"""The log in the database as the folder of an export: what `audit.examination` reads, without a copy on a disk."""

from collections.abc import Iterator
from pathlib import Path

from audit.log.cosigning import published
from audit.log.models import Checkpoint, Entry
from audit.log.signer import load_signer
from audit.log.statements import earlier
from audit.log.stored import read_tiles
from audit.log.witnessed import Timestamp
from audit.statements import Folder
from audit.tiles import WIDTH, TileName, encode_bundle

ENTRIES = "tile/entries/"
STAMP = ".tsr"


class DatabaseFolder(Folder):
    """What `write_export` would write up to a checkpoint, read when it is asked for, changed or not."""

    def __init__(self, latest: Checkpoint) -> None:
        super().__init__(Path("database"))
        self._latest = latest
        self._earlier: Iterator[tuple[int, bytes]] = earlier(latest.size)

    def read(self, name: str, limit: int) -> bytes:
        """The bytes of a file of the export, at most one more than `limit`. Raises OSError."""
        data = self._data(name)
        if data is None:
            raise FileNotFoundError(name)
        return data[: limit + 1]

    def names(self, name: str) -> list[str]:
        """The earlier checkpoints, or the timestamps."""
        size = self._latest.size
        if name == "checkpoints":
            return [str(each) for each in Checkpoint.objects.filter(size__lt=size).values_list("size", flat=True)]
        if name == "timestamps":
            stamped = Timestamp.objects.filter(size__lte=size).values_list("size", flat=True)
            return [f"{each}{STAMP}" for each in stamped]
        return []

    def _data(self, name: str) -> bytes | None:
        folder, _slash, rest = name.partition("/")
        match folder:
            case "checkpoint":
                return published(self._latest)
            case "log.vkey":
                return f"{load_signer().verifier}\n".encode()
            case "checkpoints":
                return self._checkpoint(int(rest))
            case "timestamps" if rest.endswith(STAMP):
                response = Timestamp.objects.filter(size=int(rest.removesuffix(STAMP))).values_list("response").first()
                return bytes(response[0]) if response else None
            case "tile":
                return self._entries(name) if name.startswith(ENTRIES) else self._tile(rest)
        return None

    def _checkpoint(self, size: int) -> bytes | None:
        """They are asked for in the order of their sizes, so all are read in one go."""
        for found, note in self._earlier:
            if found == size:
                return note
            if found > size:
                break
        return None

    def _tile(self, rest: str) -> bytes | None:
        level, _slash, number = rest.partition("/")
        name = TileName.parse(int(level), number)
        return read_tiles([name])[name] or None

    def _entries(self, path: str) -> bytes | None:
        name = TileName.parse(0, path.removeprefix(ENTRIES))
        first = name.number * WIDTH
        rows = Entry.objects.filter(index__gte=first, index__lt=first + name.width).order_by("index")
        leaves = [bytes(leaf) for leaf in rows.values_list("leaf", flat=True)]
        try:
            return encode_bundle(leaves) if leaves else None
        except ValueError as error:
            raise OSError(str(error)) from error
