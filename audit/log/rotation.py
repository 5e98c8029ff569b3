"""The log's key is exchanged for another: for a time both sign, and the log itself says so.

Whoever checks with the old key finds, in a checkpoint that it signed, the entry that names the new one.
"""

import json
import os
from dataclasses import dataclass, replace

from django.conf import settings
from django.utils.translation import gettext as _

from audit.log import events
from audit.log.cadence import publish
from audit.log.errors import CannotSign
from audit.log.models import Checkpoint, Entry
from audit.log.pending import transaction
from audit.log.signer import create_log_key, load_signer, next_key_file
from audit.note import MalformedNote, Note, VerifierKey

BEGAN = events.declare(
    "log.key_following", facts=("key", "following"), description="From now on, a second key signs the log as well."
)
ENDED = events.declare(
    "log.key_replaced", facts=("key", "following"), description="The log's key was replaced by the one that followed."
)


@dataclass(frozen=True)
class Rotation:
    """The key that goes and the key that comes; `by_hand` when the operator must still change the settings."""

    key: VerifierKey
    following: VerifierKey
    by_hand: bool = False


def begin(*, actor: str) -> Rotation:
    """Make the key that is to follow, unless there is one, say so in the log, and sign with both.

    Interrupted, it can be called again. Raises CannotSign.
    """
    from audit.log.actions import append

    signer = load_signer()
    if signer.following is None:
        create_log_key(next_key_file(), settings.LOG_ORIGIN)
    rotation = _rotation()
    if not _told(BEGAN, rotation):
        with transaction():
            append(BEGAN, actor=actor, object="log", facts=_facts(rotation))
    publish(at_once=True)
    return rotation


def finish(*, actor: str) -> Rotation:
    """Let the key that followed sign alone: the old key's file is replaced by it and is gone.

    Where a program signs, the settings are the operator's to change. Raises CannotSign unless the latest checkpoint
    bears both signatures.
    """
    from audit.log.actions import append

    rotation = _rotation()
    if not _told(BEGAN, rotation) or not _both_signed(rotation):
        raise CannotSign(
            _("The latest checkpoint does not bear both signatures. Call integrity audit rotate-key first.")
        )
    if not _told(ENDED, rotation):
        with transaction():
            append(ENDED, actor=actor, object="log", facts=_facts(rotation))
    publish(at_once=True)
    if settings.LOG_SIGNER_COMMAND or settings.LOG_NEXT_SIGNER_COMMAND:
        return replace(rotation, by_hand=True)
    os.replace(next_key_file(), settings.LOG_KEY_FILE)
    return rotation


def former_keys() -> list[VerifierKey]:
    """The keys that signed this log in earlier times, by what the log itself says."""
    found = []
    for leaf in Entry.objects.filter(type=ENDED.name).order_by("index").values_list("leaf", flat=True):
        try:
            found.append(VerifierKey.parse(json.loads(bytes(leaf))["facts"]["key"]))
        except (ValueError, KeyError, TypeError):
            # A changed entry is told by the check of the log, not here.
            continue
    return list(dict.fromkeys(found))


def _rotation() -> Rotation:
    signer = load_signer()
    if signer.following is None:
        raise CannotSign(_("No key follows the present one. Begin with: integrity audit rotate-key"))
    return Rotation(signer.verifier, signer.following.verifier)


def _facts(rotation: Rotation) -> dict[str, str]:
    return {"key": str(rotation.key), "following": str(rotation.following)}


def _told(event: events.EventType, rotation: Rotation) -> bool:
    leaves = Entry.objects.filter(type=event.name).values_list("leaf", flat=True)
    return any(json.loads(bytes(leaf))["facts"] == _facts(rotation) for leaf in leaves)


def _both_signed(rotation: Rotation) -> bool:
    latest = Checkpoint.objects.order_by("-size").first()
    if latest is None:
        return False
    try:
        signed = dict(Note.parse(latest.note.encode()).verified([rotation.key, rotation.following]))
    except (MalformedNote, ValueError):
        return False
    return {rotation.key, rotation.following} <= set(signed)
