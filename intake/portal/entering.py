"""Coming into an open inbox with each form, and what is shown when its sitting is over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from intake.portal import actions, alike, drafts, sittings, spent
from intake.portal.conversation import conversation, told_steps
from intake.portal.forms import MessageForm, ReceiptForm
from intake.portal.notices import notices_of
from intake.portal.receipt import PageSecret, Receipt, ReporterSecret
from intake.portal.sections import awaits_more, doors_of, sections_of
from intake.portal.sittings import OpenInbox
from intake.portal.spent import Use
from intake.portal.stamps import stamped
from intake.portal.status import status_of
from integrity.action import Actor
from integrity.ui.choosing import choice_at, only_chooses
from integrity.ui.forms import Form, unjudged

# So much of the conversation that an inbox has the size of its closed door (`alike.py`).
SHOWN_BYTES: Final = 8_000


def enter(request: HttpRequest) -> tuple[OpenInbox | None, ReceiptForm]:
    """The inbox that the form's token or receipt opens, or None and the form for the door.

    A wrong receipt takes the one Argon2id call that a right one takes, whatever is wrong, and is answered alike; so
    is a door that is too old or used up. The same door sent again finds what it opened, as long as that is open.
    """
    alike.inside(request)
    if "receipt" not in request.POST:
        opened = sittings.resume(request.POST.get("sitting", ""))
        return opened, ReceiptForm()
    form = ReceiptForm(request.POST)
    if only_chooses(request):
        return None, unjudged(form)
    receipt = form.cleaned_data["receipt"] if form.is_valid() else Receipt.new()
    secret = ReporterSecret.of(receipt)
    alike.derived(request)
    found, begun = actions.find_report(secret), drafts.find_by_receipt(secret)
    door = spent.taken(request.POST.get("door", ""))
    is_spent = door is not None and spent.is_spent(door, Use.OPENED)
    if form.errors or (found is None and begun is None):
        # A right receipt waits for its turn to write; so does a wrong one.
        sittings.sweep()
    if form.errors:
        return None, form
    if door is None:
        return None, ReceiptForm()
    if not is_spent:
        try:
            if found is not None:
                actor = Actor.reporter(found.pk)
                return actions.open_inbox(actor=actor, report=found, secret=secret, door=door), form
            if begun is None:
                form.refuse()
                return None, form
            with transaction.atomic():
                spent.spend(door, Use.OPENED, days=spent.DOOR_DAYS)
        except IntegrityError:
            # The same door was sent twice at once, and the other one was first.
            pass
    opened, form.begun = sittings.resume_by_door(door, secret), begun
    return opened, form if opened or begun else ReceiptForm()


def page_secret_of(request: HttpRequest) -> PageSecret:
    """The secret that the page sent back, or a new one."""
    return PageSecret.parse(request.POST.get("page", "")) or PageSecret.new()


def door(request: HttpRequest, form: ReceiptForm, *, is_first: bool = False) -> HttpResponse:
    """The door, with a secret of its own each time; again after a receipt, with the status of a right one.

    Unless it `is_first`, one without anything typed is shown because the inbox is over.
    """
    context = {
        "form": form,
        "over": not (is_first or form.is_bound) or (only_chooses(request) and "over" in request.POST),
        "door_secret": _door_secret(),
        "choice": None if is_first else choice_at(reverse("portal:inbox"), form="door"),
    }
    return render(request, "portal/inbox_door.html", context, status=200 if is_first else _status(request))


def kept(request: HttpRequest) -> Form:
    """What a form sent, as hidden fields: for a form that nobody can read again before the receipt opens it."""
    form = Form(request.POST)
    for name in request.POST:
        if name not in {"receipt", "sitting", "page", "door", "go"}:
            form.fields[name] = forms.CharField(required=False, widget=forms.HiddenInput, strip=False)
    return form


def closed(request: HttpRequest, form: ReceiptForm, *, address: str, message: Form, page: PageSecret) -> HttpResponse:
    """The door with what was being sent when the sitting ended; `address` is the name of where it goes.

    After a receipt it has the status of a right one.
    """
    where = reverse(address)
    context = {
        "form": form,
        "message": unjudged(message, but={"files"}) if only_chooses(request) else message,
        "page_secret": page.text,
        "door_secret": _door_secret(),
        "address": where,
        "choice": choice_at(where, form="closed"),
    }
    return render(request, "portal/inbox_closed.html", context, status=_status(request))


def _door_secret() -> str:
    return stamped(PageSecret.new()).text


def _status(request: HttpRequest) -> int:
    return 200 if "receipt" in request.POST else 403


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
    number = int(before) if not (sent or done) and before.isascii() and before.isdigit() and len(before) < 10 else None
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
        "before": number,
        "choice": choice_at(reverse("portal:inbox_write"), form="write-form"),
    }
    wrong = bool(form is not None and form.errors) or bool(again)
    return render(request, "portal/inbox.html", context, status=422 if wrong else 200)
