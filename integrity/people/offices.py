"""The administrator's pages about offices, their headcounts, and lists to import."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrity.action import Refusal
from integrity.people import actions, headcount_list, importing, staff_list
from integrity.people.access import DeskRequest, ask_first, role_required
from integrity.people.administration_forms import Headcounts, ImportList, NewOffice, OfficeDetails
from integrity.people.importing import Unreadable
from integrity.people.models import Headcount, Office
from integrity.people.roles import Role
from integrity.rules.terms import GradeBand
from integrity.vault.pending import read_upload
from integrity.vault.storage import FileGone
from integrity.vault.uploads import SealedUpload

LAYOUTS = {"staff": staff_list.LAYOUT, "headcounts": headcount_list.LAYOUT}
FAULTS_SHOWN = 200


@role_required(Role.ADMINISTRATOR)
def offices(request: DeskRequest) -> HttpResponse:
    """Every office with its newest headcounts."""
    rows = [
        {"office": office, "counts": _newest(office), "total": sum(count.staff for count in _newest(office).values())}
        for office in Office.objects.prefetch_related("headcounts")
    ]
    return render(request, "people/offices.html", {"rows": rows, "bands": GradeBand.choices})


@role_required(Role.ADMINISTRATOR)
def add_office(request: DeskRequest) -> HttpResponse:
    """Add an office."""
    form = NewOffice(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        made = actions.make_office(actor=request.actor, **form.cleaned_data)
        messages.success(request, _("%(name)s was added. Give its headcounts next.") % {"name": made.name})
        return redirect("people:headcounts", made.pk)
    return _page(request, form, title=_("Add an office"), button=_("Add"))


@role_required(Role.ADMINISTRATOR)
def change_office(request: DeskRequest, office: int) -> HttpResponse:
    """Change the name or the region of an office."""
    found = get_object_or_404(Office, pk=office)
    initial = {"name": found.name, "region": found.region, "is_headquarters": found.is_headquarters}
    form = OfficeDetails(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_office(actor=request.actor, office=found, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal.sentence))
        else:
            messages.success(request, _("The changes are kept."))
            return redirect("people:offices")
    return _page(request, form, title=found.name, button=_("Keep"))


@role_required(Role.ADMINISTRATOR)
def headcounts(request: DeskRequest, office: int) -> HttpResponse:
    """Set how many staff an office has in each grade band."""
    found = get_object_or_404(Office, pk=office)
    initial = {band: count.staff for band, count in _newest(found).items()}
    form = Headcounts(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        for band, staff in form.counts.items():
            actions.set_headcount(
                actor=request.actor, office=found, grade_band=band, staff=staff, as_of=form.cleaned_data["as_of"]
            )
        messages.success(request, _("The headcounts of %(name)s are kept.") % {"name": found.name})
        return redirect("people:offices")
    return _page(request, form, title=_("Headcounts of %(name)s") % {"name": found.name}, button=_("Keep"))


@role_required(Role.ADMINISTRATOR)
@ask_first
def import_list(request: DeskRequest) -> HttpResponseBase:
    """Look at what a list would change, with everything that is wrong with it; then import it, all or nothing."""
    form = ImportList(request.POST, request.FILES) if request.method == "POST" else ImportList()
    context: dict[str, Any] = {
        "form": form,
        "layouts": LAYOUTS,
        "breadcrumb": [(_("People"), reverse("people:people")), (_("Import a list"), "")],
    }
    if request.method == "POST" and form.is_valid():
        upload: SealedUpload = form.cleaned_data["table"]
        try:
            layout, table = importing.read_table(read_upload(upload), LAYOUTS.values())
        except Unreadable as unreadable:
            form.add_error("table", unreadable.sentence)
        except (FileGone, ValueError):
            form.add_error("table", _("The file is larger than 8 MB, or no longer here. Choose it again."))
        else:
            return _imported(request, upload, layout, table, context)
    return render(request, "people/import.html", context, status=422 if form.is_bound else 200)


@role_required(Role.ADMINISTRATOR)
def import_template(request: DeskRequest, kind: str) -> HttpResponse:
    """An empty table with the columns of a list."""
    if kind not in LAYOUTS:
        raise Http404
    return HttpResponse(
        importing.template(LAYOUTS[kind]),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{kind}.csv"'},
    )


def _imported(
    request: DeskRequest,
    upload: SealedUpload,
    layout: importing.Layout,
    table: importing.Table,
    context: dict[str, Any],
) -> HttpResponseBase:
    """The answer to a list that can be read: its faults as a file, the import itself, or the look at it."""
    is_staff = layout is staff_list.LAYOUT
    planned = staff_list.plan(table, actor=request.actor) if is_staff else headcount_list.plan(table)
    wanted = request.POST.get("do", "look")
    if wanted == "faults" and planned.faults:
        upload.claim()
        return StreamingHttpResponse(
            importing.as_table(planned.faults),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="problems.csv"'},
        )
    if wanted == "import" and not planned.faults:
        digest = upload.sha256
        if is_staff:
            done = staff_list.import_staff(actor=request.actor, table=table, digest=digest)
            sentence = _("%(added)d people were added and %(changed)d changed.") % {
                "added": len(done.added),
                "changed": len(done.changed),
            }
        else:
            count = len(headcount_list.import_headcounts(actor=request.actor, table=table, digest=digest).counts)
            sentence = ngettext("%(count)d headcount was set.", "%(count)d headcounts were set.", count) % {
                "count": count
            }
        upload.discard()
        messages.success(request, sentence)
        return redirect("people:people" if is_staff else "people:offices")
    context |= {
        "planned": planned,
        "is_staff": is_staff,
        "rows": len(table.rows) + len(table.faults),
        "faults": planned.faults[:FAULTS_SHOWN],
        "more": max(0, len(planned.faults) - FAULTS_SHOWN),
        "upload": upload,
    }
    return render(request, "people/import_report.html", context, status=422 if planned.faults else 200)


def _newest(office: Office) -> dict[str, Headcount]:
    """The newest headcount of an office in each grade band; no query when they were prefetched."""
    rows = sorted(office.headcounts.all(), key=lambda count: count.as_of)
    return {count.grade_band: count for count in rows}


def _page(request: DeskRequest, form: Any, *, title: str, button: str) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "button": button,
        "back": reverse("people:offices"),
        "breadcrumb": [
            (_("People"), reverse("people:people")),
            (_("Offices"), reverse("people:offices")),
            (title, ""),
        ],
    }
    return render(request, "people/form.html", context, status=422 if form.is_bound else 200)
