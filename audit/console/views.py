"""The auditor's pages. Reading the log is itself an entry in the log."""

import json

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from audit import clock
from audit.console.access import reader
from audit.console.forms import FilterForm
from audit.console.listing import EMPTY_PAGE, Page, columns_agree, content_of, keeps_only_day, page_of, proof_of
from audit.log import actions as log
from audit.log.events import READ
from audit.log.leaf import JSON
from audit.log.models import Checkpoint, Entry


@never_cache
@require_GET
def entries(request: HttpRequest) -> HttpResponse:
    """The list of entries, newest first, with filters and the log's health."""
    actor = reader(request)
    form = FilterForm(request.GET)
    with log.transaction():
        page = EMPTY_PAGE
        if form.is_valid():
            page = page_of(form.cleaned_data, before=_cursor(request, "before"), after=_cursor(request, "after"))
        health = log.health()
        log.append(READ, actor=actor, object="log", facts={"page": "entries", "filter": _filter_facts(form, page)})
    context = {
        "form": form,
        "page": page,
        "newer": f"?{page.newer}" if page.newer else None,
        "older": f"?{page.older}" if page.older else None,
        "health": health,
        "now": clock.now(),
        "filtered": any(value for value in form.cleaned_data.values()),
    }
    return render(request, "audit_console/entries.html", context)


@never_cache
@require_GET
def entry(request: HttpRequest, index: int) -> HttpResponse:
    """One entry: its JSON, its leaf hash, and the proof that it is in the signed log."""
    actor = reader(request)
    with log.transaction():
        found = get_object_or_404(Entry, index=index)
        proof = proof_of(found)
        log.append(READ, actor=actor, object="log", facts={"page": "entry", "index": index})
    content = content_of(found)
    context = {
        "entry": found,
        "by_day": keeps_only_day(found),
        "columns_agree": columns_agree(found),
        "json": json.dumps(content, indent=2, ensure_ascii=False) if content else repr(bytes(found.leaf)),
        "leaf_hash": bytes(found.leaf_hash).hex(),
        "proof": proof,
        "proof_text": proof.file.encode().decode() if proof.file else "",
        "breadcrumb": _breadcrumb(index),
    }
    return render(request, "audit_console/entry.html", context)


@never_cache
@require_GET
def proof(request: HttpRequest, index: int) -> HttpResponse:
    """The proof file of an entry (C2SP tlog-proof)."""
    actor = reader(request)
    with log.transaction():
        found = proof_of(get_object_or_404(Entry, index=index))
        log.append(READ, actor=actor, object="log", facts={"page": "proof", "index": index})
    if found.file is None:
        raise Http404(_("There is no proof for this entry yet."))
    return _download(found.file.encode(), f"entry-{index}.tlog-proof", "text/plain; charset=utf-8")


@never_cache
@require_GET
def leaf(request: HttpRequest, index: int) -> HttpResponse:
    """The bytes of an entry, exactly as they were hashed."""
    actor = reader(request)
    with log.transaction():
        found = get_object_or_404(Entry, index=index)
        log.append(READ, actor=actor, object="log", facts={"page": "leaf", "index": index})
    return _download(bytes(found.leaf), f"entry-{index}.json", "application/json")


@never_cache
@require_GET
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The latest signed checkpoint (C2SP tlog-checkpoint)."""
    actor = reader(request)
    with log.transaction():
        latest = Checkpoint.objects.order_by("-size").first()
        log.append(READ, actor=actor, object="log", facts={"page": "checkpoint"})
    if latest is None:
        raise Http404(_("Nothing was signed yet."))
    return HttpResponse(latest.note.encode(), content_type="text/plain; charset=utf-8")


def _download(data: bytes, name: str, content_type: str) -> HttpResponse:
    response = HttpResponse(data, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _cursor(request: HttpRequest, name: str) -> int | None:
    value = request.GET.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else None


def _filter_facts(form: FilterForm, page: Page) -> dict[str, JSON]:
    """What was searched for. A typed word is only kept when the log has it already: it might be a name."""
    used = {name: str(value) for name, value in form.cleaned_data.items() if value}
    typed = {"object", "actor"}
    return {name: value if page.rows or name not in typed else "-" for name, value in used.items()}


def _breadcrumb(index: int) -> list[tuple[str, str | None]]:
    return [
        (_("Audit log"), reverse("audit_console:entries")),
        (_("Entry %(index)s") % {"index": index}, None),
    ]
