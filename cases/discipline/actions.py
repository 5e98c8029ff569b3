"""The verbs of the discipline room up to the hearing; those of the decision are in `deciding.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from audit import clock
from cases.discipline import authorities, charges, forms
from cases.discipline.decisions import decided_before, decision_in_force, needs_endorsement
from cases.discipline.models import (
    Hearing,
    Representation,
    ServiceMethod,
    ServiceProof,
    ShowCauseNotice,
    Signature,
)
from cases.discipline.papers import issued_notice
from cases.engine import performs
from cases.models import Case, Deadline, Subject
from cases.states import CaseState, Track
from integrity.action import Actor, Incomplete, NotPermitted
from integrity.people.models import User
from integrity.people.roles import Role
from integrity.references import new_reference
from integrity.rules.terms import ClockName
from integrity.vault.files import keep
from integrity.vault.uploads import SealedUpload


@performs(Track.CASE, "refer_for_discipline", form=forms.Refer, facts=("authority", "mandate"))
def refer_for_discipline(
    *, actor: Actor, subject: Case, authority: User, respondent: Subject | None = None, remark: str = ""
) -> Mapping[str, Any]:
    """Put the case before the authority that the pack names. `respondent` may be left out when there is only one.

    Raises Incomplete when no finding holds anything against the respondent.
    """
    found = charges.proposed(subject, actor.keys)
    if respondent is not None:
        found = [charge for charge in found if charge.respondent.pk == respondent.pk]
    if not found:
        raise Incomplete(
            _("No allegation was found substantiated, so there is nothing to refer."), object=subject.pseudonym
        )
    if len(found) > 1:
        raise Incomplete(
            _("The findings hold something against several people. Say who answers in this case."),
            object=subject.pseudonym,
        )
    referral = authorities.hand_to(actor=actor, case=subject, person=authority, charge=found[0], remark=remark)
    return {"authority": f"person/{authority.pk}", "mandate": referral.mandate}


@performs(Track.CASE, "replace_authority", form=forms.ReplaceAuthority, facts=("authority",))
def replace_authority(*, actor: Actor, subject: Case, authority: User, reasons: str) -> Mapping[str, Any]:
    """Name another authority, or another endorser, when the one named stepped aside or left office.

    Raises NotPermitted while the one named can still act: nobody chooses who decides twice.
    """
    charge = charges.answerable(subject, actor.keys)
    if subject.state == CaseState.DECIDED:
        decision = decision_in_force(subject)
        if decision is None or not needs_endorsement(decision) or hasattr(decision, "endorsement"):
            raise Incomplete(_("This decision needs nobody's endorsement any more."), object=subject.pseudonym)
        if decision.endorser in subject.members(Role.AUTHORITY) and can_act(decision.endorser):
            raise _still_there(subject, decision.endorser)
        authorities.bring_in(actor=actor, case=subject, person=authority, charge=charge)
        decision.endorser = authority
        decision.save(update_fields=["endorser"])
    else:
        earlier = decided_before(subject)
        for person in subject.members(Role.AUTHORITY):
            if person.pk not in earlier and can_act(person):
                raise _still_there(subject, person)
        authorities.hand_to(actor=actor, case=subject, person=authority, charge=charge, remark=reasons)
    return {"authority": f"person/{authority.pk}"}


def can_act(person: User) -> bool:
    """Whether somebody's account is open and they are an authority today."""
    return person.is_active and person.has_role(Role.AUTHORITY)


def _still_there(case: Case, person: User) -> NotPermitted:
    return NotPermitted(
        _("%(name)s is named already and has not stepped aside. Nobody chooses who decides twice.")
        % {"name": person.name},
        object=case.pseudonym,
    )


@performs(Track.CASE, "issue_notice", form=forms.IssueNotice, facts=("number", "gravity"))
def issue_notice(
    *, actor: Actor, subject: Case, charge_texts: Mapping[int, str], particulars: str, rights: str, evidence: list[str]
) -> Mapping[str, Any]:
    """Issue the show-cause notice. `charge_texts` has the charge for each allegation that was found, by number."""
    charge = charges.answerable(subject, actor.keys)
    mandate = authorities.mandate_of(actor.user, subject.pack.pack)
    if mandate is None:
        raise NotPermitted(_("You hold no mandate of the rules of this case."), object=subject.pseudonym)
    if set(charge_texts) != {allegation.number for allegation in charge.allegations}:
        raise Incomplete(_("The notice needs a charge for each allegation that was found."), object=subject.pseudonym)
    notice = ShowCauseNotice(
        case=subject,
        number=new_reference("N"),
        issued_on=clock.today(),
        issued_by=actor.user,
        authority_code=mandate.code,
        gravity=charge.gravity,
    )
    notice.seal(
        content={
            "charges": {str(number): text for number, text in sorted(charge_texts.items())},
            "particulars": particulars,
            "rights": rights,
            "evidence": evidence,
        }
    )
    notice.save(force_insert=True)
    return {"number": notice.number, "gravity": notice.gravity}


