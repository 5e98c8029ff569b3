"""The ceremony: names, a second person, words for each custodian, and the end."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import clock
from integrity.action import Actor, Incomplete, NotPermitted, WrongState, action, record
from integrity.people.models import User
from integrity.people.roles import Role
from integrity.policy import Party
from integrity.recovery.models import Ceremony, CeremonyState, Custodian
from integrity.recovery.proving import PreparedShares
from integrity.recovery.words import GREATEST_COUNT
from integrity.vault import actions as vault
from integrity.vault.models import Grant, KeyKind

CONFIRMERS = (Role.SUPERVISOR, Role.AUTHORITY)


@action(
    "recovery.ceremony_proposed",
    by=(Role.ADMINISTRATOR,),
    not_self={"people": gettext_lazy("Nobody names themselves as a custodian.")},
    facts=("custodians", "threshold", "keeps_key", "replaces"),
    description="Custodians of the recovery key were named.",
    step_up=True,
)
def propose(*, actor: Actor, people: Sequence[User], threshold: int, keeps_key: bool = False) -> Ceremony:
    """Name the custodians and how many of them recover together; nobody has any words yet.

    With `keeps_key` the custodians in force must agree in a sitting; otherwise a supervisor or a deciding
    authority confirms. Raises Incomplete for impossible numbers or people, WrongState while another one runs.
    """
    if Ceremony.objects.running() is not None:
        raise WrongState(_("Another ceremony is running. Finish it, or abandon it first."))
    in_force = Ceremony.objects.in_force()
    if keeps_key and in_force is None:
        raise WrongState(_("There is no recovery key yet that could be kept."))
    _check_numbers(threshold, len(people))
    _check_people(people)
    ceremony = Ceremony.objects.create(
        threshold=threshold,
        replaces=in_force,
        keeps_key=keeps_key,
        proposed_by=actor.user,
        proposed_on=clock.today(),
    )
    for position, person in enumerate(people, start=1):
        Custodian(ceremony=ceremony, person=person, position=position).save(force_insert=True)
    record(
        object=ceremony.pseudonym,
        custodians=[f"person/{person.pk}" for person in people],
        threshold=threshold,
        keeps_key=keeps_key,
        replaces=in_force.pseudonym if in_force else "",
    )
    return ceremony


@action(
    "recovery.ceremony_confirmed",
    by=CONFIRMERS,
    sentence=gettext_lazy("A supervisor or a deciding authority agrees to the custodians."),
    limit="neither who named the custodians nor one of them",
    facts=("custodians", "threshold", "key"),
    description="A second person agreed to the custodians; their words were made.",
    step_up=True,
)
def confirm(*, actor: Actor, ceremony: Ceremony, prepared: PreparedShares) -> None:
    """Agree to the named custodians: the recovery key is made, and each one's words wait for them.

    `prepared` comes from `prepare_shares`, outside the transaction. Raises NotPermitted for whoever named them,
    is one of them, or is neither supervisor nor deciding authority.
    """
    held = locked(ceremony)
    must_be_second(actor, held)
    if held.state != CeremonyState.PROPOSED or held.keeps_key:
        raise WrongState(_("This ceremony does not wait for a confirmation."), object=held.pseudonym)
    held.key = vault.keep_key(KeyKind.RECOVERY, prepared.private)
    held.confirmed_by = actor.user
    hand_out(held, prepared)
    record(
        object=held.pseudonym,
        custodians=held.custodians.count(),
        threshold=held.threshold,
        key=f"key/{held.key.pk}",
    )


def hand_out(ceremony: Ceremony, prepared: PreparedShares) -> None:
    """Seal each custodian's words to that custodian; inside the action that made them."""
    custodians = list(ceremony.custodians.select_related("person__key"))
    for custodian, share in zip(custodians, prepared.shares, strict=True):
        custodian.seal(words=share.words.text)
        custodian.salt, custodian.commitment = share.salt, share.commitment
        custodian.memory, custodian.iterations = share.cost.memory, share.cost.iterations
        custodian.save()
    ceremony.identifier = prepared.shares[0].words.identifier
    ceremony.state = CeremonyState.HANDING_OUT
    ceremony.save()


