"""The sealed field, and the registry: every field that could hold words is sealed, or declared public with a reason.

A model declares in the class attribute `declared_public` what it keeps in clear: the name of the field, and why that
may be read by whoever gets hold of the database. What ancestors declare is inherited.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.apps import apps
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

# Sealed text is padded to a multiple of this many bytes, so that the length of a name or of a finding
# cannot be read from the length of its ciphertext.
PADDING: Final = 256
# What is checked: the product's own packages, not what it is built with.
OWN_PACKAGES: Final = frozenset({"audit", "integrity", "intake", "cases", "config"})
# E-mail, address and slug fields are CharFields.
HOLDS_WORDS: Final = (
    models.CharField,
    models.TextField,
    models.JSONField,
    models.BinaryField,
    models.FileField,
    models.FilePathField,
    models.GenericIPAddressField,
)


class SealedField(models.BinaryField):
    """A column that holds a sealed value (`seal.Sealed`), or nothing.

    `key` names the property of the model that gives the Key it is sealed to. `binary` fields hold bytes as
    they are; the others hold JSON values, padded to a multiple of `padding` bytes. Of a `witnessed` field something
    else keeps the digest of the ciphertext, such as a chain of custody: `SealedModel.digest_of` finds it again after
    a move to another suite. Written only through `SealedModel.seal`.
    """

    def __init__(
        self,
        *arguments: Any,
        key: str = "sealing_key",
        binary: bool = False,
        witnessed: bool = False,
        padding: int = PADDING,
        **options: Any,
    ) -> None:
        self.key = key
        self.padding = padding
        self.binary = binary
        self.witnessed = witnessed
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


@dataclass(frozen=True)
class PublicColumn:
    """A field that could hold words and is kept in clear; `reason` says why, and is "" when nobody said it."""

    model: type[models.Model]
    table: str
    field: str
    reason: str


def own_models() -> list[type[models.Model]]:
    """The product's own models, in the order of the apps."""
    return [model for model in apps.get_models() if model.__module__.partition(".")[0] in OWN_PACKAGES]


def public_fields(of: Iterable[type[models.Model]]) -> Iterator[PublicColumn]:
    """Every field of these models that could hold words and is not sealed. A closed set of choices holds none."""
    for model in of:
        declared = declared_public(model)
        for field in model._meta.concrete_fields:
            if isinstance(field, HOLDS_WORDS) and not isinstance(field, SealedField) and not field.choices:
                reason = declared.get(field.name, "").strip()
                yield PublicColumn(model=model, table=model._meta.db_table, field=field.name, reason=reason)


def declared_public(model: type[models.Model]) -> dict[str, str]:
    """What a model and its ancestors declare: field and reason."""
    declared: dict[str, str] = {}
    for ancestor in reversed(model.__mro__):
        declared |= vars(ancestor).get("declared_public", {})
    return declared
