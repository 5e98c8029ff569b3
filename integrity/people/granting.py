"""Giving and taking access: the object permission and the key's grant in one step, never one without the other."""

from __future__ import annotations

from django.db.models import Model
from django.utils.translation import gettext as _
from guardian.shortcuts import assign_perm, remove_perm

from integrity.action import Incomplete
from integrity.people.models import User
from integrity.vault import actions as vault
from integrity.vault.keyring import Keyring
from integrity.vault.models import Key, KeyKind
from integrity.vault.seal import PrivateKey


def give(*, holder: Keyring | PrivateKey, key: Key, person: User, target: Model, permission: str) -> None:
    """Let `person` see `target` and open what is sealed to `key`: every generation of it that `holder` can open.

    Runs inside an action. Raises Incomplete when the person has not yet made a key pair, NoGrant when the holder
    does not open the newest generation.
    """
    if person.key is None:
        raise Incomplete(
            _("%(name)s has not signed in for the first time yet, so nothing can be sealed for them.")
            % {"name": person.name}
        )
    assign_perm(permission, person, target)
    vault.grant_generations(holder, key=key, to=person.key)


def take(*, key: Key, person: User, target: Model, permission: str) -> None:
    """Take both away again, of every generation. What the person copied before cannot be taken back.

    The caller rotates the key (`vault.actions.rotate`), so that what is written from now on is closed to them.
    """
    remove_perm(permission, person, target)
    if person.key is not None:
        vault.revoke_grant(key=key, holder=person.key)


def institution_key(kind: KeyKind) -> Key | None:
    """The institution's own key of a kind (identity, publication) in use now, or None before it is made."""
    return Key.objects.filter(kind=kind).newest().alive().order_by("-created", "-pk").first()
