"""What each transition of the investigation asks for, one file for each idea."""

from cases.investigation.forms.evidence import AddEvidence, RecordCustody, RecordInterview
from cases.investigation.forms.findings import (
    ApproveFindings,
    CloseWithoutCharge,
    DecideReferral,
    ReturnFindings,
    SubmitFindings,
)
from cases.investigation.forms.plan import AddNote, ApprovePlan, ProposePlan, ReturnPlan
from cases.investigation.forms.team import AddAllegation, ChooseInvestigators

__all__ = [
    "AddAllegation",
    "AddEvidence",
    "AddNote",
    "ApproveFindings",
    "ApprovePlan",
    "ChooseInvestigators",
    "CloseWithoutCharge",
    "DecideReferral",
    "ProposePlan",
    "RecordCustody",
    "RecordInterview",
    "ReturnFindings",
    "ReturnPlan",
    "SubmitFindings",
]
