"""The sitting: enough custodians at one desk type their words, and the recovery key is there for a moment."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field
from dataclasses import replace as changed
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import clock
from integrity.action import Actor, Incomplete, NotPermitted, WrongState, action, record
from integrity.policy import Party
from integrity.recovery.actions.ceremony import forget_old_key, hand_out, locked
from integrity.recovery.actions.covering import carry
from integrity.recovery.actions.requests import locked_request
from integrity.recovery.models import (
    SITTING_MINUTES,
    Ceremony,
    CeremonyState,
    Custodian,
    LaidShare,
    Notice,
    Purpose,
    RecoveryRequest,
    RecoverySitting,
    RequestState,
)
from integrity.recovery.proving import Gathered, PreparedShares, ProvenShare
from integrity.recovery.scopes import scope
from integrity.recovery.words import read
from integrity.vault.seal import CannotOpen, Place
from integrity.vault.wrap import SECRET_LENGTH, unwrap, wrap

CUSTODIANS = "custodians of the recovery key, with their words"
NOT_A_CUSTODIAN = gettext_lazy("Only a custodian of this recovery key can do this.")


@dataclass(frozen=True)
class OpenSitting:
    """A sitting and the secret that opens what was laid in it; the secret goes into the page and nowhere else."""

    sitting: RecoverySitting
    secret: bytes = field(repr=False)

    @property
    def token(self) -> str:
        """The secret as text for the page."""
        return base64.urlsafe_b64encode(self.secret).decode("ascii")

    @classmethod
    def of(cls, sitting: RecoverySitting, token: str) -> OpenSitting:
        """The sitting with the secret that came back from its page. Raises NotPermitted for what is none."""
        try:
            secret = base64.urlsafe_b64decode(token)
        except ValueError:
            secret = b""
        if len(secret) != SECRET_LENGTH:
            raise NotPermitted(
                _("This sitting cannot be continued from here. Start it again."), object=sitting.pseudonym
            )
        return cls(sitting=sitting, secret=secret)


@action(
    "recovery.sitting_opened",
    by=(Party.THEMSELF,),
    themself="ceremony.custodians.person_id",
    about="ceremony",
    sentence=NOT_A_CUSTODIAN,
    limit=CUSTODIANS,
    facts=("purpose", "ceremony", "about"),
    description="Custodians sat down together.",
    step_up=True,
)
def open_sitting(
    *,
    actor: Actor,
    ceremony: Ceremony,
    purpose: Purpose,
    request: RecoveryRequest | None = None,
    successor: Ceremony | None = None,
) -> OpenSitting:
    """Begin a sitting of custodians for one purpose; it lasts 20 minutes. A sitting of one's own before it ends."""
    must_sit(actor, ceremony, purpose, request=request, successor=successor)
    RecoverySitting.objects.filter(opened_by=actor.user).delete()
    sitting = RecoverySitting(
        ceremony=ceremony,
        purpose=purpose,
        request=request,
        successor=successor,
        opened_by=actor.user,
        opened_at=clock.now(),
    )
    sitting.save(force_insert=True)
    about = request.pseudonym if request else successor.pseudonym if successor else ""
    record(object=sitting.pseudonym, purpose=purpose.value, ceremony=ceremony.pseudonym, about=about)
    return OpenSitting(sitting=sitting, secret=secrets.token_bytes(SECRET_LENGTH))


@action(
    "recovery.share_laid",
    by=(Party.THEMSELF,),
    themself="opened.sitting.opened_by_id",
    about="opened.sitting",
    sentence=NOT_A_CUSTODIAN,
    limit=CUSTODIANS,
    facts=("custodian",),
    description="A custodian typed their words in a sitting.",
)
def lay_share(*, actor: Actor, opened: OpenSitting, proven: ProvenShare) -> int:
    """Lay a custodian's words on the table; returns how many lie there. They cannot be read without the page.

    Raises NotPermitted when the secret is not that of the words which lie there already.
    """
    sitting = _current(actor, opened)
    laid_shares(opened)
    custodian = proven.custodian
    if custodian.ceremony_id != sitting.ceremony_id:
        raise NotPermitted(_("These words are from another ceremony."), object=sitting.pseudonym)
    _may_count(custodian, sitting.request)
    if sitting.laid.filter(custodian=custodian).exists():
        raise Incomplete(
            _("%(name)s has typed their words already. Now it is another custodian's turn.")
            % {"name": custodian.person.name},
            object=sitting.pseudonym,
        )
    laid = LaidShare(sitting=sitting, custodian=custodian)
    laid.wrapped = wrap(proven.words.text.encode("ascii"), secret=opened.secret, place=_place(laid))
    laid.save(force_insert=True)
    record(object=sitting.pseudonym, custodian=f"person/{custodian.person_id}")
    return sitting.laid.count()


