"""Who may have the key of a request again after a forgotten passphrase, and who gives it: a custodian."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.identities.models import IdentityRequest
from cases.identities.steps import too_close
from integrity.action import Actor, NotPermitted, Refusal
from integrity.people.models import User
from integrity.people.regranting import Described, Matters, declare_matters
from integrity.people.roles import Role
from integrity.vault.models import Key, KeyKind


def _entitled(person: User, keys: Sequence[Key]) -> Mapping[UUID, str]:
    """Requests that the person made, or is the second person of."""
    rows = IdentityRequest.objects.filter(
        Q(requester=person) | Q(second=person), key__lineage__in=[key.lineage for key in keys]
    )
    matters = {request.key.lineage: request.pseudonym for request in rows.select_related("key")}
    return {key.pk: matters[key.lineage] for key in keys if key.lineage in matters}


def _why_not(actor: Actor, person: User, matter: str) -> Refusal | None:
    if actor.person is None or not actor.person.has_role(Role.IDENTITY):
        return NotPermitted(_("Your role does not allow this."), object=matter)
    return too_close(_request_of(matter), actor)


def _describe(matter: str) -> Described:
    return Described(kind=gettext_lazy("Request for an identity"), name=_request_of(matter).reference)


def _request_of(matter: str) -> IdentityRequest:
    rows = IdentityRequest.objects.select_related("key", "report")
    return rows.get(pk=UUID(matter.removeprefix("identity-request/")))


declare_matters(KeyKind.REQUEST, Matters(entitled=_entitled, why_not=_why_not, describe=_describe))
