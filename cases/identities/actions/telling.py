"""Telling the reporting person what was decided: at once, or when the legal ground for waiting has ended."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils.translation import gettext as _

from audit import clock
from cases.identities.models import IdentityRequest
from cases.identities.record import in_words, locked, note, taken
from cases.identities.states import LONGEST_SILENCE, REVIEW_DAYS, Happening
from cases.identities.steps import NO_PART
from intake.portal import notices
from intake.portal.models import AskedOutcome, ToldLater
from integrity.action import Actor, Incomplete, WrongState, action, record
from integrity.people.roles import Role
from integrity.policy import Party


def conclude(request: IdentityRequest, outcome: AskedOutcome, text: str, *, until: date | None = None) -> None:
    """Write what the reporting person is told, inside the action that decided; it waits on an accepted ground."""
    waits = bool(request.told_later) and request.silent_until is not None and request.silent_until > clock.today()
    request.notice = notices.write_notice(
        report=request.report,
        outcome=outcome,
        role=Role(request.capacity),
        text=in_words(text, _("Write what the reporting person is told."), request),
        until=until,
        told_later=ToldLater(request.told_later) if waits else None,
    )
    if waits and request.silent_until is not None:
        request.review_by = _next_review(request.silent_until)


def settle_ground(request: IdentityRequest, actor: Actor, *, accepted: bool) -> None:
    """Let a decider accept the ground for not telling, or set it aside; what was claimed stays on record."""
    if request.told_later and not accepted:
        request.told_later, request.silent_until = "", None
        note(request, Happening.GROUND_REFUSED, actor)


@action(
    "identity.silence_reviewed",
    by=(Role.SUPERVISOR,),
    about="request",
    sentence=NO_PART,
    limit="the second person",
    step_up=True,
    facts=("until",),
    description="A supervisor reviewed why a reporting person is not told that their identity was asked for.",
)
def review(*, actor: Actor, request: IdentityRequest, reasons: str, until: date | None) -> None:
    """Keep the telling back until a day, with reasons, or end that with `until` None: the person is told at once.

    Raises Incomplete for a day that is past or more than LONGEST_SILENCE days away.
    """
    held = taken("review", request, actor)
    note(
        held,
        Happening.REVIEWED,
        actor,
        reasons=in_words(reasons, _("Give the reasons."), held),
    )
    if until is None:
        _tell(held, actor)
    else:
        if not clock.today() < until <= clock.today() + timedelta(days=LONGEST_SILENCE):
            raise Incomplete(
                _("Choose a day within the next %(days)d days.") % {"days": LONGEST_SILENCE}, object=held.pseudonym
            )
        held.silent_until, held.review_by = until, _next_review(until)
        held.save()
    record(object=held.pseudonym, until=until.isoformat() if until else "")


@action(
    "identity.told",
    by=(Party.SYSTEM,),
    description="A reporting person was told that their identity was asked for, after a legal ground had ended.",
)
def tell_now(*, actor: Actor, request: IdentityRequest) -> None:
    """Tell the reporting person, because the ground has ended or nobody reviewed it. Raises WrongState before."""
    held = locked(request)
    if not is_due(held):
        raise WrongState(_("The reporting person is not to be told yet, or was told."), object=held.pseudonym)
    _tell(held, actor)
    record(object=held.pseudonym)


def is_due(request: IdentityRequest) -> bool:
    """Whether a telling that waits must wait no longer."""
    if not request.keeps_silent or request.silent_until is None or request.review_by is None:
        return False
    return request.silent_until <= clock.today() or request.review_by < clock.today()


def _tell(request: IdentityRequest, actor: Actor) -> None:
    if request.notice is not None:
        notices.tell(request.notice)
    note(request, Happening.TOLD, actor)


def _next_review(until: date) -> date:
    return min(until, clock.today() + timedelta(days=REVIEW_DAYS))
