"""The verbs of the register: hand over, edit, return, approve, withhold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import clock
from cases.engine import performs
from cases.models import Case
from cases.publication import forms
from cases.publication.drafts import Proposal, coded_of, propose
from cases.publication.generalisation import Entry, GradeLevel, Levels, PeriodLevel, PlaceLevel, SanctionLevel
from cases.publication.handover import coded_from, must_be_final, settled
from cases.publication.models import Ground, Publication
from cases.publication.telling import tell_reporters
from cases.states import Track
from integrity.action import Actor, Incomplete, NotPermitted, action, record
from integrity.people.granting import institution_key
from integrity.people.roles import Role
from integrity.references import new_reference
from integrity.rules.terms import ClockName
from integrity.vault.models import Key, KeyKind


@performs(Track.CASE, "hand_over_for_publication", form=forms.HandOver)
def hand_over_for_publication(*, actor: Actor, subject: Case) -> None:
    """Seal the coded fields of a final, substantiated, grave enough decision to the register's key.

    Raises Incomplete when it is not final, not for the register, handed over already, or there is no such key.
    """
    must_be_final(subject)
    if Publication.objects.filter(case=subject).exists():
        raise Incomplete(_("This case was handed over already."), object=subject.pseudonym)
    found = settled(subject, actor.keys)
    if not found.is_publishable:
        raise Incomplete(
            _("Only substantiated decisions of the gravity that the rules name are published."),
            object=subject.pseudonym,
        )
    key = institution_key(KeyKind.PUBLICATION)
    if key is None:
        raise Incomplete(
            _("The register has no key yet. An administrator makes it for the editors and approvers."),
            object=subject.pseudonym,
        )
    publication = Publication(
        reference=new_reference("D"), case=subject, key=key, pack=subject.pack, handed_over_on=clock.today()
    )
    publication.seal(coded=coded_from(found, actor.keys).to_json())
    publication.save(force_insert=True)


@action(
    "publication.entry_opened",
    by=(Role.EDITOR, Role.APPROVER),
    about="publication",
    sentence=gettext_lazy("Only editors and approvers open entries."),
    limit="nobody who is too close to whom it is about",
    description="Somebody opened the coded fields of an entry of the register.",
)
def open_entry(*, actor: Actor, publication: Publication) -> None:
    """Note that somebody looked at an entry. Raises NotPermitted for everybody but editors and approvers."""
    if not publication.capacities(actor.user):
        raise NotPermitted(_("Only editors and approvers open entries."), object=publication.pseudonym)
    coded = coded_of(publication, actor)
    if str(actor.user.pk) in coded.barred:
        raise NotPermitted(
            _("You may not handle this entry: you are too close to whom it is about."), object=publication.pseudonym
        )
    record(object=publication.pseudonym)


@action(
    "publication.list_opened",
    by=(Role.EDITOR, Role.APPROVER),
    sentence=gettext_lazy("Only editors and approvers open entries."),
    facts=("entries",),
    description="Somebody was shown in a list what entries of the register, not yet public, are about.",
)
def open_list(*, actor: Actor, publications: Sequence[Publication]) -> None:
    """Note that the offences of these entries were opened for a list."""
    record(object=actor.pseudonym, entries=sorted(each.pseudonym for each in publications))


@performs(
    Track.PUBLICATION,
    "edit_entry",
    form=forms.EditEntry,
    facts=("period", "place", "grade", "sanction"),
)
def edit_entry(
    *,
    actor: Actor,
    subject: Publication,
    period: PeriodLevel = PeriodLevel.HALF_YEAR,
    place: PlaceLevel = PlaceLevel.KIND,
    grade: GradeLevel = GradeLevel.EXACT,
    sanction: SanctionLevel = SanctionLevel.EXACT,
) -> Mapping[str, Any]:
    """Choose how far each field is coarsened, and submit the entry.

    Raises Incomplete when the disclosure test speaks against it for anything but the embargo.
    """
    levels = Levels(
        period=PeriodLevel(period),
        place=PlaceLevel(place),
        grade=GradeLevel(grade),
        sanction=SanctionLevel(sanction),
    )
    proposal = propose(subject, actor, levels)
    if not proposal.only_waits:
        raise Incomplete(_failures(proposal), object=subject.pseudonym)
    subject.levels = levels
    return {each.name: getattr(levels, each.name).value for each in fields(levels)}


@performs(Track.PUBLICATION, "return_entry", form=forms.ReturnEntry)
def return_entry(*, actor: Actor, subject: Publication, reasons: str) -> None:
    """Give the entry back to the editor with a remark."""
    subject.seal(remark=reasons)


@performs(Track.PUBLICATION, "approve_entry", form=forms.ApproveEntry)
def approve_entry(*, actor: Actor, subject: Publication) -> None:
    """Publish the entry. The disclosure test must pass again, now, against everything published by now.

    Raises Incomplete when it does not.
    """
    # Two approvals at once would each be tested without the other, so they wait for each other here.
    Key.objects.select_for_update().get(pk=subject.key_id)
    proposal = propose(subject, actor)
    if not proposal.is_safe:
        raise Incomplete(_failures(proposal), object=subject.pseudonym)
    today = clock.today()
    for each in fields(Entry):
        setattr(subject, each.name, getattr(proposal.entry, each.name))
    subject.published_on = today
    subject.expires_on = subject.pack.pack.due(ClockName.PUBLICATION_EXPIRY, today)
    tell_reporters(subject)


@performs(Track.PUBLICATION, "withhold_entry", form=forms.WithholdEntry, facts=("ground",))
def withhold_entry(*, actor: Actor, subject: Publication, ground: str, reasons: str) -> Mapping[str, Any]:
    """Keep the decision out of the register; it counts only in pooled figures."""
    subject.ground = Ground(ground).value
    subject.seal(withheld_for=reasons)
    return {"ground": subject.ground}


def _failures(proposal: Proposal) -> str:
    return _("The disclosure test does not pass: %(reasons)s") % {
        "reasons": " ".join(check.sentence for check in proposal.failed)
    }
