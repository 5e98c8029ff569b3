"""The inbox. Every step inside it is a form, so that its token is never in an address."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from intake.channels.reading import answered_version, questionnaire_of
from intake.portal import actions, sittings
from intake.portal.conversation import files_of_report
from intake.portal.entering import closed, door, enter, inbox_page, page_secret_of
from intake.portal.forms import MessageForm, ReceiptForm
from intake.portal.pages import portal_page, sent_by_form
from intake.portal.questions import labelled
from intake.portal.steps import go_on
from integrity.ui.choosing import choice_at, only_chooses
from integrity.ui.forms import unjudged
from integrity.vault.files import FileDamaged, download_response
from integrity.vault.storage import FileGone

CLEAR_SITE_DATA = '"cache", "cookies", "storage"'


@portal_page
def inbox(request: HttpRequest) -> HttpResponseBase:
    """The door; with a receipt or an open sitting, the inbox."""
    if request.method != "POST":
        return door(request, ReceiptForm(), is_first=True)
    opened, form = enter(request)
    if opened is None and form.begun is not None:
        return go_on(request, form.begun)
    return inbox_page(request, opened) if opened else door(request, form)


@sent_by_form("portal:inbox")
def report(request: HttpRequest) -> HttpResponseBase:
    """What was sent, as it was sent."""
    opened, form = enter(request)
    if opened is None:
        return door(request, form)
    answers = opened.report.open(opened.keyring, "answers")
    context = {
        "inbox": opened,
        "answers": labelled(answers, questionnaire_of(answered_version(opened.report))),
        "files": files_of_report(opened),
        "choice": choice_at(reverse("portal:inbox_report"), sitting=opened.token),
    }
    return render(request, "portal/inbox_report.html", context)


@sent_by_form("portal:inbox")
def write(request: HttpRequest) -> HttpResponseBase:
    """A message to the office. When the sitting has ended meanwhile, what was written is kept."""
    message = MessageForm(request.POST, request.FILES)
    page = page_secret_of(request)
    opened, form = enter(request)
    if opened is None:
        return closed(request, form, address="portal:inbox_write", message=message, page=page)
    if only_chooses(request):
        return inbox_page(request, opened, form=unjudged(message, but={"files"}), page=page)
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
        return inbox_page(request, opened, sent=True)
    return inbox_page(request, opened, form=message, page=page)


@sent_by_form("portal:inbox")
def file(request: HttpRequest) -> HttpResponseBase:
    """A file of this report, as a download."""
    opened, form = enter(request)
    if opened is None:
        return door(request, form)
    number = request.POST.get("file", "")
    attachment = (
        opened.report.attachments.select_related("file__owner_key").filter(pk=number).first()
        if number.isascii() and number.isdigit() and len(number) < 19
        else None
    )
    if attachment is None:
        return inbox_page(request, opened, trouble=_("This file is not part of your report."))
    actions.open_own_file(actor=opened.actor, attachment=attachment)
    try:
        return download_response(attachment.file, opened.keyring)
    except FileDamaged:
        return inbox_page(
            request, opened, trouble=_("This file can no longer be read, and we are sorry. Please send it again.")
        )


@sent_by_form("portal:inbox")
def leave(request: HttpRequest) -> HttpResponseBase:
    """Close the sitting, and ask the browser to forget the site."""
    opened = sittings.resume(request.POST.get("sitting", ""))
    if opened is not None:
        actions.close_inbox(actor=opened.actor, inbox=opened)
    response = render(request, "portal/left.html", {"choice": choice_at(reverse("portal:inbox_leave"))})
    response.headers["Clear-Site-Data"] = CLEAR_SITE_DATA
    return response
