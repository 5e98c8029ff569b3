"""The page in the inbox on which a reporting person tells of a detriment, and talks with who protects them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from intake.portal.entering import closed, door, enter, kept, page_secret_of
from intake.portal.pages import sent_by_form
from intake.portal.receipt import PageSecret
from intake.portal.sittings import OpenInbox
from intake.protection import actions
from intake.protection.forms import DetrimentForm, WriteForm
from intake.protection.models import Detriment, DetrimentState
from intake.protection.recipients import has_officers, protection_key
from intake.protection.thread import thread_of
from integrity.ui.choosing import choice_at, only_chooses
from integrity.ui.forms import unjudged

SHOWN = 5


@sent_by_form("portal:inbox")
def worse(request: HttpRequest) -> HttpResponseBase:
    """What was told so far with the conversations about it, and the form."""
    opened, receipt = enter(request)
    return _page(request, opened) if opened else door(request, receipt)


@sent_by_form("portal:inbox")
def report(request: HttpRequest) -> HttpResponseBase:
    """Tell of a detriment."""
    opened, receipt = enter(request)
    page = page_secret_of(request)
    if opened is None:
        message = DetrimentForm(request.POST, has_officers=has_officers())
        return closed(request, receipt, address="protection:report", message=message, page=page)
    form = DetrimentForm(request.POST, has_officers=protection_key(opened.report) is not None)
    if only_chooses(request):
        return _page(request, opened, form=unjudged(form), page=page)
    if not form.is_valid():
        return _page(request, opened, form=form, page=page)
    told = form.told
    actions.report_detriment(
        actor=opened.actor,
        report=opened.report,
        told=told,
        nonce=page.nonce("detriment", repr(told)),
        about_officers=form.about_officers,
    )
    return _page(request, opened, told=True)


@sent_by_form("portal:inbox")
def write(request: HttpRequest) -> HttpResponseBase:
    """Write about a detriment that was told before."""
    opened, receipt = enter(request)
    page = page_secret_of(request)
    if opened is None:
        return closed(request, receipt, address="protection:write", message=kept(request), page=page)
    form = WriteForm(request.POST)
    about = opened.report.detriments.select_related("own_key").filter(reference=request.POST.get("about", "")).first()
    if about is None:
        return _page(request, opened)
    about.report = opened.report
    if not form.is_valid():
        return _page(request, opened, page=page, about=about, message=form)
    text = form.cleaned_data["text"]
    actions.reporter_writes(actor=opened.actor, detriment=about, text=text, nonce=page.nonce(about.reference, text))
    return _page(request, opened, sent=True)


def _page(
    request: HttpRequest,
    opened: OpenInbox,
    *,
    form: DetrimentForm | None = None,
    about: Detriment | None = None,
    message: WriteForm | None = None,
    page: PageSecret | None = None,
    told: bool = False,
    sent: bool = False,
) -> HttpResponse:
    protects = protection_key(opened.report) is not None
    rows = list(opened.report.detriments.select_related("own_key")[:SHOWN])
    for row in rows:
        row.report = opened.report
    erring = form or message
    context: dict[str, Any] = {
        "inbox": opened,
        "detriments": [
            {
                "row": row,
                "thread": thread_of(row, opened.keyring),
                "stands": DetrimentState(row.state).told,
                "form": message if message is not None and about == row else WriteForm(auto_id=f"{row.reference}-%s"),
            }
            for row in rows
        ],
        "form": form or DetrimentForm(has_officers=protects),
        "erring": erring,
        "officers": protects,
        "page_secret": (page or PageSecret.new()).text,
        "told": told,
        "sent": sent,
        "choice": choice_at(reverse("protection:report"), form="telling"),
    }
    wrong = erring is not None and bool(erring.errors)
    return render(request, "protection/worse.html", context, status=422 if wrong else 200)
