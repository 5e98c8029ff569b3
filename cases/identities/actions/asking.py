"""Asking for an identity, and taking the request back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.utils.translation import gettext as _

from audit import clock
from cases.identities.models import IdentityRequest
from cases.identities.people import barred, capacity_in, why_not_ask
from cases.identities.record import in_words, note, taken
from cases.identities.states import ASKERS, LONGEST_SILENCE, SECONDS, Happening, RequestState
from cases.identities.steps import NO_PART
from cases.models import Case
from cases.triage.models import IdentityOpening
from intake.portal.models import Report, ToldLater
from integrity.action import Actor, Incomplete, NotPermitted, action, record
from integrity.people.models import User
from integrity.people.roles import Role
from integrity.references import new_reference
from integrity.vault import actions as vault
from integrity.vault.models import Key, KeyKind


@action(
    "identity.asked",
    by=ASKERS,
    about="report",
    limit="who works on the report or the case; never a custodian or an administrator",
    facts=("report", "role", "told_later"),
    description="Somebody asked for the identity of a reporting person.",
)
def ask(
    *,
    actor: Actor,
    report: Report,
    case: Case | None = None,
    reason: str,
    needed_for: str,
    told_later: ToldLater | None = None,
    ground: str = "",
    silent_until: date | None = None,
) -> IdentityRequest:
    """Ask for the identity, as somebody who works on the report, or on a case that it belongs to.

    `told_later` is a legal ground for not telling the reporting person before `silent_until`, explained in `ground`.
    Raises the Refusal of `why_not_ask`; Incomplete without reasons, or without a custodian who could decide.
    """
    # Two who ask at the same moment wait for one another here.
    held = Report.objects.select_for_update(of=("self",)).select_related("key", "identity_key").get(pk=report.pk)
    if case is not None and not case.reports.filter(pk=held.pk).exists():
        raise NotPermitted(_("This report does not belong to the case."), object=held.pseudonym)
    refused = why_not_ask(actor, held, case)
    capacity = capacity_in(actor.user, held, case)
    if refused is not None or capacity is None:
        refused = refused or NotPermitted(NO_PART)
        refused.object = held.pseudonym
        raise refused
    key = _make_key(actor.user, held)
    request = IdentityRequest(
        reference=new_reference("I"),
        key=key,
        report=held,
        case=case,
        requester=actor.user,
        capacity=capacity,
        requested_on=clock.today(),
        told_later=told_later or "",
        silent_until=_end_of_silence(held, silent_until) if told_later else None,
    )
    request.seal(
        reason=in_words(reason, _("Give the reason."), request),
        needed_for=in_words(needed_for, _("Say what the identity is needed for."), request),
        barred=barred(actor, held),
    )
    if told_later:
        request.seal(ground=in_words(ground, _("Say why the law forbids telling the reporting person now."), request))
    request.save(force_insert=True)
    note(request, Happening.ASKED, actor)
    record(object=request.pseudonym, report=held.pseudonym, role=capacity.value, told_later=told_later or "")
    return request


@action(
    "identity.request_opened",
    by=(*ASKERS, *SECONDS, Role.IDENTITY),
    about="request",
    sentence=NO_PART,
    limit="who asked, the custodians, the second person",
    description="Somebody read a request for an identity.",
)
def open_request(*, actor: Actor, request: IdentityRequest) -> None:
    """Note that somebody looked at a request. Raises NotPermitted for everybody who has no part in it."""
    if request.part_of(actor.user) is None:
        raise NotPermitted(NO_PART, object=request.pseudonym)
    record(object=request.pseudonym)


@action(
    "identity.openings_read",
    by=(Role.IDENTITY,),
    sentence=NO_PART,
    limit="the custodians",
    facts=("reports",),
    description="A custodian read why identities were opened, in the time before they had to be asked for.",
)
def read_openings(*, actor: Actor, openings: Sequence[IdentityOpening]) -> list[str]:
    """The reasons of former openings, in their order, and a note that they were read."""
    record(object=actor.pseudonym, reports=sorted({opening.report.pseudonym for opening in openings}))
    return [opening.open(actor.keys, "reason") for opening in openings]


@action(
    "identity.withdrawn",
    by=ASKERS,
    about="request",
    sentence=NO_PART,
    limit="who asked",
    description="A request for an identity was withdrawn.",
)
def withdraw(*, actor: Actor, request: IdentityRequest) -> None:
    """Take one's own request back, before it is released."""
    held = taken("withdraw", request, actor)
    held.state = RequestState.WITHDRAWN
    held.save()
    note(held, Happening.WITHDRAWN, actor)
    record(object=held.pseudonym)


def _make_key(person: User, report: Report) -> Key:
    """A key for the texts of one request: who asked holds it, and the custodians by the key of the identities."""
    if person.key is None or report.identity_key is None:
        raise Incomplete(_("Nothing can be sealed for you before you have keys."), object=report.pseudonym)
    key, private = vault.make_key(KeyKind.REQUEST, person.key)
    vault.grant(private, key=key, to=report.identity_key)
    return key


def _end_of_silence(report: Report, day: date | None) -> date:
    if day is None or not clock.today() < day <= clock.today() + timedelta(days=LONGEST_SILENCE):
        raise Incomplete(
            _("Say until when the reporting person is not told: a day within the next %(days)d days.")
            % {"days": LONGEST_SILENCE},
            object=report.pseudonym,
        )
    return day
