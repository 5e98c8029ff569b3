"""The documents of the discipline room on pages of their own, and its files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render

from cases.discipline import documents
from cases.discipline.documents import Document
from cases.discipline.models import Decision, Hearing, ServiceProof, ShowCauseNotice
from cases.models import Case
from integrity.action import Refusal
from integrity.people.access import DeskRequest
from integrity.vault.keyring import Keyring
from integrity.vault.models import StoredFile

Page = Callable[[Any, Keyring], Mapping[str, Any]]
PAGES: dict[Document, tuple[type[Model], Page, str]] = {
    Document.NOTICE: (ShowCauseNotice, documents.notice_page, "discipline/notice.html"),
    Document.SERVICE: (ServiceProof, documents.service_page, "discipline/service.html"),
    Document.HEARING: (Hearing, documents.hearing_page, "discipline/hearing.html"),
    Document.DECISION: (Decision, documents.decision_page, "discipline/decision.html"),
}


def _case(request: DeskRequest, reference: str) -> Case:
    """The case. Whoever has no part in it is told the same as for one that does not exist."""
    case = get_object_or_404(Case.objects.select_related("key", "pack"), reference=reference)
    if not case.capacities(request.user):
        raise Http404
    return case


def document(request: DeskRequest, reference: str, kind: str, identifier: UUID) -> HttpResponse:
    """A notice, proof, record or decision, to be read or printed."""
    case = _case(request, reference)
    model, page, template = PAGES[Document(kind)]
    found: Any = get_object_or_404(model._default_manager.filter(case=case), pk=identifier)
    found.case = case
    try:
        documents.open_document(actor=request.actor, case=case, document=Document(kind), identifier=identifier)
    except Refusal as refusal:
        raise PermissionDenied(refusal.sentence) from refusal
    return render(request, template, page(found, request.keyring))


def file(request: DeskRequest, reference: str, identifier: UUID) -> HttpResponseBase:
    """A file that came with a proof of service or the answer."""
    case = _case(request, reference)
    if identifier not in documents.files_of(case):
        raise Http404
    stored = get_object_or_404(StoredFile.objects.select_related("owner_key"), pk=identifier)
    try:
        asked = request.headers.get("Range", "")
        return documents.take_file(actor=request.actor, case=case, stored=stored, asked=asked)
    except Refusal as refusal:
        raise PermissionDenied(refusal.sentence) from refusal
