"""The verbs of the federation room."""

from __future__ import annotations

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from audit import clock
from integrity.action import Actor, NotPermitted, WrongState, action, record
from integrity.federation import attempts
from integrity.federation.models import Attempt, Identity, Purpose
from integrity.people.events import tell
from integrity.people.models import PersonEventKind, User
from integrity.people.roles import Role
from integrity.policy import ANYBODY, Party

OFTEN_USED = _("This answer of the sign-in service was used already, or is too old. Ask it once more.")


@action(
    "federation.sign_in_failed",
    by=ANYBODY,
    limit="an attempt is noted, whoever makes it",
    facts=("reason",),
    description="The identity provider's answer, or its silence, identified nobody.",
)
def note_failure(*, actor: Actor, reason: str, person: User | None) -> None:
    """Leave an entry about a failed identification: the reason's code, and no word of what the provider said."""
    record(object=f"person/{person.pk}" if person else "person/unknown", reason=reason)


@action(
    "federation.identified",
    by=(Party.STRANGER,),
    description="The identity provider said who somebody is. Nothing is open yet.",
)
def note_identified(*, actor: Actor, person: User) -> None:
    """Leave an entry about somebody who was identified and now has to open their keys."""
    record(object=f"person/{person.pk}")


@action(
    "federation.linked",
    by=(Party.THEMSELF,),
    themself="attempt.person_id",
    sentence=_("Nobody links an account for somebody else."),
    description="A person's account was linked to their account at the identity provider.",
    step_up=True,
)
def link(*, actor: Actor, attempt: Attempt) -> Identity:
    """Link one's account to the subject that one just signed in as at the provider.

    Raises WrongState when the answer was used, when somebody has this subject, or when one has another.
    """
    if attempt.purpose != Purpose.LINK or attempt.is_over or not attempts.use(attempt):
        raise WrongState(OFTEN_USED, object=actor.pseudonym)
    made = _link(actor, attempt)
    record(object=actor.pseudonym)
    return made


@action(
    "federation.linked_by_claim",
    by=(Party.THEMSELF,),
    themself="attempt.person_id",
    sentence=_("Nobody links an account for somebody else."),
    description="A first sign-in linked an account to the subject whose claim names its user name.",
)
def link_by_claim(*, actor: Actor, attempt: Attempt) -> Identity:
    """Link the account that the provider's claim named, now that its passphrase was given. The keys must be open."""
    if not attempt.by_claim or actor.keys.key.pk != actor.user.key_id:
        raise NotPermitted(_("Your keys are closed. Sign in again to open them."), object=actor.pseudonym)
    made = _link(actor, attempt, by_claim=True)
    record(object=actor.pseudonym)
    return made


@action(
    "federation.unlinked",
    by=(Party.THEMSELF, Role.ADMINISTRATOR),
    themself="identity.person_id",
    facts=("by_themself",),
    description="The link between an account and the identity provider was ended.",
    step_up=True,
)
def unlink(*, actor: Actor, identity: Identity) -> None:
    """End one's own link, or as an administrator somebody else's, after which a new one can be made.

    Raises WrongState when it ended already, or when everybody must come through the provider and it is one's own.
    """
    about = f"person/{identity.person_id}"
    own = actor.user.pk == identity.person_id
    if own and settings.OIDC_REQUIRED:
        raise WrongState(
            _("Everybody signs in through this service here, so you would lock yourself out. Ask an administrator."),
            object=about,
        )
    ended = Identity.objects.in_force().filter(pk=identity.pk).update(ended_at=clock.now(), ended_by=actor.person)
    if not ended:
        raise WrongState(_("This link was ended already."), object=about)
    tell(identity.person, PersonEventKind.IDENTITY_UNLINKED, actor=actor)
    record(object=about, by_themself=own)


def _link(actor: Actor, attempt: Attempt, *, by_claim: bool = False) -> Identity:
    try:
        with transaction.atomic():
            made = Identity.objects.create(
                person=actor.user,
                issuer=attempt.issuer,
                subject=attempt.subject,
                linked_at=clock.now(),
                by_claim=by_claim,
            )
    except IntegrityError as error:
        raise WrongState(
            _("This account there is linked to somebody here already, or your account here is linked to another."),
            object=actor.pseudonym,
        ) from error
    tell(actor.user, PersonEventKind.IDENTITY_LINKED, actor=actor)
    return made
