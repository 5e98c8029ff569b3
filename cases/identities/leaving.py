"""What becomes of requests for identities when a role or an account ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.identities.actions.releasing import finish
from cases.identities.models import IdentityRequest
from cases.identities.record import drop_second, locked, note, rotate
from cases.identities.states import OPEN, SECONDS, Happening, RequestState
from integrity.action import Actor, acting
from integrity.people.leaving import Holding, declare_leaving
from integrity.people.models import Appointment, User
from integrity.people.roles import Role
from integrity.vault.models import Grant, KeyKind

KIND = gettext_lazy("Request for an identity")
UNTOLD = Q(notice__isnull=False, notice__told_on__isnull=True)


@declare_leaving
def requests_of(person: User, kept: frozenset[Role]) -> Iterable[Holding]:
    """What the person asked for or was released, decides as the second person, or knows as a custodian."""
    yield from _asked(person, kept)
    if not kept & set(SECONDS):
        yield from _as_second(person)
    if Role.IDENTITY not in kept and Grant.objects.filter(key__kind=KeyKind.IDENTITY, holder=person.key_id).exists():
        yield from _as_custodian(person)


def _asked(person: User, kept: frozenset[Role]) -> Iterator[Holding]:
    rows = IdentityRequest.objects.filter(requester=person, state__in=[*OPEN, RequestState.RELEASED])
    for request in rows.exclude(capacity__in=kept):
        yield _holding(request, partial(_end, request))


def _as_second(person: User) -> Iterator[Holding]:
    for request in IdentityRequest.objects.filter(Q(state=RequestState.AGREED) | UNTOLD, second=person):
        yield _holding(request, partial(_leave, request), lacks=_("A custodian must name another second person."))


def _as_custodian(person: User) -> Iterator[Holding]:
    """Requests that wait: their keys get a next generation, after that of the identities has got one.

    While nobody else keeps the identities, the departing custodian is the last to hold these as well.
    """
    in_role = Appointment.objects.in_force().filter(role=Role.IDENTITY).values("person")
    others = Grant.objects.filter(holder__person__is_active=True, holder__person__in=in_role)
    for request in IdentityRequest.objects.filter(Q(state__in=OPEN) | UNTOLD).select_related("report"):
        kept = others.filter(key=request.report.identity_key_id).exclude(holder__person=person).exists()
        yield _holding(request, partial(_renew, request), is_last=not kept)


def _holding(request: IdentityRequest, end: partial[None], *, is_last: bool = False, lacks: str = "") -> Holding:
    return Holding(
        kind=KIND, name=request.reference, pseudonym=request.pseudonym, end=end, is_last=is_last, lacks=lacks
    )


def _end(request: IdentityRequest) -> None:
    finish(locked(request), Happening.CLOSED, acting() or Actor.system())


def _leave(request: IdentityRequest) -> None:
    held = locked(request)
    drop_second(held)
    note(held, Happening.STEPPED_ASIDE, acting() or Actor.system())


def _renew(request: IdentityRequest) -> None:
    rotate(locked(request))
