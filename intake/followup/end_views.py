"""Pages of the inbox for what comes late: the transcript, the survey, giving up the receipt."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from intake.followup import actions, survey
from intake.followup.forms import LeaveForm, SurveyForm, TranscriptForm
from intake.followup.models import TranscriptState
from intake.portal.entering import closed, door, enter, inbox_page, page_secret_of
from intake.portal.inbox_views import CLEAR_SITE_DATA
from intake.portal.pages import sent_by_form
from intake.portal.sittings import OpenInbox
from integrity.action import Refusal
from integrity.ui.choosing import choice_at, only_chooses
from integrity.ui.forms import unjudged

VERSIONS = 5


@sent_by_form("portal:inbox")
def transcript(request: HttpRequest) -> HttpResponseBase:
    """The transcript of what was told, to read, correct and agree to."""
    opened, receipt = enter(request)
    if opened is None:
        return door(request, receipt)
    return _transcript_page(request, opened)


@sent_by_form("portal:inbox")
def answer_transcript(request: HttpRequest) -> HttpResponseBase:
    """Agree to it, correct it, or decline."""
    form = TranscriptForm(request.POST)
    opened, receipt = enter(request)
    if opened is None:
        return closed(
            request, receipt, address="followup:answer_transcript", message=form, page=page_secret_of(request)
        )
    if only_chooses(request):
        return _transcript_page(request, opened, unjudged(form))
    if not form.is_valid():
        return _transcript_page(request, opened, form)
    number = request.POST.get("number", "")
    found = actions.newest_transcript(opened.report)
    if found is None or (number and str(found.number) != number):
        form.add_error(None, _("There is a newer version. Read that one."))
        return _transcript_page(request, opened, form)
    try:
        actions.answer_transcript(
            actor=opened.actor,
            transcript=found,
            answer=TranscriptState(form.cleaned_data["agrees"]),
            corrected=form.cleaned_data["corrected"],
        )
    except Refusal as refusal:
        form.add_error(None, str(refusal.sentence))
        return _transcript_page(request, opened, form)
    opened.report.refresh_from_db(fields=["awaits_answer", "has_news"])
    return inbox_page(request, opened, done=_("Your answer to the transcript was sent."))


@sent_by_form("portal:inbox")
def take_survey(request: HttpRequest) -> HttpResponseBase:
    """Four questions at the end; without answers, the form."""
    opened, receipt = enter(request)
    if opened is None:
        return door(request, receipt)
    form = SurveyForm(request.POST) if {"send", "go"} & set(request.POST) else SurveyForm()
    if only_chooses(request):
        unjudged(form)
    elif form.is_bound and form.is_valid():
        try:
            survey.take(report=opened.report, answers=form.answers)
        except Refusal as refusal:
            form.add_error(None, str(refusal.sentence))
        else:
            opened.report.refresh_from_db(fields=["survey_taken"])
            return inbox_page(request, opened, done=_("Thank you. Your answers were counted."))
    choice = choice_at(reverse("followup:survey"), form="survey", on_enter="send")
    context = {"inbox": opened, "form": form, "choice": choice}
    return render(request, "followup/survey.html", context, status=422 if form.errors else 200)


@sent_by_form("portal:inbox")
def leave(request: HttpRequest) -> HttpResponseBase:
    """Give up the receipt, after a page that says what that means."""
    if only_chooses(request) and "left" in request.POST:
        return _left_page(request)
    opened, receipt = enter(request)
    if opened is None:
        return door(request, receipt)
    form = LeaveForm(request.POST) if {"send", "go"} & set(request.POST) else LeaveForm()
    if only_chooses(request):
        unjudged(form)
    elif form.is_bound and form.is_valid():
        actions.leave_for_good(actor=opened.actor, report=opened.report)
        return _left_page(request)
    choice = choice_at(reverse("followup:leave"), form="giving-up", on_enter="send")
    context = {"inbox": opened, "form": form, "choice": choice}
    return render(request, "followup/leave.html", context, status=422 if form.errors else 200)


def _left_page(request: HttpRequest) -> HttpResponse:
    response = render(request, "followup/left.html", {"choice": choice_at(reverse("followup:leave"), left="1")})
    response.headers["Clear-Site-Data"] = CLEAR_SITE_DATA
    return response


def _transcript_page(request: HttpRequest, opened: OpenInbox, form: TranscriptForm | None = None) -> HttpResponse:
    rows = list(opened.report.transcripts.defer("author")[:VERSIONS])
    for row in rows:
        row.report = opened.report
    versions: list[dict[str, Any]] = [
        {
            "row": row,
            "text": row.open(opened.keyring, "text"),
            "corrected": row.open(opened.keyring, "corrected"),
        }
        for row in rows
    ]
    newest = versions[0] if versions else None
    waits = newest is not None and newest["row"].state == TranscriptState.OPEN
    if form is None and newest is not None and waits:
        form = TranscriptForm(initial={"corrected": newest["text"]})
    choice = (
        choice_at(reverse("followup:answer_transcript"), form="answering")
        if form
        else choice_at(reverse("followup:transcript"), sitting=opened.token)
    )
    context = {
        "inbox": opened,
        "newest": newest,
        "earlier": versions[1:],
        "waits": waits,
        "form": form,
        "choice": choice,
    }
    wrong = form is not None and bool(form.errors)
    return render(request, "followup/transcript.html", context, status=422 if wrong else 200)
