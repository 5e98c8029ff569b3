"""The intake officer's pages for importing a batch of reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from intake.entry import importing, reading
from intake.entry.archives import NotAnArchive, opened
from intake.entry.import_forms import FILES, Batch, LeaveOut
from integrity.action import Incomplete, NotConfirmed, WrongState
from integrity.people.access import DeskRequest, ask_first, role_required
from integrity.people.importing import Unreadable
from integrity.people.importing import template as empty_table
from integrity.people.roles import Role
from integrity.vault.pending import read_upload
from integrity.vault.storage import FileGone
from integrity.vault.uploads import SealedUpload

SHOWN: Final = 200


@dataclass(frozen=True)
class Given:
    """A batch that waits, encrypted: the list and the ZIP files."""

    source: str
    table: SealedUpload
    archives: list[SealedUpload]


@role_required(Role.INTAKE)
@ask_first
def import_reports(request: DeskRequest) -> HttpResponse:
    """Look at what a list would make, with everything that is wrong with it; then import it, once nothing is."""
    form = Batch(request.POST, request.FILES) if request.method == "POST" else Batch()
    if request.method == "POST" and form.is_valid() and request.POST.get("do") != "change":
        given = Given(form.cleaned_data["source"], form.cleaned_data["table"], form.cleaned_data[FILES])
        try:
            content = read_upload(given.table)
        except (FileGone, ValueError):
            form.add_error("table", _("The file is larger than 8 MB, or no longer here. Choose it again."))
        else:
            try:
                return _answered(request, content, given)
            except Unreadable as unreadable:
                form.add_error("table", unreadable.sentence)
            except NotAnArchive as unusable:
                form.add_error(FILES, unusable.sentence)
            except FileGone:
                form.add_error(FILES, form.fields[FILES].error_messages["gone"])
    context = {"form": form, "columns": reading.layout().columns, "breadcrumb": _way()}
    return render(request, "entry/import.html", context, status=422 if form.errors else 200)


@role_required(Role.INTAKE)
def template(request: DeskRequest) -> HttpResponse:
    """An empty table with the columns."""
    return HttpResponse(
        empty_table(reading.layout()),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="reports.csv"'},
    )


def _answered(request: DeskRequest, content: bytes, given: Given) -> HttpResponse:
    with opened(given.archives) as beside:
        form, sentence = LeaveOut(), ""
        if request.POST.get("do") == "import":
            if not request.actor.confirmed:
                # The action asks for it as well, but only once all files are sealed.
                raise NotConfirmed
            form = LeaveOut(request.POST)
            try:
                done = importing.import_reports(
                    actor=request.actor,
                    content=content,
                    source=given.source,
                    digest=given.table.sha256,
                    beside=beside,
                    leaving_out=form.is_valid(),
                )
            except (Incomplete, WrongState) as refusal:
                # Something changed since it was looked at, or was not said.
                sentence = str(refusal.sentence)
            else:
                return _imported(request, done, given)
        planned = reading.plan(content, source=given.source, beside=beside, to_the_end=True)
    if sentence and not (form.is_bound and form.errors and planned.unnamed):
        messages.warning(request, sentence)
    context = {
        "planned": planned,
        "given": given,
        "size": filesizeformat(planned.bytes),
        "form": form if planned.unnamed and planned.reports and not planned.faults else None,
        "faults": planned.faults[:SHOWN],
        "more": max(0, len(planned.faults) - SHOWN),
        "unnamed": planned.unnamed[:SHOWN],
        "more_unnamed": max(0, len(planned.unnamed) - SHOWN),
        "breadcrumb": _way(),
    }
    return render(request, "entry/import_report.html", context, status=422 if planned.faults or sentence else 200)


def _imported(request: DeskRequest, done: reading.BatchPlan, given: Given) -> HttpResponse:
    for upload in (given.table, *given.archives):
        upload.discard()
    made, files = len(done.reports), done.files
    said = [ngettext("%(count)d report was made.", "%(count)d reports were made.", made) % {"count": made}]
    if files:
        said.append(
            ngettext("%(count)d file is with them.", "%(count)d files are with them.", files) % {"count": files}
        )
    messages.success(request, " ".join(said))
    return redirect("entry:import")


def _way() -> list[tuple[str, str]]:
    return [(_("Enter a report"), reverse("entry:enter")), (_("Import reports"), "")]
