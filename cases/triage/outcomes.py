"""Telling those who reported how a case ended: sealed to their reports' keys, by whoever closes it."""

from __future__ import annotations

from cases.closing import Closing, on_close
from intake.portal.outcomes import OutcomeCategory, write_outcome


@on_close
def tell_outcome(closing: Closing) -> None:
    """Write the outcome for every report of the case whose content was not erased."""
    category = _category(closing)
    for report in closing.case.reports.filter(key__destroyed_on__isnull=True).select_related("key"):
        write_outcome(report, category)


def _category(closing: Closing) -> OutcomeCategory:
    if not closing.charged or not closing.substantiated:
        return OutcomeCategory.NOT_ESTABLISHED
    return OutcomeCategory.SANCTIONED if closing.sanction else OutcomeCategory.ESTABLISHED
