"""One thing on each page: the way through the questions, back and forth, to the review and to sending.

Every page posts to the same address, which tells nothing. What it says is kept first and looked at then, so that
whatever happens next loses nothing. `go` is the button: next, back, here, later, throw, thrown, review, send, more,
receipt, sent, or `to.` and the name of a question.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from intake.channels.answers import told
from intake.portal import drafts
from intake.portal.asking import IDENTITY, Asking
from intake.portal.drafts import Begun, Writing
from intake.portal.forms import FILES, ReportForm, told_who
from intake.portal.pages import RETRY_SECONDS, sent_by_form, writing_page
from intake.portal.posting import Posted, form_of
from intake.portal.receipt import PageSecret
from intake.portal.resending import if_sent, thrown_away
from intake.portal.sending import explain, receipt_page, send, sent_by
from intake.portal.signs import of_request
from integrity.action import Incomplete
from integrity.vault.passphrase import TooBusy
from integrity.vault.storage import FileGone

REVIEW: Final = "review"
ADDRESS: Final = "portal:steps"


@dataclass(frozen=True)
class Visit:
    """One request of somebody who is writing: what they sent, and what is kept by now."""

    request: HttpRequest
    page: PageSecret
    begun: Begun
    asking: Asking

    @classmethod
    def with_draft(cls, request: HttpRequest, page: PageSecret, begun: Begun) -> Visit:
        """What is asked follows from what is kept."""
        return cls(request, page, begun, Asking.after(begun.writing.data))

    @property
    def writing(self) -> Writing:
        """What is kept."""
        return self.begun.writing

    def keep(self, **changes: Any) -> Visit:
        """The same after a change of where they are."""
        begun = drafts.keep(self.page, lambda writing: replace(writing, **changes))
        return Visit.with_draft(self.request, self.page, begun)


@sent_by_form("portal:report")
def steps(request: HttpRequest) -> HttpResponseBase:
    """Keep what the page says, and show the page that its button leads to."""
    posted = Posted.by(request)
    page, earlier = posted.page, drafts.find(posted.page)
    if posted.go in {"more", "receipt", "sent"} or (earlier is None and posted.had_draft):
        sent = if_sent(request, posted)
        if sent is not None:
            return sent
    if posted.go == "thrown":
        drafts.throw_away(page)
    if posted.go == "thrown" or (earlier is None and drafts.was_thrown_away(page)):
        return thrown_away(request, posted)
    if not posted.declared:
        begun = earlier or drafts.keep(page, lambda writing: writing)
        visit = Visit.with_draft(request, page, begun)
    else:
        forward = posted.go in {"", "next", "review"}
        at = posted.names[0] if len(posted.names) == 1 else (earlier.writing.at if earlier else "")

        def change(writing: Writing) -> Writing:
            merged = replace(posted.onto(writing), at=at)
            return merged.went_through(*posted.names) if forward else merged

        visit = Visit.with_draft(request, page, drafts.keep(page, change))
    lost = earlier is None and posted.had_draft
    return _after(visit, posted, lost=lost)


def go_on(request: HttpRequest, page: PageSecret) -> HttpResponse:
    """The page at which somebody stopped, for whoever comes back with the digits."""
    begun = drafts.find(page) or drafts.keep(page, lambda writing: writing)
    return _show(Visit.with_draft(request, page, begun), welcome=True)


def _after(visit: Visit, posted: Posted, *, lost: bool) -> HttpResponse:
    """The page to which a button leads."""
    writing, asking = visit.writing, visit.asking
    where = posted.go.removeprefix("to.")
    if lost:
        return _step(visit, writing.at if writing.at in asking.steps else asking.steps[0], sent=posted, lost=True)
    if posted.refused and writing.at in asking.steps:
        # Wherever the button leads: that a file was not taken is said first.
        return _step(visit, writing.at, form=form_of(writing, asking, sent=posted, only=[writing.at]))
    if posted.go == "here" and posted.declared and writing.at in asking.steps:
        return _step(visit, writing.at)
    if posted.go.startswith("to.") and where in asking.steps:
        return _step(visit.keep(at=where, done=tuple(each for each in writing.done if each != where)), where)
    others: dict[str, Callable[[Visit], HttpResponse]] = {
        "later": _later,
        "throw": lambda visit: _page(visit, "portal/throw_away.html"),
        "review": _review,
        "send": _send,
    }
    if posted.go in others:
        return others[posted.go](visit)
    if posted.go == "back" and posted.declared and writing.reviewed:
        return _review(visit.keep(done=writing.went_through(writing.at).done))
    if posted.go == "back":
        before = asking.before_step(writing.at) if posted.declared else asking.steps[-1]
        before = before or asking.steps[0]
        return _step(visit.keep(at=before, done=tuple(each for each in writing.done if each != before)), before)
    if posted.declared and posted.go in {"", "next"} and writing.at in asking.steps:
        form = form_of(writing, asking, sent=posted, only=[writing.at])
        if not form.is_valid():
            kept = visit.keep(
                files=writing.without_lost_files().files,
                done=tuple(each for each in writing.done if each != writing.at),
            )
            return _step(kept, writing.at, form=form)
    return _show(visit, set_aside=set(writing.replaced) & set(posted.names) if posted.declared else frozenset())


def _show(visit: Visit, **more: Any) -> HttpResponse:
    """The page where they are: the next that they have not gone through, or the review."""
    writing, asking = visit.writing, visit.asking
    left = [name for name in asking.steps if name not in writing.done]
    if writing.reviewed:
        where = left[0] if left else REVIEW
    elif writing.at in asking.steps:
        where = writing.at if writing.at in left else asking.after_step(writing.at) or REVIEW
    else:
        where = left[0] if left else REVIEW
    return _review(visit, **more) if where == REVIEW else _step(visit, where, **more)


def _step(
    visit: Visit, name: str, *, form: ReportForm | None = None, sent: Posted | None = None, **more: Any
) -> HttpResponse:
    """The page of one question."""
    steps = visit.asking.steps
    shown = form or form_of(visit.writing, visit.asking, sent=sent, only=[name], quiet=True)
    titles = {IDENTITY: told_who(), visit.asking.files_name: FILES}
    context = {
        "names": [name],
        "form": shown,
        "field": None if name in titles else shown[name],
        "together": titles.get(name),
        "is_first": name == steps[0],
        "is_optional": not any(field.required for field in shown.fields.values()),
        "number": steps.index(name) + 1,
        "total": len(steps) if visit.asking.is_settled else 0,
        **more,
    }
    return _page(visit, "portal/step.html", status=422 if form is not None else 200, **context)


def _review(visit: Visit, *, form: ReportForm | None = None, busy: bool = False, **more: Any) -> HttpResponse:
    """Everything once more before it is sent."""
    if not visit.writing.reviewed:
        visit = visit.keep(reviewed=True)
    shown = form or form_of(visit.writing, visit.asking)
    labels = {row.name: row for row in shown.rows()}
    context = {
        "names": [],
        "form": shown,
        "rows": list(labels.values()),
        "others": [
            (labels[name].label, _texts(visit.writing, name)) for name in visit.writing.replaced if name in labels
        ],
        "busy": busy,
        **more,
    }
    status = 503 if busy else 422 if form is not None and form.errors else 200
    return _page(visit, "portal/review.html", status=status, **context)


def _send(visit: Visit) -> HttpResponse:
    """Send what is kept, and show the receipt."""
    form = form_of(visit.writing, visit.asking)
    try:
        if form.is_valid():
            report = send(form, visit.page, seen=of_request(visit.request, visit.page))
            return receipt_page(visit.request, report, visit.page, numbered=visit.begun.numbered)
        if form.is_gone():
            existing, _secret = sent_by(visit.page)
            if existing is not None:
                return receipt_page(visit.request, existing, visit.page)
    except TooBusy:
        return _review(visit, busy=True)
    except (Incomplete, FileGone) as error:
        explain(form, error)
    return _review(visit.keep(files=visit.writing.without_lost_files().files), form=form)


def _later(visit: Visit) -> HttpResponse:
    """The digits, with which one can go on later."""
    try:
        if not visit.begun.numbered:
            drafts.give_number(visit.page)
    except TooBusy:
        return _show(visit, busy=True)
    return _page(visit, "portal/later.html", receipt=visit.page.receipt)


def _page(visit: Visit, template: str, *, status: int = 200, names: Sequence[str] = (), **more: Any) -> HttpResponse:
    busy = bool(more.get("busy"))
    context = {**writing_page(visit.page, visit.begun, names, address=ADDRESS), **more}
    response = render(visit.request, template, context, status=503 if busy else status)
    if busy:
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _texts(writing: Writing, name: str) -> str:
    return told(None, [value for values in writing.replaced[name].values() for value in values])
