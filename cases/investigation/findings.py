"""Which findings stand: rounds of findings, their reviews, and the outcomes in force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Max

from cases.investigation.models import Finding, FindingsReview
from cases.models import Case
from cases.outcomes import Outcome

if TYPE_CHECKING:
    from integrity.vault.keyring import Keyring


@dataclass(frozen=True)
class ProposedFinding:
    """What an investigator found of the allegation with that number; `relied_on` cites labels ("E-1", "I-1")."""

    allegation: int
    outcome: Outcome
    reasons: str
    relied_on: tuple[str, ...] = ()


def latest_round(case: Case) -> int:
    """The number of the last round of findings, 0 before the first."""
    last: int | None = case.findings.aggregate(last=Max("round"))["last"]
    return last or 0


def round_in_force(case: Case) -> int | None:
    """The round that a reviewer approved, or None while no findings are in force."""
    review = FindingsReview.objects.filter(case=case, approved=True).order_by("-round").first()
    return review.round if review is not None else None


def of_round(case: Case, number: int) -> list[Finding]:
    """The findings of a round, by allegation."""
    rows = list(
        case.findings.filter(round=number).select_related("allegation", "submitted_by").order_by("allegation__number")
    )
    for row in rows:
        row.allegation.case = case
    return rows


def outcomes(case: Case, keyring: Keyring) -> dict[int, Outcome]:
    """Allegation number → outcome, of the findings in force; empty before any were approved.

    One private-key operation for each allegation. Raises NoGrant when the keyring does not open the case.
    """
    number = round_in_force(case)
    if number is None:
        return {}
    return {finding.allegation.number: Outcome(finding.open(keyring, "outcome")) for finding in of_round(case, number)}
