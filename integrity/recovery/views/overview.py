"""The room's first page, and what recovery had to do with oneself."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render

from integrity.people.access import DeskRequest, role_required
from integrity.people.roles import Role
from integrity.recovery import actions
from integrity.recovery.actions.requests import ASKERS
from integrity.recovery.coverage import coverage, former, within_reach
from integrity.recovery.models import Ceremony, CeremonyState, Custodian, Notice, RecoveryRequest
from integrity.vault.keyring import NoGrant

READERS = (Role.RECOVERY, Role.ADMINISTRATOR, Role.SUPERVISOR, Role.AUTHORITY)
SHOWN_REQUESTS = 50


@dataclass(frozen=True)
class Reading:
    """A notice with its reason; `closed` when it was sealed to a key that this person does not have any more."""

    notice: Notice
    reason: str
    closed: bool


@role_required(*READERS)
def overview(request: DeskRequest) -> HttpResponse:
    """Who can recover, whether they still have their words, and how much is safe."""
    person = request.user
    in_force = Ceremony.objects.in_force()
    running = Ceremony.objects.running()
    requests = RecoveryRequest.objects.select_related("beneficiary", "requested_by", "decided_by")[:SHOWN_REQUESTS]
    mine = Custodian.objects.filter(person=person).select_related("ceremony__key")
    context = {
        "in_force": in_force,
        "custodians": _custodians(in_force),
        "mine": mine.filter(ceremony=in_force).first() if in_force else None,
        "running": running,
        "running_mine": mine.filter(ceremony=running).first() if running else None,
        "coverage": coverage(in_force.key) if in_force and in_force.key else None,
        "can_cover": _can_cover(request, in_force),
        "former": former(in_force) if in_force else [],
        "former_mine": set(mine.filter(ceremony__state=CeremonyState.RETIRED).values_list("ceremony", flat=True)),
        "requests": requests,
        "may_ask": person.has_role(*ASKERS),
        "is_administrator": person.has_role(Role.ADMINISTRATOR),
        "past": Ceremony.objects.filter(state__in=[CeremonyState.RETIRED, CeremonyState.ABANDONED])[:10],
    }
    return render(request, "recovery/overview.html", context)


def mine(request: DeskRequest) -> HttpResponse:
    """What was recovered, or asked for, that concerned this person."""
    notices = (
        Notice.objects.filter(person=request.user)
        .select_related("request__beneficiary", "request__requested_by", "request__decided_by")
        .prefetch_related("request__custodians")
        .order_by("-request__requested_on", "-request__pk")[:SHOWN_REQUESTS]
    )
    readings = [_read(notice, request) for notice in notices]
    if any(reading.notice.seen_on is None for reading in readings):
        actions.see_notices(actor=request.actor)
    return render(request, "recovery/mine.html", {"readings": readings})


def _read(notice: Notice, request: DeskRequest) -> Reading:
    try:
        return Reading(notice=notice, reason=str(notice.open(request.keyring, "reason")), closed=False)
    except NoGrant:
        return Reading(notice=notice, reason="", closed=True)


def reason_of(asked: RecoveryRequest, request: DeskRequest) -> Reading | None:
    """The reason of a request as this person may read it, or None when they were not told."""
    notice = Notice.objects.filter(request=asked, person=request.user).first()
    return _read(notice, request) if notice else None


def _custodians(ceremony: Ceremony | None) -> list[Custodian]:
    return list(ceremony.custodians.select_related("person__office")) if ceremony else []


def _can_cover(request: DeskRequest, ceremony: Ceremony | None) -> int:
    if ceremony is None or ceremony.key is None:
        return 0
    return within_reach(ceremony.key, of=request.keyring.key).count()
