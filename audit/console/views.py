"""The auditor's pages. Reading the log is itself an entry in the log."""

import json
from typing import Any, Final
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from audit import clock
from audit.console import private_parts
from audit.console.access import reader
from audit.console.forms import FilterForm
from audit.console.listing import EMPTY_PAGE, page_of, rows_of, words_of
from audit.console.proving import columns_agree, content_of, meaning_of, proof_of
from audit.log import actions as log
from audit.log import verifying
from audit.log.events import READ
from audit.log.leaf import JSON
from audit.log.models import Checkpoint, Entry
from audit.log.stored import bundle_within
from audit.tiles import WIDTH, MalformedTile, TileName

TYPED: Final = frozenset({"object", "actor"})
LONGEST: Final = 200


@never_cache
@require_GET
def entries(request: HttpRequest) -> HttpResponse:
    """The list of entries, newest first, with filters and the log's health."""
    actor = reader(request)
    form = FilterForm(request.GET)
    with log.transaction():
        page = EMPTY_PAGE
        if form.is_valid():
            page = page_of(form.cleaned_data, before=cursor(request, "before"), after=cursor(request, "after"))
        health = log.health()
        log.append(
            READ,
            actor=actor,
            object="log",
            facts={"page": "entries", "filter": filter_facts(form.cleaned_data, found=bool(page.rows))},
            private=filter_words(form.cleaned_data, found=bool(page.rows)),
        )
    context = {
        "form": form,
        "page": page,
        "newer": f"?{page.newer}" if page.newer else None,
        "older": f"?{page.older}" if page.older else None,
        "health": health,
        "verified": verifying.latest(),
        "now": clock.now(),
        "filtered": bool(words_of(form.cleaned_data)),
        "taken": urlencode(words_of(form.cleaned_data)),
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
        private = private_parts.shown(request, found)
        facts: dict[str, JSON] = {"page": "entry", "index": index}
        if private is not None:
            facts["opened"] = private.part is not None
        log.append(READ, actor=actor, object="log", facts=facts)
    content = content_of(found)
    (row,) = rows_of([found])
    context = {
        "entry": found,
        "row": row,
        "by_day": row.by_day,
        "meaning": meaning_of(found.type),
        "columns_agree": columns_agree(found),
        "json": json.dumps(content, indent=2, ensure_ascii=False) if content else repr(bytes(found.leaf)),
        "leaf_hash": bytes(found.leaf_hash).hex(),
        "proof": proof,
        "private": private,
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
    return download(found.file.encode(), f"entry-{index}.tlog-proof", "text/plain; charset=utf-8")


@never_cache
@require_GET
def leaf(request: HttpRequest, index: int) -> HttpResponse:
    """The bytes of an entry, exactly as they were hashed."""
    actor = reader(request)
    with log.transaction():
        found = get_object_or_404(Entry, index=index)
        log.append(READ, actor=actor, object="log", facts={"page": "leaf", "index": index})
    return download(bytes(found.leaf), f"entry-{index}.json", "application/json")


@never_cache
@require_GET
def bundle(request: HttpRequest, number: str) -> HttpResponse:
    """The entries beside a tile (C2SP tlog-tiles); the tiles themselves are public."""
    actor = reader(request)
    with log.transaction():
        size = Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0
        try:
            name = TileName.parse(0, number)
            data = bundle_within(name, size)
        except MalformedTile as error:
            raise Http404(str(error)) from error
        log.append(READ, actor=actor, object="log", facts={"page": "bundle", "index": name.number * WIDTH})
    return HttpResponse(data, content_type="application/octet-stream")


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


def download(data: bytes, name: str, content_type: str) -> HttpResponse:
    """An answer that is kept as a file of this name."""
    response = HttpResponse(data, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def cursor(request: HttpRequest, name: str) -> int | None:
    """The index that a page of the list begins behind, or None when the address has none or a damaged one."""
    value = request.GET.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else None


def filter_facts(filters: dict[str, Any], *, found: bool) -> dict[str, JSON]:
    """What was searched for. A typed word stands here only when the log has it already: it might be a name."""
    return {name: value if found or name not in TYPED else "-" for name, value in words_of(filters).items()}


def filter_words(filters: dict[str, Any], *, found: bool) -> dict[str, str]:
    """The typed words that stand in the private part instead, as far as they are no longer than a pseudonym."""
    words = words_of(filters).items()
    return {} if found else {name: value[:LONGEST] for name, value in words if name in TYPED}


def _breadcrumb(index: int) -> list[tuple[str, str | None]]:
    return [
        (_("Audit log"), reverse("audit_console:entries")),
        (_("Entry %(index)s") % {"index": index}, None),
    ]
