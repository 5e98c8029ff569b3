"""What the page and the API of a report offer: what the table allows, without what this report gives no reason for."""

from __future__ import annotations

from cases.engine import Performed, available
from cases.states import Track
from cases.triage.reviewing import can_be_reviewed
from cases.triage.transcripts import ORAL
from intake.portal.models import Report
from integrity.action import Actor


def offered(report: Report, actor: Actor) -> list[Performed]:
    """The steps that this actor is offered, the main one first."""
    return [each for each in available(Track.REPORT, report, actor) if _fits(each.row.name, report)]


def _fits(name: str, report: Report) -> bool:
    match name:
        case "write_transcript":
            return report.origin in ORAL
        case "name_reviewer":
            return not can_be_reviewed(report)
    return True
