"""A new epoch: the log begins again under a new name and key, and its first entry says what was before.

It is the only way on after the log lost entries that were signed, or has others: nothing is ever signed again. The
old log is written to an archive as the database holds it, its entries stay in the database as those of an earlier
epoch, and entry 0 of the new one embeds the last checkpoint of the old and declares which entries are lost, which
were never signed, and whether the old key was lost as well. Its signature covers all of that from then on.
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
from audit.log.models import Checkpoint, Entry
from audit.log.numbering import number, write
from audit.log.rotation import former_keys
from audit.log.signer import create_log_key, load_signer, next_key_file, read_key
from audit.log.statements import write as write_file
from audit.note import BadSignature, MalformedNote, NoTrustedSignature, VerifierKey, check_name
from audit.policy import Policy
from audit.tree import Frontier, leaf_hash

OPENED = events.declare(
    "log.epoch_opened",
    facts=(
        "former",
        "checkpoint",
        "kept",
        "agreed",
        "proved",
        "lost",
        "unsigned",
        "root",
        "key_lost",
        "reason",
    ),
    description="The log began again: what was signed before, how much of it is left, and which entries are lost.",
)
EMPTIED = (
    "audit_log_entry",
    "audit_log_block",
    "audit_log_tile",
    "audit_log_checkpoint",
    "audit_log_cosignature",
    "audit_log_timestamp",
)


@dataclass(frozen=True)
class Epoch:
    """What was opened: the new key (None where a program signs), entries kept, and those lost (first and last)."""

    key: VerifierKey | None
    kept: int
    lost: tuple[int, int] | None


@dataclass(frozen=True)
class _Former:
    """The last checkpoint of the old log that is known, and how many entries here are as one was signed.

    `proved` is that one, "" when there is none; `keys` are the old log's public keys, today's first.
    """

    note: bytes
    signed: Signed
    agreed: int
    proved: str
    keys: tuple[VerifierKey, ...]
    key_lost: bool

    @property
    def lost(self) -> tuple[int, int] | None:
        return (self.agreed, self.signed.size - 1) if self.agreed < self.signed.size else None


def open_epoch(
    *,
    origin: str,
    archive: Path,
    reason: str,
    actor: str,
    last: bytes | None = None,
    former_key: VerifierKey | None = None,
) -> Epoch:
    """Begin a new log named `origin`; the old one goes to the folder `archive`, which must be new or empty.

    `last` is the last checkpoint of the old log that is known outside, when neither the database nor the high-water
    mark has it. `former_key` is the old log's public key, for when its private half is lost. Needs the owner of the
    tables, and LOG_ORIGIN still the old name; afterwards the operator changes it. Interrupted, it can be called again.
    Raises CannotSign or CannotExport.
    """
    try:
        check_name(origin)
    except MalformedNote as error:
        raise CannotSign(str(error)) from error
    if origin == settings.LOG_ORIGIN:
        raise CannotSign(_("A new epoch needs a new name: %(origin)s is the old one.") % {"origin": origin})
    facts = _opened()
    if facts is None:
        former = _former(last, former_key)
        _archive(archive, former)
        facts = _begin_anew(former, reason=reason, actor=actor)
    key = _change_files(archive, origin)
    return Epoch(key, facts["kept"], tuple(facts["lost"]) if facts["lost"] else None)


def _opened() -> dict[str, Any] | None:
    """What entry 0 says, when the epoch was opened already and only the files were left to change."""
    first = Entry.objects.filter(index=0, type=OPENED.name).values_list("leaf", flat=True).first()
    facts: dict[str, Any] = json.loads(bytes(first))["facts"] if first else {}
    return facts if facts.get("former") == settings.LOG_ORIGIN else None


def _keys(former_key: VerifierKey | None) -> tuple[tuple[VerifierKey, ...], bool]:
    """The public keys of the old log, and whether its private key is lost."""
    try:
        return load_signer().verifiers, False
    except CannotSign as error:
        if former_key is None:
            raise CannotSign(
                _("%(reason)s When it is lost, give the public key that was published: --former-key.")
                % {"reason": error}
            ) from error
        if former_key.name != settings.LOG_ORIGIN:
            raise CannotSign(
                _("The key %(key)s is not of the log %(origin)s.") % {"key": former_key, "origin": settings.LOG_ORIGIN}
            ) from error
        return (former_key,), True


def _former(last: bytes | None, former_key: VerifierKey | None) -> _Former:
    today, key_lost = _keys(former_key)
    keys = tuple(dict.fromkeys([*today, *former_keys()]))
    policy = Policy.of(*keys)
    found: dict[int, bytes] = {}
    for name, data in _candidates(last):
        try:
            found[policy.read(data).checkpoint.size] = data
        except (MalformedNote, BadSignature, NoTrustedSignature) as error:
            raise CannotSign(_("%(name)s: %(reason)s") % {"name": name, "reason": error}) from error
    if not found:
        raise CannotSign(_("Nothing was ever signed. This log needs no new epoch."))
    note = found[max(found)]
    agreed, proved = _agreed(policy)
    return _Former(note, policy.read(note).checkpoint, agreed, proved, keys, key_lost)


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


def _agreed(policy: Policy) -> tuple[int, str]:
    """How many entries the database has as a checkpoint in it says that was really signed, and that checkpoint."""
    notes = {size: note.encode() for size, note in Checkpoint.objects.values_list("size", "note").iterator()}
    frontier, agreed, proved = Frontier(), 0, ""
    leaves = Entry.objects.order_by("index").values_list("index", "leaf").iterator(chunk_size=2000)
    for index, leaf in leaves:
        if index != frontier.size:
            break
        frontier.append(leaf_hash(bytes(leaf)))
        note = notes.get(frontier.size)
        if note and _says(policy, note, frontier.root()):
            agreed, proved = frontier.size, note.decode()
    return agreed, proved


def _says(policy: Policy, note: bytes, root: bytes) -> bool:
    try:
        return policy.read(note).checkpoint.root == root
    except (MalformedNote, BadSignature, NoTrustedSignature):
        return False


def _archive(archive: Path, former: _Former) -> None:
    if Checkpoint.objects.exists():
        write_export(archive, keys=former.keys)
    elif archive.exists() and any(archive.iterdir()):
        raise CannotExport(_("%(path)s is not an empty folder.") % {"path": archive})
    write_file(archive / "last-checkpoint", former.note)


def _begin_anew(former: _Former, *, reason: str, actor: str) -> dict[str, Any]:
    """Put the old entries aside and write entry 0, all in one transaction; gives what that entry says."""
    try:
        with database.atomic():
            _hold_everything()
            number()
            kept, root = _kept()
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
                "proved": former.proved,
                "lost": list(former.lost) if former.lost else None,
                "unsigned": [former.signed.size, kept - 1] if kept > former.signed.size else None,
                "root": root.hex(),
                "key_lost": former.key_lost,
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


def _kept() -> tuple[int, bytes]:
    """How many entries there are, and the root over them as they are found."""
    frontier = Frontier()
    for leaf in Entry.objects.order_by("index").values_list("leaf", flat=True).iterator(chunk_size=2000):
        frontier.append(leaf_hash(bytes(leaf)))
    return frontier.size, frontier.root()


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
    fresh, key = Path(f"{path}.epoch"), _usable(path)
    if key and key.name == origin:
        return key
    if not fresh.exists():
        create_log_key(fresh, origin)
    if path.exists():
        os.replace(path, f"{path}.retired-{key.key_id.hex()}" if key else f"{path}.unusable")
    os.replace(fresh, path)
    return read_key(path).verifier


def _usable(path: Path) -> VerifierKey | None:
    """The public half of the key in a file, or None when it is lost or damaged."""
    try:
        return read_key(path).verifier
    except CannotSign:
        return None
