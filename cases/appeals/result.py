"""What a case came to: the decision in force, as an appeal left it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cases.appeals.models import AppealOutcome, BoardDecision
from cases.discipline.decisions import decision_in_force, declare_result, outcomes_of
from cases.discipline.models import Decision
from cases.models import Case
from cases.outcomes import LIABLE
from integrity.vault.keyring import Keyring


@dataclass(frozen=True)
class Result:
    """The result of a case. `appeal` is "" when nobody appealed or the appeal was dismissed."""

    substantiated: bool
    sanction: str
    amount: int | None
    appeal: str


NOTHING = Result(substantiated=False, sanction="", amount=None, appeal="")


def board_decision(decision: Decision) -> BoardDecision | None:
    """What a board made of a decision, or None when it was not appealed, or not decided yet."""
    return BoardDecision.objects.filter(appeal__decision=decision).select_related("appeal__key").first()


def result_in_force(case: Case, keyring: Keyring) -> Result:
    """What the case came to, opened with keys that reach it. Raises NoGrant without them."""
    decision = decision_in_force(case)
    if decision is None:
        return NOTHING
    board = board_decision(decision)
    appeal = board.open(keyring, "outcome") if board is not None else ""
    if appeal == AppealOutcome.QUASH:
        return Result(substantiated=False, sanction="", amount=None, appeal=appeal)
    sanction: dict[str, Any] = decision.open(keyring, "sanction") or {}
    if board is not None and appeal == AppealOutcome.VARY:
        sanction = board.open(keyring, "sanction")
    liable = bool(set(outcomes_of(decision, keyring).values()) & LIABLE)
    return Result(substantiated=liable, sanction=sanction.get("code", ""), amount=sanction.get("amount"), appeal=appeal)


@declare_result
def changed_sanction(case: Case, keyring: Keyring) -> Mapping[str, Any] | None:
    """What an appeal put in the place of the decision's sanction, {} for none; None when the decision stands."""
    decision = decision_in_force(case)
    board = board_decision(decision) if decision is not None else None
    if board is None:
        return None
    outcome = board.open(keyring, "outcome")
    if outcome == AppealOutcome.VARY:
        found: Mapping[str, Any] = board.open(keyring, "sanction")
        return found
    return {} if outcome == AppealOutcome.QUASH else None
