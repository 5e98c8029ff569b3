"""A new epoch: the log begins again under a new name and key, and its first entry says what was before.

It is the only way on after the log lost entries that were signed, or has others: nothing is ever signed again. The
old log is written to an archive as the database holds it, its entries stay in the database as those of an earlier
epoch, and entry 0 of the new one embeds the last checkpoint of the old and declares which entries are lost.
"""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db import transaction as database
from django.utils.translation import gettext as _

from audit import clock
from audit.checkpoint import Checkpoint as Signed
from audit.log import enforcement, events
from audit.log.errors import CannotExport, CannotSign
from audit.log.export import write_export
from audit.log.integration import lock
from audit.log.leaf import JSON, make_leaf
from audit.log.models import Checkpoint, Entry, Head
from audit.log.numbering import number, write
from audit.log.rotation import former_keys
from audit.log.signer import create_log_key, load_signer, next_key_file, read_key
from audit.log.statements import write as write_file
from audit.note import BadSignature, MalformedNote, NoTrustedSignature, VerifierKey, check_name
from audit.policy import Policy
from audit.tree import Frontier, leaf_hash

OPENED = events.declare(
    "log.epoch_opened",
    facts=("former", "checkpoint", "kept", "agreed", "lost", "reason"),
    description="The log began again: what was signed before, how much of it is left, and which entries are lost.",
)
EMPTIED = ("audit_log_entry", "audit_log_tile", "audit_log_checkpoint", "audit_log_cosignature", "audit_log_timestamp")


@dataclass(frozen=True)
class Epoch:
    """What was opened: the new key (None where a program signs), entries kept, and those lost (first and last)."""

    key: VerifierKey | None
    kept: int
    lost: tuple[int, int] | None


@dataclass(frozen=True)
class _Former:
    """The last checkpoint of the old log that is known, and how many entries here are as one was signed."""

    note: bytes
    signed: Signed
    agreed: int

    @property
    def lost(self) -> tuple[int, int] | None:
        return (self.agreed, self.signed.size - 1) if self.agreed < self.signed.size else None


def open_epoch(*, origin: str, archive: Path, reason: str, actor: str, last: bytes | None = None) -> Epoch:
    """Begin a new log named `origin`; the old one goes to the folder `archive`, which must be new or empty.

    `last` is the last checkpoint of the old log that is known outside, when neither the database nor the high-water
    mark has it. Needs the owner of the tables, and LOG_ORIGIN still the old name; afterwards the operator changes it.
    Interrupted, it can be called again. Raises CannotSign or CannotExport.
    """
    try:
        check_name(origin)
    except MalformedNote as error:
        raise CannotSign(str(error)) from error
    if origin == settings.LOG_ORIGIN:
        raise CannotSign(_("A new epoch needs a new name: %(origin)s is the old one.") % {"origin": origin})
    facts = _opened()
    if facts is None:
        former = _former(last)
        _archive(archive, former)
        facts = _begin_anew(former, reason=reason, actor=actor)
    key = _change_files(archive, origin)
    return Epoch(key, facts["kept"], tuple(facts["lost"]) if facts["lost"] else None)


def _opened() -> dict[str, Any] | None:
    """What entry 0 says, when the epoch was opened already and only the files were left to change."""
    first = Entry.objects.filter(index=0, type=OPENED.name).values_list("leaf", flat=True).first()
    facts: dict[str, Any] = json.loads(bytes(first))["facts"] if first else {}
    return facts if facts.get("former") == settings.LOG_ORIGIN else None


def _former(last: bytes | None) -> _Former:
    policy = Policy.of(*load_signer().verifiers, *former_keys())
    found: dict[int, bytes] = {}
    for name, data in _candidates(last):
        try:
            found[policy.read(data).checkpoint.size] = data
        except (MalformedNote, BadSignature, NoTrustedSignature) as error:
            raise CannotSign(_("%(name)s: %(reason)s") % {"name": name, "reason": error}) from error
    if not found:
        raise CannotSign(_("Nothing was ever signed. This log needs no new epoch."))
    note = found[max(found)]
    return _Former(note, policy.read(note).checkpoint, _agreed(policy))


