"""What a reporting person may count on today: by when they hear something, and who could open what they send."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from integrity.rules.models import RulePack
from integrity.rules.terms import ClockName
from integrity.vault.models import KeyKind
from integrity.vault.standing import standing_holders


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


def recoverable() -> str:
    """What is told of the recovery key, where one is given every new report and the key of the names; else ""."""
    if not standing_holders(KeyKind.IDENTITY):
        return ""
    return _(
        "If keys are lost, several appointed people together could open reports and names. "
        "When they do so here, it is recorded."
    )
