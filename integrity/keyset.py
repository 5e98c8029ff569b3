"""Keyset pages: a list page costs the same wherever it is, and rows that come meanwhile shift nothing."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet

M = TypeVar("M", bound=Model)
GREATEST_POSITION = 200


@dataclass(frozen=True)
class Page(Generic[M]):
    """One page of rows, newest first; `previous` and `next` are query strings, "" where there is none."""

    rows: list[M]
    previous: str
    next: str


def page_of(rows: QuerySet[M], query: Mapping[str, Any], *, order: tuple[str, str], size: int) -> Page[M]:
    """The page that `query` asks for (`after` or `before` a row), ordered by two fields, both descending.

    A position that does not parse is taken as the first page.
    """
    first, second = order
    backwards = "before" in query and "after" not in query
    position = _read(str(query.get("before" if backwards else "after", "")))
    backwards = backwards and position is not None
    if position is not None:
        sign = "gt" if backwards else "lt"
        try:
            rows = rows.filter(
                Q(**{f"{first}__{sign}": position[0]}) | Q(**{first: position[0], f"{second}__{sign}": position[1]})
            )
        except (ValidationError, ValueError):
            position, backwards = None, False
    names = (first, second) if backwards else (f"-{first}", f"-{second}")
    found = list(rows.order_by(*names)[: size + 1])
    more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    has_previous = more if backwards else position is not None
    has_next = backwards or more
    kept = {key: value for key, value in query.items() if key not in ("after", "before") and value}
    return Page(
        rows=found,
        previous=_link(kept, "before", found[0], order) if found and has_previous else "",
        next=_link(kept, "after", found[-1], order) if found and has_next else "",
    )


def _link(kept: dict[str, Any], direction: str, row: Model, order: tuple[str, str]) -> str:
    values = [str(getattr(row, name)) for name in order]
    position = base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")
    return "?" + urlencode({**kept, direction: position})


def _read(position: str) -> list[str] | None:
    # What this page writes is short; a long one is somebody's, and might nest deeper than the parser bears.
    if not position or len(position) > GREATEST_POSITION:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(position + "=" * (-len(position) % 4)))
    except ValueError:
        return None
    if isinstance(values, list) and len(values) == 2 and all(isinstance(value, str) for value in values):
        return values
    return None
