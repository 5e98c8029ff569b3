"""Entries of earlier epochs: what each new epoch says of the one before, and proofs against what was signed then.

Of an earlier epoch the entries alone are kept, not their tree: a proof hashes them all again, in flat memory.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from audit.checkpoint import Checkpoint as Signed
from audit.log.models import Entry
from audit.log.witnessed import PastEntry
from audit.note import MalformedNote, Note
from audit.proof import ProofFile
from audit.tree import Frontier, InvalidProof, inclusion_nodes, leaf_hash, verify_inclusion

OPENED: Final = "log.epoch_opened"
ROWS: Final = 2_000


@dataclass(frozen=True)
class Epoch:
    """An epoch that ended: what the first entry of the next says of it.

    `checkpoint` is the last one that was known, `proved` the last one that the kept entries lead to ("" when there is
    none); `agreed` entries are as the latter was signed for. `lost` and `unsigned` are the first and last index.
    `root` is over all kept entries, b"" when it was not told. `key_lost` when the old key was lost as well.
    """

    origin: str
    checkpoint: str
    proved: str
    kept: int
    agreed: int
    lost: tuple[int, int] | None
    unsigned: tuple[int, int] | None
    root: bytes
    key_lost: bool
    reason: str
    opened: datetime | None

    @property
    def signed(self) -> Signed | None:
        """What the last provable checkpoint says."""
        return _statement(self.proved)


def epochs() -> list[Epoch]:
    """Every epoch that ended, the latest first. An entry that makes no sense is left out: its proof tells."""
    leaves = [bytes(leaf) for leaf in Entry.objects.filter(index=0, type=OPENED).values_list("leaf", flat=True)]
    found: list[Epoch] = []
    while leaves:
        epoch = _epoch(leaves.pop())
        if epoch is None or epoch.origin in {each.origin for each in found}:
            break
        found.append(epoch)
        # The first entry of an earlier epoch may speak of one before it.
        before = PastEntry.objects.filter(origin=epoch.origin, index=0).values_list("leaf", flat=True)
        leaves += [bytes(leaf) for leaf in before if f'"{OPENED}"'.encode() in bytes(leaf)]
    return found


def epoch_named(origin: str) -> Epoch | None:
    """The epoch of this name."""
    return next((each for each in epochs() if each.origin == origin), None)


def prove(epoch: Epoch, index: int) -> ProofFile | None:
    """The proof of an entry under the last checkpoint that the kept entries lead to; None for one behind it.

    Raises InvalidProof when the entries do not lead there: one of them was changed.
    """
    signed = epoch.signed
    if signed is None or index >= signed.size:
        return None
    hashes, leaf = _hashes(epoch.origin, index, signed.size)
    verify_inclusion(hashes, index=index, size=signed.size, leaf=leaf, root=signed.root)
    return ProofFile(index, tuple(hashes), epoch.proved.encode())


def differences() -> list[str]:
    """A sentence for each earlier epoch whose kept entries are not those that were signed, in flat memory."""
    found = []
    for epoch in epochs():
        count = PastEntry.objects.filter(origin=epoch.origin).count()
        if count != epoch.kept:
            found.append(
                _("The epoch %(origin)s had %(kept)s entries when it ended, and has %(count)s now.")
                % {"origin": epoch.origin, "kept": epoch.kept, "count": count}
            )
        elif epoch.root and _root(epoch.origin, epoch.kept) != epoch.root:
            found.append(
                _("The entries of the epoch %(origin)s are not those that were there when it ended.")
                % {"origin": epoch.origin}
            )
        signed = epoch.signed
        if signed is not None and _root(epoch.origin, signed.size) != signed.root:
            found.append(
                _("The first %(size)s entries of the epoch %(origin)s are not those that were signed.")
                % {"origin": epoch.origin, "size": signed.size}
            )
    return found


def _epoch(leaf: bytes) -> Epoch | None:
    try:
        content: dict[str, Any] = json.loads(leaf)
        facts = content["facts"]
        checkpoint, lost = str(facts["checkpoint"]), _span(facts["lost"])
        return Epoch(
            origin=str(facts["former"]),
            checkpoint=checkpoint,
            # Before there was a fact for it, only a log that had lost nothing could be proved.
            proved=str(facts.get("proved", "" if lost else checkpoint)),
            kept=int(facts["kept"]),
            agreed=int(facts["agreed"]),
            lost=lost,
            unsigned=_span(facts.get("unsigned")),
            root=bytes.fromhex(facts.get("root", "")),
            key_lost=bool(facts.get("key_lost")),
            reason=str(facts["reason"]),
            opened=_moment(content.get("time")),
        )
    except (ValueError, KeyError, TypeError, IndexError):
        return None


def _span(written: Any) -> tuple[int, int] | None:
    return (int(written[0]), int(written[1])) if written else None


def _moment(written: object) -> datetime | None:
    try:
        return datetime.strptime(str(written), "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def _statement(note: str) -> Signed | None:
    try:
        return Signed.parse(Note.parse(note.encode()).text) if note else None
    except MalformedNote:
        return None


def _leaves(origin: str, size: int) -> Iterator[bytes]:
    """The leaf hashes of the first `size` entries, up to the first that is missing."""
    rows = PastEntry.objects.filter(origin=origin, index__gte=0, index__lt=size).order_by("index")
    for wanted, (index, leaf) in enumerate(rows.values_list("index", "leaf").iterator(chunk_size=ROWS)):
        if index != wanted:
            return
        yield leaf_hash(bytes(leaf))


def _root(origin: str, size: int) -> bytes:
    frontier = Frontier()
    for value in _leaves(origin, size):
        frontier.append(value)
    return frontier.root() if frontier.size == size else b""


def _hashes(origin: str, index: int, size: int) -> tuple[list[bytes], bytes]:
    """The hashes of an inclusion proof, and the entry's own: each is the root over a stretch of entries beside it."""
    path = inclusion_nodes(index, size)
    starts = {nodes[0].number << nodes[0].level: place for place, nodes in enumerate(path)}
    subtrees = [Frontier() for _nodes in path]
    place, own, count = -1, b"", 0
    for count, value in enumerate(_leaves(origin, size), start=1):
        at = count - 1
        place = starts.get(at, place)
        if at == index:
            own = value
        else:
            subtrees[place].append(value)
    if count != size:
        raise InvalidProof(f"entry {count} is missing")
    return [subtree.root() for subtree in subtrees], own
