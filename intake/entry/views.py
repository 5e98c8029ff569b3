"""The intake officer's pages: entering what was told, the drafts of it, and the slip to hand over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import wraps
from typing import Final
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import override

from intake.entry import actions, drafts
from intake.entry.forms import EntryForm, closed_to
from intake.entry.models import EnteredReport, EntryDraft, Handover
from intake.entry.posted import Posted
from intake.entry.waiting import Waiting, waiting_for
from intake.portal.models import Report
from intake.portal.receipt import PageSecret, ReporterSecret
from intake.portal.sending import sent_by
from integrity.action import Incomplete, Refusal, WrongState
from integrity.people.access import DeskRequest, role_required
from integrity.people.roles import Role
from integrity.vault.passphrase import TooBusy
from integrity.vault.storage import FileGone

RETRY_SECONDS: Final = 60


@role_required(Role.INTAKE)
def enter(request: DeskRequest) -> HttpResponseBase:
    """What somebody told: how it came first, then the questions of its channel, then the receipt to hand over."""
    request.was_read = True  # type: ignore[attr-defined]
    if request.method != "POST":
        posted = Posted.new()
        return _form(request, EntryForm(asking=posted.asking), posted)
    posted = Posted.by(request)
    if posted.later:
        return _kept_for_later(request, posted)
    form = EntryForm(posted.data, request.FILES, asking=posted.asking)
    # Questions that were not on the page yet are asked before anything is wrong with them.
    fresh = [name for name in posted.asking.steps if name not in posted.shown]
    busy, ends_on = False, None
    try:
        if form.is_valid() and not fresh and form.asks_everything:
            secret = ReporterSecret.of(posted.page.receipt)
            entered = actions.enter_report(
                actor=request.actor, told=form.told, secret=secret, draft=posted.draft, seen=posted.seen
            )
            return _entered(request, entered.report, posted.page, again=not entered.is_new)
        if form.is_gone():
            existing, _secret = sent_by(posted.page)
            if existing is not None:
                return _entered(request, existing, posted.page, again=True)
    except TooBusy:
        busy = True
    except (Incomplete, WrongState) as refused:
        form.add_error(None, str(refused.sentence))
    except FileGone:
        name = posted.asking.files_name
        form.add_error(name, form.fields[name].error_messages["gone"])
    for name in fresh:
        for field in (name, "contact") if name == "name" else (name,):
            form.errors.pop(field, None)
    if posted.holds_something:
        kept = _keep(request, posted)
        posted = replace(posted, draft=kept.pk, seen=kept.version)
        ends_on = kept.ends_on
    return _form(request, form, posted, busy=busy, ends_on=ends_on)


@role_required(Role.INTAKE)
def go_on(request: DeskRequest, draft: UUID) -> HttpResponse:
    """The form with what stands in a draft, as if it had just been sent."""
    found = drafts.find(request.user, draft)
    if found is None:
        return _gone(request)
    typed = drafts.read(found, request.keyring)
    uploads = typed.uploads
    lost = len(typed.files) - len(uploads)
    posted = Posted.of(typed, draft=found.pk, seen=found.version)
    form = EntryForm(posted.data, MultiValueDict(), asking=posted.asking, quiet=True)
    if lost and form.asking.files_name:
        messages.warning(request, str(form.fields[form.asking.files_name].error_messages["gone"]))
    return _form(request, form, posted, ends_on=found.ends_on)


@role_required(Role.INTAKE)
def throw_away(request: DeskRequest, draft: UUID) -> HttpResponse:
    """Ask once, then remove a draft with its files."""
    if request.method != "POST":
        found = drafts.find(request.user, draft)
        if found is None:
            return _gone(request)
        told = Waiting.of(found, drafts.read(found, request.keyring))
        return render(request, "entry/throw_away.html", {"told": told, "breadcrumb": _way(_("Throw away"))})
    try:
        drafts.throw_away(actor=request.actor, draft=draft)
    except Refusal as refusal:
        messages.warning(request, str(refusal.sentence))
    else:
        messages.success(request, _("The draft and its files are gone."))
    return redirect("entry:enter")


def _kept_for_later(request: DeskRequest, posted: Posted) -> HttpResponse:
    """Keep the page as it is, say what is wrong with its files alone, and lead to the list of drafts."""
    _keep(request, posted)
    name = posted.asking.files_name
    if name:
        field = EntryForm(posted.data, request.FILES, asking=posted.asking).fields[name]
        try:
            field.clean(posted.files)
        except ValidationError as error:
            for sentence in error.messages:
                messages.warning(request, sentence)
    messages.success(request, _("It is kept for you. Nothing is sent."))
    return redirect("entry:enter")


def _keep(request: DeskRequest, posted: Posted) -> EntryDraft:
    kept = drafts.keep(actor=request.actor, draft=posted.draft, seen=posted.seen, typed=posted.typed)
    if kept.apart:
        messages.warning(
            request,
            _(
                "Another window changed or ended this draft meanwhile. What you typed here is kept beside it, as one "
                "more."
            ),
        )
    return kept.draft


def _form(
    request: DeskRequest, form: EntryForm, posted: Posted, *, busy: bool = False, ends_on: date | None = None
) -> HttpResponse:
    asking = form.asking
    context = {
        "form": form,
        "posted": posted,
        "ticket": drafts.ticket_for(request.user),
        "asked": asking.steps if form.is_bound else [],
        "channel": asking.channel if form.asks_everything else None,
        "closed_to_you": closed_to(request.user, asking.channels) if form.is_bound and asking.path else [],
        "several": len(asking.channels) > 1,
        "busy": busy,
        "ends_on": ends_on,
        "waiting": [] if form.is_bound else waiting_for(request.user, request.keyring),
        "closed": 0 if form.is_bound else EntryDraft.objects.closed_to(request.user).count(),
        "days": settings.DRAFT_DAYS,
    }
    response = render(
        request, "entry/enter.html", context, status=503 if busy else 422 if form.is_bound and form.errors else 200
    )
    if busy:
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _entered(request: DeskRequest, report: Report, page: PageSecret, *, again: bool = False) -> HttpResponse:
    """The receipt and nothing that leads away, until it is handed over. `again` when the page had sent it before."""
    context = {
        "report": report,
        "receipt": None if report.receipt_kept else page.receipt,
        "page_secret": page.text,
        "can_open": bool(report.capacities(request.user)),
        "has_receipt": not EnteredReport.objects.filter(report=report, receipt=Handover.NONE).exists(),
        "again": again,
    }
    return render(request, "entry/entered.html", context)


def with_entered(
    view: Callable[[DeskRequest, Report, PageSecret], HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Only for the page that entered a report, whose hidden field leads to it, and while its receipt waits."""

    @wraps(view)
    def guarded(request: DeskRequest) -> HttpResponseBase:
        if request.method != "POST":
            return _no_receipt(request)
        page = PageSecret.parse(request.POST.get("page", ""))
        report = sent_by(page)[0] if page is not None else None
        if page is None or report is None or report.origin not in actions.ORIGINS:
            return _no_receipt(request)
        return _entered(request, report, page) if report.receipt_kept else view(request, report, page)

    return role_required(Role.INTAKE)(guarded)


def _no_receipt(request: DeskRequest) -> HttpResponse:
    messages.warning(
        request,
        _(
            "No receipt is here. A receipt is shown on one page, right after the report is sent; once that page was "
            "left, nobody can show it again. The report itself is there."
        ),
    )
    return redirect("entry:enter")


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


def _gone(request: DeskRequest) -> HttpResponse:
    messages.warning(request, _("This draft is not there any more: it was sent or thrown away, or its time is over."))
    return redirect("entry:enter")


def _way(last: str) -> list[tuple[str, str]]:
    return [(_("Enter a report"), reverse("entry:enter")), (last, "")]
