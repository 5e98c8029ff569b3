"""What the page of a report shows: reports of detriment that went to those who have it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cases.protection.access import free_of, given_to
from cases.triage.sections import report_section
from intake.portal.models import Report
from integrity.action import Actor


@report_section("protection_desk/report_section.html")
def of_report(report: Report, actor: Actor) -> Mapping[str, Any] | None:
    """Those that this person may open, in one line each."""
    rows = free_of(given_to(actor).filter(report=report), actor)
    return {"detriments": rows} if rows else None
