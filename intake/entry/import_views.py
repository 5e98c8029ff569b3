"""The intake officer's pages for importing a batch of reports."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from intake.entry import importing, reading
from integrity.action import Incomplete
from integrity.people.access import DeskRequest, ask_first, role_required
from integrity.people.administration_forms import ImportList
from integrity.people.importing import Unreadable
from integrity.people.importing import template as empty_table
from integrity.people.roles import Role
from integrity.vault.pending import read_upload
from integrity.vault.storage import FileGone
from integrity.vault.uploads import SealedUpload

SHOWN: Final = 200


class Batch(ImportList):
    """A file of reports, and where it is from."""

    source = forms.RegexField(
        reading.SOURCE,
        label=gettext_lazy("Name of the earlier system"),
        help_text=gettext_lazy(
            "Small letters, digits and hyphens, such as hotline-2024. The same reference from the same system is "
            "imported once."
        ),
        max_length=40,
    )

    field_order = ["source", "table"]

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["table"].label = _("File")
        self.fields["table"].help_text = _("CSV or JSON in UTF-8, up to 8 MB and 1,000 reports.")


@role_required(Role.INTAKE)
@ask_first
def import_reports(request: DeskRequest) -> HttpResponse:
    """Look at what a file would make, with everything that is wrong with it; then import it, all or nothing."""
    form = Batch(request.POST, request.FILES) if request.method == "POST" else Batch()
    if request.method == "POST" and form.is_valid():
        upload: SealedUpload = form.cleaned_data["table"]
        source: str = form.cleaned_data["source"]
        try:
            content = read_upload(upload)
            if request.POST.get("do") == "import":
                return _imported(request, content, source, upload)
            return _looked_at(request, reading.plan(content, source=source), source, upload)
        except Incomplete:
            # Something changed since it was looked at.
            return _looked_at(request, reading.plan(content, source=source), source, upload)
        except Unreadable as unreadable:
            form.add_error("table", unreadable.sentence)
        except (FileGone, ValueError):
            form.add_error("table", _("The file is larger than 8 MB, or no longer here. Choose it again."))
        upload.discard()
    context = {"form": form, "columns": reading.layout().columns, "breadcrumb": _way()}
    return render(request, "entry/import.html", context, status=422 if form.is_bound else 200)


@role_required(Role.INTAKE)
def template(request: DeskRequest) -> HttpResponse:
    """An empty table with the columns."""
    return HttpResponse(
        empty_table(reading.layout()),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="reports.csv"'},
    )


def _imported(request: DeskRequest, content: bytes, source: str, upload: SealedUpload) -> HttpResponse:
    done = importing.import_reports(actor=request.actor, content=content, source=source, digest=upload.sha256)
    upload.discard()
    made = len(done.reports)
    sentence = ngettext("%(count)d report was made.", "%(count)d reports were made.", made) % {"count": made}
    messages.success(request, sentence)
    return redirect("entry:import")


def _looked_at(request: DeskRequest, planned: reading.BatchPlan, source: str, upload: SealedUpload) -> HttpResponse:
    context = {
        "planned": planned,
        "source": source,
        "upload": upload,
        "faults": planned.faults[:SHOWN],
        "more": max(0, len(planned.faults) - SHOWN),
        "breadcrumb": _way(),
    }
    return render(request, "entry/import_report.html", context, status=422 if planned.faults else 200)


def _way() -> list[tuple[str, str]]:
    return [(_("Enter a report"), reverse("entry:enter")), (_("Import reports"), "")]
