"""Writes the log to a folder in the layout of C2SP tlog-tiles, for anybody to verify."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from django.utils.translation import gettext as _

from audit.log.errors import CannotExport
from audit.log.models import Checkpoint, Entry, Tile
from audit.log.signer import load_signer
from audit.log.statements import write, write_statements
from audit.log.stored import read_tiles
from audit.note import VerifierKey
from audit.tiles import WIDTH, TileName, encode_bundle, levels_of, tiles_of_level

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Exported:
    """What an export covers."""

    directory: Path
    size: int
    root: bytes


def write_export(
    directory: Path, *, progress: Progress | None = None, keys: tuple[VerifierKey, ...] | None = None
) -> Exported:
    """Write the log up to its latest checkpoint to `directory`, which must be new or empty.

    Everything is written as the database holds it, changed or not: the checkpoint tells. `progress` is called
    with the number of entries written and to write. `keys` are the log's public keys, the present one first, where
    its private key cannot be read. Raises CannotExport or CannotSign.
    """
    latest = Checkpoint.objects.order_by("-size").first()
    if latest is None:
        raise CannotExport(_("The log has no signed checkpoint yet. Integrate it first."))
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise CannotExport(_("%(path)s is not an empty folder.") % {"path": directory})
    keys = keys or load_signer().verifiers
    directory.mkdir(parents=True, exist_ok=True)
    _write_bundles(directory, latest.size, progress)
    _write_tiles(directory, latest.size)
    write(directory / "README.txt", _readme(latest, keys[0]).encode())
    write_statements(directory, latest, keys)
    return Exported(directory=directory, size=latest.size, root=bytes(latest.root))


def _write_bundles(directory: Path, size: int, progress: Progress | None) -> None:
    rows = Entry.objects.filter(index__gte=0, index__lt=size).order_by("index").values_list("index", "leaf")
    for number, group in groupby(rows.iterator(chunk_size=2048), key=lambda row: row[0] // WIDTH):
        name = TileName(0, number, min(WIDTH, size - number * WIDTH))
        entries = list(group)
        try:
            bundle = encode_bundle([bytes(leaf) for _index, leaf in entries])
        except ValueError as error:
            index = next(index for index, leaf in entries if len(leaf) >= 1 << 16)
            raise CannotExport(
                _("Entry %(index)s is longer than any entry can be: it was changed in the database.") % {"index": index}
            ) from error
        write(directory / name.entries_path, bundle)
        if progress:
            progress(number * WIDTH + name.width, size)


def _write_tiles(directory: Path, size: int) -> None:
    partial = []
    for level in range(levels_of(size)):
        names = list(tiles_of_level(size, level))
        partial += [name for name in names if name.width < WIDTH]
        rows = Tile.objects.filter(level=level, number__lt=len(names)).order_by("number")
        for number, hashes in rows.values_list("number", "hashes").iterator(chunk_size=200):
            name = TileName(level, number)
            if name == names[number]:
                write(directory / name.path, bytes(hashes))
    for name, data in read_tiles(partial).items():
        write(directory / name.path, data)


def _readme(latest: Checkpoint, key: VerifierKey) -> str:
    paragraphs = [
        _("Audit log %(origin)s, %(size)s entries") % {"origin": key.name, "size": latest.size},
        _(
            "This folder is a transparency log in the formats of C2SP (c2sp.org/tlog-tiles, "
            "c2sp.org/tlog-checkpoint, c2sp.org/signed-note). Any program that reads them can check it; none of "
            "the software that wrote it is needed."
        ),
        "\n".join(
            [
                _("checkpoint          the signed size and root hash of the log"),
                _("                    and, behind the log's signature, those of witnesses"),
                _("checkpoints/SIZE    earlier ones: the log must contain each of them unchanged"),
                _("timestamps/SIZE.tsr timestamps (RFC 3161) of the first three lines of a checkpoint"),
                _("tile/LEVEL/NUMBER   the hash tree, 256 hashes of 32 bytes to a file"),
                _("tile/entries/NUMBER the entries, each behind its length in two bytes, big-endian"),
                _("log.vkey            the public key that signs the checkpoints"),
                _("policy              log and witnesses, in the form of c2sp.org/tlog-policy"),
            ]
        ),
        _(
            'To check it with this project\'s program, which needs Python 3.11 and the package "cryptography" (and '
            '"rfc3161-client" for timestamps):'
        ),
        f'    python -m audit.verify . --policy POLICY\n    python -m audit.verify . --vkey "{key}"',
        _(
            "Take the policy from a source other than this folder: whoever forges the folder also forges the keys in "
            "it. It is a text file with the keys of the log and of its witnesses; the second line checks the log "
            "alone."
        ),
        _(
            "Without it: the hash of an entry is SHA-256 of a zero byte and the entry; the hash of a node is "
            "SHA-256 of a byte 01 and its two children (RFC 9162, section 2.1). The first tile of level 0 holds "
            "the hashes of entries 0 to 255; a tile of the next level holds the roots of the full tiles below."
        ),
        _(
            "Each entry is JSON in the canonical form of RFC 8785: version, type, time to the minute or the "
            'day, pseudonyms of actor and object, and facts. "sealed" gives the SHA-256 of each ciphertext '
            "that was stored with the entry."
        ),
    ]
    return "\n\n".join(paragraphs) + "\n"