@performs(Track.CASE, "record_service", form=forms.RecordService, facts=("served_on", "method"))
def record_service(
    *,
    actor: Actor,
    subject: Case,
    served_on: date,
    method: ServiceMethod,
    received_by: str,
    remark: str = "",
    files: Iterable[SealedUpload] = (),
) -> Mapping[str, Any]:
    """Record that the notice reached the respondent; the time for an answer runs from that day."""
    notice = issued_notice(subject)
    must_be_between(served_on, earliest=notice.issued_on, what=_("The notice"), case=subject)
    keep_proof(
        ServiceProof(case=subject, notice=notice, served_on=served_on, method=method),
        received_by=received_by,
        remark=remark,
        files=files,
    )
    return {"served_on": served_on.isoformat(), "method": str(method), "representation_starts_on": served_on}


def must_be_between(day: date, *, earliest: date, what: str, case: Case) -> None:
    """Raise Incomplete when a document is said to be served in the future, or before it was made."""
    if day > clock.today():
        raise Incomplete(_("The day of service cannot be in the future."), object=case.pseudonym)
    if day < earliest:
        raise Incomplete(_("%(document)s was not there yet on that day.") % {"document": what}, object=case.pseudonym)


def keep_proof(proof: ServiceProof, *, received_by: str, remark: str, files: Iterable[SealedUpload]) -> None:
    """Seal and save a proof of service with its files, inside an action."""
    proof.recorded_on = clock.today()
    proof.seal(content={"received_by": received_by, "remark": remark})
    proof.save(force_insert=True)
    proof.files.add(*(keep(upload, owner_key=proof.case.key) for upload in files))


@performs(
    Track.CASE,
    "record_representation",
    form=forms.RecordRepresentation,
    facts=("received_on", "late", "wishes_hearing"),
)
def record_representation(
    *,
    actor: Actor,
    subject: Case,
    received_on: date,
    text: str,
    wishes_hearing: bool = False,
    files: Iterable[SealedUpload] = (),
) -> Mapping[str, Any]:
    """Record the respondent's answer; one that came after its day is taken, and marked late."""
    if received_on > clock.today():
        raise Incomplete(_("The day of receipt cannot be in the future."), object=subject.pseudonym)
    if received_on < issued_notice(subject).service.served_on:
        raise Incomplete(_("The answer cannot be older than the service of the notice."), object=subject.pseudonym)
    late = received_on > _answer_due(subject)
    answer = Representation(
        case=subject,
        recorded_on=clock.today(),
        received_on=received_on,
        late=late,
        wishes_hearing=wishes_hearing,
    )
    answer.seal(text=text)
    answer.save(force_insert=True)
    answer.files.add(*(keep(upload, owner_key=subject.key) for upload in files))
    # The clock was met on the day that the answer came, not on the day that it was recorded.
    subject.meet_clock(ClockName.REPRESENTATION, received_on)
    return {"received_on": received_on.isoformat(), "late": late, "wishes_hearing": wishes_hearing}


@performs(Track.CASE, "note_no_representation", form=forms.NoRepresentation)
def note_no_representation(*, actor: Actor, subject: Case) -> None:
    """Note that no answer came. Raises Incomplete while there is still time for one."""
    due = _answer_due(subject)
    if clock.today() <= due:
        raise Incomplete(
            _("The respondent may still answer, up to and with %(day)s.") % {"day": forms.day_in_words(due)},
            object=subject.pseudonym,
        )
    Representation(case=subject, recorded_on=clock.today()).save(force_insert=True)


def _answer_due(case: Case) -> date:
    return Deadline.objects.get(case=case, name=ClockName.REPRESENTATION).due


@performs(Track.CASE, "record_hearing", form=forms.RecordHearing, facts=("held_on",))
def record_hearing(
    *,
    actor: Actor,
    subject: Case,
    held_on: date,
    place: str,
    present: str,
    transcript: str,
    signature: Signature,
    assistance: str = "",
) -> Mapping[str, Any]:
    """Record a hearing: who was there, what was said, and that it was read back."""
    if held_on > clock.today():
        raise Incomplete(_("The hearing cannot lie in the future."), object=subject.pseudonym)
    if held_on < issued_notice(subject).service.served_on:
        raise Incomplete(_("The hearing cannot be older than the service of the notice."), object=subject.pseudonym)
    hearing = Hearing(
        case=subject, held_on=held_on, held_by=actor.user, order=Hearing.objects.filter(case=subject).count() + 1
    )
    hearing.seal(
        content={
            "place": place,
            "present": present,
            "assistance": assistance,
            "record": transcript,
            "signature": str(signature),
        }
    )
    hearing.save(force_insert=True)
    return {"held_on": held_on.isoformat()}
