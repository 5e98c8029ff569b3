"""The verbs of the investigation room, one file for each idea. Importing them pairs them with the workflow table."""

from cases.investigation.actions.evidence import add_evidence, record_custody, record_interview
from cases.investigation.actions.findings import (
    approve_findings,
    close_without_charge,
    return_findings,
    submit_findings,
)
from cases.investigation.actions.plan import add_note, approve_plan, propose_plan, return_plan
from cases.investigation.actions.referral import decide_referral
from cases.investigation.actions.team import add_allegation, add_investigator, assign

__all__ = [
    "add_allegation",
    "add_evidence",
    "add_investigator",
    "add_note",
    "approve_findings",
    "approve_plan",
    "assign",
    "close_without_charge",
    "decide_referral",
    "propose_plan",
    "record_custody",
    "record_interview",
    "return_findings",
    "return_plan",
    "submit_findings",
]
