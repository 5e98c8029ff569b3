"""The inbox. Every step inside it is a form, so that its token is never in an address."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from intake.portal import actions, sittings
from intake.portal.conversation import conversation, files_of_report, told_steps
from intake.portal.forms import MessageForm, ReceiptForm
from intake.portal.notices import notices_of
from intake.portal.pages import portal_page, sent_by_form
from intake.portal.questions import labelled
from intake.portal.receipt import PageSecret, Receipt, ReporterSecret
from intake.portal.sittings import OpenInbox
from intake.portal.status import status_of
from integrity.action import Actor
from integrity.vault.files import FileDamaged, download_response
from integrity.vault.storage import FileGone

CLEAR_SITE_DATA = '"cache", "cookies", "storage"'


@portal_page
def inbox(request: HttpRequest) -> HttpResponseBase:
    """The door; with a receipt or an open sitting, the inbox."""
    if request.method != "POST":
        return render(request, "portal/inbox_door.html", {"form": ReceiptForm()})
    opened, form = _enter(request)
    return _inbox_page(request, opened) if opened else _door(request, form)


@sent_by_form("portal:inbox")
def report(request: HttpRequest) -> HttpResponseBase:
    """What was sent, as it was sent."""
    opened, form = _enter(request)
    if opened is None:
        return _door(request, form)
    answers = opened.report.open(opened.keyring, "answers")
    context = {
        "inbox": opened,
        "answers": labelled(answers),
        "files": files_of_report(opened),
    }
    return render(request, "portal/inbox_report.html", context)


@sent_by_form("portal:inbox")
def write(request: HttpRequest) -> HttpResponseBase:
    """A message to the office. When the sitting has ended meanwhile, what was written is kept."""
    message = MessageForm(request.POST, request.FILES)
    page = PageSecret.parse(request.POST.get("page", "")) or PageSecret.new()
    opened, form = _enter(request)
    if opened is None:
        return _closed(request, form, message, page)
    sent = False
    if message.is_valid():
        text, files = message.cleaned_data["text"], message.cleaned_data["files"]
        nonce = page.nonce(text, *(upload.sha256 for upload in files))
        try:
            actions.reporter_writes(actor=opened.actor, report=opened.report, text=text, nonce=nonce, files=files)
            sent = True
        except FileGone:
            message.add_error("files", message.fields["files"].error_messages["gone"])
    if sent:
        return _inbox_page(request, opened, sent=True)
    return _inbox_page(request, opened, form=message, page=page)


@sent_by_form("portal:inbox")
def file(request: HttpRequest) -> HttpResponseBase:
    """A file of this report, as a download."""
    opened, form = _enter(request)
    if opened is None:
        return _door(request, form)
    number = request.POST.get("file", "")
    attachment = (
        opened.report.attachments.select_related("file__owner_key").filter(pk=number).first()
        if number.isascii() and number.isdigit() and len(number) < 19
        else None
    )
    if attachment is None:
        return _inbox_page(request, opened, trouble=_("This file is not part of your report."))
    actions.open_own_file(actor=opened.actor, attachment=attachment)
    try:
        return download_response(attachment.file, opened.keyring)
    except FileDamaged:
        return _inbox_page(
            request, opened, trouble=_("This file can no longer be read, and we are sorry. Please send it again.")
        )


@sent_by_form("portal:inbox")
def leave(request: HttpRequest) -> HttpResponseBase:
    """Close the sitting, and ask the browser to forget the site."""
    opened = sittings.resume(request.POST.get("sitting", ""))
    if opened is not None:
        actions.close_inbox(actor=opened.actor, inbox=opened)
    response = render(request, "portal/left.html")
    response.headers["Clear-Site-Data"] = CLEAR_SITE_DATA
    return response


def _enter(request: HttpRequest) -> tuple[OpenInbox | None, ReceiptForm]:
    """The inbox that the form's token or receipt opens, or None and the form for the door.

    A wrong receipt takes the one Argon2id call that a right one takes, whatever is wrong with it.
    """
    if "receipt" not in request.POST:
        opened = sittings.resume(request.POST.get("sitting", ""))
        return opened, ReceiptForm()
    form = ReceiptForm(request.POST)
    receipt = form.cleaned_data["receipt"] if form.is_valid() else Receipt.new()
    secret = ReporterSecret.of(receipt)
    found = actions.find_report(secret)
    if form.errors:
        return None, form
    if found is None:
        form.refuse()
        return None, form
    return actions.open_inbox(actor=Actor.reporter(found.pk), report=found, secret=secret), form


def _door(request: HttpRequest, form: ReceiptForm) -> HttpResponse:
    """The door again: after a wrong receipt, or because the sitting is over."""
    return render(
        request,
        "portal/inbox_door.html",
        {"form": form, "over": not form.is_bound},
        status=422 if form.is_bound else 403,
    )


def _closed(request: HttpRequest, form: ReceiptForm, message: MessageForm, page: PageSecret) -> HttpResponse:
    """The door with the message that was being sent when the sitting ended."""
    context = {"form": form, "message": message, "page_secret": page.text}
    return render(request, "portal/inbox_closed.html", context, status=422 if form.is_bound else 403)


def _inbox_page(
    request: HttpRequest,
    opened: OpenInbox,
    *,
    form: MessageForm | None = None,
    page: PageSecret | None = None,
    sent: bool = False,
    trouble: str = "",
) -> HttpResponse:
    before = request.POST.get("before", "")
    number = int(before) if before.isascii() and before.isdigit() and len(before) < 10 else None
    context: dict[str, Any] = {
        "inbox": opened,
        "report": opened.report,
        "status": status_of(opened.report),
        "steps": told_steps(opened),
        "notices": notices_of(opened),
        "conversation": conversation(opened, before=number),
        "form": form or MessageForm(),
        "page_secret": (page or PageSecret.new()).text,
        "sent": sent,
        "trouble": trouble,
        "earlier_shown": number is not None,
    }
    return render(request, "portal/inbox.html", context, status=422 if form is not None else 200)
