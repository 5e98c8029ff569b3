"""Crypto-erasure: a key is destroyed, and with it everything that was ever sealed to it.

The private half of a key exists nowhere but in grants, so removing every grant of every generation is enough, for
every keyring and for recovery; ciphertext that stays in rows is noise from then on. Backups are aside: they open
until they are deleted. The ciphertext of files is removed from the disk once the transaction is committed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final
from uuid import UUID

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audit import clock
from integrity.action import Actor, action, record
from integrity.policy import Party
from integrity.vault import storage
from integrity.vault.models import Grant, Key, KeyKind, StoredFile

CAN_BE_DESTROYED: Final = frozenset(
    {
        KeyKind.REPORT,
        KeyKind.CASE,
        KeyKind.APPEAL,
        KeyKind.IDENTITY,
        KeyKind.REQUEST,
        KeyKind.PUBLICATION,
        KeyKind.PROTECTION,
        KeyKind.DETRIMENT,
    }
)

Follower = Callable[[Actor, Key, "ErasureReason"], None]
_followers: list[Follower] = []


class ErasureReason(models.TextChoices):
    """Why content was erased for good."""

    RETENTION = "retention", _("The time for which it is kept has ended")
    ORDER = "order", _("A court or an authority ordered it")
    UNLAWFUL = "unlawful", _("It should never have been kept")


def erased_with(follower: Follower) -> Follower:
    """Register what else is erased when a key is destroyed: called with actor, key and reason, inside the action."""
    if follower not in _followers:
        _followers.append(follower)
    return follower


@action(
    "vault.key_destroyed",
    by=(Party.DESK, Party.SYSTEM),
    limit="inside the action that decides on it",
    facts=("key", "kind", "reason", "generations", "grants", "files"),
    description="A key was destroyed: what was sealed to it is erased for good.",
    step_up=True,
)
def destroy_key(*, actor: Actor, key: Key, reason: ErasureReason) -> None:
    """Destroy every generation of a key: its grants, and the ciphertext of files that belong to it.

    Who may, and whether the time has come, is for the caller's action to decide. Raises KeyDestroyed when it was
    done before, ValueError for a kind of key that somebody else holds by a passphrase or a receipt.
    """
    if key.kind not in CAN_BE_DESTROYED:
        raise ValueError(f"A key of kind {key.kind} is not made of grants alone, so removing them destroys nothing.")
    generations = list(key.generations().select_for_update())
    for each in generations:
        each.refuse_when_destroyed()
    files = list(StoredFile.objects.filter(owner_key__lineage=key.lineage).values_list("pk", flat=True))
    # Also what was given to this key: nobody can open it by this way any more.
    grants = Grant.objects.filter(Q(key__lineage=key.lineage) | Q(holder__lineage=key.lineage))
    removed, _by_model = grants.delete()
    key.generations().update(destroyed_on=clock.today())
    for follower in _followers:
        follower(actor, key, reason)
    record(
        object=key.pseudonym,
        key=str(key.lineage),
        kind=key.kind,
        reason=reason.value,
        generations=len(generations),
        grants=removed,
        files=len(files),
    )
    transaction.on_commit(partial(remove_files, files))


def remove_files(identifiers: list[UUID]) -> int:
    """Remove the ciphertext of kept files; how many there were. Harmless when it runs again."""
    removed = sum(storage.remove_kept(identifier) for identifier in identifiers)
    if removed:
        storage.flush_folder(storage.kept_folder())
    return removed
