"""A client of the API that holds every request and every answer against the description that the product serves."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.test import Client
from drf_spectacular.validation import validate_schema
from jsonschema import Draft202012Validator, FormatChecker

METHODS = {"get", "post"}


@dataclass
class Described:
    """The description, and which of its operations and answers were seen."""

    schema: dict[str, Any]
    seen: set[tuple[str, int]] = field(default_factory=set)

    @classmethod
    def served(cls) -> Described:
        """As anybody can read it."""
        schema = Client().get("/api/v1/schema/?format=json").json()
        validate_schema(schema)
        return cls(schema)

    def call(self, method: str, address: str, data: Any = None, *, wrong: bool = False, **headers: str) -> Any:
        """Ask, and fail when the answer, or the question, is not what is described. `wrong` is a question that is so
        on purpose: then it must not fit, or be refused.
        """
        operation = self._operation(method, f"/api/v1/{address}".partition("?")[0])
        client = Client(headers=headers)
        if method == "get":
            answer = client.get(f"/api/v1/{address}")
        elif isinstance(data, dict) and any(_has_file(value) for value in data.values()):
            assert "multipart/form-data" in operation["requestBody"]["content"]
            answer = client.post(f"/api/v1/{address}", data)
        else:
            faults = self.faults(operation["requestBody"]["content"]["application/json"]["schema"], data)
            assert wrong or not faults, faults
            answer = client.post(f"/api/v1/{address}", data, content_type="application/json")
        assert wrong is (answer.status_code >= 400), (answer.status_code, answer.content)
        self._check(operation, answer)
        return answer

    def faults(self, schema: dict[str, Any], value: Any) -> list[str]:
        """What of a value is not as described."""
        whole = _in_json_schema({**schema, "components": self.schema["components"]})
        found = Draft202012Validator(whole, format_checker=FormatChecker()).iter_errors(value)
        return [f"{list(error.absolute_path)}: {error.message}" for error in found]

    def operations(self) -> set[str]:
        """The operations of reporting persons and hotline providers."""
        return {
            operation["operationId"]
            for methods in self.schema["paths"].values()
            for method, operation in methods.items()
            if method in METHODS and "Reporting person" in operation.get("tags", [])
        }

    def _operation(self, method: str, address: str) -> dict[str, Any]:
        for template, methods in self.schema["paths"].items():
            pattern = re.sub(r"\{\w+\}", "[^/]+", template)
            if re.fullmatch(pattern, address) and method in methods:
                operation: dict[str, Any] = methods[method]
                return operation
        raise AssertionError(f"{method} {address} is not described")

    def _check(self, operation: dict[str, Any], answer: Any) -> None:
        status = str(answer.status_code)
        assert status in operation["responses"], f"{operation['operationId']} answers {status}, which is not described"
        self.seen.add((operation["operationId"], answer.status_code))
        content = operation["responses"][status].get("content")
        if content is None:
            assert answer.content == b""
            return
        kind = answer.headers["Content-Type"].partition(";")[0]
        assert kind in content or "application/octet-stream" in content, f"{kind} is not described"
        if kind == "application/json":
            body = json.loads(answer.content)
            faults = self.faults(content[kind]["schema"], body)
            assert faults == [], (operation["operationId"], faults)


def _in_json_schema(part: Any) -> Any:
    """OpenAPI 3.0 as JSON Schema: `nullable` is one more type, and an answer has no field that is not described."""
    if isinstance(part, list):
        return [_in_json_schema(each) for each in part]
    if not isinstance(part, dict):
        return part
    made = {name: _in_json_schema(value) for name, value in part.items() if name != "nullable"}
    if "properties" in made and isinstance(made["properties"], dict) and part.get("type") == "object":
        made.setdefault("unevaluatedProperties", False)
    return {"anyOf": [made, {"type": "null"}]} if part.get("nullable") is True else made


def _has_file(value: Any) -> bool:
    return isinstance(value, UploadedFile) or (isinstance(value, list) and any(map(_has_file, value)))
