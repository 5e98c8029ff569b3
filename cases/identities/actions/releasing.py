"""Releasing an identity to the one who asked, reading it, and destroying the copy."""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from typing import Final

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from audit import clock
from cases.identities.actions.telling import conclude
from cases.identities.models import IdentityRelease, IdentityRequest
from cases.identities.people import conflict_of, still_works_on
from cases.identities.record import locked, note, taken
from cases.identities.states import ASKERS, OPEN, Happening, RequestState
from cases.identities.steps import NO_PART
from intake.portal.models import AskedOutcome
from integrity.action import Actor, ConflictOfInterest, Incomplete, NotPermitted, WrongState, action, record
from integrity.people.roles import Role
from integrity.policy import Party
from integrity.vault.fields import PADDING
from integrity.vault.keyring import NoGrant
from integrity.vault.seal import Place
from integrity.vault.wrap import SECRET_LENGTH, unwrap, wrap

WRAPPED: Final = "wrapped"


@action(
    "identity.released",
    by=(Role.IDENTITY,),
    about="request",
    sentence=NO_PART,
    limit="when a second person agreed",
    step_up=True,
    facts=("report", "to", "until", "told_later"),
    description="The identity of a reporting person was sealed to one person, for a time.",
)
def release(*, actor: Actor, request: IdentityRequest, told: str, until: date) -> IdentityRelease:
    """Seal the identity to who asked, until the end of a day; `told` is for the reporting person.

    The custodian's keys open it on the way, and no page shows it to them. Raises Incomplete when who asked works on
    the matter no longer, or for a day out of bounds.
    """
    held = taken("release", request, actor)
    reader = held.requester.key
    if reader is None or not still_works_on(held):
        raise Incomplete(
            _("%(name)s does not work on this matter any more. Refuse the request.") % {"name": held.requester.name},
            object=held.pseudonym,
        )
    if not clock.today() <= until <= last_day():
        raise Incomplete(
            _("Choose a day within the next %(days)d days.") % {"days": settings.IDENTITY_RELEASE_DAYS},
            object=held.pseudonym,
        )
    made = IdentityRelease(request=held, reader_key=reader, released_on=clock.today(), until=until)
    secret = secrets.token_bytes(SECRET_LENGTH)
    made.seal(secret=secret, copy=wrap(_identity(actor, held), secret=secret, place=_place(made)))
    made.save(force_insert=True)
    held.state = RequestState.RELEASED
    note(held, Happening.RELEASED, actor)
    conclude(held, AskedOutcome.RELEASED, told, until=until)
    held.save()
    record(
        object=held.pseudonym,
        report=held.report.pseudonym,
        to=f"person/{held.requester_id}",
        until=until.isoformat(),
        told_later=held.told_later if held.keeps_silent else "",
    )
    return made


@action(
    "identity.read",
    by=ASKERS,
    about="request",
    sentence=NO_PART,
    limit="who asked, while it is released to them",
    step_up=True,
    facts=("report",),
    description="Somebody to whom an identity was released read it.",
)
def read_identity(*, actor: Actor, request: IdentityRequest) -> str:
    """The identity, for the one to whom it was released. Each reading is kept and is in the log.

    Raises WrongState after the last day, NotPermitted for who lost the matter or the key, ConflictOfInterest.
    """
    held = taken("read", request, actor)
    running = _running(held)
    _must_still_be_free(actor, held)
    if not actor.keys.holds(running.reader_key_id):
        raise NotPermitted(
            _("It was sealed to a key that you do not have any more. Give it back, and ask again if you need it."),
            object=held.pseudonym,
        )
    note(held, Happening.READ, actor)
    record(object=held.pseudonym, report=held.report.pseudonym)
    try:
        secret, copy = (running.open(actor.keys, name) for name in ("secret", "copy"))
    except NoGrant as error:
        raise NotPermitted(_("You do not work on this matter any more."), object=held.pseudonym) from error
    return unwrap(copy, secret=secret, place=_place(running)).decode().rstrip("\0")


@action(
    "identity.given_back",
    by=ASKERS,
    about="request",
    sentence=NO_PART,
    limit="who asked",
    description="Somebody to whom an identity was released gave it back; the copy was destroyed.",
)
def give_back(*, actor: Actor, request: IdentityRequest) -> None:
    """Destroy the copy that was sealed to oneself, before its time ends."""
    held = taken("give_back", request, actor)
    finish(held, Happening.GIVEN_BACK, actor)
    record(object=held.pseudonym)


@action(
    "identity.release_ended",
    by=(Party.SYSTEM,),
    limit="when its day has passed, or who asked works on the matter no longer",
    facts=("why",),
    description="A request or the release of an identity ended by itself; a copy was destroyed.",
)
def end_release(*, actor: Actor, request: IdentityRequest) -> None:
    """End a release whose day has passed, and a request or release of somebody who has left the matter.

    Raises WrongState when there is no such reason.
    """
    held = locked(request)
    why = ending(held)
    if why is None:
        raise WrongState(_("This has not ended yet, or has ended before."), object=held.pseudonym)
    finish(held, why, actor)
    record(object=held.pseudonym, why=why.value)


def finish(request: IdentityRequest, why: Happening, actor: Actor) -> None:
    """End a locked request inside an action: a copy is destroyed, what was not released yet is withdrawn."""
    if request.state == RequestState.RELEASED:
        request.release.destroy()
        request.state = RequestState.ENDED
    else:
        request.state = RequestState.WITHDRAWN
    request.save()
    note(request, why, actor)


def ending(request: IdentityRequest) -> Happening | None:
    """Why a request or release ends by itself now, or None while it does not."""
    released = request.state == RequestState.RELEASED
    if not released and request.state not in OPEN:
        return None
    if not still_works_on(request):
        return Happening.CLOSED
    return Happening.EXPIRED if released and request.release.is_over else None


def last_day() -> date:
    """The last day until which an identity can be released today."""
    return clock.today() + timedelta(days=settings.IDENTITY_RELEASE_DAYS)


def _identity(actor: Actor, request: IdentityRequest) -> bytes:
    """The identity as it is wrapped: padded, so that its length tells nothing."""
    try:
        identity = str(request.report.open(actor.keys, "identity")).encode()
    except NoGrant as error:
        raise NotPermitted(_("Your keys do not open this identity."), object=request.pseudonym) from error
    if not identity:
        raise Incomplete(_("This report was erased, and the identity with it."), object=request.pseudonym)
    return identity.ljust(-(-len(identity) // PADDING) * PADDING, b"\0")


def _running(request: IdentityRequest) -> IdentityRelease:
    found: IdentityRelease = request.release
    if found.is_over:
        raise WrongState(
            _("The identity was released to you until %(day)s. That time is over, and the copy is destroyed.")
            % {"day": date_format(found.until)},
            object=request.pseudonym,
        )
    return found


def _must_still_be_free(actor: Actor, request: IdentityRequest) -> None:
    if not still_works_on(request):
        raise NotPermitted(_("You do not work on this matter any more."), object=request.pseudonym)
    conflict = conflict_of(actor, request.report, request.case)
    if conflict:
        raise ConflictOfInterest(conflict, object=request.pseudonym)


def _place(release: IdentityRelease) -> Place:
    return Place(IdentityRelease._meta.db_table, WRAPPED, str(release.pk))