def laid_shares(opened: OpenSitting) -> list[ProvenShare]:
    """What lies on the table, opened. Raises NotPermitted when the secret is not this sitting's."""
    rows = opened.sitting.laid.select_related("custodian__person__key").order_by("custodian__position")
    try:
        return [
            ProvenShare(
                custodian=row.custodian,
                words=read(unwrap(bytes(row.wrapped), secret=opened.secret, place=_place(row)).decode("ascii")),
            )
            for row in rows
        ]
    except CannotOpen as error:
        raise NotPermitted(
            _("This sitting cannot be continued from here. Start it again."), object=opened.sitting.pseudonym
        ) from error


@action(
    "recovery.sitting_ended",
    by=(Party.THEMSELF,),
    themself="sitting.opened_by_id",
    about="sitting",
    sentence=NOT_A_CUSTODIAN,
    limit="one's own sitting",
    facts=("purpose",),
    description="A sitting ended; the words typed in it are gone.",
)
def end_sitting(*, actor: Actor, sitting: RecoverySitting) -> None:
    """End one's own sitting and forget what was typed in it."""
    RecoverySitting.objects.filter(pk=sitting.pk, opened_by=actor.user).delete()
    record(object=sitting.pseudonym, purpose=sitting.purpose)


def sweep_sittings() -> None:
    """Forget the sittings whose minutes are over."""
    RecoverySitting.objects.filter(opened_at__lt=clock.now() - timedelta(minutes=SITTING_MINUTES)).delete()


@action(
    "recovery.drilled",
    by=(Party.THEMSELF,),
    themself="gathered.ceremony.custodians.person_id",
    about="gathered.ceremony",
    sentence=NOT_A_CUSTODIAN,
    limit=CUSTODIANS,
    facts=("custodians",),
    description="The shares give the recovery key; nothing was opened.",
)
def drill(*, actor: Actor, gathered: Gathered) -> None:
    """Note that these custodians' shares give the recovery key, and open nothing with it."""
    must_sit(actor, gathered.ceremony, Purpose.DRILL)
    gathered.keyring.wipe()
    ceremony = locked(gathered.ceremony)
    ceremony.drilled_on = clock.today()
    ceremony.save(update_fields=["drilled_on"])
    _note_proofs(gathered)
    record(object=ceremony.pseudonym, custodians=gathered.people)


@action(
    "recovery.recovered",
    by=(Party.THEMSELF,),
    themself="gathered.ceremony.custodians.person_id",
    about="gathered.ceremony",
    sentence=NOT_A_CUSTODIAN,
    not_self={"request.beneficiary_id": gettext_lazy("Nobody recovers for themselves. Another custodian sits down.")},
    limit="custodians of the recovery key together, after a second person approved",
    facts=("about", "scope", "beneficiary", "approved_by", "custodians", "keys"),
    description="Custodians gave a person what was approved.",
    step_up=True,
)
def recover(*, actor: Actor, request: RecoveryRequest, gathered: Gathered) -> int:
    """Give the person what was approved, and forget the recovery key; returns how many keys were given.

    Raises WrongState unless the request is approved and the approval is not older than 14 days.
    """
    held = locked_request(request)
    must_sit(actor, gathered.ceremony, Purpose.RECOVER, request=held)
    for custodian in gathered.custodians:
        _may_count(custodian, held)
    keys = [row.key for row in held.keys.select_related("key")]
    opened = changed(actor, keyring=gathered.keyring)
    given = scope(held.scope).give(opened, held.object, held.beneficiary, keys)
    gathered.keyring.wipe()
    if not given:
        raise Incomplete(_("Nothing of this waits any more: somebody else has given it by now."), object=held.pseudonym)
    held.state, held.ended_on, held.keys_given = RequestState.DONE, clock.today(), given
    held.save()
    held.custodians.set([custodian.person for custodian in gathered.custodians])
    Notice.objects.filter(request=held).update(seen_on=None)
    _note_proofs(gathered)
    record(
        object=held.pseudonym,
        about=held.object,
        scope=held.scope,
        beneficiary=f"person/{held.beneficiary_id}",
        approved_by=f"person/{held.decided_by_id}",
        custodians=gathered.people,
        keys=given,
    )
    return given


