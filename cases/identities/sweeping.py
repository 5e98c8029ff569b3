"""What happens by itself: copies whose time is over are destroyed, and reporting persons who had to wait are told."""

from __future__ import annotations

from django.db.models import Q

from audit import clock
from cases.identities.actions import end_release, tell_now
from cases.identities.actions.releasing import ending
from cases.identities.models import IdentityRequest
from cases.identities.states import OPEN, RequestState
from integrity.action import Actor


def sweep() -> int:
    """End what has ended and tell what waits no longer, each as an action of its own; how many of both."""
    system, done = Actor.system(), 0
    rows = IdentityRequest.objects.select_related("report__key", "case", "requester", "notice")
    for request in rows.filter(state__in=[*OPEN, RequestState.RELEASED]):
        if ending(request) is not None:
            end_release(actor=system, request=request)
            done += 1
    today = clock.today()
    silent = rows.filter(notice__told_on__isnull=True, notice__isnull=False, report__key__destroyed_on__isnull=True)
    for request in silent.filter(Q(silent_until__lte=today) | Q(review_by__lt=today)):
        tell_now(actor=system, request=request)
        done += 1
    return done
