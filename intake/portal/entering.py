"""Coming into an open inbox with each form, and what is shown when its sitting is over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from intake.portal import actions, alike, drafts, sittings
from intake.portal.conversation import conversation, told_steps
from intake.portal.forms import MessageForm, ReceiptForm
from intake.portal.notices import notices_of
from intake.portal.receipt import PageSecret, Receipt, ReporterSecret
from intake.portal.sections import awaits_more, doors_of, sections_of
from intake.portal.sittings import OpenInbox
from intake.portal.status import status_of
from integrity.action import Actor
from integrity.ui.forms import Form

# So much of the conversation that an inbox has the size of its closed door (`alike.py`).
SHOWN_BYTES: Final = 8_000


def enter(request: HttpRequest) -> tuple[OpenInbox | None, ReceiptForm]:
    """The inbox that the form's token or receipt opens, or None and the form for the door.

    A wrong receipt takes the one Argon2id call that a right one takes, whatever is wrong, and is answered alike.
    """
    alike.inside(request)
    if "receipt" not in request.POST:
        opened = sittings.resume(request.POST.get("sitting", ""))
        return opened, ReceiptForm()
    form = ReceiptForm(request.POST)
    receipt = form.cleaned_data["receipt"] if form.is_valid() else Receipt.new()
    secret = ReporterSecret.of(receipt)
    alike.derived(request)
    found, form.begun = actions.find_report(secret), drafts.find_by_receipt(secret)
    if form.errors:
        return None, form
    if found is None:
        form.refuse()
        return None, form
    return actions.open_inbox(actor=Actor.reporter(found.pk), report=found, secret=secret), form


def page_secret_of(request: HttpRequest) -> PageSecret:
    """The secret that the page sent back, or a new one."""
    return PageSecret.parse(request.POST.get("page", "")) or PageSecret.new()


def door(request: HttpRequest, form: ReceiptForm) -> HttpResponse:
    """The door again: after a wrong receipt, with the status of a right one; or because the sitting is over."""
    return render(
        request,
        "portal/inbox_door.html",
        {"form": form, "over": not form.is_bound},
        status=200 if form.is_bound else 403,
    )


def kept(request: HttpRequest) -> Form:
    """What a form sent, as hidden fields: for a form that nobody can read again before the receipt opens it."""
    form = Form(request.POST)
    for name in request.POST:
        if name not in {"receipt", "sitting", "page"}:
            form.fields[name] = forms.CharField(required=False, widget=forms.HiddenInput, strip=False)
    return form


def closed(request: HttpRequest, form: ReceiptForm, *, address: str, message: Form, page: PageSecret) -> HttpResponse:
    """The door with what was being sent when the sitting ended; `address` is the name of where it goes.

    After a wrong receipt it has the status of a right one.
    """
    context = {"form": form, "message": message, "page_secret": page.text, "address": reverse(address)}
    return render(request, "portal/inbox_closed.html", context, status=200 if form.is_bound else 403)


def inbox_page(
    request: HttpRequest,
    opened: OpenInbox,
    *,
    form: MessageForm | None = None,
    page: PageSecret | None = None,
    sent: bool = False,
    trouble: str = "",
    done: str = "",
    again: Mapping[str, Mapping[str, Any]] | None = None,
) -> HttpResponse:
    """The inbox. `done` is a sentence about what was just done, `trouble` about what could not be.

    `again` are sections, by template, whose form was sent and could not be taken.
    """
    before = request.POST.get("before", "")
    number = int(before) if before.isascii() and before.isdigit() and len(before) < 10 else None
    context: dict[str, Any] = {
        "inbox": opened,
        "report": opened.report,
        "status": status_of(opened.report),
        "steps": told_steps(opened),
        "notices": notices_of(opened),
        "sections": [(template, (again or {}).get(template, context)) for template, context in sections_of(opened)],
        "asks_in_conversation": opened.report.awaits_answer and not awaits_more(opened.report),
        "doors": doors_of(opened),
        "conversation": conversation(opened, before=number, most=SHOWN_BYTES),
        "form": form or MessageForm(),
        "erring": next((each["form"] for each in (again or {}).values()), form),
        "page_secret": (page or PageSecret.new()).text,
        "sent": sent,
        "done": done,
        "trouble": trouble,
        "earlier_shown": number is not None,
    }
    return render(request, "portal/inbox.html", context, status=422 if form is not None or again else 200)