@action(
    "recovery.ceremony_in_force",
    by=(Party.THEMSELF,),
    themself="ceremony.custodians.person_id",
    about="ceremony",
    limit="the custodian who was the last to type their words back",
    facts=("custodians", "threshold", "retired"),
    description="Every custodian has kept their words: from now on they can recover.",
)
def complete(*, actor: Actor, ceremony: Ceremony) -> None:
    """Put the ceremony in force and retire the one before it; inside the action of the last custodian.

    The shares of a retired set with the same key are forgotten here. Those of another key are needed until what
    it opens was brought to the new key.
    """
    before = Ceremony.objects.in_force()
    if before is not None:
        before.state, before.ended_on = CeremonyState.RETIRED, clock.today()
        before.save(update_fields=["state", "ended_on"])
        if before.key_id == ceremony.key_id:
            for custodian in before.custodians.all():
                custodian.forget()
    ceremony.state, ceremony.in_force_on = CeremonyState.IN_FORCE, clock.today()
    ceremony.save(update_fields=["state", "in_force_on"])
    record(
        object=ceremony.pseudonym,
        custodians=[f"person/{each.person_id}" for each in ceremony.custodians.all()],
        threshold=ceremony.threshold,
        retired=before.pseudonym if before else "",
    )


@action(
    "recovery.ceremony_abandoned",
    by=(Role.ADMINISTRATOR,),
    description="A ceremony was given up; its words count for nothing.",
)
def abandon(*, actor: Actor, ceremony: Ceremony) -> None:
    """Give up a ceremony that is not in force yet, and forget every share of it."""
    held = locked(ceremony)
    if not held.is_running:
        raise WrongState(_("Only a ceremony that is still running can be abandoned."), object=held.pseudonym)
    for custodian in held.custodians.all():
        custodian.forget()
    held.state, held.ended_on = CeremonyState.ABANDONED, clock.today()
    held.save(update_fields=["state", "ended_on"])
    record(object=held.pseudonym)


@action(
    "recovery.old_key_forgotten",
    by=(Role.ADMINISTRATOR, Party.THEMSELF),
    themself="ceremony.custodians.person_id",
    about="ceremony",
    limit="of whom concerned: custodians of that key",
    facts=("key", "grants"),
    description="A former recovery key was taken out: it opens nothing any more.",
    step_up=True,
)
def forget_old_key(*, actor: Actor, ceremony: Ceremony) -> int:
    """Take every grant from the key of a retired ceremony; returns how many there were.

    Raises WrongState while it opens something that the recovery key in force does not open.
    """
    held = locked(ceremony)
    in_force = Ceremony.objects.in_force()
    if held.state != CeremonyState.RETIRED or in_force is None or in_force.key_id == held.key_id:
        raise WrongState(_("Only a key that another one has replaced can be taken out."), object=held.pseudonym)
    grants = Grant.objects.filter(holder=held.key)
    safe = Grant.objects.filter(holder=in_force.key).values("key")
    missing = grants.exclude(key__in=safe).count()
    if missing:
        raise WrongState(
            _("The old key still opens %(count)d keys that the new one does not open. Bring them over first.")
            % {"count": missing},
            object=held.pseudonym,
        )
    removed, _by_model = grants.delete()
    for each in Custodian.objects.filter(ceremony__key=held.key):
        each.forget()
    record(object=held.pseudonym, key=f"key/{held.key_id}", grants=removed)
    return removed


def locked(ceremony: Ceremony) -> Ceremony:
    """The ceremony as it is now, locked until the transaction ends."""
    return Ceremony.objects.select_for_update().get(pk=ceremony.pk)


def must_be_second(actor: Actor, ceremony: Ceremony) -> None:
    """Raise NotPermitted unless the actor may agree to these custodians."""
    person = actor.user
    if not person.has_role(*CONFIRMERS):
        raise NotPermitted(
            _("A supervisor or a deciding authority agrees to the custodians."), object=ceremony.pseudonym
        )
    if person.pk == ceremony.proposed_by_id:
        raise NotPermitted(_("Somebody else agrees to the custodians that you named."), object=ceremony.pseudonym)
    if ceremony.custodians.filter(person=person).exists():
        raise NotPermitted(_("You are one of these custodians, so somebody else agrees."), object=ceremony.pseudonym)


def _check_numbers(threshold: int, count: int) -> None:
    if threshold < 2:
        raise Incomplete(_("At least two custodians recover together, so that nobody opens anything alone."))
    if count <= threshold:
        raise Incomplete(
            _("Name at least one custodian more than are needed, so that one lost sheet of paper loses nothing.")
        )
    if count > GREATEST_COUNT:
        raise Incomplete(_("There can be at most %(count)d custodians.") % {"count": GREATEST_COUNT})


def _check_people(people: Sequence[User]) -> None:
    if len({person.pk for person in people}) != len(people):
        raise Incomplete(_("Each custodian is named once."))
    for person in people:
        if not person.is_active or not person.has_role(Role.RECOVERY):
            raise Incomplete(
                _("%(name)s does not hold the role “%(role)s”.") % {"name": person.name, "role": Role.RECOVERY.label},
                object=f"person/{person.pk}",
            )
        if person.key is None:
            raise Incomplete(
                _("%(name)s has not signed in for the first time yet, so nothing can be sealed for them.")
                % {"name": person.name},
                object=f"person/{person.pk}",
            )
