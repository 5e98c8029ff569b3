"""Invitations: how a person comes to a key that nobody else has ever seen the passphrase of.

The link's token has 256 random bits, exists in the answer to the administrator (and in a mail, if they ask for
one) and nowhere else; the table keeps its hash.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from smtplib import SMTPException
from typing import Final

from django.conf import settings
from django.core.mail import send_mail
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import clock
from integrity.action import Actor, NotPermitted, WrongState, action, record
from integrity.people import institution_keys, regranting
from integrity.people.events import tell
from integrity.people.models import Invitation, InvitationEnd, InvitationKind, PersonEventKind, Sitting, User
from integrity.people.roles import Role
from integrity.policy import Party
from integrity.vault import actions as vault

log = logging.getLogger(__name__)
LASTS: Final = timedelta(days=7)
TOKEN_BYTES: Final = 32
OVER: Final = gettext_lazy(
    "This link does not work. It was used already, another one took its place, its seven days are over, or it was "
    "not copied whole. Ask an administrator for a new one."
)


@dataclass(frozen=True)
class Issued:
    """A new invitation with its token, which is shown once."""

    invitation: Invitation
    token: str = field(repr=False)


def find(token: str) -> Invitation | None:
    """The open invitation of a token, or None for one that was used, cancelled, is too old, or never was."""
    found = Invitation.objects.filter(token_hash=_hash(token)).select_related("person__key", "person__office").first()
    return found if found is not None and found.is_open else None


@action(
    "people.invited",
    by=(Role.ADMINISTRATOR, Party.SYSTEM),
    not_self={"person": gettext_lazy("Somebody else must make a link for you.")},
    facts=("by_mail",),
    description="A person was invited to choose their first passphrase.",
    step_up=True,
)
def invite(*, actor: Actor, person: User, by_mail: bool = False) -> Issued:
    """Make the link with which a person without a key chooses a passphrase; an earlier link ends.

    Raises NotPermitted for whoever is no administrator, WrongState for who has a key or whose account is closed.
    """
    held = _lock(person)
    if held.key_id is not None:
        raise WrongState(
            _("%(name)s has a key. If the passphrase was forgotten, make a link for a new key.") % {"name": held.name},
            object=f"person/{held.pk}",
        )
    issued = _issue(actor, held, InvitationKind.FIRST)
    tell(held, PersonEventKind.INVITED, actor=actor)
    record(object=f"person/{held.pk}", by_mail=by_mail)
    return issued


@action(
    "people.new_key_invited",
    by=(Role.ADMINISTRATOR, Party.SYSTEM),
    not_self={"person": gettext_lazy("Somebody else must make a link for you.")},
    facts=("by_mail",),
    description="A person was invited to make a new key.",
    step_up=True,
)
def reset_key(*, actor: Actor, person: User, by_mail: bool = False) -> Issued:
    """Make the link with which a person who forgot their passphrase makes a new key.

    The present key stays until the link is used, so that the person can cancel it. Raises as `invite` does.
    """
    held = _lock(person)
    if held.key_id is None:
        raise WrongState(
            _("%(name)s has no key yet. Invite them to choose their first passphrase.") % {"name": held.name},
            object=f"person/{held.pk}",
        )
    issued = _issue(actor, held, InvitationKind.NEW_KEY)
    tell(held, PersonEventKind.NEW_KEY_INVITED, actor=actor)
    record(object=f"person/{held.pk}", by_mail=by_mail)
    return issued


@action(
    "people.invitation_cancelled",
    by=(Role.ADMINISTRATOR, Party.THEMSELF),
    themself="person",
    description="A link to choose a passphrase was cancelled.",
)
def cancel(*, actor: Actor, person: User) -> None:
    """End a person's open link: by an administrator, or by the person, who did not ask for one.

    Raises WrongState when there is none.
    """
    if not person.invitations.cancel():
        raise WrongState(_("There is no open link."), object=f"person/{person.pk}")
    tell(person, PersonEventKind.INVITATION_CANCELLED, actor=actor)
    record(object=f"person/{person.pk}")


@action(
    "people.key_made",
    by=(Party.DESK,),
    limit="whoever the link was made for",
    facts=("kind",),
    description="A person chose a passphrase, and their key was made.",
)
def accept(*, actor: Actor, token: str, chosen: vault.PersonKey) -> User:
    """Give the person of the link the key that they just made; the link ends, and so do their sittings.

    What an earlier key opened is asked for again from those who hold it. Raises WrongState when the link is over,
    NotPermitted when it is somebody else's.
    """
    invitation = Invitation.objects.select_for_update().filter(token_hash=_hash(token)).first()
    if invitation is None or not invitation.is_open:
        raise WrongState(OVER, object=actor.pseudonym)
    person = User.objects.select_for_update(of=("self",)).select_related("key").get(pk=invitation.person_id)
    if actor.user.pk != person.pk:
        raise NotPermitted(_("This link is for somebody else."), object=f"person/{person.pk}")
    lost = person.key
    person.key = chosen.save()
    person.save(update_fields=["key"])
    invitation.ended, invitation.ended_at = InvitationEnd.USED, clock.now()
    invitation.save(update_fields=["ended", "ended_at"])
    Sitting.objects.filter(person=person).delete()
    if lost is not None:
        regranting.ask(person, lost=lost)
    institution_keys.ask(person)
    tell(person, PersonEventKind.NEW_KEY_MADE if lost else PersonEventKind.KEY_MADE, actor=actor)
    record(object=f"person/{person.pk}", kind=invitation.kind)
    return person


def mail_is_configured() -> bool:
    """Whether this system sends mail at all."""
    return not str(settings.EMAIL_BACKEND).endswith("dummy.EmailBackend")


def send_link(issued: Issued, *, address: str) -> bool:
    """Mail the whole link to the person; False when it could not be sent. It names no matter, and no role.

    Runs after the action: the token must not wait in a table for a worker.
    """
    invitation = issued.invitation
    until = formats.date_format(timezone.localtime(invitation.expires_at), "DATETIME_FORMAT")
    text = _(
        "%(name)s,\n\n"
        "you can choose a passphrase for your account at %(institution)s here:\n\n"
        "%(link)s\n\n"
        "The link works once, until %(until)s. If you did not expect it, do not open it, and tell an administrator "
        "in person or by telephone.\n"
    ) % {
        "name": invitation.person.name,
        "institution": settings.INSTITUTION_NAME,
        "link": address,
        "until": until,
    }
    try:
        return bool(send_mail(_("Your account"), text, None, [invitation.person.email]))
    except (SMTPException, OSError) as error:
        log.warning("An invitation could not be mailed: %s", type(error).__name__)
        return False


def _lock(person: User) -> User:
    held = User.objects.select_for_update(of=("self",)).select_related("office").get(pk=person.pk)
    if not held.is_active:
        raise WrongState(gettext_lazy("This account is closed."), object=f"person/{held.pk}")
    return held


def _issue(actor: Actor, person: User, kind: InvitationKind) -> Issued:
    person.invitations.cancel()
    token = secrets.token_urlsafe(TOKEN_BYTES)
    now = clock.now()
    invitation = Invitation.objects.create(
        person=person,
        kind=kind,
        token_hash=_hash(token),
        made_by=actor.person,
        made_at=now,
        expires_at=now + LASTS,
    )
    return Issued(invitation=invitation, token=token)


def _hash(token: str) -> bytes:
    # The token is random already, so a fast hash keeps it as well as a slow one.
    return hashlib.sha256(b"integrity invitation v1\0" + token.encode("utf-8", "surrogatepass")).digest()
