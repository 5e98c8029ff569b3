"""What the actions of this room share: the locked request, its steps, and who holds its key."""

from __future__ import annotations

from typing import Final

from django.db.models import Max

from audit import clock
from audit.log.events import declare
from cases.identities.models import IdentityRequest, IdentityStep
from cases.identities.states import Happening
from cases.identities.steps import check
from integrity.action import Actor, Incomplete
from integrity.vault import actions as vault

# What the log knows from the time in which a custodian opened an identity alone; nothing writes it any more.
OPENED_ALONE: Final = declare(
    "report.identity_opened", facts=("opening",), description="A custodian opened a reporting person's identity alone."
)


def locked(request: IdentityRequest) -> IdentityRequest:
    """The request as it is now, locked until the transaction ends."""
    rows = IdentityRequest.objects.select_for_update(of=("self",)).select_related(
        "key", "report__key", "report__identity_key", "case", "requester__key", "second__key", "notice"
    )
    return rows.get(pk=request.pk)


def taken(name: str, request: IdentityRequest, actor: Actor) -> IdentityRequest:
    """The locked request, for a step that this actor can take now; raises what stands in the way."""
    held = locked(request)
    check(name, held, actor)
    return held


def note(request: IdentityRequest, name: Happening, actor: Actor, *, reasons: str = "") -> None:
    """Keep that something happened, with sealed reasons."""
    last = request.steps.aggregate(last=Max("number"))["last"] or 0
    step = IdentityStep(request=request, number=last + 1, name=name, person=actor.person, at=clock.now())
    if reasons:
        step.seal(reasons=reasons)
    step.save(force_insert=True)


def in_words(text: str, sentence: str, request: IdentityRequest) -> str:
    """The text without surrounding space. Raises Incomplete with the sentence when nothing is left."""
    if not text.strip():
        raise Incomplete(sentence, object=request.pseudonym)
    return text.strip()


def drop_second(request: IdentityRequest) -> None:
    """Take the request's key from the second person, and make its next generation for those who stay."""
    second = request.second
    request.second = None
    request.save(update_fields=["second"])
    if second is not None and second.key is not None and second.key.held.filter(key__lineage=request.key.lineage):
        vault.revoke_grant(key=request.key, holder=second.key)
        rotate(request)


def rotate(request: IdentityRequest) -> None:
    """Make the next generation of the request's key, for those who hold it now."""
    if request.key.destroyed_on is None:
        request.key = vault.rotate(request.key, holders=vault.holders_of(request.key))
