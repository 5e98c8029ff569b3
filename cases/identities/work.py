"""What this room puts on the work list: requests that wait for a custodian, a second person, or who asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy

from cases.identities.models import IdentityRequest
from cases.identities.states import ASKERS, OPEN, SECONDS, Part, RequestState
from cases.identities.steps import TABLE, has_second
from cases.worklist import LIMIT, WorkItem, work_source
from integrity.action import Actor
from integrity.people.roles import Role

if TYPE_CHECKING:
    from datetime import date

    from django.utils.functional import _StrPromise as StrPromise

UNTOLD = Q(notice__isnull=False, notice__told_on__isnull=True)


@work_source
def requests(actor: Actor) -> Iterable[WorkItem]:
    """The requests in which this person has a part and that are not done, oldest first. Opens nothing sealed."""
    person = actor.user
    mine = Q(pk__in=[])
    if person.has_role(*ASKERS):
        mine |= Q(requester=person, state__in=[*OPEN, RequestState.RELEASED])
    if person.has_role(*SECONDS):
        mine |= Q(second=person) & (Q(state=RequestState.AGREED) | UNTOLD)
    if person.has_role(Role.IDENTITY):
        mine |= Q(state__in=OPEN) | UNTOLD
    if person.has_role(Role.ADMINISTRATOR) or not person.has_role(*ASKERS, *SECONDS, Role.IDENTITY):
        return []
    rows = IdentityRequest.objects.filter(mine, key__destroyed_on__isnull=True)
    rows = rows.select_related("notice", "release", "second").order_by("requested_on", "pk")
    return _items(rows[: LIMIT + 1], actor)


def _items(rows: Iterable[IdentityRequest], actor: Actor) -> Iterator[WorkItem]:
    for request in rows:
        step, due = _next(request, request.part_of(actor.user))
        yield WorkItem(
            reference=request.reference,
            kind=gettext_lazy("Request for an identity"),
            title="",
            url=reverse("identities:request", args=[request.reference]),
            state=request.get_state_display(),
            action=step,
            due=due,
        )


def _next(request: IdentityRequest, part: Part | None) -> tuple[StrPromise | str, date | None]:
    """What this part can do next, and until when; "" when it is somebody else's turn."""
    match part, request.state:
        case Part.CUSTODIAN, RequestState.ASKED:
            return gettext_lazy("Decide"), None
        case Part.CUSTODIAN, RequestState.APPROVED:
            return TABLE["release"].label, None
        case Part.CUSTODIAN, state if _lacks_second(request, state):
            return TABLE["name_second"].label, request.review_by
        case Part.SECOND, RequestState.AGREED:
            return gettext_lazy("Decide"), None
        case Part.SECOND, _ if request.keeps_silent:
            return TABLE["review"].label, request.review_by
        case Part.REQUESTER, RequestState.RELEASED:
            return TABLE["read"].label, request.release.until
    return "", None


def _lacks_second(request: IdentityRequest, state: str) -> bool:
    return not has_second(request) and (state == RequestState.AGREED or request.keeps_silent)
