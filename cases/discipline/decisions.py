"""Decisions: which is in force, what it says, and which sanction is to be carried out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cases.discipline import sanctions
from cases.discipline.models import Decision
from cases.models import Allegation, Case
from cases.outcomes import LIABLE, Outcome
from integrity.rules.entries import Factor, SanctionRange
from integrity.rules.terms import FactorKind, Gravity
from integrity.vault.keyring import Keyring

# What an appeal made of the sanction: {"code", "amount"}, {} for none, or None when the decision stands.
ResultSource = Callable[[Case, Keyring], Mapping[str, Any] | None]
_results: list[ResultSource] = []


def declare_result(source: ResultSource) -> ResultSource:
    """Let a later room say which sanction took the place of the decision's."""
    if source not in _results:
        _results.append(source)
    return source


def round_of(case: Case) -> int:
    """The round that the case is in: 1, and one more for each time that it was remitted."""
    return 1 + case.steps.filter(transition="remit").count()


def decision_in_force(case: Case) -> Decision | None:
    """The decision of this round, or None before it is made. A remitted decision is no longer in force."""
    return case.decisions.select_related("case__key", "case__pack").filter(round=round_of(case)).first()


def sanction_in_force(case: Case, keyring: Keyring) -> dict[str, Any]:
    """The sanction to carry out, {"code", "amount"} or {}: the decision's, unless an appeal changed it."""
    for source in _results:
        changed = source(case, keyring)
        if changed is not None:
            return dict(changed)
    decision = decision_in_force(case)
    return dict(decision.open(keyring, "sanction")) if decision is not None else {}


def outcomes_of(decision: Decision, keyring: Keyring) -> dict[int, Outcome]:
    """The authority's finding on each charged allegation, by number."""
    return {int(number): Outcome(value) for number, value in decision.open(keyring, "outcomes").items()}


def decided_before(case: Case) -> set[UUID]:
    """The persons who decided or endorsed an earlier round."""
    earlier = case.decisions.filter(round__lt=round_of(case))
    return {
        *earlier.values_list("authority", flat=True),
        *earlier.filter(endorser__isnull=False).values_list("endorser", flat=True),
        *earlier.filter(endorsement__isnull=False).values_list("endorsement__person", flat=True),
    }


def needs_endorsement(decision: Decision) -> bool:
    """Whether the pack wants a second signature for the gravity."""
    return Gravity(decision.gravity) in decision.case.pack.pack.settings.four_eyes_for


@dataclass(frozen=True)
class Found:
    """One allegation and what was found of it."""

    allegation: Allegation
    outcome: Outcome

    @property
    def tone(self) -> str:
        """For the status tag."""
        return "warning" if self.outcome in LIABLE else "neutral"


@dataclass(frozen=True)
class Ruling:
    """A decision opened for a page: findings, factors, sanction in words, what the matrix allowed, reasons."""

    decision: Decision
    found: tuple[Found, ...]
    factors: tuple[Factor, ...]
    sanction: str
    allowed: tuple[SanctionRange, ...]
    reasons: str

    @property
    def aggravating(self) -> list[Factor]:
        """What weighed for a heavier sanction."""
        return [factor for factor in self.factors if factor.kind is FactorKind.AGGRAVATING]

    @property
    def mitigating(self) -> list[Factor]:
        """What weighed for a lighter sanction."""
        return [factor for factor in self.factors if factor.kind is FactorKind.MITIGATING]

    @property
    def is_liable(self) -> bool:
        """True when an allegation was found, wholly or partly."""
        return any(found.outcome in LIABLE for found in self.found)

    @property
    def authority_title(self) -> Any:
        """The authority's title in the pack."""
        return self.decision.case.pack.pack.authority(self.decision.authority_code).title


def ruling_of(decision: Decision, keyring: Keyring) -> Ruling:
    """Open a decision: four private-key operations, beside the way to the case's key."""
    pack = decision.case.pack.pack
    outcomes = outcomes_of(decision, keyring)
    allegations = decision.case.allegations.filter(number__in=outcomes).select_related("case__pack")
    return Ruling(
        decision=decision,
        found=tuple(Found(one, outcomes[one.number]) for one in allegations),
        factors=tuple(pack.factor(code) for code in decision.open(keyring, "factors")),
        sanction=sanctions.in_words(pack, decision.open(keyring, "sanction")),
        allowed=pack.allowed(decision.gravity),
        reasons=decision.open(keyring, "reasons"),
    )