@action(
    "recovery.custodians_replaced",
    by=(Party.THEMSELF,),
    themself="gathered.ceremony.custodians.person_id",
    about="gathered.ceremony",
    sentence=NOT_A_CUSTODIAN,
    limit=CUSTODIANS,
    facts=("custodians", "successor"),
    description="The custodians agreed to a new set; its words were made from the same key.",
    step_up=True,
)
def replace(*, actor: Actor, successor: Ceremony, gathered: Gathered, prepared: PreparedShares) -> None:
    """Make words of the same recovery key for the new custodians. The old ones stay until all new are typed back.

    `prepared` comes from `prepare_shares(successor, gathered.keyring.own)`.
    """
    held = locked(successor)
    must_sit(actor, gathered.ceremony, Purpose.REPLACE, successor=held)
    if prepared.private.public.raw != gathered.keyring.own.public.raw:
        raise Incomplete(_("These words would be of another key."), object=held.pseudonym)
    gathered.keyring.wipe()
    held.key = gathered.ceremony.key
    hand_out(held, prepared)
    _note_proofs(gathered)
    record(object=gathered.ceremony.pseudonym, custodians=gathered.people, successor=held.pseudonym)


@action(
    "recovery.moved",
    by=(Party.THEMSELF,),
    themself="gathered.ceremony.custodians.person_id",
    about="gathered.ceremony",
    sentence=NOT_A_CUSTODIAN,
    limit="custodians of the former recovery key",
    facts=("custodians", "keys", "to"),
    description="Former custodians brought everything to the new recovery key.",
    step_up=True,
)
def move(*, actor: Actor, gathered: Gathered) -> int:
    """Grant the recovery key in force all that the former one opens, then take the former one out.

    Returns how many keys were brought over.
    """
    must_sit(actor, gathered.ceremony, Purpose.MOVE)
    in_force = Ceremony.objects.in_force()
    if in_force is None or in_force.key is None:
        raise WrongState(_("There is no recovery key yet."))
    brought = carry(gathered.keyring, to=in_force.key)
    gathered.keyring.wipe()
    record(object=gathered.ceremony.pseudonym, custodians=gathered.people, keys=brought, to=in_force.pseudonym)
    forget_old_key(actor=actor, ceremony=gathered.ceremony)
    return brought


def must_sit(
    actor: Actor,
    ceremony: Ceremony,
    purpose: Purpose,
    *,
    request: RecoveryRequest | None = None,
    successor: Ceremony | None = None,
) -> None:
    """Raise NotPermitted or WrongState unless the actor may sit down for this purpose now."""
    if not ceremony.custodians.filter(person=actor.user).exists():
        raise NotPermitted(NOT_A_CUSTODIAN, object=ceremony.pseudonym)
    wanted = CeremonyState.RETIRED if purpose == Purpose.MOVE else CeremonyState.IN_FORCE
    if ceremony.state != wanted:
        raise WrongState(_("This ceremony is not in force."), object=ceremony.pseudonym)
    if purpose == Purpose.RECOVER:
        _must_be_approved(actor, request)
    if purpose == Purpose.REPLACE and (
        successor is None or not successor.waits_for_custodians or successor.replaces_id != ceremony.pk
    ):
        raise WrongState(_("No new custodians were named for this key."), object=ceremony.pseudonym)


def _must_be_approved(actor: Actor, request: RecoveryRequest | None) -> None:
    if request is None or request.state != RequestState.APPROVED:
        raise WrongState(_("Nothing is approved to be recovered."))
    if request.approval_lapses is not None and request.approval_lapses < clock.today():
        raise WrongState(_("The approval is too old. Ask again."), object=request.pseudonym)
    if actor.user.pk == request.beneficiary_id:
        raise NotPermitted(_("Nobody recovers for themselves. Another custodian sits down."), object=request.pseudonym)


def _may_count(custodian: Custodian, request: RecoveryRequest | None) -> None:
    if request is None:
        return
    if custodian.person_id == request.beneficiary_id:
        raise NotPermitted(
            _("What is recovered is for %(name)s, so their words do not count.") % {"name": custodian.person.name},
            object=request.pseudonym,
        )


def _current(actor: Actor, opened: OpenSitting) -> RecoverySitting:
    sitting = (
        RecoverySitting.objects.select_related("request").filter(pk=opened.sitting.pk, opened_by=actor.user).first()
    )
    if sitting is None or sitting.is_over(clock.now()):
        raise WrongState(
            _("This sitting is over. Nothing of what was typed was kept; start it again."),
            object=opened.sitting.pseudonym,
        )
    return sitting


def _note_proofs(gathered: Gathered) -> None:
    Custodian.objects.filter(pk__in=[custodian.pk for custodian in gathered.custodians]).update(proved_on=clock.today())


def _place(laid: LaidShare) -> Place:
    return Place(LaidShare._meta.db_table, "wrapped", str(laid.pk))
