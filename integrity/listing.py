"""Lists in the API: the same keyset pages as on the pages, with the same answer everywhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request

from integrity.keyset import page_of

M = TypeVar("M", bound=Model)
PAGE = 50
PARAMETERS = [
    OpenApiParameter("after", str, description="Where the page begins; from `next`."),
    OpenApiParameter("before", str, description="Where the page ends; from `previous`."),
]


def page_serializer(line: type[serializers.Serializer]) -> serializers.Serializer:
    """The description of a page of lines: `next` and `previous` are addresses, or null."""
    fields: dict[str, Any] = {
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": line(many=True),
    }
    return inline_serializer(name=f"{line.__name__.removesuffix('Serializer')}Page", fields=fields)


def page_data(
    request: Request,
    rows: QuerySet[M],
    *,
    order: tuple[str, str],
    line: Callable[[M], dict[str, Any]],
    prepare: Callable[[Sequence[M]], None] | None = None,
) -> dict[str, Any]:
    """A page of rows as `page_serializer` describes it; `prepare` may look up what all lines need at once."""
    page = page_of(rows, request.query_params, order=order, size=PAGE)
    if prepare is not None:
        prepare(page.rows)
    return {
        "next": request.build_absolute_uri(page.next) if page.next else None,
        "previous": request.build_absolute_uri(page.previous) if page.previous else None,
        "results": [line(row) for row in page.rows],
    }
