"""The portal's open pages, and the way from the form to a kept receipt."""

from __future__ import annotations

from uuid import uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language, get_language_bidi, gettext

from intake.channels.routing import channel_for
from intake.portal import actions
from intake.portal.additions import add_what_is_new
from intake.portal.forms import ReportForm, TypedBackForm
from intake.portal.models import Origin, Path, Report
from intake.portal.pages import RETRY_SECONDS, portal_page, sent_by_form
from intake.portal.promises import promised
from intake.portal.receipt import PageSecret, ReporterSecret
from integrity.action import Actor, Incomplete
from integrity.vault.passphrase import TooBusy
from integrity.vault.storage import FileGone

LEFT_TO_RIGHT_MARK = "\u200e"


@portal_page
def home(request: HttpRequest) -> HttpResponse:
    """What this is, what happens to a report, and how one is protected."""
    return render(request, "portal/home.html", {"promises": promised()})


@portal_page
def protection(request: HttpRequest) -> HttpResponse:
    """What this system can and cannot see, and safer ways to use it."""
    return render(request, "portal/protection.html", {"promises": promised()})


@portal_page
def report(request: HttpRequest) -> HttpResponseBase:
    """The form; once it is sent, the receipt."""
    if request.method != "POST":
        return _form_page(request, ReportForm(), PageSecret.new())
    page = PageSecret.parse(request.POST.get("page", "")) or PageSecret.new()
    form = ReportForm(request.POST, request.FILES)
    try:
        if form.is_valid():
            return _send(request, form, page)
        if form.has_error("files", "gone"):
            # A page whose answer was lost on the way: the files are gone because they arrived.
            existing = actions.find_report(ReporterSecret.of(page.receipt))
            if existing is not None:
                return _receipt_page(request, existing, page)
    except TooBusy:
        busy = _form_page(request, form, page, busy=True, status=503)
        busy.headers["Retry-After"] = str(RETRY_SECONDS)
        return busy
    return _form_page(request, form, page, status=422)


def _send(request: HttpRequest, form: ReportForm, page: PageSecret) -> HttpResponse:
    """Send a valid form; what stands in the way is told in the form, with everything kept."""
    secret = ReporterSecret.of(page.receipt)
    report_id = uuid4()
    try:
        sent = actions.send_report(
            actor=Actor.reporter(report_id),
            report_id=report_id,
            secret=secret,
            channel=channel_for(independent=form.independent),
            path=Path(form.cleaned_data["path"]),
            origin=Origin.PORTAL,
            language=get_language() or "en",
            answers=form.answers,
            identity=form.identity,
            files=form.cleaned_data["files"],
        )
        if sent.pk != report_id:
            add_what_is_new(
                sent, secret, page=page, answers=form.answers, identity=form.identity, files=form.cleaned_data["files"]
            )
    except Incomplete as refusal:
        form.add_error(None, str(refusal.sentence))
    except FileGone:
        form.add_error("files", form.fields["files"].error_messages["gone"])
    else:
        return _receipt_page(request, sent, page)
    return _form_page(request, form, page, status=422)


@sent_by_form("portal:report")
def confirm(request: HttpRequest) -> HttpResponseBase:
    """The receipt typed back: right, it is kept and never shown again; wrong, it is shown once more."""
    page, found = _sent_by(request)
    if page is None or found is None:
        return _nothing_sent(request)
    if not found.receipt_kept:
        form = TypedBackForm(request.POST)
        if not form.matches(page.receipt):
            return _receipt_page(request, found, page, form=form)
        actions.confirm_receipt(actor=Actor.reporter(found.pk), report=found)
    return render(request, "portal/sent.html", {"report": found})


@sent_by_form("portal:report")
def receipt_file(request: HttpRequest) -> HttpResponseBase:
    """The receipt as a small text file, as long as it has not been typed back."""
    page, found = _sent_by(request)
    if page is None or found is None:
        return _nothing_sent(request)
    if found.receipt_kept:
        return render(request, "portal/sent.html", {"report": found})
    # In a line that runs from right to left the groups would be shown in the opposite order.
    digits = f"{LEFT_TO_RIGHT_MARK}{page.receipt.spaced}" if get_language_bidi() else page.receipt.spaced
    text = gettext("Receipt: %(digits)s") % {"digits": digits}
    # A name that does not tell what the file is, for whoever else sees the folder of downloads.
    return HttpResponse(
        f"{text}\r\n".encode("utf-8-sig"),
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="note.txt"'},
    )


def _sent_by(request: HttpRequest) -> tuple[PageSecret | None, Report | None]:
    """The page secret in a form, and the report that was sent by that page."""
    page = PageSecret.parse(request.POST.get("page", ""))
    if page is None:
        return None, None
    return page, actions.find_report(ReporterSecret.of(page.receipt))


def _form_page(
    request: HttpRequest, form: ReportForm, page: PageSecret, *, busy: bool = False, status: int = 200
) -> HttpResponse:
    context = {"form": form, "page_secret": page.text, "busy": busy}
    return render(request, "portal/report.html", context, status=status)


def _receipt_page(
    request: HttpRequest, sent: Report, page: PageSecret, *, form: TypedBackForm | None = None
) -> HttpResponse:
    """The receipt, unless it was typed back before."""
    if sent.receipt_kept:
        return render(request, "portal/sent.html", {"report": sent})
    context = {
        "form": form or TypedBackForm(),
        "page_secret": page.text,
        "receipt": page.receipt,
        "report": sent,
    }
    return render(request, "portal/receipt.html", context, status=422 if form is not None else 200)


def _nothing_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/nothing_sent.html", status=404)
