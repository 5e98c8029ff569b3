"""A selection of entries to take away: a file that anybody can check without this software."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final
from zipfile import ZIP_DEFLATED, ZipFile

from django.utils.translation import gettext as _

from audit.console.listing import matching
from audit.log import events
from audit.log.cosigning import policy, published
from audit.log.errors import LogError
from audit.log.models import Checkpoint, Entry
from audit.log.signer import load_signer
from audit.log.stored import reader
from audit.proof import ProofFile
from audit.tiles import MalformedTile
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
class Selection:
    """Entries under one checkpoint, oldest first."""

    entries: list[Entry]
    checkpoint: Checkpoint


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
    found = list(matching(filters).filter(index__lt=latest.size).order_by("-index")[: MOST + 1])
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
        for entry, proof in _proved(selection, note):
            archive.writestr(f"entries/{entry.index}.json", bytes(entry.leaf))
            if proof is None:
                unproved.append(entry.index)
            else:
                archive.writestr(f"entries/{entry.index}.tlog-proof", proof.encode())
        archive.writestr("checkpoint", note)
        for name, data in _trusted():
            archive.writestr(name, data)
        archive.writestr("README.txt", _readme(selection, unproved, filters))
    file.seek(0)
    return Written(file, len(selection.entries), selection.checkpoint.size, unproved)


def _proved(selection: Selection, note: bytes) -> Iterator[tuple[Entry, ProofFile | None]]:
    """Each entry with its proof, or with None when it does not lead to the root; tiles are fetched for many at once."""
    size, root = selection.checkpoint.size, bytes(selection.checkpoint.root)
    for first in range(0, len(selection.entries), TOGETHER):
        part = selection.entries[first : first + TOGETHER]
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


def _trusted() -> Iterator[tuple[str, bytes]]:
    """The log's key and the policy, when this process may read them; an auditor has them from elsewhere anyway."""
    try:
        yield "log.vkey", f"{load_signer().verifier}\n".encode()
        yield "policy", policy().encode()
    except LogError:
        return


def _readme(selection: Selection, unproved: list[int], filters: dict[str, str]) -> str:
    checkpoint = selection.checkpoint
    wanted = json.dumps(filters, ensure_ascii=False) if filters else "everything"
    wrong = (
        "\nNOT PROVED: these entries do not lead to the signed root; they, or the tree, were changed:\n"
        f"{', '.join(map(str, unproved))}\n"
        if unproved
        else ""
    )
    return f"""\
Entries of the audit log {checkpoint.statement.origin}

{len(selection.entries)} entries, selected by: {wanted}
Proved against the checkpoint of {checkpoint.size} entries, signed at {checkpoint.time:%Y-%m-%d %H:%M} UTC.
Entries that are newer than this checkpoint are not here.
{wrong}
entries/N.json         the bytes of entry N, exactly as they were hashed
entries/N.tlog-proof   its proof (C2SP tlog-proof), with the signed checkpoint
checkpoint             the checkpoint, with the cosignatures of witnesses
log.vkey, policy       the log's public key, and whom to trust (C2SP tlog-policy)

Proved of each entry: it is in the log, at the place that its number says, with exactly this content. That nothing
was left out of the selection is not proved here; an export of the whole log shows that.

To check it, on any machine with Python, with a key or a policy that did not come with this file:

    python -m audit.evidence FOLDER --policy POLICY
"""
