"""The portal's open pages, and the way from the form to a kept receipt."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language_bidi, gettext

from intake.channels.routing import mixed, mixes_readers
from intake.portal import actions, drafts
from intake.portal.asking import Asking
from intake.portal.forms import ReportForm, TypedBackForm
from intake.portal.models import Report
from intake.portal.pages import RETRY_SECONDS, portal_page, sent_by_form, writing_page
from intake.portal.posting import WAY, Posted, form_of
from intake.portal.promises import promised, recoverable
from intake.portal.receipt import PageSecret
from intake.portal.resending import if_sent, thrown_away
from intake.portal.sending import explain, kept_page, receipt_page, send, sent_by
from intake.portal.signs import of_request
from intake.portal.stamps import stamped
from integrity.action import Actor, Incomplete
from integrity.ui.choosing import choice_at, only_chooses
from integrity.ui.forms import unjudged
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
    context = {
        "promises": promised(),
        "recovery": recoverable(),
        "shared": mixed() if mixes_readers("") else "",
    }
    return render(request, "portal/protection.html", context)


@portal_page
def report(request: HttpRequest) -> HttpResponseBase:
    """Where one begins; posted, everything on one page, and once it is sent, the receipt."""
    if request.method != "POST":
        return render(
            request, "portal/start.html", {"page_secret": stamped(PageSecret.new()).text, "days": settings.DRAFT_DAYS}
        )
    posted = Posted.by(request)
    begun = drafts.find(posted.page)
    if begun is None and drafts.was_thrown_away(posted.page):
        return thrown_away(request, posted)
    if posted.go == "page":
        lost = begun is None and posted.had_draft
        if lost and (sent := if_sent(request, posted)) is not None:
            return sent
        kept = drafts.keep(posted.page, posted.onto) if posted.declared else begun
        return _long_page(request, kept, posted, lost=lost)
    writing = posted.onto(begun.writing if begun else drafts.Writing())
    asking = Asking.after(writing.data)
    fresh = [name for name in asking.steps if name not in posted.names] if posted.declared else []
    # Who has only said for whom it is has not seen a question yet: then none is a new one.
    is_start = set(posted.names) <= WAY
    form = form_of(writing, asking, sent=posted, fresh=() if is_start else fresh)
    busy, signs = False, of_request(request, posted.page)
    try:
        if form.is_valid() and not fresh:
            return receipt_page(
                request, send(form, posted.page, seen=signs), posted.page, numbered=bool(begun and begun.numbered)
            )
        if form.is_gone():
            # A page whose answer was lost on the way: the files are gone because they arrived.
            existing, _secret = sent_by(posted.page)
            if existing is not None:
                return receipt_page(request, existing, posted.page)
    except TooBusy:
        busy = True
    except (Incomplete, FileGone) as error:
        explain(form, error)
    begun = drafts.keep(posted.page, lambda earlier: posted.onto(earlier).without_lost_files())
    return _long_page(request, begun, posted, form=form, unseen=fresh, tells=not is_start, busy=busy)


def _long_page(
    request: HttpRequest,
    begun: drafts.Begun | None,
    posted: Posted,
    *,
    form: ReportForm | None = None,
    unseen: Sequence[str] = (),
    tells: bool = False,
    busy: bool = False,
    lost: bool = False,
) -> HttpResponse:
    """Everything on one page: what was written, what is wrong with it, and what is asked because of it."""
    writing = begun.writing if begun else drafts.Writing()
    if form is None:
        asking = Asking.after(writing.data)
        # Nobody asked for errors yet, but that a file was not taken is said at once.
        form = form_of(writing, asking, sent=posted, quiet=not posted.refused)
        for name in [name for name in form.errors if name != asking.files_name]:
            del form.errors[name]
    for name in unseen:
        form.errors.pop(name, None)
    context = {
        **writing_page(posted.page, begun, form.asking.steps, address="portal:report"),
        "form": form,
        "fresh": [form[name] for name in unseen if name in form.fields] if tells else [],
        "busy": busy,
        "lost": lost,
    }
    status = 503 if busy else 422 if form.errors else 200
    response = render(request, "portal/report.html", context, status=status)
    if busy:
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


@sent_by_form("portal:report")
def confirm(request: HttpRequest) -> HttpResponseBase:
    """The receipt typed back: right, it is kept and never shown again; wrong, it is shown once more."""
    page, found = _sent_by(request)
    if page is None or found is None:
        return _nothing_sent(request)
    if not found.receipt_kept:
        form, numbered = TypedBackForm(request.POST), "numbered" in request.POST
        if only_chooses(request):
            return receipt_page(request, found, page, form=unjudged(form), numbered=numbered)
        if not form.matches(page.receipt):
            return receipt_page(request, found, page, form=form, numbered=numbered)
        actions.confirm_receipt(actor=Actor.reporter(found.pk), report=found)
    return kept_page(request, found, page)


@sent_by_form("portal:report")
def receipt_file(request: HttpRequest) -> HttpResponseBase:
    """The receipt as a small text file, as long as it has not been typed back."""
    page, found = _sent_by(request)
    if page is None or found is None:
        return _nothing_sent(request)
    if found.receipt_kept:
        return kept_page(request, found, page)
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
    return (None, None) if page is None else (page, sent_by(page)[0])


def _nothing_sent(request: HttpRequest) -> HttpResponse:
    context = {"choice": choice_at(reverse("portal:confirm"))}
    return render(request, "portal/nothing_sent.html", context, status=404)
