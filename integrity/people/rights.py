"""Who may perform the verbs of this room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from integrity.action import Actor, NotPermitted
from integrity.people.models import User
from integrity.people.roles import Role

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


def must_be(actor: Actor, *roles: Role) -> None:
    """Raise NotPermitted unless the actor is the system or holds one of the roles today."""
    if actor.is_system:
        return
    if actor.person is None or not actor.person.has_role(*roles):
        raise NotPermitted(_("Your role does not allow this."), object=actor.pseudonym)


def must_be_somebody_else(actor: Actor, person: User, sentence: str | StrPromise) -> None:
    """Raise NotPermitted with the sentence when the actor is the person."""
    if actor.person is not None and actor.person.pk == person.pk:
        raise NotPermitted(sentence, object=f"person/{person.pk}")
