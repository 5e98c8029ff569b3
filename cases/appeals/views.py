"""The transmitted record, for print."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render

from cases.appeals.actions import open_record
from cases.appeals.record import SANCTION
from cases.models import Case
from integrity.people.access import DeskRequest


def transmitted_record(request: DeskRequest, reference: str) -> HttpResponse:
    """Every part of the record as it was transmitted. The look is in the log."""
    case = get_object_or_404(Case.objects.select_related("key", "pack"), reference=reference)
    if not case.capacities(request.user):
        raise Http404
    appeal = open_record(actor=request.actor, case=case)
    parts = [
        {"title": part.open(request.keyring, "title"), "body": part.open(request.keyring, "body")}
        for part in appeal.record.exclude(kind=SANCTION)
    ]
    return render(request, "appeals/record.html", {"case": case, "appeal": appeal, "parts": parts})
