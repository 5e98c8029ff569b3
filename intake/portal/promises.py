"""By when a reporting person hears something: what the rule pack in force promises, in words."""

from __future__ import annotations

from dataclasses import dataclass

from integrity.rules.models import RulePack
from integrity.rules.terms import ClockName


@dataclass(frozen=True)
class Promises:
    """How long a confirmation and the feedback may take, such as “7 days” and “3 months”."""

    acknowledge: str
    feedback: str


def promised() -> Promises | None:
    """What the rules promise today, or None before an institution has adopted any."""
    try:
        pack = RulePack.objects.in_force().pack
    except RulePack.DoesNotExist:
        return None
    return Promises(
        acknowledge=str(pack.clock(ClockName.ACKNOWLEDGE)),
        feedback=str(pack.clock(ClockName.FEEDBACK)),
    )
