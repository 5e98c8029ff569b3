"""This room's pages in the inbox. Each is reached by a form, so that no token is in an address."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from intake.followup import actions
from intake.followup.forms import AnswersForm, ReviewForm
from intake.followup.models import Enquiry
from intake.followup.questions import questions_of
from intake.followup.sections import questions_section
from intake.portal.entering import closed, door, enter, inbox_page, kept, page_secret_of
from intake.portal.pages import sent_by_form
from intake.portal.receipt import PageSecret
from intake.portal.sittings import OpenInbox
from integrity.action import Refusal
from integrity.ui.choosing import choice_at, only_chooses
from integrity.ui.forms import unjudged
from integrity.vault.storage import FileGone


@sent_by_form("portal:inbox")
def answer(request: HttpRequest) -> HttpResponseBase:
    """The answers to a form of questions. What cannot be taken comes back filled in."""
    opened, receipt = enter(request)
    if opened is None:
        return closed(request, receipt, address="followup:answer", message=kept(request), page=page_secret_of(request))
    enquiry = _enquiry(opened, request.POST.get("number", ""))
    if enquiry is None:
        return inbox_page(request, opened, trouble=_("These questions are not part of your report."))
    page = page_secret_of(request)
    form = AnswersForm(request.POST, questions=questions_of(enquiry, opened.keyring))
    if form.is_valid():
        answered = form.answered
        nonce = page.nonce(str(enquiry.number), repr(answered.to_json()))
        try:
            actions.answer_questions(actor=opened.actor, enquiry=enquiry, answered=answered, nonce=nonce)
        except Refusal as refusal:
            return inbox_page(request, opened, trouble=str(refusal.sentence))
        opened.report.refresh_from_db(fields=["awaits_answer", "has_news"])
        return inbox_page(request, opened, done=_("Your answers were sent. They are sealed, and the office sees them."))
    section = questions_section(opened, form=form, number=enquiry.number, page=page)
    return inbox_page(request, opened, again={"followup/questions.html": section or {}})


@sent_by_form("portal:inbox")
def review(request: HttpRequest) -> HttpResponseBase:
    """The page on which a review is asked for."""
    opened, receipt = enter(request)
    if opened is None:
        return door(request, receipt)
    return _review_page(request, opened, ReviewForm(), PageSecret.new())


@sent_by_form("portal:inbox")
def request_review(request: HttpRequest) -> HttpResponseBase:
    """Ask for a review."""
    form, page = ReviewForm(request.POST, request.FILES), page_secret_of(request)
    opened, receipt = enter(request)
    if opened is None:
        return closed(request, receipt, address="followup:request_review", message=form, page=page)
    if only_chooses(request):
        return _review_page(request, opened, unjudged(form, but={"files"}), page)
    if not form.is_valid():
        return _review_page(request, opened, form, page)
    text, files = form.cleaned_data["text"], form.cleaned_data["files"]
    nonce = page.nonce("review", text, *(upload.sha256 for upload in files))
    try:
        actions.request_review(actor=opened.actor, report=opened.report, text=text, nonce=nonce, files=files)
    except FileGone:
        form.add_error("files", form.fields["files"].error_messages["gone"])
        return _review_page(request, opened, form, page)
    except Refusal as refusal:
        form.add_error(None, str(refusal.sentence))
        return _review_page(request, opened, form, page)
    opened.report.refresh_from_db(fields=["state", "review_asked_on", "review_due", "awaits_answer", "has_news"])
    return inbox_page(request, opened, done=_("You asked for a review. Somebody who did not decide this reads it."))


def _review_page(request: HttpRequest, opened: OpenInbox, form: ReviewForm, page: PageSecret) -> HttpResponse:
    context = {
        "inbox": opened,
        "form": form,
        "page_secret": page.text,
        "until": actions.review_until(opened.report),
        "choice": choice_at(reverse("followup:request_review"), form="asking"),
    }
    return render(request, "followup/review.html", context, status=422 if form.errors else 200)


def _enquiry(opened: OpenInbox, text: str) -> Enquiry | None:
    """The enquiry of this report with that number, or None."""
    if not (text.isascii() and text.isdigit() and len(text) < 5):
        return None
    found = opened.report.enquiries.defer("author").filter(number=int(text)).first()
    if found is not None:
        found.report = opened.report
    return found
