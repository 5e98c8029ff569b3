"""Pages that come again once what they began is over.

One left open in another window after the report was sent: what stands in it can be sent as well. One of a draft that
was thrown away, which a browser sends anew when somebody goes back: nothing of it is kept.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from intake.channels.reading import answered_version, questionnaire_of
from intake.portal.additions import add_what_is_new
from intake.portal.asking import IDENTITY, Asking
from intake.portal.drafts import Writing
from intake.portal.forms import ReportForm
from intake.portal.models import Report
from intake.portal.pages import writing_page
from intake.portal.posting import Posted, form_of
from intake.portal.receipt import ReporterSecret
from intake.portal.sending import receipt_page, sent_by
from integrity.ui.choosing import choice_at


def if_sent(request: HttpRequest, posted: Posted) -> HttpResponse | None:
    """The answer to a page of which nothing is kept any more, when its report was sent; None when nothing was.

    One Argon2id call. Raises TooBusy.
    """
    existing, secret = sent_by(posted.page)
    if existing is None:
        return None
    if posted.go == "more":
        return _send_as_well(request, posted, existing, secret)
    if posted.go in {"receipt", "send"}:
        return receipt_page(request, existing, posted.page)
    return _already_sent(request, posted, existing)


def thrown_away(request: HttpRequest, posted: Posted) -> HttpResponse:
    """The answer to a page whose draft was thrown away; files that came with it once more are gone at once."""
    for upload in posted.arrived:
        upload.discard()
    return render(request, "portal/thrown_away.html", {"choice": choice_at(reverse("portal:steps"), go="thrown")})


def _already_sent(
    request: HttpRequest, posted: Posted, report: Report, *, form: ReportForm | None = None
) -> HttpResponse:
    """What stood in the page, which is not part of the report, and the choice to send it too."""
    shown = form or _form(posted, report, quiet=True)
    context = {
        **writing_page(posted.page, None, posted.names, address="portal:steps"),
        "form": shown,
        "has_more": bool(shown.fields) and any(posted.parts.values()),
    }
    return render(request, "portal/already_sent.html", context, status=422 if form is not None else 200)


def _send_as_well(request: HttpRequest, posted: Posted, report: Report, secret: ReporterSecret) -> HttpResponse:
    """Put what stands in the page into the conversation of the report, and show the receipt."""
    form = _form(posted, report, quiet=False)
    if not form.is_valid():
        return _already_sent(request, posted, report, form=form)
    add_what_is_new(
        report,
        secret,
        page=posted.page,
        questionnaire=form.asking.questionnaire,
        answers=form.given,
        identity=form.identity,
        files=form.uploads,
    )
    return receipt_page(request, report, posted.page)


def _form(posted: Posted, report: Report, *, quiet: bool) -> ReportForm:
    """What the page asked, by the questions that the report answered."""
    version = answered_version(report)
    questionnaire = questionnaire_of(version)
    asking = Asking(
        path=report.path,
        channels=(),
        channel=report.channel,
        version=version,
        questionnaire=questionnaire,
        questions=questionnaire.questions,
    )
    names = [name for name in posted.names if name in {IDENTITY, *questionnaire.names}]
    return form_of(posted.onto(Writing()), asking, sent=posted, only=names or [""], quiet=quiet)
