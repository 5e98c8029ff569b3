"""What may be asked for. The room itself knows what a person lost; floors above add reports and cases."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrity.action import Actor, Incomplete
from integrity.people import regranting
from integrity.people.models import User
from integrity.vault.models import Key

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

PERSON = "person"


@dataclass(frozen=True)
class Found:
    """What a request is about: its pseudonym for the log, what people call it, and its keys."""

    object: str
    reference: str
    keys: tuple[Key, ...]


@dataclass(frozen=True)
class Scope:
    """A kind of thing that can be recovered.

    `find(reference, beneficiary)` looks it up, raising Incomplete. `give(actor, object, person, keys)` gives it
    inside the action of a recovery, where the actor's keyring is the recovery key's; it returns how many keys it gave.
    """

    name: str
    label: StrPromise | str
    needs_reference: bool
    find: Callable[[str, User], Found]
    give: Callable[[Actor, str, User, list[Key]], int]


_scopes: dict[str, Scope] = {}


def declare_scope(scope: Scope) -> None:
    """Let something be asked for. The same name again replaces it."""
    _scopes[scope.name] = scope


def scopes() -> Iterable[Scope]:
    """Everything that may be asked for."""
    return _scopes.values()


def scope(name: str) -> Scope:
    """The scope of that name. Raises KeyError."""
    return _scopes[name]


def _find_person(_reference: str, beneficiary: User) -> Found:
    waiting = regranting.open_requests().filter(person=beneficiary).values("key")
    keys = tuple(Key.objects.filter(pk__in=waiting))
    if not keys:
        raise Incomplete(
            _("Nothing waits to be given to %(name)s again.") % {"name": beneficiary.name},
            object=f"person/{beneficiary.pk}",
        )
    return Found(object=f"person/{beneficiary.pk}", reference="", keys=keys)


def _give_person(actor: Actor, _object: str, person: User, keys: list[Key]) -> int:
    return regranting.give_recovered(actor=actor, person=person, source=actor.keys, keys=keys)


declare_scope(
    Scope(
        name=PERSON,
        label=gettext_lazy("What a person held before they lost their passphrase"),
        needs_reference=False,
        find=_find_person,
        give=_give_person,
    )
)
