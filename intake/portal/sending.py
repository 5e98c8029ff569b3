"""From a valid form to a report and its receipt, as often as it is sent."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language

from intake.channels.paths import Path
from intake.channels.routing import closed
from intake.portal import actions, drafts, signs
from intake.portal.additions import add_what_is_new
from intake.portal.forms import ReportForm, TypedBackForm
from intake.portal.models import Origin, Report
from intake.portal.receipt import PageSecret, ReporterSecret
from intake.portal.signs import SpamSign
from integrity.action import Actor, Incomplete
from integrity.ui.choosing import choice_at
from integrity.vault.storage import FileGone


def send(form: ReportForm, page: PageSecret, *, seen: Iterable[SpamSign] = ()) -> Report:
    """Send a valid form. The same page again gives the same report; what is new goes into its conversation.

    `seen` are the signs of a machine in how it was sent. Raises TooBusy, and Incomplete and FileGone as
    `actions.send_report` does.
    """
    asking = form.asking
    if asking.channel is None:
        raise Incomplete(asking.closed or closed(independent=False))
    secret = ReporterSecret.of(page.receipt)
    report_id = uuid4()
    sent = actions.send_report(
        actor=Actor.reporter(report_id),
        report_id=report_id,
        secret=secret,
        channel=asking.channel,
        path=Path(asking.path),
        origin=Origin.PORTAL,
        language=get_language() or "en",
        answers=form.answers,
        questions=asking.version,
        identity=form.identity,
        files=form.uploads,
        draft=drafts.identifier(page),
        signs=frozenset(seen) | signs.of_answers(form.answers),
    )
    if sent.pk == report_id:
        signs.remember(form.answers)
    else:
        add_what_is_new(
            sent,
            secret,
            page=page,
            questionnaire=asking.questionnaire,
            answers=form.answers,
            identity=form.identity,
            files=form.uploads,
        )
        drafts.remove(page)
    return sent


def explain(form: ReportForm, error: Incomplete | FileGone) -> None:
    """Tell in the form what stood in the way of sending it."""
    if isinstance(error, Incomplete):
        form.add_error(None, str(error.sentence))
    else:
        name = form.asking.files_name
        form.add_error(name, form.fields[name].error_messages["gone"])


def sent_by(page: PageSecret) -> tuple[Report | None, ReporterSecret]:
    """The report that a page sent, if it did. One Argon2id call. Raises TooBusy."""
    secret = ReporterSecret.of(page.receipt)
    return actions.find_report(secret), secret


def receipt_page(
    request: HttpRequest, sent: Report, page: PageSecret, *, form: TypedBackForm | None = None, numbered: bool = False
) -> HttpResponse:
    """The receipt, unless it was typed back before. `numbered` when the person has had the digits for a draft."""
    if sent.receipt_kept:
        return kept_page(request, sent, page)
    context = {
        "form": form or TypedBackForm(),
        "page_secret": page.text,
        "receipt": page.receipt,
        "report": sent,
        "numbered": numbered,
        "choice": choice_at(reverse("portal:confirm"), form="typing"),
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "portal/receipt.html", context, status=status)


def kept_page(request: HttpRequest, sent: Report, page: PageSecret) -> HttpResponse:
    """What comes next, once the receipt was typed back."""
    context = {"report": sent, "choice": choice_at(reverse("portal:confirm"), page=page.text)}
    return render(request, "portal/sent.html", context)
