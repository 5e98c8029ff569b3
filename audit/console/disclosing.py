"""What an auditor does with the private part of an entry: take it away with its salt, or erase it."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from audit.console import private_parts
from audit.console.access import taker
from audit.console.views import download
from audit.log import actions as log
from audit.log.events import READ
from audit.log.models import Entry


@never_cache
@require_GET
def disclose(request: HttpRequest, index: int) -> HttpResponse:
    """The private part with its salt, as `python -m audit.private` compares it with the entry."""
    actor = taker(request)
    with log.transaction():
        found = get_object_or_404(Entry, index=index)
        private = private_parts.shown(request, found)
        opened = private is not None and private.part is not None
        log.append(READ, actor=actor, object="log", facts={"page": "private", "index": index, "opened": opened})
    if private is None or private.part is None:
        raise Http404(_("There is no private part here that your keys open."))
    return download(private.part.encode(), f"entry-{index}.private.json", "application/json")


@never_cache
@require_http_methods(["GET", "POST"])
def erase(request: HttpRequest, index: int) -> HttpResponse:
    """Erase the private part of an entry, for a ground and with an explanation. The person confirms before."""
    actor = taker(request)
    found = get_object_or_404(Entry, index=index)
    form = private_parts.EraseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        ground, explanation = form.given
        try:
            private_parts.erase(request, found, ground=ground, explanation=explanation)
        except private_parts.CannotErase as refused:
            form.add_error(None, str(refused))
        else:
            return redirect("audit_console:entry", index)
    with log.transaction():
        private = private_parts.shown(request, found)
        opened = private is not None and private.part is not None
        log.append(READ, actor=actor, object="log", facts={"page": "erase", "index": index, "opened": opened})
    if not form.is_bound and (private is None or not private.is_there):
        raise Http404(_("There is no private part here that could be erased."))
    context = {
        "form": form,
        "entry": found,
        "private": private,
        "breadcrumb": [
            (_("Audit log"), reverse("audit_console:entries")),
            (_("Entry %(index)s") % {"index": index}, reverse("audit_console:entry", args=[index])),
            (_("Erase the private part"), None),
        ],
    }
    return render(request, "audit_console/erase.html", context, status=422 if form.is_bound else 200)
