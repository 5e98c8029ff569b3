"""Giving and taking access: the object permission and the key's grant in one step, never one without the other."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import Model
from django.utils.translation import gettext as _
from guardian.ctypes import get_content_type
from guardian.shortcuts import remove_perm
from guardian.utils import get_user_obj_perms_model

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
    _permit(permission, person, target)
    vault.grant_generations(holder, key=key, to=person.key)


def take(*, key: Key, person: User, target: Model, permission: str) -> None:
    """Take both away again, of every generation. What the person copied before cannot be taken back.

    The caller rotates the key (`vault.actions.rotate`), so that what is written from now on is closed to them.
    """
    remove_perm(permission, person, target)
    if person.key is not None:
        vault.revoke_grant(key=key, holder=person.key)


def _permit(permission: str, person: User, target: Model) -> None:
    """The object permission, unless it is there. One insert that reads no row: the portal's account may not."""
    model: Any = get_user_obj_perms_model(target)
    found = Permission.objects.get(content_type=get_content_type(target), codename=permission)
    model.objects.bulk_create([model(permission=found, user=person, content_object=target)], ignore_conflicts=True)


def institution_key(kind: KeyKind) -> Key | None:
    """The institution's own key of a kind (identity, publication) in use now, or None before it is made."""
    return Key.objects.filter(kind=kind).newest().alive().order_by("-created", "-pk").first()
