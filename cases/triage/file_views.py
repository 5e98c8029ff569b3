"""Files that came with reports: for whoever was given the report, and for members of the case that it is part of."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from cases.models import Case
from cases.triage import actions, file_actions
from intake.portal.models import Attachment, Report
from integrity.inspection.cleaning import Prepared
from integrity.inspection.models import CleanedCopy
from integrity.inspection.views import FileViews, Held, download
from integrity.people.access import DeskRequest


class ReportFileViews(FileViews):
    """Files of a report."""

    namespace, name = "triage", "attachment"

    def find(self, request: DeskRequest, **where: Any) -> Held:
        """The file of a report, by the report's reference and its own number."""
        report = get_object_or_404(
            Report.objects.select_related("key", "pack", "channel"), reference=where["reference"]
        )
        found = get_object_or_404(Attachment.objects.select_related("file__owner_key"), pk=where["pk"], report=report)
        found.report = report
        back = reverse("triage:report", args=[report.reference])
        return Held(
            file=found.file,
            subject=found,
            arguments=(report.reference, found.pk),
            back=back,
            belongs_to=report.reference,
            breadcrumb=[(_("Reports"), reverse("triage:list")), (report.reference, back)],
        )

    def looked(self, request: DeskRequest, held: Held, *, page: int) -> None:
        """Leave `report.file_previewed`."""
        file_actions.look_at_file(actor=request.actor, report=held.subject.report, attachment=held.subject, page=page)

    def handed_out(self, request: DeskRequest, held: Held, *, copy: CleanedCopy | None) -> HttpResponseBase:
        """The file, with `report.file_opened`."""
        actions.open_file(actor=request.actor, report=held.subject.report, attachment=held.subject, copy=copy)
        return download(request, held, copy)

    def cleaned(self, request: DeskRequest, held: Held, *, prepared: Prepared) -> None:
        """Leave `report.file_cleaned`."""
        file_actions.keep_cleaned_copy(
            actor=request.actor, report=held.subject.report, attachment=held.subject, prepared=prepared
        )


class CaseReportFileViews(FileViews):
    """Files of the reports that were joined to a case; the subject is (case, attachment)."""

    namespace, name = "triage", "case_attachment"

    def find(self, request: DeskRequest, **where: Any) -> Held:
        """The file of a report of a case, by the case's reference and its own number."""
        case = get_object_or_404(Case.objects.select_related("key"), reference=where["reference"])
        found = get_object_or_404(
            Attachment.objects.select_related("file__owner_key", "report"),
            pk=where["pk"],
            report__in=case.reports.all(),
        )
        back = reverse("cases:file", args=[case.reference])
        return Held(
            file=found.file,
            subject=(case, found),
            arguments=(case.reference, found.pk),
            back=back,
            belongs_to=case.reference,
            breadcrumb=[(_("Cases"), reverse("cases:list")), (case.reference, back)],
        )

    def looked(self, request: DeskRequest, held: Held, *, page: int) -> None:
        """Leave `case.report_file_previewed`."""
        case, found = held.subject
        file_actions.look_at_file_in_case(actor=request.actor, case=case, attachment=found, page=page)

    def handed_out(self, request: DeskRequest, held: Held, *, copy: CleanedCopy | None) -> HttpResponseBase:
        """The file, with `case.report_file_opened`."""
        case, found = held.subject
        actions.open_file_in_case(actor=request.actor, case=case, attachment=found, copy=copy)
        return download(request, held, copy)

    def cleaned(self, request: DeskRequest, held: Held, *, prepared: Prepared) -> None:
        """Leave `case.report_file_cleaned`."""
        case, found = held.subject
        file_actions.keep_cleaned_copy_in_case(actor=request.actor, case=case, attachment=found, prepared=prepared)


REPORT_FILES = ReportFileViews()
CASE_REPORT_FILES = CaseReportFileViews()
