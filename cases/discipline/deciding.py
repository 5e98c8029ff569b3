"""The verbs of the decision: decide, endorse, serve, carry out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from audit import clock
from cases.discipline import authorities, charges, sanctions
from cases.discipline import decision_forms as forms
from cases.discipline.actions import keep_proof, must_be_between
from cases.discipline.decisions import (
    decided_before,
    decision_in_force,
    needs_endorsement,
    round_of,
    sanction_in_force,
)
from cases.discipline.forms import day_in_words
from cases.discipline.hearings import outstanding_hearing
from cases.discipline.models import Decision, Endorsement, Implementation, ServiceMethod, ServiceProof
from cases.engine import performs
from cases.models import Case
from cases.outcomes import Outcome
from cases.states import Track
from integrity.action import Actor, Incomplete, NotPermitted
from integrity.people.models import User
from integrity.references import new_reference
from integrity.rules.entries import Factor
from integrity.rules.pack import Pack, UnknownCode
from integrity.vault.uploads import SealedUpload


@performs(Track.CASE, "decide", form=forms.Decide, facts=("number", "round", "gravity", "authority", "endorser"))
def decide(
    *,
    actor: Actor,
    subject: Case,
    outcomes: Mapping[int, Outcome],
    reasons: str,
    factors: Iterable[str] = (),
    sanction: str = "",
    amount: int | None = None,
    endorser: User | None = None,
) -> Mapping[str, Any]:
    """Decide: the finding on each charge, then the factors, then a sanction inside the matrix.

    Raises NotPermitted for a person of an earlier round or without the mandate, Incomplete for what is missing
    or out of range.
    """
    pack = subject.pack.pack
    mandate = authorities.mandate_of(actor.user, pack)
    if mandate is None:
        raise NotPermitted(_("You hold no mandate of the rules of this case."), object=subject.pseudonym)
    if actor.user.pk in decided_before(subject):
        raise NotPermitted(
            _("You decided or endorsed this case before it was remitted, so somebody else must decide."),
            object=subject.pseudonym,
        )
    missing = outstanding_hearing(subject)
    if missing:
        raise Incomplete(missing, object=subject.pseudonym)
    charge = charges.answerable(subject, actor.keys)
    if set(outcomes) != {allegation.number for allegation in charge.allegations}:
        raise Incomplete(_("Every charge needs a finding."), object=subject.pseudonym)
    liable = charge.liable(outcomes)
    weighed = _known(pack, factors, subject)
    try:
        imposed = sanctions.fitting(
            pack,
            gravity=charges.gravest(liable) if liable else None,
            code=sanction,
            amount=amount,
            mandate=mandate,
            grade_band=charge.grade_band,
        )
    except sanctions.DoesNotFit as refusal:
        refusal.object = subject.pseudonym
        raise
    decision = Decision(
        case=subject,
        number=new_reference("D"),
        round=round_of(subject),
        decided_on=clock.today(),
        authority=actor.user,
        authority_code=mandate.code,
        gravity=charges.gravest(liable or charge.allegations),
    )
    if needs_endorsement(decision):
        if endorser is None:
            raise Incomplete(
                _("Choose who endorses the decision: for gravity “%(gravity)s” the rules want two signatures.")
                % {"gravity": decision.get_gravity_display()},
                object=subject.pseudonym,
            )
        authorities.bring_in(actor=actor, case=subject, person=endorser, charge=charge)
        decision.endorser = endorser
    decision.seal(
        outcomes={str(number): str(outcome) for number, outcome in sorted(outcomes.items())},
        factors=[factor.code for factor in weighed],
        sanction=imposed,
        reasons=reasons,
    )
    decision.save(force_insert=True)
    return {
        "number": decision.number,
        "round": decision.round,
        "gravity": str(decision.gravity),
        "authority": mandate.code,
        "endorser": f"person/{decision.endorser.pk}" if decision.endorser is not None else "",
    }


def _known(pack: Pack, codes: Iterable[str], case: Case) -> list[Factor]:
    try:
        return [pack.factor(code) for code in codes]
    except UnknownCode as error:
        raise Incomplete(_("The rules know no such factor."), object=case.pseudonym) from error


def made_decision(case: Case) -> Decision:
    """The decision of this round. Raises Incomplete before there is one."""
    decision = decision_in_force(case)
    if decision is None:
        raise Incomplete(_("There is no decision in force."), object=case.pseudonym)
    return decision


@performs(Track.CASE, "endorse_decision", form=forms.Endorse, facts=("number",))
def endorse_decision(*, actor: Actor, subject: Case, remark: str = "") -> Mapping[str, Any]:
    """Sign a decision as the second authority that was asked to."""
    decision = made_decision(subject)
    if not needs_endorsement(decision):
        raise Incomplete(_("This decision needs no second signature."), object=subject.pseudonym)
    if hasattr(decision, "endorsement"):
        raise Incomplete(_("This decision has been endorsed already."), object=subject.pseudonym)
    if decision.endorser is None or decision.endorser.pk != actor.user.pk:
        raise NotPermitted(_("Somebody else was asked to endorse this decision."), object=subject.pseudonym)
    endorsement = Endorsement(decision=decision, person=actor.user, endorsed_on=clock.today())
    endorsement.seal(remark=remark)
    endorsement.save(force_insert=True)
    return {"number": decision.number}


@performs(Track.CASE, "serve_decision", form=forms.ServeDecision, facts=("number", "served_on", "method"))
def serve_decision(
    *,
    actor: Actor,
    subject: Case,
    served_on: date,
    method: ServiceMethod,
    received_by: str,
    remark: str = "",
    files: Iterable[SealedUpload] = (),
) -> Mapping[str, Any]:
    """Record that the decision reached the respondent; the time for an appeal runs from that day.

    Raises Incomplete before a second authority has signed, where the pack wants that.
    """
    decision = made_decision(subject)
    complete_on = decision.decided_on
    if needs_endorsement(decision):
        endorsement = getattr(decision, "endorsement", None)
        if endorsement is None:
            raise Incomplete(
                _("The decision cannot be served yet: a second authority must endorse it first."),
                object=subject.pseudonym,
            )
        complete_on = endorsement.endorsed_on
    must_be_between(served_on, earliest=complete_on, what=_("The decision"), case=subject)
    keep_proof(
        ServiceProof(case=subject, decision=decision, served_on=served_on, method=method),
        received_by=received_by,
        remark=remark,
        files=files,
    )
    return {
        "number": decision.number,
        "served_on": served_on.isoformat(),
        "method": str(method),
        "appeal_starts_on": served_on,
    }


@performs(Track.CASE, "implement", form=forms.Implement, facts=("implemented_on",))
def implement(*, actor: Actor, subject: Case, implemented_on: date, remark: str) -> Mapping[str, Any]:
    """Record that the sanction in force was carried out. Raises Incomplete when there is none."""
    if not sanction_in_force(subject, actor.keys):
        raise Incomplete(_("There is no sanction in force to carry out."), object=subject.pseudonym)
    if implemented_on > clock.today():
        raise Incomplete(_("The day of implementation cannot be in the future."), object=subject.pseudonym)
    if subject.final_on is not None and implemented_on < subject.final_on and _stayed(subject):
        raise Incomplete(
            _("The sanction was stayed until the decision became final on %(day)s.")
            % {"day": day_in_words(subject.final_on)},
            object=subject.pseudonym,
        )
    done = Implementation(case=subject, implemented_on=implemented_on, recorded_by=actor.user)
    done.seal(remark=remark)
    done.save(force_insert=True)
    return {"implemented_on": implemented_on.isoformat()}


def _stayed(case: Case) -> bool:
    return case.pack.pack.settings.appeal_stays_sanction
