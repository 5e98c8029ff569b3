"""The intake officer's pages: entering what was told, and the slip to hand over."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Final

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_POST

from intake.entry import actions
from intake.entry.forms import EntryForm, asking_for, closed_to
from intake.entry.models import EnteredReport, Handover
from intake.portal.asking import Data
from intake.portal.models import Report
from intake.portal.receipt import PageSecret, ReporterSecret
from intake.portal.sending import sent_by
from integrity.action import Incomplete, Refusal
from integrity.people.access import DeskRequest, role_required
from integrity.people.roles import Role
from integrity.vault.passphrase import TooBusy
from integrity.vault.storage import FileGone

RETRY_SECONDS: Final = 60


@role_required(Role.INTAKE)
def enter(request: DeskRequest) -> HttpResponseBase:
    """What somebody told: how it came first, then the questions of its channel, then the receipt to hand over."""
    data: Data = MultiValueDict({key: request.POST.getlist(key) for key in request.POST})
    asking = asking_for(data)
    page = PageSecret.parse(data.get("page", "")) or PageSecret.new()
    if request.method != "POST":
        return _form(request, EntryForm(asking=asking), page)
    shown = set(data.getlist("asked"))
    form = EntryForm(data, request.FILES, asking=asking)
    # Questions that were not on the page yet are asked before anything is wrong with them.
    fresh = [name for name in asking.steps if name not in shown]
    busy = False
    try:
        if form.is_valid() and not fresh and form.asks_everything:
            report = actions.enter_report(actor=request.actor, told=form.told, secret=ReporterSecret.of(page.receipt))
            return _entered(request, report, page)
        if form.is_gone():
            existing, _secret = sent_by(page)
            if existing is not None:
                return _entered(request, existing, page)
    except TooBusy:
        busy = True
    except Incomplete as refused:
        form.add_error(None, str(refused.sentence))
    except FileGone:
        name = asking.files_name
        form.add_error(name, form.fields[name].error_messages["gone"])
    for name in fresh:
        for field in (name, "contact") if name == "name" else (name,):
            form.errors.pop(field, None)
    return _form(request, form, page, busy=busy)


def _form(request: DeskRequest, form: EntryForm, page: PageSecret, *, busy: bool = False) -> HttpResponse:
    asking = form.asking
    context = {
        "form": form,
        "page_secret": page.text,
        "asked": asking.steps if form.is_bound else [],
        "channel": asking.channel if form.asks_everything else None,
        "closed_to_you": closed_to(request.user, asking.channels) if form.is_bound and asking.path else [],
        "several": len(asking.channels) > 1,
        "busy": busy,
    }
    response = render(
        request, "entry/enter.html", context, status=503 if busy else 422 if form.is_bound and form.errors else 200
    )
    if busy:
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _entered(request: DeskRequest, report: Report, page: PageSecret) -> HttpResponse:
    """The receipt, until it is handed over."""
    context = {
        "report": report,
        "receipt": None if report.receipt_kept else page.receipt,
        "page_secret": page.text,
        "can_open": bool(report.capacities(request.user)),
        "has_receipt": not EnteredReport.objects.filter(report=report, receipt=Handover.NONE).exists(),
    }
    return render(request, "entry/entered.html", context)


def with_entered(
    view: Callable[[DeskRequest, Report, PageSecret], HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Only for the page that entered a report, whose hidden field leads to it, and while its receipt waits."""

    @wraps(view)
    def guarded(request: DeskRequest) -> HttpResponseBase:
        page = PageSecret.parse(request.POST.get("page", ""))
        report = sent_by(page)[0] if page is not None else None
        if page is None or report is None or report.origin not in actions.ORIGINS:
            messages.warning(request, _("There is nothing to hand over. Enter what was told first."))
            return redirect("entry:enter")
        return _entered(request, report, page) if report.receipt_kept else view(request, report, page)

    return require_POST(role_required(Role.INTAKE)(guarded))


@with_entered
def slip(request: DeskRequest, report: Report, page: PageSecret) -> HttpResponse:
    """The receipt to print, in the language of the person who gets it."""
    with override(report.language):
        context = {"receipt": page.receipt, "portal": settings.PUBLIC_URL.rstrip("/"), "onion": settings.ONION_URL}
        return render(request, "entry/slip.html", context)


@with_entered
def handed_over(request: DeskRequest, report: Report, page: PageSecret) -> HttpResponse:
    """The person has it: it is not shown again."""
    try:
        actions.hand_over(actor=request.actor, report=report)
    except Refusal as refusal:
        messages.warning(request, str(refusal.sentence))
    return _entered(request, report, page)
