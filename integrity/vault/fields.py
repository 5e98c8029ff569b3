"""The sealed field, and the registry of all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class SealedField(models.BinaryField):
    """A column that holds a sealed value (`seal.Sealed`), or nothing.

    `key` names the property of the model that gives the Key it is sealed to. `binary` fields hold bytes as
    they are; the others hold JSON values. Written only through `SealedModel.seal`.
    """

    def __init__(self, *arguments: Any, key: str = "sealing_key", binary: bool = False, **options: Any) -> None:
        self.key = key
        self.binary = binary
        options.setdefault("default", bytes)
        options["blank"] = True
        super().__init__(*arguments, **options)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """For migrations: only what differs from the defaults."""
        name, path, arguments, options = super().deconstruct()
        options.pop("blank", None)
        if options.get("default") is bytes:
            del options["default"]
        if self.key != "sealing_key":
            options["key"] = self.key
        if self.binary:
            options["binary"] = True
        return name, path, list(arguments), options

    def from_db_value(self, value: Any, _expression: Any, _connection: BaseDatabaseWrapper) -> bytes | None:
        """PostgreSQL gives a memoryview where SQLite gives bytes."""
        return None if value is None else bytes(value)


@dataclass(frozen=True)
class SealedColumn:
    """One line of the registry: which field of which model is sealed, in which column, to which key."""

    model: type[models.Model]
    table: str
    field: str
    key: str


def sealed_fields() -> Iterator[SealedColumn]:
    """Every sealed field of every installed model, in the order of the models."""
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if isinstance(field, SealedField):
                yield SealedColumn(model=model, table=model._meta.db_table, field=field.name, key=field.key)
