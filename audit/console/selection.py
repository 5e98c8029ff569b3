"""A selection of entries to take away: a file that anybody can check without this software."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final
from zipfile import ZIP_DEFLATED, ZipFile

from django.conf import settings
from django.utils.translation import gettext as _

from audit.console.listing import matching
from audit.console.selection_sheet import Selection, readme
from audit.log import events
from audit.log.cosigning import certificates, policy, published
from audit.log.errors import LogError
from audit.log.models import Checkpoint, Entry
from audit.log.signer import load_signer
from audit.log.stored import reader
from audit.log.witnessed import Timestamp
from audit.proof import ProofFile
from audit.tiles import MalformedTile
from audit.timestamps import NoTimestamp
from audit.tree import InvalidProof, fold_peaks, inclusion_nodes, leaf_hash, verify_inclusion

MOST: Final = 1_000
TOGETHER: Final = 50
IN_MEMORY: Final = 4 * 1024 * 1024

TAKEN = events.declare(
    "log.selection_exported",
    facts=("entries", "size", "unproved", "filter"),
    description="Entries were taken away by an auditor, with their proofs.",
)


class CannotSelect(LogError):
    """The selection cannot be taken away; the sentence says why."""


@dataclass(frozen=True)
class Written:
    """The file, how many entries it holds, and the indexes of those that do not lead to the signed root."""

    file: IO[bytes]
    entries: int
    size: int
    unproved: list[int]


def select(filters: dict[str, Any]) -> Selection:
    """The signed entries that match. Raises CannotSelect when there are none, too many, or nothing was signed."""
    latest = Checkpoint.objects.order_by("-size").first()
    if latest is None:
        raise CannotSelect(_("Nothing was signed yet, so nothing can be proved."))
    found = list(matching(filters, before=latest.size).order_by("-index")[: MOST + 1])
    if not found:
        raise CannotSelect(_("No entry under the latest checkpoint fits these filters."))
    if len(found) > MOST:
        raise CannotSelect(
            _("More than %(most)s entries fit. Narrow the filters, or export the whole log.") % {"most": f"{MOST:,}"}
        )
    return Selection(found[::-1], latest)


def write(selection: Selection, *, filters: dict[str, str]) -> Written:
    """Write entries, proofs, checkpoint, keys and an explanation to a ZIP file. An entry that fails is told in it."""
    note = published(selection.checkpoint)
    file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the answer closes it
    unproved = []
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for entry, proof in _proved(selection.entries, selection.checkpoint, note):
            archive.writestr(f"entries/{entry.index}.json", bytes(entry.leaf))
            if proof is None:
                unproved.append(entry.index)
            else:
                archive.writestr(f"entries/{entry.index}.tlog-proof", proof.encode())
        archive.writestr("checkpoint", note)
        stamped = _write_stamped(archive, selection.entries)
        for name, data in _trusted():
            archive.writestr(name, data)
        archive.writestr("README.txt", readme(selection, unproved=unproved, stamped=stamped, filters=filters))
    file.seek(0)
    return Written(file, len(selection.entries), selection.checkpoint.size, unproved)


def _proved(entries: list[Entry], checkpoint: Checkpoint, note: bytes) -> Iterator[tuple[Entry, ProofFile | None]]:
    """Each entry with its proof, or with None when it does not lead to the root; tiles are fetched for many at once."""
    size, root = checkpoint.size, bytes(checkpoint.root)
    for first in range(0, len(entries), TOGETHER):
        part = entries[first : first + TOGETHER]
        paths = [inclusion_nodes(entry.index, size) for entry in part]
        read = reader(size, [node for path in paths for nodes in path for node in nodes])
        for entry, path in zip(part, paths, strict=True):
            try:
                hashes = [fold_peaks([read(node) for node in nodes]) for nodes in path]
                leaf = leaf_hash(bytes(entry.leaf))
                verify_inclusion(hashes, index=entry.index, size=size, leaf=leaf, root=root)
            except (MalformedTile, InvalidProof):
                yield entry, None
            else:
                yield entry, ProofFile(entry.index, tuple(hashes), note)


def _write_stamped(archive: ZipFile, entries: list[Entry]) -> int:
    """A second proof of each entry that a timestamped checkpoint covers, against the first that does.

    With them go that checkpoint, its timestamp, and the authority's certificates when they can be read. Gives the
    number of timestamps.
    """
    stamps = dict(Timestamp.objects.filter(size__gt=entries[0].index).order_by("size").values_list("size", "response"))
    checkpoints = Checkpoint.objects.filter(size__in=list(stamps)).in_bulk()
    sizes, covered = sorted(checkpoints), defaultdict(list)
    for entry in entries:
        place = bisect_right(sizes, entry.index)
        if place < len(sizes):
            covered[sizes[place]].append(entry)
    for size, part in covered.items():
        note = published(checkpoints[size])
        archive.writestr(f"timestamps/{size}.tsr", bytes(stamps[size]))
        archive.writestr(f"checkpoints/{size}", note)
        for entry, proof in _proved(part, checkpoints[size], note):
            if proof is not None:
                archive.writestr(f"entries/{entry.index}.stamped.tlog-proof", proof.encode())
    if covered and settings.LOG_TIMESTAMP_CA:
        with suppress(NoTimestamp):
            archive.writestr("timestamps/ca.pem", certificates())
    return len(covered)


def _trusted() -> Iterator[tuple[str, bytes]]:
    """The log's key and the policy, when this process may read them; an auditor has them from elsewhere anyway."""
    try:
        yield "log.vkey", f"{load_signer().verifier}\n".encode()
        yield "policy", policy().encode()
    except LogError:
        return
