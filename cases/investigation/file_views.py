"""The files of items of evidence: fetching one shows in its chain of custody, so it is done by a form."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from cases.investigation import documents
from cases.models import Case
from integrity.inspection.cleaning import Prepared
from integrity.inspection.models import CleanedCopy
from integrity.inspection.views import FileViews, Held
from integrity.people.access import DeskRequest


class EvidenceFileViews(FileViews):
    """Files of items of evidence; a copy is handed out by the action that writes the chain of custody."""

    namespace, name, by_form = "investigation", "evidence_copy", True

    def find(self, request: DeskRequest, **where: Any) -> Held:
        """The file of an item, by the case's reference and the item's number."""
        case = get_object_or_404(Case.objects.select_related("key", "pack"), reference=where["reference"])
        if not case.capacities(request.user):
            raise Http404
        item = get_object_or_404(case.evidence.select_related("file__owner_key"), number=where["number"])
        if item.file is None:
            raise Http404
        item.case = case
        back = reverse("cases:file", args=[case.reference])
        return Held(
            file=item.file,
            subject=item,
            arguments=(case.reference, item.number),
            back=back,
            belongs_to=f"{case.reference} {item.label}",
            breadcrumb=[(_("Cases"), reverse("cases:list")), (case.reference, back)],
        )

    def looked(self, request: DeskRequest, held: Held, *, page: int) -> None:
        """Leave `case.evidence_previewed`."""
        documents.look_at_evidence(actor=request.actor, item=held.subject, page=page)

    def handed_out(self, request: DeskRequest, held: Held, *, copy: CleanedCopy | None) -> HttpResponseBase:
        """The file, with `case.evidence_opened` and a link in the chain of custody."""
        return documents.take_copy(actor=request.actor, item=held.subject, copy=copy)

    def cleaned(self, request: DeskRequest, held: Held, *, prepared: Prepared) -> None:
        """Leave `case.evidence_cleaned`."""
        documents.keep_cleaned_evidence(actor=request.actor, item=held.subject, prepared=prepared)


EVIDENCE_FILES = EvidenceFileViews()
