"""The institution's own keys: of identities, of the register, of protection, of the log's private parts.

Who is appointed to keep one later is given it by somebody who holds it; who leaves loses it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from integrity.action import Actor, NotPermitted, Refusal
from integrity.people.leaving import Holding, declare_leaving
from integrity.people.models import Appointment, User
from integrity.people.regranting import Described, Matters, ask_for, declare_matters
from integrity.people.roles import Role
from integrity.vault import actions as vault
from integrity.vault.models import Grant, Key, KeyKind

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

KEEPERS: Final[Mapping[KeyKind, frozenset[Role]]] = {
    KeyKind.IDENTITY: frozenset({Role.IDENTITY}),
    KeyKind.PUBLICATION: frozenset({Role.EDITOR, Role.APPROVER}),
    KeyKind.PROTECTION: frozenset({Role.PROTECTION}),
    KeyKind.AUDIT: frozenset({Role.AUDITOR}),
}
NAMES: Final[Mapping[KeyKind, StrPromise]] = {
    KeyKind.IDENTITY: _("Key of the reporting persons' identities"),
    KeyKind.PUBLICATION: _("Key of the register"),
    KeyKind.PROTECTION: _("Key of the protection of reporting persons"),
    KeyKind.AUDIT: _("Key of the log's private parts"),
}


def ask(person: User) -> None:
    """List, inside an action, the institution's keys that the person's roles need and their key does not open."""
    kinds = [kind for kind, keepers in KEEPERS.items() if person.has_role(*keepers)]
    if kinds:
        ask_for(person, list(Key.objects.newest().alive().filter(kind__in=kinds)))


def _entitled(person: User, keys: Sequence[Key]) -> Mapping[UUID, str]:
    return {key.pk: _pseudonym(key) for key in keys if person.has_role(*KEEPERS[KeyKind(key.kind)])}


def _why_not(actor: Actor, person: User, matter: str) -> Refusal | None:
    keepers = KEEPERS[_kind_of(matter)]
    if actor.person is None or not actor.person.has_role(*keepers):
        return NotPermitted(_("Your role does not allow this."), object=matter)
    return None


def _describe(matter: str) -> Described:
    return Described(kind=_("Key of the institution"), name=str(NAMES[_kind_of(matter)]))


def _pseudonym(key: Key) -> str:
    return f"{key.kind}-key"


def _kind_of(matter: str) -> KeyKind:
    return KeyKind(matter.removesuffix("-key"))


def held_by(person: User, kept: frozenset[Role]) -> Iterable[Holding]:
    """The institution's keys that none of the kept roles needs, with who else holds each."""
    for kind, keepers in KEEPERS.items():
        if person.key_id is not None and not kept & keepers:
            yield from _holdings(person, kind, keepers)


def _holdings(person: User, kind: KeyKind, keepers: frozenset[Role]) -> Iterator[Holding]:
    in_role = Appointment.objects.in_force().filter(role__in=keepers).values("person")
    for key in Key.objects.newest().alive().filter(kind=kind, grants__holder=person.key_id).order_by("created", "pk"):
        others = (
            Grant.objects.filter(key=key, holder__person__is_active=True, holder__person__in=in_role)
            .exclude(holder=person.key_id)
            .count()
        )
        yield Holding(
            kind=_("Key of the institution"),
            name=str(NAMES[kind]),
            pseudonym=_pseudonym(key),
            end=partial(_end, key, person),
            is_last=others == 0,
            lacks=_("Only one person is left who holds it.") if others == 1 else "",
        )


def _end(key: Key, person: User) -> None:
    if person.key is not None:
        vault.revoke_grant(key=key, holder=person.key)
        vault.rotate(key, holders=vault.holders_of(key))


for _each in KEEPERS:
    declare_matters(_each, Matters(entitled=_entitled, why_not=_why_not, describe=_describe))
declare_leaving(held_by)
