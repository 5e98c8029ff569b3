"""Private parts of entries, for the log that knows no keys: sealed to the auditors' key, opened and erased by them.

Auditors erase, because nobody else reads the log: administrators are among those whom it watches. Nobody erases what
they did themselves, or what is about them; what nobody erased goes after `LOG_PRIVATE_DAYS`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import clock
from audit.console import private_parts
from audit.log import actions as log
from audit.log import sealing
from audit.log.errors import AlreadyErased
from audit.log.events import PRIVATE_ERASED
from audit.log.models import Entry
from audit.log.private import Ground, Private
from audit.private import committed_in
from integrity.action import Actor, Incomplete, NotPermitted, Refusal, WrongState, action, record
from integrity.people.granting import institution_key
from integrity.people.roles import Role
from integrity.policy import Party
from integrity.vault.keyring import Keyring, NoGrant
from integrity.vault.models import KeyKind
from integrity.vault.seal import CannotOpen, Place, Sealed, seal

AT_ONCE: Final = 200
GONE: Final = gettext_lazy("This private part was erased before.")


def _place(commitment: str) -> Place:
    return Place(sealing.TABLE, sealing.FIELD, commitment, sealing.VERSION)


@sealing.declare
def seal_part(plaintext: bytes, *, commitment: str) -> bytes | None:
    """Seal to the auditors' key; None before it is made. It needs no secret."""
    key = institution_key(KeyKind.AUDIT)
    if key is None:
        return None
    value = seal(plaintext, to=key.public_key, place=_place(commitment))
    return Sealed(key.pk, sealing.VERSION, value).to_bytes()


@action(
    PRIVATE_ERASED.name,
    by=(Role.AUDITOR, Party.SYSTEM),
    facts=PRIVATE_ERASED.facts,
    private=PRIVATE_ERASED.private,
    description=PRIVATE_ERASED.description,
    sentence=gettext_lazy("Only an auditor erases a private part."),
    limit="not of an entry of one's own, nor of one about oneself; the system when its time is over",
    step_up=True,
)
def erase(*, actor: Actor, part: Private, ground: Ground, entry: Entry | None = None, explanation: str = "") -> None:
    """Erase a private part with its salt. Only the entry's commitment stays, which says nothing any more.

    A person gives the entry, and explains. Raises WrongState when it was erased before, NotPermitted for one's own.
    """
    if not Private.objects.filter(pk=part.pk).exists():
        raise WrongState(GONE, object=part.pseudonym)
    facts: dict[str, object] = {"entry": bytes(part.leaf_hash).hex(), "ground": ground.value}
    if entry is not None:
        facts["index"] = entry.index
    if actor.person is not None:
        if entry is None or committed_in(bytes(entry.leaf)) != part.commitment:
            raise Incomplete(_("This private part belongs to another entry."), object=part.pseudonym)
        if actor.pseudonym in (entry.actor, entry.object):
            raise NotPermitted(
                _("Somebody else must erase what you did yourself, or what is about you."), object=part.pseudonym
            )
        if not explanation.strip():
            raise Incomplete(_("Say why it is erased."), object=part.pseudonym)
    if (ground is Ground.RETENTION) != (actor.person is None):
        raise Incomplete(_("This ground does not fit whoever erases."), object=part.pseudonym)
    log.erase_private(part.commitment)
    record(
        object=part.pseudonym, private={"explanation": explanation.strip()} if explanation.strip() else None, **facts
    )


def erase_of(entry: Entry, *, actor: Actor, ground: Ground, explanation: str) -> None:
    """Erase the private part of an entry. Raises WrongState when it has none, or none any more, and as `erase`."""
    commitment = committed_in(bytes(entry.leaf))
    if commitment is None:
        raise WrongState(_("This entry has no private part."), object="log")
    part = Private.objects.filter(pk=commitment).first()
    if part is None:
        raise WrongState(GONE, object="log")
    try:
        erase(actor=actor, part=part, entry=entry, ground=ground, explanation=explanation)
    except AlreadyErased as error:
        raise WrongState(GONE, object=part.pseudonym) from error


def erase_due() -> int:
    """Erase what is older than LOG_PRIVATE_DAYS, the oldest first, each with its entry; how many there were."""
    before, erased = clock.now() - timedelta(days=settings.LOG_PRIVATE_DAYS), 0
    while due := list(Private.objects.filter(time__lt=before).order_by("time", "pk")[:AT_ONCE]):
        try:
            with log.transaction():
                for part in due:
                    erase(actor=Actor.system(), part=part, ground=Ground.RETENTION)
        except (AlreadyErased, WrongState):
            # Another worker was quicker; it goes on where this one would have.
            break
        erased += len(due)
    return erased


@private_parts.declare
class AuditorsKey:
    """Opens and erases for whoever looks at the console."""

    def open(self, request: HttpRequest, sealed: bytes, *, commitment: str) -> bytes | None:
        """What was sealed; None when this person's keys do not open it. Raises Changed."""
        keyring: Keyring | None = getattr(request, "keyring", None)
        if keyring is None:
            return None
        try:
            value = Sealed.from_bytes(sealed)
            return keyring.open(value.value, key=value.key, place=_place(commitment))
        except NoGrant:
            return None
        except CannotOpen as error:
            raise private_parts.Changed from error

    def erase(self, request: HttpRequest, entry: Entry, *, ground: Ground, explanation: str) -> None:
        """Erase the private part of an entry. Raises CannotErase, and what asks the person to confirm."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        try:
            erase_of(entry, actor=actor, ground=ground, explanation=explanation)
        except Refusal as refusal:
            raise private_parts.CannotErase(str(refusal.sentence)) from refusal
