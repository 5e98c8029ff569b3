"""What a case came to: the decision in force, as an appeal left it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cases.appeals.models import AppealOutcome, BoardDecision
from cases.discipline.decisions import decision_in_force, declare_result
from cases.models import Case
from cases.outcomes import LIABLE, Outcome
from integrity.vault.keyring import Keyring


@dataclass(frozen=True)
class Result:
    """The result of a case. `appeal` is "" when nobody appealed or the appeal was dismissed."""

    substantiated: bool
    sanction: str
    amount: int | None
    appeal: str


NOTHING = Result(substantiated=False, sanction="", amount=None, appeal="")


def board_decision(case: Case) -> BoardDecision | None:
    """The board's decision on the latest appeal, or None."""
    return (
        BoardDecision.objects.filter(appeal__case=case)
        .select_related("appeal__key")
        .order_by("-appeal__number")
        .first()
    )


def result_in_force(case: Case, keyring: Keyring) -> Result:
    """What the case came to, opened with keys that reach it. Raises NoGrant without them."""
    decision = decision_in_force(case)
    if decision is None:
        return NOTHING
    outcomes = {Outcome(value) for value in decision.open(keyring, "outcomes").values()}
    sanction: dict[str, Any] = decision.open(keyring, "sanction") or {}
    liable = bool(outcomes & LIABLE)
    board = board_decision(case)
    appeal = ""
    if board is not None and case.appeals.count() == board.appeal.number:
        appeal = board.open(keyring, "outcome")
        # A decision made after a remittal is a new one, which the old appeal says nothing about.
        if appeal == AppealOutcome.REMIT:
            appeal = "" if decision.decided_on > board.decided_on else AppealOutcome.REMIT.value
        if appeal == AppealOutcome.QUASH:
            return Result(substantiated=False, sanction="", amount=None, appeal=appeal)
        if appeal == AppealOutcome.VARY:
            sanction = board.open(keyring, "sanction")
    return Result(substantiated=liable, sanction=sanction.get("code", ""), amount=sanction.get("amount"), appeal=appeal)


def sanction_to_implement(case: Case, keyring: Keyring) -> dict[str, Any]:
    """The sanction in force as {"code", "amount"}, or {}."""
    result = result_in_force(case, keyring)
    return {"code": result.sanction, "amount": result.amount} if result.sanction else {}


declare_result(sanction_to_implement)
