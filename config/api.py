"""The API's description, and a page to read it that needs no script."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView


class Schema(SpectacularAPIView):
    """The OpenAPI 3 description, as YAML or (with `?format=json`) JSON."""

    permission_classes: list[Any] = []
    authentication_classes: list[Any] = []


def reader(request: HttpRequest) -> HttpResponse:
    """Every endpoint in words: what it does, what it takes, what it answers."""
    generator: Any = SchemaGenerator
    schema: dict[str, Any] = generator().get_schema(request=None, public=True)
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            tag = (operation.get("tags") or ["Other"])[0]
            groups.setdefault(tag, []).append(
                {
                    "id": operation["operationId"],
                    "path": path,
                    "method": method.upper(),
                    "text": operation.get("description", ""),
                    "parameters": operation.get("parameters", []),
                    "body": _body(operation, schema),
                    "answers": [
                        {"status": status, "text": answer.get("description", ""), "fields": _fields(answer, schema)}
                        for status, answer in operation.get("responses", {}).items()
                    ],
                }
            )
    return render(request, "config/api.html", {"groups": sorted(groups.items())})


def _body(operation: dict[str, Any], schema: dict[str, Any]) -> list[dict[str, Any]]:
    return _fields(operation.get("requestBody", {}), schema)


def _fields(part: dict[str, Any], schema: dict[str, Any]) -> list[dict[str, Any]]:
    for content in part.get("content", {}).values():
        found = _resolve(content.get("schema", {}), schema)
        if found.get("type") == "array":
            found = _resolve(found.get("items", {}), schema)
        required = set(found.get("required", []))
        return [
            {
                "name": name,
                "type": _resolve(value, schema).get("type", "object"),
                "text": value.get("description", ""),
                "required": name in required,
            }
            for name, value in found.get("properties", {}).items()
        ]
    return []


def _resolve(value: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    reference = value.get("$ref")
    if not reference:
        return value
    found: dict[str, Any] = schema["components"]["schemas"][reference.rsplit("/", 1)[1]]
    return found
