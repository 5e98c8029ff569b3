"""The steps of a request as a table: who takes which, from where; and what stands in somebody's way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.identities.models import IdentityRequest
from cases.identities.states import CONCLUDED, OPEN, SECONDS, Part
from cases.identities.states import RequestState as S
from cases.models import Case, ConflictDeclaration, Membership
from intake.portal.models import ReportUserObjectPermission
from integrity.action import Actor, ConflictOfInterest, NotPermitted, Refusal, WrongState
from integrity.people.models import User
from integrity.people.roles import Role

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

NO_PART: Final = gettext_lazy("You have no part in this request.")
NEVER_ADMINISTRATORS: Final = gettext_lazy("An administrator never has a part in releasing an identity.")


@dataclass(frozen=True)
class Step:
    """One step: `parts` take it while the request stands at one of `states`; `decides` needs a free mind.

    `silent` is for what concerns a telling that waits, whatever the state.
    """

    name: str
    label: StrPromise
    done: StrPromise
    parts: frozenset[Part]
    states: frozenset[S]
    decides: bool = False
    silent: bool = False
    main: bool = False


def _step(
    name: str,
    label: StrPromise,
    done: StrPromise,
    parts: Iterable[Part],
    states: Iterable[S],
    *,
    decides: bool = False,
    silent: bool = False,
    main: bool = False,
) -> Step:
    return Step(name, label, done, frozenset(parts), frozenset(states), decides, silent, main)


STEPS: Final = (
    _step(
        "agree",
        gettext_lazy("Agree and name a second person"),
        gettext_lazy("You agreed. The second person decides next."),
        (Part.CUSTODIAN,),
        (S.ASKED,),
        decides=True,
        main=True,
    ),
    _step(
        "name_second",
        gettext_lazy("Name another second person"),
        gettext_lazy("The second person was named."),
        (Part.CUSTODIAN,),
        (S.AGREED, *CONCLUDED),
        decides=True,
        main=True,
    ),
    _step(
        "approve",
        gettext_lazy("Agree as the second person"),
        gettext_lazy("You agreed. The custodian can release the identity now."),
        (Part.SECOND,),
        (S.AGREED,),
        decides=True,
        main=True,
    ),
    _step(
        "release",
        gettext_lazy("Release the identity"),
        gettext_lazy("The identity was released to who asked."),
        (Part.CUSTODIAN,),
        (S.APPROVED,),
        decides=True,
        main=True,
    ),
    _step(
        "refuse",
        gettext_lazy("Refuse"),
        gettext_lazy("The request was refused."),
        (Part.CUSTODIAN, Part.SECOND),
        (S.ASKED, S.AGREED, S.APPROVED),
        decides=True,
    ),
    _step(
        "step_aside",
        gettext_lazy("Step aside"),
        gettext_lazy("You stepped aside. The custodian names somebody else."),
        (Part.SECOND,),
        (S.AGREED, *CONCLUDED),
    ),
    _step(
        "read",
        gettext_lazy("Read the identity"),
        gettext_lazy("You read the identity."),
        (Part.REQUESTER,),
        (S.RELEASED,),
        main=True,
    ),
    _step(
        "give_back",
        gettext_lazy("Give it back"),
        gettext_lazy("The copy that was sealed to you was destroyed."),
        (Part.REQUESTER,),
        (S.RELEASED,),
    ),
    _step(
        "withdraw",
        gettext_lazy("Withdraw the request"),
        gettext_lazy("The request was withdrawn."),
        (Part.REQUESTER,),
        OPEN,
    ),
    _step(
        "review",
        gettext_lazy("Review why the reporting person is not told"),
        gettext_lazy("The review was noted."),
        (Part.SECOND,),
        CONCLUDED,
        decides=True,
        silent=True,
        main=True,
    ),
)
TABLE: Final = {step.name: step for step in STEPS}


def why_not(step: Step, request: IdentityRequest, actor: Actor) -> Refusal | None:
    """Why this actor cannot take the step now, or None when they can."""
    part = request.part_of(actor.user)
    if part not in step.parts:
        return NotPermitted(_no_part(request, actor.user))
    if request.state not in step.states or not _fits(step, request, part):
        return WrongState(
            _("“%(label)s” is not possible now: it stands at “%(state)s”.")
            % {"label": step.label, "state": request.get_state_display()}
        )
    return too_close(request, actor) if step.decides else None


def check(name: str, request: IdentityRequest, actor: Actor) -> None:
    """Raise what stands in the way, naming the request for the log."""
    refused = why_not(TABLE[name], request, actor)
    if refused is not None:
        refused.object = request.pseudonym
        raise refused


def offered(request: IdentityRequest, actor: Actor) -> list[Step]:
    """The steps that this actor can take now, the main one first."""
    return sorted(
        (step for step in STEPS if why_not(step, request, actor) is None), key=lambda step: (not step.main, step.name)
    )


def too_close(request: IdentityRequest, actor: Actor) -> Refusal | None:
    """Why this person may not decide: they work on the matter, declared a conflict, or are close to a subject."""
    person = actor.user
    cases = list(cases_of(request))
    if (
        ReportUserObjectPermission.objects.filter(user=person, content_object=request.report_id).exists()
        or Membership.objects.filter(case__in=cases, person=person).exists()
    ):
        return NotPermitted(_("You work or worked on this matter yourself, so somebody else must decide."))
    if ConflictDeclaration.objects.filter(case__in=cases, person=person, has_conflict=True).exists():
        return ConflictOfInterest(_("You declared a conflict of interest in this matter."))
    if not actor.keys.holds(request.key):
        return NotPermitted(_("Your keys do not open this request. A custodian who holds its key gives it to you."))
    if str(person.pk) in barred_from(request, actor):
        return ConflictOfInterest(_("You may not decide here: you are too close to whom this matter is about."))
    return None


def barred_from(request: IdentityRequest, actor: Actor) -> list[str]:
    """Who may not decide, as who asked found them with the case open: identifiers of accounts."""
    return list(request.open(actor.keys, "barred"))


def cases_of(request: IdentityRequest) -> Iterator[Case]:
    """The cases that the matter is part of."""
    yield from Case.objects.filter(reports=request.report_id)


def has_second(request: IdentityRequest) -> bool:
    """Whether a second person is named who can still act; of a telling that waits, a supervisor."""
    roles = (Role.SUPERVISOR,) if request.told_later else SECONDS
    second = request.second
    return second is not None and second.is_active and second.has_role(*roles)


def _fits(step: Step, request: IdentityRequest, part: Part | None) -> bool:
    match step.name:
        case "name_second":
            return not has_second(request) and (request.state == S.AGREED or request.keeps_silent)
        case "refuse":
            return part == Part.CUSTODIAN or request.state == S.AGREED
        case "step_aside":
            return request.state == S.AGREED or request.keeps_silent
    return request.keeps_silent or not step.silent


def _no_part(request: IdentityRequest, person: User) -> StrPromise | str:
    if person.has_role(Role.ADMINISTRATOR):
        return NEVER_ADMINISTRATORS
    if person.pk == request.requester_id:
        return _("You asked for it yourself, so two other people decide.")
    return NO_PART
