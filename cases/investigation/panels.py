"""What the investigation shows on the case page: plan, evidence, interviews, notes, findings, referral.

A page opens the latest of each and no more; the documents that the panels link to hold everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from cases.investigation.findings import latest_round, of_round
from cases.investigation.models import PlanStatus, ReferralDecision
from cases.investigation.presentation import (
    evidence_of,
    finding_of,
    interview_of,
    plan_parts,
    review_of,
    with_custody,
)
from cases.investigation.referral import standings
from cases.panels import CaseFile, panel
from cases.states import CaseState

ITEMS = 20
EVENTS = 10
PLAN_TONES = {PlanStatus.PROPOSED: "active", PlanStatus.APPROVED: "good", PlanStatus.RETURNED: "warning"}
BEFORE = frozenset({CaseState.OPENED})


@panel("plan", title=_("Investigation plan"), template="investigation/panel_plan.html", order=30)
def plan(file: CaseFile) -> Mapping[str, Any] | None:
    """The last version of the plan, and why the one before was returned."""
    if file.case.state in BEFORE:
        return None
    versions = list(file.case.plans.select_related("proposed_by", "decided_by").order_by("version"))
    if not versions:
        return {"plan": None}
    last = versions[-1]
    returned = [version for version in versions if version.status == PlanStatus.RETURNED]
    return {
        "plan": last,
        "tone": PLAN_TONES[PlanStatus(last.status)],
        "parts": plan_parts(last, file.actor.keys),
        "returned": returned[-1] if returned else None,
        "return_reasons": returned[-1].open(file.actor.keys, "return_reasons") if returned else "",
        "earlier": versions[:-1],
        "unfold": last.status == PlanStatus.PROPOSED,
    }


@panel("evidence", title=_("Evidence"), template="investigation/panel_evidence.html", order=32)
def evidence(file: CaseFile) -> Mapping[str, Any] | None:
    """The latest items with file, digests and chain of custody."""
    if file.case.state in BEFORE:
        return None
    found = list(with_custody(file.case)[: ITEMS + 1])
    items = evidence_of(found[:ITEMS], file.actor.keys, events=EVENTS)
    return {
        "items": items,
        "more": len(found) > ITEMS,
        "broken": [opened.item.label for opened in items if not opened.chain.is_whole],
    }


@panel("interviews", title=_("Interviews"), template="investigation/panel_interviews.html", order=34)
def interviews(file: CaseFile) -> Mapping[str, Any] | None:
    """The latest interviews, each with its record folded."""
    rows = file.case.interviews.select_related("recorded_by", "recording__owner_key").order_by("-number")
    found = list(rows[: ITEMS + 1])
    if not found:
        return None
    opened = [interview_of(row, file.actor.keys) for row in found[:ITEMS]]
    return {"interviews": opened, "older": list(rows.values_list("number", flat=True)[ITEMS:])}


@panel("notes", title=_("Notes"), template="investigation/panel_notes.html", order=36)
def notes(file: CaseFile) -> Mapping[str, Any] | None:
    """The latest notes."""
    found = list(file.case.notes.select_related("author").order_by("-number")[: ITEMS + 1])
    if not found:
        return None
    return {
        "notes": [(note, note.open(file.actor.keys, "body")) for note in found[:ITEMS]],
        "more": len(found) > ITEMS,
    }


@panel("findings", title=_("Findings"), template="investigation/panel_findings.html", order=40)
def findings(file: CaseFile) -> Mapping[str, Any] | None:
    """The last round of findings, its review, and the closing of a case without a charge."""
    number = latest_round(file.case)
    if not number:
        return None
    keys = file.actor.keys
    closing = getattr(file.case, "no_case_to_answer", None)
    return {
        "round": number,
        "findings": [finding_of(row, keys) for row in of_round(file.case, number)],
        "review": review_of(file.case, number, keys),
        "earlier": range(1, number),
        "standard": file.case.pack.pack.settings.standard_of_proof.label,
        "closing": closing,
        "closing_reasons": closing.open(keys, "reasons") if closing is not None else "",
    }


@panel("referral", title=_("Referral to the prosecutor"), template="investigation/panel_referral.html", order=42)
def referral(file: CaseFile) -> Mapping[str, Any] | None:
    """Each criminal allegation with what was decided about referring it."""
    found = standings(file.case)
    if not found:
        return None
    rows = []
    for standing in found:
        decision = standing.decision
        grounds = decision.open(file.actor.keys, "grounds") if decision is not None else {}
        rows.append(
            {
                "allegation": standing.allegation,
                "decision": decision,
                "referred": decision is not None and decision.decision == ReferralDecision.REFERRED,
                "body": grounds.get("body", ""),
                "reasons": grounds.get("reasons", ""),
            }
        )
    return {"rows": rows, "undecided": sum(row["decision"] is None for row in rows)}
