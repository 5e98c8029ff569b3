"""Finality is computed from what happened, never typed."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from audit import clock
from cases.models import Case, Deadline
from cases.states import CaseState
from integrity.rules.terms import ClockName


class Finality(TextChoices):
    """How a decision became final."""

    DECIDED = "decided", _("Decided on appeal")
    LAPSED = "lapsed", _("The time for an appeal lapsed")
    WAIVED = "waived", _("The respondent waived an appeal")


def finality(case: Case) -> Finality | None:
    """How the decision in force became final, or None while it can still be appealed or is under appeal."""
    settled = {CaseState.FINAL, CaseState.IMPLEMENTED, CaseState.CLOSED}
    if case.state == CaseState.BOARD_DECIDED or (
        case.state in settled and case.done("uphold", "vary", "quash", "dismiss_appeal")
    ):
        return Finality.DECIDED
    if case.state != CaseState.NOTIFIED and case.state not in settled:
        return None
    served = case.steps.filter(transition="serve_decision").order_by("-pk").first()
    if served is None:
        return None
    if case.steps.filter(transition="waive_appeal", pk__gt=served.pk).exists():
        return Finality.WAIVED
    window = Deadline.objects.filter(case=case, name=ClockName.APPEAL).first()
    if window is not None and window.due < clock.today():
        return Finality.LAPSED
    return None
