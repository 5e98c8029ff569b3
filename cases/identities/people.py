"""Who may ask, who may not decide, and who can be the second person."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from cases.access import PERMISSION
from cases.conflicts import reason, standing, standing_on_report
from cases.identities.models import IdentityRequest
from cases.identities.states import ASKERS, OPEN, SECONDS, Happening, RequestState
from cases.identities.steps import NEVER_ADMINISTRATORS, barred_from, cases_of
from cases.models import Case, ConflictDeclaration, Membership
from intake.portal.models import Report, ReportUserObjectPermission
from integrity.action import Actor, ConflictOfInterest, Incomplete, NotPermitted, Refusal, WrongState
from integrity.people.models import Appointment, User
from integrity.people.roles import Role


def capacity_in(person: User, report: Report, case: Case | None) -> Role | None:
    """As what this person works on the matter and could ask, or None; the report alone is a triage officer's."""
    if case is None:
        held = report.capacities(person)
    else:
        held = case.capacities(person) if person.has_perm(PERMISSION, case) else frozenset()
    return next((role for role in ASKERS if role in held), None)


def still_works_on(request: IdentityRequest) -> bool:
    """Whether who asked still has an account, and a part in the matter by which they could ask."""
    person = request.requester
    works = capacity_in(person, request.report, request.case) is not None
    return works and person.is_active and not person.has_role(Role.ADMINISTRATOR)


def why_not_ask(actor: Actor, report: Report, case: Case | None) -> Refusal | None:
    """Why this actor may not ask for the identity of a report, or None when they may."""
    person = actor.user
    if person.has_role(Role.ADMINISTRATOR):
        return NotPermitted(NEVER_ADMINISTRATORS)
    if capacity_in(person, report, case) is None:
        return NotPermitted(_("Only who investigates, supervises or assesses this matter can ask for the identity."))
    if person.has_role(Role.IDENTITY):
        return NotPermitted(_("You keep the identities, so somebody else must ask."))
    found = conflict_of(actor, report, case)
    if found:
        return ConflictOfInterest(found)
    if report.key.destroyed_on is not None:
        return WrongState(_("This report was erased, and the identity with it."))
    if not report.has_identity:
        return Incomplete(_("The reporting person did not give their identity."))
    if report.identity_requests.filter(state__in=OPEN).exists():
        return WrongState(_("A request for this identity waits already."))
    if report.identity_requests.filter(state=RequestState.RELEASED, requester=person).exists():
        return WrongState(_("This identity is released to you already."))
    return None


def barred(actor: Actor, report: Report) -> list[str]:
    """Everybody who could decide and is too close to a subject, as the actor's open keys show; identifiers, sorted.

    Raises Incomplete when no custodian is left.
    """
    open_cases = [case for case in report.cases.select_related("key") if actor.keys.holds(case.key)]
    custodians = _in_role(Role.IDENTITY).filter(key__held__key=report.identity_key_id)
    people = _in_role(Role.IDENTITY, *SECONDS)
    found = {person.pk for person in people if any(reason(case, person, actor.keys) for case in open_cases)}
    if not custodians.exclude(pk__in=[*found, actor.user.pk]).exists():
        raise Incomplete(
            _("No identity custodian can decide on this: there is none, or each is too close to the matter."),
            object=report.pseudonym,
        )
    return sorted(str(identifier) for identifier in found)


def possible_seconds(request: IdentityRequest, actor: Actor) -> QuerySet[User]:
    """Who can be the second person: supervisors and deciding authorities with no part in the matter.

    While the reporting person is not to be told, supervisors alone. Asked of an actor who opens the request.
    """
    cases = list(cases_of(request))
    stepped_aside = request.steps.filter(name=Happening.STEPPED_ASIDE).values("person")
    people = (
        _in_role(*((Role.SUPERVISOR,) if request.told_later else SECONDS))
        .filter(key__isnull=False)
        .exclude(pk__in=[request.requester_id, actor.user.pk, *barred_from(request, actor)])
        .exclude(pk__in=stepped_aside)
        .exclude(pk__in=_in_role(Role.IDENTITY, Role.ADMINISTRATOR))
        .exclude(pk__in=Membership.objects.filter(case__in=cases).values("person"))
        .exclude(pk__in=ReportUserObjectPermission.objects.filter(content_object=request.report_id).values("user"))
        .exclude(pk__in=ConflictDeclaration.objects.filter(case__in=cases, has_conflict=True).values("person"))
    )
    below = [person.pk for person in people if request.requester.is_superior_of(person)]
    return people.exclude(pk__in=below)


def conflict_of(actor: Actor, report: Report, case: Case | None) -> str:
    """Why this actor is not free to ask for or read the identity, as a sentence, or ""."""
    if case is not None:
        found = standing(case, actor)
        if found.conflict:
            return found.conflict
        if not found.declared:
            return _("Declare first whether you have a conflict of interest in this case.")
    return standing_on_report(report, actor).conflict


def _in_role(*roles: Role) -> QuerySet[User]:
    held = Appointment.objects.in_force().filter(role__in=roles).values("person")
    return User.objects.filter(is_active=True, pk__in=held)
