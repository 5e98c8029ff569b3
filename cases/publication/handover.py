"""What a final case came to, and whether the public register should hear of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from cases.appeals.result import Result, result_in_force
from cases.closing import Closing, gravest
from cases.conflicts import reason
from cases.discipline.decisions import decision_in_force, outcomes_of
from cases.discipline.models import Decision
from cases.finality import finality
from cases.investigation.referral import undecided
from cases.models import Allegation, Case
from cases.outcomes import LIABLE
from cases.publication.generalisation import Coded
from integrity.action import Incomplete
from integrity.people.models import Appointment, Office, User
from integrity.people.roles import Role
from integrity.rules.terms import Gravity
from integrity.vault.keyring import Keyring


@dataclass(frozen=True)
class Settled:
    """A decided case: the decision in force, what an appeal left of it, and the gravest charge that stands.

    `allegation` is the gravest charge of all when nothing was found.
    """

    case: Case
    decision: Decision
    result: Result
    allegation: Allegation
    profile: dict[str, Any]

    @property
    def gravity(self) -> Gravity:
        """The gravity of that charge."""
        return Gravity(self.allegation.gravity)

    @property
    def is_publishable(self) -> bool:
        """Substantiated, and as grave as the rule pack of the case wants for the register."""
        return self.result.substantiated and self.gravity in self.case.pack.pack.settings.publication_for

    @property
    def closing(self) -> Closing:
        """What other rooms are told when the case closes."""
        return Closing(
            case=self.case,
            offence=self.allegation.offence,
            gravity=self.gravity,
            charged=True,
            substantiated=self.result.substantiated,
            profile=self.profile,
            sanction=self.result.sanction,
            appeal=appeal_ended(self.case, self.result),
        )


def settled(case: Case, keyring: Keyring) -> Settled:
    """What the case came to. Raises Incomplete without a decision, NoGrant without keys."""
    decision = decision_in_force(case)
    if decision is None:
        raise Incomplete(_("There is no decision in force."), object=case.pseudonym)
    outcomes = outcomes_of(decision, keyring)
    charged = list(case.allegations.filter(number__in=outcomes).select_related("subject__case__key"))
    found = [one for one in charged if outcomes[one.number] in LIABLE]
    allegation = gravest(found or charged)
    return Settled(
        case=case,
        decision=decision,
        result=result_in_force(case, keyring),
        allegation=allegation,
        profile=allegation.subject.open(keyring, "profile"),
    )


def appeal_ended(case: Case, result: Result) -> str:
    """How the last appeal ended, as a code: a board's outcome, "dismissed", or "" without one."""
    if result.appeal:
        return result.appeal
    last = case.steps.filter(transition__in=("remit", "dismiss_appeal")).order_by("-pk").first()
    return {"remit": "remit", "dismiss_appeal": "dismissed"}[last.transition] if last is not None else ""


def must_be_final(case: Case) -> None:
    """Raises Incomplete while the decision can be appealed, or a mandatory referral is undecided."""
    if finality(case) is None or case.final_on is None:
        raise Incomplete(_("The decision is not final yet."), object=case.pseudonym)
    if undecided(case):
        raise Incomplete(
            _("Decide first on referring the criminal allegations to the prosecutor."), object=case.pseudonym
        )


def coded_from(found: Settled, keyring: Keyring) -> Coded:
    """The coded fields that leave the case. No name, no text, no day but those that the embargo is reckoned from."""
    case = found.case
    how, final_on = finality(case), case.final_on
    if how is None or final_on is None:
        raise Incomplete(_("The decision is not final yet."), object=case.pseudonym)
    office = Office.objects.filter(code=found.profile["office"]).first()
    if office is None:
        raise Incomplete(_("The office of the respondent is not known here any more."), object=case.pseudonym)
    offence = case.pack.pack.offence(found.allegation.offence)
    return Coded(
        offence=offence.code,
        category=offence.category,
        gravity=found.gravity.value,
        sanction=found.result.sanction,
        amount=found.result.amount,
        grade_band=str(found.profile["grade_band"]),
        office=office.code,
        region=office.region,
        is_headquarters=office.is_headquarters,
        decided_on=found.decision.decided_on,
        final_on=final_on,
        finality=how.value,
        appeal=found.result.appeal,
        barred=_barred(case, keyring),
    )


def _barred(case: Case, keyring: Keyring) -> tuple[str, ...]:
    """Editors and approvers who are the subject, or above or below the subject."""
    people = User.objects.filter(
        pk__in=Appointment.objects.in_force().filter(role__in=[Role.EDITOR, Role.APPROVER]).values("person")
    )
    return tuple(sorted(str(person.pk) for person in people if reason(case, person, keyring)))
