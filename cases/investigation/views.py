"""Documents of an investigation to read or print, and copies of its files."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from cases.investigation import documents
from cases.investigation.findings import of_round
from cases.investigation.models import Finding
from cases.investigation.presentation import (
    evidence_of,
    finding_of,
    interview_of,
    plan_parts,
    review_of,
    with_custody,
)
from cases.models import Case
from integrity.people.access import DeskRequest


def _case(request: DeskRequest, reference: str) -> Case:
    """The case; one that the person has no part in is answered as one that does not exist."""
    case = get_object_or_404(Case.objects.select_related("key", "pack"), reference=reference)
    if not case.capacities(request.user):
        raise Http404
    return case


def _with_statement(request: DeskRequest, row: Finding) -> tuple[Any, str]:
    opened = finding_of(row, request.keyring)
    return opened, row.allegation.open(request.keyring, "statement")


def plan(request: DeskRequest, reference: str, version: int) -> HttpResponse:
    """A version of the investigation plan."""
    case = _case(request, reference)
    found = get_object_or_404(case.plans.select_related("proposed_by", "decided_by"), version=version)
    documents.open_document(actor=request.actor, case=case, document="investigation_plan", number=version)
    return render(
        request,
        "investigation/document_plan.html",
        {
            "case": case,
            "plan": found,
            "parts": plan_parts(found, request.keyring),
            "return_reasons": found.open(request.keyring, "return_reasons"),
        },
    )


def evidence(request: DeskRequest, reference: str) -> HttpResponse:
    """The list of all evidence with digests and whole chains of custody."""
    case = _case(request, reference)
    documents.open_document(actor=request.actor, case=case, document="evidence_list")
    items = evidence_of(with_custody(case).order_by("number"), request.keyring)
    return render(request, "investigation/document_evidence.html", {"case": case, "items": items})


def interview(request: DeskRequest, reference: str, number: int) -> HttpResponse:
    """The record of one interview."""
    case = _case(request, reference)
    found = get_object_or_404(case.interviews.select_related("recorded_by", "recording__owner_key"), number=number)
    documents.open_document(actor=request.actor, case=case, document="interview_record", number=number)
    opened = interview_of(found, request.keyring)
    return render(request, "investigation/document_interview.html", {"case": case, "interview": opened})


def notes(request: DeskRequest, reference: str) -> HttpResponse:
    """All notes, oldest first."""
    case = _case(request, reference)
    documents.open_document(actor=request.actor, case=case, document="notes")
    opened = [(note, note.open(request.keyring, "body")) for note in case.notes.select_related("author")]
    return render(request, "investigation/document_notes.html", {"case": case, "notes": opened})


def findings(request: DeskRequest, reference: str, number: int) -> HttpResponse:
    """The report of a round of findings with its review."""
    case = _case(request, reference)
    found = of_round(case, number)
    if not found:
        raise Http404
    documents.open_document(actor=request.actor, case=case, document="findings", number=number)
    return render(
        request,
        "investigation/document_findings.html",
        {
            "case": case,
            "round": number,
            "findings": [_with_statement(request, row) for row in found],
            "submitted": found[0],
            "review": review_of(case, number, request.keyring),
            "standard": case.pack.pack.settings.standard_of_proof.label,
        },
    )


@require_POST
def recording(request: DeskRequest, reference: str, number: int) -> StreamingHttpResponse:
    """The recording of an interview."""
    case = _case(request, reference)
    found = get_object_or_404(case.interviews.select_related("recording__owner_key"), number=number)
    return documents.take_recording(actor=request.actor, interview=found)
