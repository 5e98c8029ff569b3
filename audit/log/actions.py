"""The verbs of the log: open a transaction, append entries, integrate, export, look after its health."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection

from audit import clock
from audit.log import events, pending
from audit.log.cadence import publish
from audit.log.cosigning import publish_witnessed
from audit.log.errors import OutsideTransaction
from audit.log.events import EventType
from audit.log.export import Exported, write_export
from audit.log.integration import integrate
from audit.log.leaf import JSON, Leaf, make_leaf
from audit.log.models import Checkpoint, Head, Waiting
from audit.log.numbering import number
from audit.log.sealing import seal

__all__ = [
    "Health",
    "append",
    "append_alone",
    "committed",
    "erase_private",
    "export",
    "head_size",
    "health",
    "integrate",
    "number",
    "publish",
    "transaction",
    "write_export",
]

SEALED_PER_ENTRY = 200


def transaction() -> AbstractContextManager[None]:
    """A database transaction whose entries are written, gap-free, at the end of the outermost one.

    An inner one that fails takes its own entries back and nothing else.
    """
    return pending.transaction()


def append(
    event: EventType | str,
    *,
    actor: str,
    object: str,
    facts: Mapping[str, JSON],
    private: Mapping[str, str] | None = None,
) -> None:
    """Add an entry to the open transaction; it carries the digests of the ciphertexts written since the last.

    Of `private`, texts that may be personal data, it has a commitment alone; they are sealed to the auditors' key in
    a row of their own, and not kept at all before there is one.
    Raises OutsideTransaction, UnknownEvent, UndeclaredFact, MalformedPart or EntryTooLarge.
    """
    frame = pending.current()
    if len(connection.savepoint_ids) != frame.depth:
        raise OutsideTransaction(
            "an entry inside atomic() would survive its rollback: use audit.log.actions.transaction()"
        )
    sealed = sorted(frame.sealed.items())
    kind, rest = events.get(event), sealed[SEALED_PER_ENTRY:]
    moment = clock.now()
    leaves = [
        make_leaf(
            kind,
            moment=moment,
            actor=actor,
            object=object,
            facts=facts,
            sealed=dict(sealed[:SEALED_PER_ENTRY]),
            private=seal(kind, private),
        )
    ]
    further = events.EventType(events.SEALED_FURTHER.name, by_day=kind.by_day)
    while rest:
        part, rest = dict(rest[:SEALED_PER_ENTRY]), rest[SEALED_PER_ENTRY:]
        leaves.append(make_leaf(further, moment=moment, actor=actor, object=object, facts={}, sealed=part))
    frame.sealed.clear()
    frame.leaves += leaves


def committed(place: str, digest: str) -> None:
    """Tell that ciphertext with this SHA-256 was written at `place`; the next entry will name it.

    Raises OutsideTransaction.
    """
    pending.current().sealed[place] = digest


def erase_private(commitment: str) -> None:
    """Delete a private part when the open transaction ends, behind the entry (PRIVATE_ERASED) that it must have.

    The transaction fails with AlreadyErased when it is not there any more, and the database refuses without the entry.
    """
    pending.current().erased.append(commitment)


def append_alone(
    event: EventType | str,
    *,
    actor: str,
    object: str,
    facts: Mapping[str, JSON],
    private: Mapping[str, str] | None = None,
) -> None:
    """Add an entry in a transaction of its own, for what was refused.

    Inside an open transaction it is written after that one has ended, whichever way it ends.
    """
    kind = events.get(event)
    leaf: Leaf = make_leaf(
        kind, moment=clock.now(), actor=actor, object=object, facts=facts, sealed={}, private=seal(kind, private)
    )
    if pending.frames():
        pending.current().afterwards.append(leaf)
        return
    with pending.transaction():
        pending.current().leaves.append(leaf)


def head_size() -> int:
    """How many entries the log has."""
    number()
    return Head.objects.values_list("size", flat=True).first() or 0


def export(directory: Path, *, actor: str, progress: Callable[[int, int], None] | None = None) -> Exported:
    """Pad and sign, write the whole log to an empty or new folder, and leave an entry that this was done.

    Raises CannotSign or CannotExport.
    """
    publish_witnessed(at_once=True)
    exported = write_export(directory, progress=progress)
    facts: dict[str, JSON] = {"size": exported.size, "root": exported.root.hex()}
    append_alone(events.EXPORTED, actor=actor, object="log", facts=facts)
    return exported


@dataclass(frozen=True)
class Health:
    """How the log is doing: entries, those of them without an index, those under a checkpoint, and its age."""

    size: int
    unnumbered: int
    checkpoint: Checkpoint | None
    checkpoint_age: timedelta | None
    mark_exists: bool
    origin: str

    @property
    def integrated(self) -> int:
        """Entries that the latest checkpoint covers."""
        return self.checkpoint.size if self.checkpoint else 0

    @property
    def waiting(self) -> int:
        """Entries that no checkpoint covers yet."""
        return max(0, self.size - self.integrated)

    @property
    def lost(self) -> int:
        """Entries that a checkpoint covers and that are no longer there: 0 unless the log was tampered with."""
        return max(0, self.integrated - (self.size - self.unnumbered))


def health() -> Health:
    """The state of the log as it is found, in three queries."""
    checkpoint = Checkpoint.objects.order_by("-size").first()
    unnumbered = Waiting.objects.count()
    numbered = Head.objects.values_list("size", flat=True).first() or 0
    return Health(
        size=numbered + unnumbered,
        unnumbered=unnumbered,
        checkpoint=checkpoint,
        checkpoint_age=clock.now() - checkpoint.time if checkpoint else None,
        mark_exists=Path(settings.LOG_HIGH_WATER_FILE).exists(),
        origin=settings.LOG_ORIGIN,
    )
