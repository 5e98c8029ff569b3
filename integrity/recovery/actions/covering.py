"""Bringing in keys that are older than the recovery key: whoever opens them adds a grant."""

from __future__ import annotations

from django.utils.translation import gettext as _

from integrity.action import Actor, WrongState, action, record
from integrity.policy import Party
from integrity.recovery.coverage import within_reach
from integrity.recovery.models import Ceremony
from integrity.vault import actions as vault
from integrity.vault.keyring import Keyring
from integrity.vault.models import Key

AT_ONCE = 200


@action(
    "recovery.keys_covered",
    by=(Party.DESK,),
    limit="what one's own keys open",
    facts=("keys",),
    description="Older keys were granted to the recovery key.",
    step_up=True,
)
def bring_in(*, actor: Actor, limit: int = AT_ONCE) -> int:
    """Grant the recovery key what the actor opens and it does not, at most `limit` keys; returns how many.

    Raises WrongState when there is no recovery key, or nothing that this person could bring in.
    """
    ceremony = Ceremony.objects.in_force()
    if ceremony is None or ceremony.key is None:
        raise WrongState(_("There is no recovery key yet."))
    brought = carry(actor.keys, to=ceremony.key, limit=limit)
    if not brought:
        raise WrongState(_("Everything that you can open is safe already."), object=ceremony.pseudonym)
    record(object=ceremony.pseudonym, keys=brought)
    return brought


def carry(keyring: Keyring, *, to: Key, limit: int | None = None) -> int:
    """Grant `to` each key within the keyring's reach that it does not open; inside an action."""
    keys = list(within_reach(to, of=keyring.key)[:limit])
    keyring.find(keys)
    for key in keys:
        vault.grant(keyring, key=key, to=to)
    return len(keys)
