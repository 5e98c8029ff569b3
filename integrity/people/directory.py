"""The list of staff, by name, with what a search asks for; a page costs the same wherever it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from integrity.people.models import Appointment, User
from integrity.people.roles import Role

PAGE: Final = 50
STATES: Final = ("desk", "waiting", "staff", "closed")


@dataclass(frozen=True)
class Page:
    """Some people in the order of their names; `previous` and `next` are query strings, "" where there is none."""

    people: list[User]
    previous: str
    next: str


def page_of(query: Mapping[str, str]) -> Page:
    """The page that `query` asks for: `search`, `role`, `office` (code), `state`, and `after` or `before` a person."""
    rows = _chosen(query).select_related("office", "superior")
    backwards = bool(query.get("before")) and not query.get("after")
    edge = _edge(query.get("before" if backwards else "after", ""))
    if edge is None:
        backwards = False
    elif backwards:
        rows = rows.filter(Q(name__lt=edge.name) | Q(name=edge.name, pk__lt=edge.pk))
    else:
        rows = rows.filter(Q(name__gt=edge.name) | Q(name=edge.name, pk__gt=edge.pk))
    order = ("-name", "-pk") if backwards else ("name", "pk")
    found = list(rows.order_by(*order).prefetch_related("appointments")[: PAGE + 1])
    more, found = len(found) > PAGE, found[:PAGE]
    if backwards:
        found.reverse()
    kept = {name: value for name, value in query.items() if name not in {"after", "before"} and value}
    has_previous = more if backwards else edge is not None
    return Page(
        people=found,
        previous="?" + urlencode({**kept, "before": found[0].pk}) if found and has_previous else "",
        next="?" + urlencode({**kept, "after": found[-1].pk}) if found and (backwards or more) else "",
    )


def find(text: str) -> User | None:
    """The one person with an open account whose user name or staff number this is."""
    text = text.strip()
    if not text:
        return None
    found = User.objects.filter(Q(username=text.lower()) | Q(staff_number__iexact=text), is_active=True)[:2]
    return found[0] if len(found) == 1 else None


def _chosen(query: Mapping[str, str]) -> QuerySet[User]:
    rows = User.objects.all()
    search = query.get("search", "").strip()
    if search:
        rows = rows.filter(
            Q(name__icontains=search) | Q(username__startswith=search.lower()) | Q(staff_number__istartswith=search)
        )
    if (role := query.get("role", "")) in Role.values:
        rows = rows.filter(pk__in=Appointment.objects.in_force().filter(role=role).values("person"))
    if office := query.get("office", ""):
        rows = rows.filter(office__code=office)
    with_role = Appointment.objects.in_force().values("person")
    match query.get("state", ""):
        case "desk":
            rows = rows.filter(is_active=True, pk__in=with_role)
        case "waiting":
            rows = rows.filter(is_active=True, pk__in=with_role, key__isnull=True)
        case "staff":
            rows = rows.filter(is_active=True).exclude(pk__in=with_role)
        case "closed":
            rows = rows.filter(is_active=False)
    return rows


def _edge(identifier: str) -> User | None:
    try:
        return User.objects.filter(pk=UUID(identifier)).only("name").first() if identifier else None
    except (ValueError, ValidationError):
        return None