def _candidates(last: bytes | None) -> Iterator[tuple[str, bytes]]:
    """The checkpoints that are known, each with where it comes from."""
    if last is not None:
        yield _("The checkpoint that was given"), last
    mark = Path(settings.LOG_HIGH_WATER_FILE)
    if mark.exists():
        yield str(mark), mark.read_bytes()
    latest = Checkpoint.objects.order_by("-size").values_list("note", flat=True).first()
    if latest is not None:
        yield _("The latest checkpoint in the database"), latest.encode()


def _agreed(policy: Policy) -> int:
    """How many entries the database has as a checkpoint in it says that was really signed."""
    notes = {size: note.encode() for size, note in Checkpoint.objects.values_list("size", "note").iterator()}
    frontier, agreed = Frontier(), 0
    leaves = Entry.objects.order_by("index").values_list("index", "leaf").iterator(chunk_size=2000)
    for index, leaf in leaves:
        if index != frontier.size:
            break
        frontier.append(leaf_hash(bytes(leaf)))
        note = notes.get(frontier.size)
        if note and _says(policy, note, frontier.root()):
            agreed = frontier.size
    return agreed


def _says(policy: Policy, note: bytes, root: bytes) -> bool:
    try:
        return policy.read(note).checkpoint.root == root
    except (MalformedNote, BadSignature, NoTrustedSignature):
        return False


def _archive(archive: Path, former: _Former) -> None:
    if Checkpoint.objects.exists():
        write_export(archive)
    elif archive.exists() and any(archive.iterdir()):
        raise CannotExport(_("%(path)s is not an empty folder.") % {"path": archive})
    write_file(archive / "last-checkpoint", former.note)


def _begin_anew(former: _Former, *, reason: str, actor: str) -> dict[str, Any]:
    """Put the old entries aside and write entry 0, all in one transaction; gives what that entry says."""
    try:
        with database.atomic():
            _hold_everything()
            number()
            kept = Head.objects.values_list("size", flat=True).first() or 0
            enforcement.remove(connection)
            with connection.cursor() as cursor:
                cursor.execute(
                    'INSERT INTO audit_log_pastentry (origin, "index", leaf) '
                    'SELECT %s, "index", leaf FROM audit_log_entry',
                    [former.signed.origin],
                )
                for table in EMPTIED:
                    cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - names of ours
                cursor.execute("UPDATE audit_log_head SET size = 0")
            enforcement.install(connection)
            facts: dict[str, JSON] = {
                "former": settings.LOG_ORIGIN,
                "checkpoint": former.note.decode(),
                "kept": kept,
                "agreed": former.agreed,
                "lost": list(former.lost) if former.lost else None,
                "reason": reason,
            }
            write([make_leaf(OPENED, moment=clock.now(), actor=actor, object="log", facts=facts, sealed={})])
            number()
            return dict(facts)
    except DatabaseError as error:
        raise CannotSign(
            _("The database refused: %(reason)s. Only the owner of the log's tables opens a new epoch.")
            % {"reason": error}
        ) from error


def _hold_everything() -> None:
    """Let nobody append in the meantime."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE audit_log_waiting, audit_log_entry, audit_log_head IN EXCLUSIVE MODE")
    lock()


def _change_files(archive: Path, origin: str) -> VerifierKey | None:
    """Put the mark into the archive and the new key in place of the old, which is renamed. Can be repeated."""
    archive.mkdir(parents=True, exist_ok=True)
    mark, path = Path(settings.LOG_HIGH_WATER_FILE), Path(settings.LOG_KEY_FILE)
    if mark.exists():
        shutil.move(mark, archive / "log.high-water")
    next_key_file().unlink(missing_ok=True)
    if settings.LOG_SIGNER_COMMAND:
        return None
    fresh = Path(f"{path}.epoch")
    if path.exists():
        key = read_key(path).verifier
        if key.name == origin:
            return key
        if not fresh.exists():
            create_log_key(fresh, origin)
        os.replace(path, f"{path}.retired-{key.key_id.hex()}")
    os.replace(fresh, path)
    return read_key(path).verifier
