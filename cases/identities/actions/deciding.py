"""The decisions: the custodian's, then that of a second person who never sees the identity. Either refusal ends it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from cases.identities.actions.telling import conclude, settle_ground
from cases.identities.models import IdentityRequest
from cases.identities.people import possible_seconds
from cases.identities.record import drop_second, in_words, note, taken
from cases.identities.states import SECONDS, Happening, Part, RequestState
from cases.identities.steps import NO_PART
from intake.portal.models import AskedOutcome
from integrity.action import Actor, ConflictOfInterest, NotPermitted, action, record
from integrity.people.models import User
from integrity.people.roles import Role
from integrity.vault import actions as vault


@action(
    "identity.agreed",
    by=(Role.IDENTITY,),
    about="request",
    sentence=NO_PART,
    limit="not who asked, and nobody close to the matter",
    step_up=True,
    facts=("second", "told_later"),
    description="The identity custodian agreed to a request, and named a second person.",
)
def agree(
    *, actor: Actor, request: IdentityRequest, reasons: str, second: User, keep_silent: bool = False, free: bool
) -> None:
    """Agree as the custodian, and let `second` decide next; nothing is released yet.

    `keep_silent` accepts the ground for not telling, if one was given; `free` declares that there is no conflict.
    """
    held = taken("agree", request, actor)
    _must_be_free(free, held)
    settle_ground(held, actor, accepted=keep_silent)
    held.custodian, held.state = actor.user, RequestState.AGREED
    note(held, Happening.AGREED, actor, reasons=in_words(reasons, _("Give the reasons."), held))
    _bring_in(held, actor, second)
    held.save()
    record(object=held.pseudonym, second=f"person/{second.pk}", told_later=held.told_later)


@action(
    "identity.second_named",
    by=(Role.IDENTITY,),
    about="request",
    sentence=NO_PART,
    limit="when the one named cannot act any more",
    facts=("second",),
    description="Another second person was named for a request for an identity.",
)
def name_second(*, actor: Actor, request: IdentityRequest, second: User) -> None:
    """Name somebody in place of a second person who stepped aside or left office."""
    held = taken("name_second", request, actor)
    drop_second(held)
    _bring_in(held, actor, second)
    held.save()
    record(object=held.pseudonym, second=f"person/{second.pk}")


@action(
    "identity.approved",
    by=SECONDS,
    about="request",
    sentence=NO_PART,
    limit="the second person, who has no part in the matter",
    step_up=True,
    facts=("told_later",),
    description="A second person agreed to the release of an identity.",
)
def approve(*, actor: Actor, request: IdentityRequest, reasons: str, keep_silent: bool = False, free: bool) -> None:
    """Agree as the second person; the custodian can release the identity then."""
    held = taken("approve", request, actor)
    _must_be_free(free, held)
    settle_ground(held, actor, accepted=keep_silent)
    held.state = RequestState.APPROVED
    held.save()
    note(held, Happening.APPROVED, actor, reasons=in_words(reasons, _("Give the reasons."), held))
    record(object=held.pseudonym, told_later=held.told_later)


@action(
    "identity.refused",
    by=(Role.IDENTITY, *SECONDS),
    about="request",
    sentence=NO_PART,
    limit="the custodians and the second person",
    step_up=True,
    facts=("part", "told_later"),
    description="A request for an identity was refused.",
)
def refuse(
    *, actor: Actor, request: IdentityRequest, reasons: str, told: str, keep_silent: bool = False, free: bool
) -> None:
    """Refuse, as a custodian or the second person: reasons for who asked, and `told` for the reporting person."""
    held = taken("refuse", request, actor)
    _must_be_free(free, held)
    settle_ground(held, actor, accepted=keep_silent)
    part = held.part_of(actor.user)
    if part == Part.CUSTODIAN and held.custodian_id is None:
        held.custodian = actor.user
    held.state = RequestState.REFUSED
    note(held, Happening.REFUSED, actor, reasons=in_words(reasons, _("Give the reasons."), held))
    conclude(held, AskedOutcome.REFUSED, told)
    held.save()
    record(object=held.pseudonym, part=str(part), told_later=held.told_later)


@action(
    "identity.stepped_aside",
    by=SECONDS,
    about="request",
    sentence=NO_PART,
    limit="the second person",
    description="The second person stepped aside from a request for an identity.",
)
def step_aside(*, actor: Actor, request: IdentityRequest) -> None:
    """Step aside as the second person, whose access to the request ends; the custodian names somebody else."""
    held = taken("step_aside", request, actor)
    note(held, Happening.STEPPED_ASIDE, actor)
    drop_second(held)
    record(object=held.pseudonym)


def _bring_in(request: IdentityRequest, actor: Actor, second: User) -> None:
    """Give the second person the request's key: they read the reasons, and never the identity."""
    person = possible_seconds(request, actor).select_related("key").filter(pk=second.pk).first()
    if person is None or person.key is None:
        raise NotPermitted(
            _("%(name)s cannot be the second person here.") % {"name": second.name}, object=request.pseudonym
        )
    request.second = person
    vault.grant_generations(actor.keys, key=request.key, to=person.key)
    note(request, Happening.SECOND_NAMED, actor)


def _must_be_free(free: bool, request: IdentityRequest) -> None:
    if not free:
        raise ConflictOfInterest(
            _("Declare first that you have no conflict of interest in this matter."), object=request.pseudonym
        )
