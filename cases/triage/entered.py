"""What the desk is told of a report that the office entered itself: whether anybody can read its answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cases.triage.sections import report_section
from intake.entry.models import EnteredReport
from intake.portal.models import Report
from integrity.action import Actor


@report_section("triage/section_entered.html")
def of_report(report: Report, actor: Actor) -> Mapping[str, Any] | None:
    """What became of the receipt, of a report that an officer entered or that was imported."""
    entered = EnteredReport.objects.filter(report=report).first()
    return {"receipt": entered.receipt, "told": entered.get_receipt_display()} if entered else None
