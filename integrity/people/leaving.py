"""Ending what a person has: with a role, or with the account.

Each floor declares what people hold there (memberships, reports, channels, keys) and how it ends. What nobody else
at the desk can open is not thrown away: it stays sealed to the key of somebody who can no longer sign in, is
shown to the administrator, and ends as soon as somebody else holds it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import clock
from integrity.action import Actor, Incomplete, WrongState, action, record
from integrity.people.events import tell
from integrity.people.models import Appointment, PersonEventKind, Regrant, Sitting, User
from integrity.people.roles import Role
from integrity.policy import Party
from integrity.vault import actions as vault
from integrity.vault.models import Grant

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

NOTHING: Final[frozenset[Role]] = frozenset()
# How many pseudonyms of what is left an entry names; it always says how many there are.
NAMED: Final = 100


class LeavingReason(TextChoices):
    """Why an account is closed."""

    LEFT = "left", gettext_lazy("Left the institution")
    MOVED = "moved", gettext_lazy("Moved to work without an account")
    COMPROMISED = "compromised", gettext_lazy("The keys may be in wrong hands")
    MISTAKE = "mistake", gettext_lazy("Made by mistake")


@dataclass(frozen=True)
class Holding:
    """Something that a person holds and that ends: what it is, its name for administrators, and how it ends.

    `is_last` when nobody else at the desk can open it; `lacks` says what else is missing without the person.
    """

    kind: StrPromise | str
    name: str
    pseudonym: str
    end: Callable[[], object] = field(repr=False)
    is_last: bool = False
    lacks: StrPromise | str = ""

    @property
    def needs_somebody(self) -> bool:
        """Whether somebody must do something about it."""
        return self.is_last or bool(self.lacks)


Source = Callable[[User, frozenset[Role]], Iterable[Holding]]
_sources: list[Source] = []


def declare_leaving(source: Source) -> Source:
    """Register a function (person, roles that they keep) that gives what the person holds by no kept role."""
    _sources.append(source)
    return source


def holdings(person: User, *, kept: frozenset[Role] = NOTHING) -> list[Holding]:
    """What would end if the person kept only these roles."""
    return [holding for source in _sources for holding in source(person, kept)]


def without(appointment: Appointment) -> frozenset[Role]:
    """The roles that a person keeps when this appointment ends."""
    others = appointment.person.appointments.in_force().exclude(pk=appointment.pk)
    return frozenset(Role(role) for role in others.values_list("role", flat=True))


@action(
    "people.role_ended",
    by=(Role.ADMINISTRATOR, Party.SYSTEM),
    not_self={"appointment.person_id": gettext_lazy("Somebody else must end a role of yours.")},
    facts=("role", "mandate", "left"),
    description="A role of a person ended.",
    step_up=True,
)
def end_role(*, actor: Actor, appointment: Appointment) -> list[Holding]:
    """End a role today, with the sittings and everything that the person held by this role alone.

    Returns what somebody must now look after. Raises NotPermitted for one's own role, WrongState when it has ended.
    """
    person = _locked(appointment.person)
    held = Appointment.objects.select_related("person").get(pk=appointment.pk)
    if held.until is not None and held.until <= clock.today():
        raise WrongState(_("This role has ended already."), object=f"person/{person.pk}")
    ends = holdings(person, kept=without(held))
    held.until = max(clock.today(), held.since)
    held.save(update_fields=["until"])
    person.__dict__.pop("_roles", None)
    left = _end(actor, person, ends)
    Sitting.objects.filter(person=person).delete()
    tell(person, PersonEventKind.ROLE_ENDED, actor=actor, role=held.role)
    record(object=f"person/{person.pk}", role=held.role, mandate=held.mandate, left=_named(left))
    return [holding for holding in ends if holding.needs_somebody]


@action(
    "people.account_closed",
    by=(Role.ADMINISTRATOR, Party.SYSTEM),
    not_self={"person": gettext_lazy("Somebody else must close your account.")},
    facts=("reason", "ended", "left", "left_in_all"),
    description="An account was closed, and its access ended everywhere.",
    step_up=True,
)
def close_account(*, actor: Actor, person: User, reason: LeavingReason) -> list[Holding]:
    """End roles, sittings, links, memberships and grants of a person, and their account.

    Returns what somebody must now look after. Raises NotPermitted for one's own account, WrongState when it is closed.
    """
    held = _locked(person)
    if not held.is_active:
        raise WrongState(_("This account is closed already."), object=f"person/{held.pk}")
    ends = holdings(held)
    left = _end(actor, held, ends)
    for appointment in Appointment.objects.filter(person=held).exclude(until__lte=clock.today()):
        appointment.until = max(clock.today(), appointment.since)
        appointment.save(update_fields=["until"])
    Sitting.objects.filter(person=held).delete()
    held.invitations.cancel()
    Regrant.objects.filter(person=held, given_on__isnull=True).delete()
    held.is_active = False
    held.save(update_fields=["is_active"])
    _forget_key(held, left=bool(left))
    tell(held, PersonEventKind.ACCOUNT_CLOSED, actor=actor)
    record(
        object=f"person/{held.pk}",
        reason=LeavingReason(reason).value,
        ended=len(ends) - len(left),
        left=_named(left),
        left_in_all=len(left),
    )
    return [holding for holding in ends if holding.needs_somebody]


@action(
    "people.departure_finished",
    by=(Role.ADMINISTRATOR, Party.SYSTEM),
    facts=("ended", "left_in_all"),
    description="What a closed account still held ended.",
    step_up=True,
)
def finish_departure(*, actor: Actor, person: User) -> list[Holding]:
    """End what a closed account still holds and somebody else holds by now. Returns what is still left.

    Raises WrongState for an account that is open, Incomplete when nothing can end yet.
    """
    held = _locked(person)
    if held.is_active:
        raise WrongState(_("This account is not closed."), object=f"person/{held.pk}")
    ends = holdings(held)
    left = _end(actor, held, ends)
    if len(left) == len(ends):
        raise Incomplete(_("Nobody else holds any of it yet."), object=f"person/{held.pk}")
    _forget_key(held, left=bool(left))
    record(object=f"person/{held.pk}", ended=len(ends) - len(left), left_in_all=len(left))
    return left


@action(
    "people.access_ended",
    by=(Role.ADMINISTRATOR, Party.SYSTEM),
    facts=("person",),
    description="A person's access to something ended with a role or account.",
)
def _end_one(*, actor: Actor, person: User, holding: Holding) -> None:
    holding.end()
    record(object=holding.pseudonym, person=f"person/{person.pk}")


def _end(actor: Actor, person: User, ends: Iterable[Holding]) -> list[Holding]:
    """End everything but what nobody else opens, which is returned."""
    left = []
    for holding in ends:
        if holding.is_last:
            left.append(holding)
        else:
            _end_one(actor=actor, person=person, holding=holding)
    return left


def _forget_key(person: User, *, left: bool) -> None:
    """When nothing is left that only this key opens, take its lock too: the passphrase then opens nothing at all."""
    if left or person.key is None:
        return
    held = Grant.objects.filter(holder=person.key)
    elsewhere = Grant.objects.exclude(holder=person.key).filter(key__in=held.values("key")).values("key")
    if not held.exclude(key__in=elsewhere).exists():
        vault.retire_person_key(person.key)


def _locked(person: User) -> User:
    return User.objects.select_for_update(of=("self",)).select_related("key", "office").get(pk=person.pk)


def _named(left: Iterable[Holding]) -> list[str]:
    return [holding.pseudonym for holding in left][:NAMED]
