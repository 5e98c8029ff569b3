"""What a respondent is charged with: the allegations that the findings in force hold against one person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from cases.actions import GRAVITY_ORDER
from cases.discipline.models import Referral
from cases.discipline.papers import notice_of
from cases.investigation import findings
from cases.models import Allegation, Case, Subject
from cases.outcomes import LIABLE, Outcome
from integrity.action import Incomplete
from integrity.rules.terms import GradeBand, Gravity
from integrity.vault.keyring import Keyring


@dataclass(frozen=True)
class Charge:
    """A respondent with the allegations they answer to; `profile` is what Subject.profile holds."""

    respondent: Subject
    profile: Mapping[str, str]
    allegations: tuple[Allegation, ...]

    @property
    def gravity(self) -> Gravity:
        """That of the gravest charge."""
        return gravest(self.allegations)

    @property
    def gravities(self) -> tuple[Gravity, ...]:
        """Every gravity among the charges, mildest first."""
        return tuple(gravity for gravity in GRAVITY_ORDER if any(one.gravity == gravity for one in self.allegations))

    @property
    def grade_band(self) -> GradeBand:
        """The respondent's."""
        return GradeBand(self.profile["grade_band"])

    def liable(self, outcomes: Mapping[int, Outcome]) -> tuple[Allegation, ...]:
        """The charges that were found, wholly or partly."""
        return tuple(one for one in self.allegations if outcomes[one.number] in LIABLE)


def gravest(allegations: Iterable[Allegation]) -> Gravity:
    """The gravity of the gravest allegation."""
    return max((Gravity(one.gravity) for one in allegations), key=GRAVITY_ORDER.index)


def proposed(case: Case, keyring: Keyring) -> list[Charge]:
    """What the findings in force hold against each subject; empty when there is no case to answer."""
    outcomes = findings.outcomes(case, keyring)
    liable: dict[Subject, list[Allegation]] = {}
    for allegation in case.allegations.select_related("subject", "case__key", "case__pack"):
        if outcomes.get(allegation.number) in LIABLE:
            liable.setdefault(allegation.subject, []).append(allegation)
    return [
        Charge(respondent=subject, profile=_profile(case, subject, keyring), allegations=tuple(found))
        for subject, found in sorted(liable.items(), key=lambda pair: pair[0].number)
    ]


def referred(case: Case) -> Referral:
    """The newest referral. Raises Incomplete when the case was never referred to an authority."""
    referral = case.disciplinary_referrals.select_related("respondent", "authority").last()
    if referral is None:
        raise Incomplete(_("This case was not referred to a deciding authority."), object=case.pseudonym)
    return referral


def respondent(case: Case) -> Subject | None:
    """The person who answers in this case, or None before it is referred for discipline."""
    referral = case.disciplinary_referrals.select_related("respondent").last()
    return referral.respondent if referral is not None else None


def answerable(case: Case, keyring: Keyring) -> Charge:
    """The charge against the respondent: as the notice states it, or as the findings will have it.

    Raises Incomplete when the case was never referred, or the findings hold nothing against the respondent.
    """
    person = referred(case).respondent
    notice = notice_of(case)
    if notice is not None:
        numbers = {int(number) for number in notice.open(keyring, "content")["charges"]}
    else:
        outcomes = findings.outcomes(case, keyring)
        numbers = {number for number, outcome in outcomes.items() if outcome in LIABLE}
    allegations = case.allegations.filter(subject=person, number__in=numbers).select_related("case__key", "case__pack")
    if not allegations:
        raise Incomplete(_("The findings hold nothing against the respondent."), object=case.pseudonym)
    return Charge(respondent=person, profile=_profile(case, person, keyring), allegations=tuple(allegations))


def _profile(case: Case, subject: Subject, keyring: Keyring) -> Mapping[str, str]:
    subject.case = case
    profile: Mapping[str, str] = subject.open(keyring, "profile")
    return profile
