"""What is erased with a report or a case: the texts of requests for its identity, and released copies."""

from __future__ import annotations

from django.db.models import Q

from cases.identities.actions.releasing import finish
from cases.identities.models import IdentityRequest
from cases.identities.record import locked
from cases.identities.states import OPEN, Happening, RequestState
from integrity.action import Actor
from integrity.vault.erasure import ErasureReason, destroy_key, erased_with
from integrity.vault.models import Key


@erased_with
def requests_of(actor: Actor, key: Key, reason: ErasureReason) -> None:
    """Destroy the keys of the requests that were made on this report or case, and end what was released of it."""
    about = IdentityRequest.objects.filter(Q(report__key__lineage=key.lineage) | Q(case__key__lineage=key.lineage))
    for request in about.filter(state__in=[*OPEN, RequestState.RELEASED]):
        finish(locked(request), Happening.CLOSED, actor)
    for request in about.filter(key__destroyed_on__isnull=True).select_related("key"):
        destroy_key(actor=actor, key=request.key, reason=reason)
