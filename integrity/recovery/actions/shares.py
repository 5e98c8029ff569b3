"""One custodian and their share: shown, typed back, proved again."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import clock
from integrity.action import Actor, Incomplete, NotPermitted, WrongState, action, record
from integrity.policy import Party
from integrity.recovery.actions.ceremony import complete, locked
from integrity.recovery.models import Ceremony, CeremonyState, Custodian
from integrity.recovery.proving import ProvenShare
from integrity.vault.keyring import NoGrant

THEIRS = gettext_lazy("These words are another custodian's. Each signs in as themselves.")


@action(
    "recovery.words_shown",
    by=(Party.THEMSELF,),
    themself="custodian.person_id",
    about="custodian.ceremony",
    sentence=THEIRS,
    facts=("custodian",),
    description="A custodian looked at their words.",
    step_up=True,
)
def show_words(*, actor: Actor, custodian: Custodian) -> str:
    """The custodian's own words. They can be looked at until they are typed back, and never again."""
    held = _own(custodian)
    if held.ceremony.state != CeremonyState.HANDING_OUT or not held.words:
        raise WrongState(
            _("Your words are not here any more: you have typed them back, or the ceremony has ended."),
            object=held.ceremony.pseudonym,
        )
    try:
        words = str(held.open(actor.keys, "words"))
    except NoGrant as error:
        raise Incomplete(
            _(
                "Your words were sealed to a key that you do not have any more. An administrator has to abandon this "
                "ceremony and start another."
            ),
            object=held.ceremony.pseudonym,
        ) from error
    if held.shown_on is None:
        held.shown_on = clock.today()
        held.save(update_fields=["shown_on"])
    record(object=held.ceremony.pseudonym, custodian=f"person/{held.person_id}")
    return words


@action(
    "recovery.share_kept",
    by=(Party.THEMSELF,),
    themself="custodian.person_id",
    about="custodian.ceremony",
    sentence=THEIRS,
    facts=("custodian", "waiting"),
    description="A custodian typed their words back; they were erased here.",
)
def keep_share(*, actor: Actor, custodian: Custodian, proven: ProvenShare) -> None:
    """Note that the custodian has the words on paper, and erase them. The last one puts the ceremony in force."""
    ceremony = locked(custodian.ceremony)
    held = _own(custodian)
    if ceremony.state != CeremonyState.HANDING_OUT or held.kept_on is not None:
        raise WrongState(_("You have typed your words back already."), object=ceremony.pseudonym)
    _must_be_theirs(held, proven)
    held.words, held.kept_on, held.proved_on = b"", clock.today(), clock.today()
    held.save()
    waiting = ceremony.custodians.filter(kept_on__isnull=True).count()
    record(object=ceremony.pseudonym, custodian=f"person/{held.person_id}", waiting=waiting)
    if not waiting:
        complete(actor=actor, ceremony=ceremony)


@action(
    "recovery.share_proved",
    by=(Party.THEMSELF,),
    themself="custodian.person_id",
    about="custodian.ceremony",
    sentence=THEIRS,
    facts=("custodian",),
    description="A custodian showed that they still have their words.",
)
def prove_share(*, actor: Actor, custodian: Custodian, proven: ProvenShare) -> None:
    """Note the day on which the custodian typed the right words again."""
    held = _own(custodian)
    if held.ceremony.state != CeremonyState.IN_FORCE:
        raise WrongState(_("This ceremony is not in force."), object=held.ceremony.pseudonym)
    _must_be_theirs(held, proven)
    held.proved_on = clock.today()
    held.save(update_fields=["proved_on"])
    record(object=held.ceremony.pseudonym, custodian=f"person/{held.person_id}")


@action(
    "recovery.wrong_words",
    by=(Party.DESK,),
    limit="an attempt is noted, whoever makes it",
    description="Somebody typed words that do not count here.",
)
def note_wrong_words(*, actor: Actor, ceremony: Ceremony) -> None:
    """Leave an entry about words that are a sheet but not the right one; the words themselves are not kept."""
    record(object=ceremony.pseudonym)


def _own(custodian: Custodian) -> Custodian:
    return Custodian.objects.select_related("ceremony", "person__key").get(pk=custodian.pk)


def _must_be_theirs(custodian: Custodian, proven: ProvenShare) -> None:
    if proven.custodian.pk != custodian.pk:
        raise NotPermitted(
            _("These words are right, but they are another custodian's. Type those of your own sheet."),
            object=custodian.ceremony.pseudonym,
        )
