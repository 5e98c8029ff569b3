"""Asking for a recovery: a reason, a second person, and everybody concerned told."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import clock
from integrity.action import Actor, Incomplete, WrongState, action, record
from integrity.people.models import Appointment, User
from integrity.people.roles import Role
from integrity.policy import Party
from integrity.recovery.models import (
    OPEN,
    Ceremony,
    GroundOfRequest,
    Notice,
    RecoveryRequest,
    RequestedKey,
    RequestState,
)
from integrity.recovery.scopes import scope as scope_named
from integrity.vault.models import Grant, Key

ASKERS = (Role.ADMINISTRATOR, Role.SUPERVISOR)
DECIDERS = (Role.SUPERVISOR, Role.AUTHORITY)
NOT_A_DECIDER = gettext_lazy("A supervisor or a deciding authority decides on a recovery.")
NOT_BY = {
    "request.beneficiary_id": gettext_lazy("Nobody decides on a recovery for themselves."),
    "request.requested_by_id": gettext_lazy("Somebody else decides on what you asked for."),
}


@action(
    "recovery.asked",
    by=ASKERS,
    not_self={"beneficiary": gettext_lazy("Nobody asks for themselves.")},
    sentence=gettext_lazy("An administrator or a supervisor asks for a recovery."),
    facts=("scope", "about", "beneficiary", "ground", "keys"),
    description="Somebody asked that something be recovered for a person.",
    step_up=True,
)
def ask(
    *,
    actor: Actor,
    beneficiary: User,
    scope: str,
    reference: str = "",
    ground: GroundOfRequest,
    reason: str,
) -> RecoveryRequest:
    """Ask that what `scope` and `reference` name be given to a person; its keys are fixed from here on.

    Raises NotPermitted for one's own benefit, Incomplete when nothing would be recovered.
    """
    if beneficiary.key is None or not beneficiary.is_active:
        raise Incomplete(
            _("%(name)s needs an open account with keys of their own first.") % {"name": beneficiary.name},
            object=f"person/{beneficiary.pk}",
        )
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    ceremony = Ceremony.objects.in_force()
    if ceremony is None or ceremony.key is None:
        raise WrongState(_("There is no recovery key yet, so nothing can be recovered."))
    found = scope_named(scope).find(reference, beneficiary)
    keys = _recoverable(found.keys, ceremony.key)
    if not keys:
        raise Incomplete(
            _("The recovery key opens nothing of this. Somebody who can open it has to bring it in first."),
            object=found.object,
        )
    if RecoveryRequest.objects.filter(object=found.object, beneficiary=beneficiary, state__in=OPEN).exists():
        raise Incomplete(_("This was asked for already and waits."), object=found.object)
    request = RecoveryRequest.objects.create(
        scope=scope,
        object=found.object,
        reference=found.reference,
        ground=ground,
        beneficiary=beneficiary,
        requested_by=actor.user,
        requested_on=clock.today(),
    )
    RequestedKey.objects.bulk_create(RequestedKey(request=request, key=key) for key in keys)
    for person in _told(request, ceremony):
        notice = Notice(request=request, person=person)
        notice.seal(reason=reason.strip())
        notice.save(force_insert=True)
    record(
        object=request.pseudonym,
        scope=scope,
        about=found.object,
        beneficiary=f"person/{beneficiary.pk}",
        ground=ground.value,
        keys=len(keys),
    )
    return request


@action(
    "recovery.approved",
    by=DECIDERS,
    not_self=NOT_BY,
    about="request",
    sentence=NOT_A_DECIDER,
    facts=("beneficiary",),
    description="A second person approved a recovery.",
    step_up=True,
)
def approve(*, actor: Actor, request: RecoveryRequest) -> None:
    """Agree as the second person: supervisor or deciding authority, neither who asked nor for whom it is."""
    held = _decidable(request)
    held.state = RequestState.APPROVED
    held.decided_by, held.decided_on = actor.user, clock.today()
    held.save()
    record(object=held.pseudonym, beneficiary=f"person/{held.beneficiary_id}")


@action(
    "recovery.refused",
    by=DECIDERS,
    not_self=NOT_BY,
    about="request",
    sentence=NOT_A_DECIDER,
    facts=("beneficiary",),
    description="A second person refused a recovery.",
)
def refuse(*, actor: Actor, request: RecoveryRequest) -> None:
    """Refuse as the second person; nothing is recovered."""
    held = _decidable(request)
    held.state = RequestState.REFUSED
    held.decided_by, held.decided_on, held.ended_on = actor.user, clock.today(), clock.today()
    held.save()
    record(object=held.pseudonym, beneficiary=f"person/{held.beneficiary_id}")


@action(
    "recovery.withdrawn",
    by=(Party.THEMSELF,),
    themself="request.requested_by_id",
    about="request",
    sentence=gettext_lazy("Only who asked takes it back."),
    description="A request for a recovery was taken back.",
)
def withdraw(*, actor: Actor, request: RecoveryRequest) -> None:
    """Take one's own request back."""
    held = locked_request(request)
    if not held.is_open:
        raise WrongState(_("This request is closed."), object=held.pseudonym)
    held.state, held.ended_on = RequestState.WITHDRAWN, clock.today()
    held.save()
    record(object=held.pseudonym)


@action(
    "recovery.notices_seen",
    by=(Party.DESK,),
    limit="one's own",
    facts=("requests",),
    description="A person read what recovery concerned them.",
)
def see_notices(*, actor: Actor) -> None:
    """Note that a person has read what was not read yet. Without anything new it is not called."""
    unseen = list(Notice.objects.filter(person=actor.user, seen_on__isnull=True).select_related("request"))
    Notice.objects.filter(pk__in=[notice.pk for notice in unseen]).update(seen_on=clock.today())
    record(object=actor.pseudonym, requests=sorted(notice.request.pseudonym for notice in unseen))


def locked_request(request: RecoveryRequest) -> RecoveryRequest:
    """The request as it is now, locked until the transaction ends."""
    return RecoveryRequest.objects.select_for_update().get(pk=request.pk)


def _decidable(request: RecoveryRequest) -> RecoveryRequest:
    held = locked_request(request)
    if held.state != RequestState.ASKED:
        raise WrongState(_("This request does not wait for a decision."), object=held.pseudonym)
    return held


def _recoverable(keys: tuple[Key, ...], recovery: Key) -> list[Key]:
    held = Grant.objects.filter(holder=recovery).values("key")
    reached = Key.objects.filter(Q(pk__in=held) | Q(grants__holder__in=held))
    return list(reached.filter(pk__in=[key.pk for key in keys]).distinct())


def _told(request: RecoveryRequest, ceremony: Ceremony) -> list[User]:
    """Who gets the reason: who asked, for whom it is, the custodians, and everybody who may decide."""
    deciders = Appointment.objects.in_force().filter(role__in=DECIDERS).values("person")
    people = User.objects.filter(
        Q(pk__in=[request.beneficiary_id, request.requested_by_id])
        | Q(pk__in=ceremony.custodians.values("person"))
        | Q(pk__in=deciders),
        is_active=True,
        key__isnull=False,
    )
    return list(people.select_related("key"))
