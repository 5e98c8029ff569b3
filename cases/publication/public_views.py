"""The public register: the list with filters, the page of a decision, and the whole as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from cases.publication.models import Publication, PublicationQuerySet
from cases.publication.periods import in_words
from cases.publication.wording import Worded, as_data, worded
from integrity.keyset import page_of
from integrity.rules.models import RulePack
from integrity.rules.terms import Gravity

PAGE = 20
FILTERS = ("category", "gravity", "period")
MAX_AGE = 300
for_everybody = cache_control(public=True, max_age=MAX_AGE)


@dataclass(frozen=True)
class Published:
    """A decision of the register with its words."""

    publication: Publication
    words: Worded


def register_rows() -> PublicationQuerySet:
    """What anybody can read, without the sealed columns and those that lead back to the case."""
    rows = Publication.objects.public().select_related("pack")
    return rows.defer("case", "key", "handed_over_on", "ground", "coded", "remark", "withheld_for")


def filtered(rows: PublicationQuerySet, query: Any) -> PublicationQuerySet:
    """The rows that a query's category, gravity and period ask for."""
    for name in FILTERS:
        if query.get(name):
            rows = rows.filter(**{name: query[name]})
    return rows


def address_of(publication: Publication) -> str:
    """The absolute address of a decision's page."""
    path = reverse("publication:decision", args=[publication.reference])
    return f"{settings.PUBLIC_URL.rstrip('/')}{path}"


def data_of(publication: Publication) -> dict[str, Any]:
    """A published decision for machines; days are as exact as anything in it."""
    if publication.published_on is None or publication.expires_on is None:
        raise LookupError(f"{publication} is not published.")
    return {
        "reference": publication.reference,
        "url": address_of(publication),
        **as_data(publication.entry, publication.pack.pack),
        "published_on": publication.published_on.isoformat(),
        "expires_on": publication.expires_on.isoformat(),
    }


@require_safe
@for_everybody
def register(request: HttpRequest) -> HttpResponse:
    """The published decisions, newest first."""
    page = page_of(filtered(register_rows(), request.GET), request.GET, order=("published_on", "pk"), size=PAGE)
    chosen = {name: request.GET.get(name, "") for name in FILTERS}
    return render(
        request,
        "publication/register.html",
        {
            "decisions": [Published(row, worded(row.entry, row.pack.pack)) for row in page.rows],
            "page": page,
            "choices": _choices(),
            "chosen": chosen,
            "is_filtered": any(chosen.values()),
        },
    )


def _choices() -> dict[str, list[tuple[str, Any]]]:
    """Only values that some public decision has: a filter never shows an empty cell."""
    rows = list(Publication.objects.public().order_by().values_list("category", "gravity", "period", "pack").distinct())
    packs = RulePack.objects.in_bulk({pack for *_values, pack in rows})
    categories = {category: packs[pack].pack.category(category).title for category, _g, _p, pack in rows}
    gravities = {gravity for _c, gravity, _p, _pack in rows}
    return {
        "category": sorted(categories.items(), key=lambda pair: str(pair[1])),
        "gravity": [(value, label) for value, label in Gravity.choices if value in gravities],
        "period": [(period, in_words(period)) for period in _newest_first(period for _c, _g, period, _pack in rows)],
    }


def _newest_first(periods: Iterable[str]) -> list[str]:
    return sorted(set(periods), reverse=True)


@require_safe
@for_everybody
def decision(request: HttpRequest, reference: str) -> HttpResponse:
    """The page of one decision. A withheld or expired one is not found."""
    found = get_object_or_404(register_rows(), reference=reference)
    return render(
        request,
        "publication/decision.html",
        {"decision": found, "words": worded(found.entry, found.pack.pack)},
    )


@require_safe
@for_everybody
def as_json(request: HttpRequest) -> HttpResponse:
    """The whole register for machines."""
    return JsonResponse(
        {
            "institution": settings.INSTITUTION_NAME,
            "decisions": [data_of(row) for row in register_rows().order_by("-published_on", "-pk")],
        }
    )
