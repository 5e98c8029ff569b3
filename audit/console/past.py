"""The entries of earlier epochs of the log, and what proves them."""

import json
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from audit.console.access import reader
from audit.console.listing import PAGE
from audit.console.names import names_of
from audit.console.proving import meaning_of
from audit.console.views import cursor, download
from audit.log import actions as log
from audit.log import past
from audit.log.events import READ
from audit.log.leaf import JSON
from audit.log.witnessed import PastEntry
from audit.proof import ProofFile
from audit.tree import InvalidProof, leaf_hash


@dataclass(frozen=True)
class Line:
    """An entry as its bytes tell it; all words are "" when they are no entry."""

    index: int
    time: str = ""
    type: str = ""
    actor: str = ""
    object: str = ""
    actor_name: str = ""
    object_name: str = ""


@never_cache
@require_GET
def epochs(request: HttpRequest) -> HttpResponse:
    """Every epoch that ended, and what is known of it."""
    actor = reader(request)
    with log.transaction():
        found = past.epochs()
        log.append(READ, actor=actor, object="log", facts={"page": "epochs"})
    context = {
        "epochs": [(len(found) - place, each) for place, each in enumerate(found)],
        "breadcrumb": _way(_("Earlier epochs")),
    }
    return render(request, "audit_console/epochs.html", context)


@never_cache
@require_GET
def entries(request: HttpRequest, number: int) -> HttpResponse:
    """The entries of one epoch that are kept, newest first."""
    actor = reader(request)
    epoch = _epoch(number)
    before = cursor(request, "before")
    rows = PastEntry.objects.filter(origin=epoch.origin).order_by("-index")
    if before is not None:
        rows = rows.filter(index__lt=before)
    with log.transaction():
        found = list(rows[: PAGE + 1])
        log.append(READ, actor=actor, object="log", facts={"page": "past", "filter": {"epoch": epoch.origin}})
    context = {
        "epoch": epoch,
        "number": number,
        "lines": _lines(found[:PAGE]),
        "older": f"?before={found[PAGE - 1].index}" if len(found) > PAGE else None,
        "newest": "?" if before is not None else None,
        "breadcrumb": _way(epoch.origin, (_("Earlier epochs"), reverse("audit_console:epochs"))),
    }
    return render(request, "audit_console/past.html", context)


@never_cache
@require_GET
def entry(request: HttpRequest, number: int, index: int) -> HttpResponse:
    """One entry: its bytes, and the proof against the last old checkpoint that the kept entries lead to."""
    epoch, found = _read(request, number, index, "past_entry")
    proof, broken = _proof(epoch, index)
    content = _content(bytes(found.leaf))
    (line,) = _lines([found])
    context = {
        "epoch": epoch,
        "number": number,
        "line": line,
        "meaning": meaning_of(line.type),
        "json": json.dumps(content, indent=2, ensure_ascii=False) if content else repr(bytes(found.leaf)),
        "leaf_hash": leaf_hash(bytes(found.leaf)).hex(),
        "proof_text": proof.encode().decode() if proof else "",
        "broken": broken,
        "is_lost": _within(index, epoch.lost),
        "is_unsigned": _within(index, epoch.unsigned),
        "breadcrumb": _way(
            _("Entry %(index)s") % {"index": index},
            (_("Earlier epochs"), reverse("audit_console:epochs")),
            (epoch.origin, reverse("audit_console:past", args=[number])),
        ),
    }
    return render(request, "audit_console/past_entry.html", context)


@never_cache
@require_GET
def leaf(request: HttpRequest, number: int, index: int) -> HttpResponse:
    """The bytes of an entry, exactly as they were hashed."""
    _of, found = _read(request, number, index, "past_leaf")
    return download(bytes(found.leaf), f"epoch-{number}-entry-{index}.json", "application/json")


@never_cache
@require_GET
def proof(request: HttpRequest, number: int, index: int) -> HttpResponse:
    """The proof file of an entry (C2SP tlog-proof), under the old key."""
    epoch, _found = _read(request, number, index, "past_proof")
    found, _broken = _proof(epoch, index)
    if found is None:
        raise Http404(_("There is no proof for this entry."))
    return download(found.encode(), f"epoch-{number}-entry-{index}.tlog-proof", "text/plain; charset=utf-8")


def _read(request: HttpRequest, number: int, index: int, page: str) -> tuple[past.Epoch, PastEntry]:
    actor = reader(request)
    epoch = _epoch(number)
    with log.transaction():
        found: PastEntry | None = PastEntry.objects.filter(origin=epoch.origin, index=index).first()
        if found is None:
            raise Http404(_("This epoch has no such entry."))
        facts: dict[str, JSON] = {"page": page, "index": index, "filter": {"epoch": epoch.origin}}
        log.append(READ, actor=actor, object="log", facts=facts)
    return epoch, found


def _epoch(number: int) -> past.Epoch:
    """The epoch of this number; the first that the log ever had is 1."""
    found = past.epochs()
    if not 1 <= number <= len(found):
        raise Http404(_("The log had no such epoch."))
    return found[len(found) - number]


def _proof(epoch: past.Epoch, index: int) -> tuple[ProofFile | None, bool]:
    """The proof, if there can be one, and whether it should be there and does not hold."""
    try:
        return past.prove(epoch, index), False
    except InvalidProof:
        return None, True


def _within(index: int, span: tuple[int, int] | None) -> bool:
    return span is not None and span[0] <= index <= span[1]


def _content(data: bytes) -> dict[str, Any]:
    try:
        content = json.loads(data)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _lines(found: list[PastEntry]) -> list[Line]:
    words = ("time", "type", "actor", "object")
    read = [(row.index, {name: str(_content(bytes(row.leaf)).get(name, "")) for name in words}) for row in found]
    names = names_of({told[name] for _index, told in read for name in ("actor", "object")})
    return [
        Line(index, **told, actor_name=names.get(told["actor"], ""), object_name=names.get(told["object"], ""))
        for index, told in read
    ]


def _way(title: str, *between: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    return [(_("Audit log"), reverse("audit_console:entries")), *between, (title, None)]
