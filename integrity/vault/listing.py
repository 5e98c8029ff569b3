"""The registry as a page to read: what is sealed to which key, and what is kept in clear and why."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator

from django.db import models

from integrity.vault.fields import own_models, public_fields, sealed_fields

INTRODUCTION = """\
# Sealed and public fields

Made from the models by `integrity vault fields > docs/sealed-fields.md`; a test compares the two.

Every field that could hold words (text, JSON, bytes, a file) is either sealed or declared public with a reason; the
program does not start otherwise (`vault.E005`). Fields with a closed set of choices, numbers, days and references to
other rows are not listed: they hold no words. How a sealed value is stored, and how it is bound to its place, is in
[formats](formats.md#sealed-values).
"""


def page() -> str:
    """The whole page, ending with a line break."""
    sealed = [(column.table, f"`{column.field}`", _key(column.model, column.key)) for column in sealed_fields()]
    public = [(column.table, f"`{column.field}`", column.reason) for column in public_fields(own_models())]
    parts = [
        INTRODUCTION,
        f"## Sealed ({len(sealed)})\n",
        "\n".join(_table(("Table", "Field", "Sealed to"), sealed)) + "\n",
        f"## Public ({len(public)})\n",
        "\n".join(_table(("Table", "Field", "Why it may be read"), public)) + "\n",
    ]
    return "\n".join(parts)


def _key(model: type[models.Model], name: str) -> str:
    """What the property that names the key says about itself; for a column, its name."""
    found = inspect.getattr_static(model, name, None)
    told = inspect.getdoc(found) if isinstance(found, property) else None
    return told.splitlines()[0].rstrip(".") if told else f"the key in `{name}`"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|---" * len(head) + "|"
    shown = ""
    for table, field, last in rows:
        yield f"| {f'`{table}`' if table != shown else ''} | {field} | {last} |"
        shown = table
