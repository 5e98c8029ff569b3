"""The auditor's wider looks: a pseudonym's timeline, the log's health, unusual patterns, entries to take away."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from audit import clock
from audit.console import selection as taking
from audit.console.access import reader, taker
from audit.console.forms import FilterForm, SpanForm
from audit.console.health import condition
from audit.console.listing import timeline_of, words_of
from audit.console.names import names_of
from audit.console.patterns import MANY_READS, SEVERAL_REFUSALS, Finding, Findings, Span
from audit.console.views import cursor, filter_facts, filter_words
from audit.log import actions as log
from audit.log.events import READ
from audit.log.leaf import JSON


@never_cache
@require_GET
def timeline(request: HttpRequest) -> HttpResponse:
    """All entries by a pseudonym or about it, newest first."""
    actor = reader(request)
    pseudonym = request.GET.get("of", "")
    with log.transaction():
        page = timeline_of(pseudonym, before=cursor(request, "before"), after=cursor(request, "after"))
        facts: dict[str, JSON] = {
            "page": "timeline",
            "filter": filter_facts({"object": pseudonym}, found=bool(page.rows)),
        }
        typed = filter_words({"object": pseudonym}, found=bool(page.rows))
        log.append(READ, actor=actor, object="log", facts=facts, private=typed)
    if not page.rows:
        raise Http404(_("The log has no entry by or about this."))
    context = {
        "pseudonym": pseudonym,
        "name": names_of([pseudonym]).get(pseudonym, ""),
        "page": page,
        "newer": f"?{page.newer}" if page.newer else None,
        "older": f"?{page.older}" if page.older else None,
        "breadcrumb": _breadcrumb(_("Timeline")),
    }
    return render(request, "audit_console/timeline.html", context)


@never_cache
@require_GET
def health(request: HttpRequest) -> HttpResponse:
    """How the log is doing, in full."""
    actor = reader(request)
    with log.transaction():
        found = condition()
        log.append(READ, actor=actor, object="log", facts={"page": "health"})
    context = {
        "condition": found,
        "health": found.health,
        "now": clock.now(),
        "hours": range(24),
        "padded": bool(settings.LOG_PADDING),
        "seconds": settings.LOG_CADENCE,
        "breadcrumb": _breadcrumb(_("Health")),
    }
    return render(request, "audit_console/condition.html", context)


@never_cache
@require_GET
def unusual(request: HttpRequest) -> HttpResponse:
    """Patterns to look into, within a span of days."""
    actor = reader(request)
    form = SpanForm(request.GET)
    lists: list[dict[str, Any]] = []
    with log.transaction():
        if form.is_valid():
            lists = _lists(form.cleaned_data)
        words = words_of(form.cleaned_data) if form.is_valid() else {}
        log.append(READ, actor=actor, object="log", facts={"page": "patterns", "filter": words})
    if form.is_valid():
        # The boxes show the span that was looked at, also when none was given.
        form = SpanForm(initial=form.cleaned_data)
    context = {"form": form, "lists": lists, "breadcrumb": _breadcrumb(_("To look into"))}
    return render(request, "audit_console/patterns.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def selection(request: HttpRequest) -> HttpResponseBase:
    """Take the entries that fit the filters away, each with its proof."""
    actor = taker(request) if request.method == "POST" else reader(request)
    form = FilterForm(request.GET)
    refusal, chosen = "", None
    told: dict[str, JSON]
    with log.transaction():
        try:
            chosen = taking.select(form.cleaned_data) if form.is_valid() else None
        except taking.CannotSelect as error:
            refusal = str(error)
        facts = filter_facts(form.cleaned_data, found=chosen is not None)
        if request.method == "POST" and chosen is not None:
            written = taking.write(chosen, filters=words_of(form.cleaned_data))
            told = {
                "entries": written.entries,
                "size": written.size,
                "unproved": written.unproved,
                "filter": facts,
            }
            log.append(taking.TAKEN, actor=actor, object="log", facts=told)
        else:
            typed = filter_words(form.cleaned_data, found=chosen is not None)
            told = {"page": "selection", "filter": facts}
            log.append(READ, actor=actor, object="log", facts=told, private=typed)
    if request.method == "POST" and chosen is not None:
        name = f"entries-{chosen.entries[0].index}-{chosen.entries[-1].index}.zip"
        return FileResponse(written.file, as_attachment=True, filename=name, content_type="application/zip")
    context = {
        "form": form,
        "chosen": chosen,
        "refusal": refusal,
        "filters": [(form.fields[name].label, value) for name, value in words_of(form.cleaned_data).items()],
        "query": urlencode(words_of(form.cleaned_data)),
        "breadcrumb": _breadcrumb(_("Take entries away")),
    }
    return render(request, "audit_console/selection.html", context, status=422 if request.method == "POST" else 200)


def _lists(span: dict[str, Any]) -> list[dict[str, Any]]:
    since = datetime.combine(span["since"], time.min, UTC)
    looked = Span(since, datetime.combine(span["until"], time.min, UTC) + timedelta(days=1))
    titled = [
        (
            "outside",
            _("Reading of a case by somebody outside its team"),
            _("Who read in a case on a day on which they had no part in it."),
            looked.outside_the_team(),
        ),
        (
            "administrators",
            _("Reading by administrators"),
            _("Who read something of a report, a case or a register entry, and was an administrator then."),
            looked.by_administrators(),
        ),
        (
            "reads",
            _("Much reading in a short time"),
            _("%(count)s or more openings by one person within an hour.") % {"count": MANY_READS},
            looked.many_reads(),
        ),
        (
            "refused",
            _("Refused attempts"),
            _("%(count)s or more by one person within an hour.") % {"count": SEVERAL_REFUSALS},
            looked.refused(),
        ),
        (
            "failed",
            _("Failed attempts to sign in"),
            _("%(count)s or more within an hour, as one person.") % {"count": SEVERAL_REFUSALS},
            looked.failed(),
        ),
    ]
    every = [each for _key, _title, _text, findings in titled for each in findings.found]
    names = names_of({name for each in every for name in (each.actor, each.object) if name})
    return [
        {"key": key, "title": title, "text": text, "more": findings.more, "rows": _rows(findings, names)}
        for key, title, text, findings in titled
    ]


def _rows(findings: Findings, names: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "finding": each,
            "name": names.get(each.actor or each.object, ""),
            "address": f"{reverse('audit_console:entries')}?{urlencode(_query(each))}",
        }
        for each in findings.found
    ]


def _query(finding: Finding) -> dict[str, str]:
    """The list's filters that show the entries of a finding."""
    about = {"actor": finding.actor, "object": finding.object}
    first, last = finding.first.astimezone(UTC), finding.last.astimezone(UTC)
    return {name: value for name, value in about.items() if value} | {
        "since": f"{first:%Y-%m-%d}",
        "since_time": f"{first:%H:%M}",
        "until": f"{last:%Y-%m-%d}",
        "until_time": f"{last:%H:%M}",
    }


def _breadcrumb(title: str) -> list[tuple[str, str | None]]:
    return [(_("Audit log"), reverse("audit_console:entries")), (title, None)]
