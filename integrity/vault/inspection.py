"""What an operator can check without anybody's key: that what is sealed could be opened by somebody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from uuid import UUID

from django.db.models import Func, Value
from django.db.models.fields import BinaryField

from integrity.vault import storage
from integrity.vault.fields import sealed_fields
from integrity.vault.models import Grant, Key, StoredFile
from integrity.vault.seal import HEAD_LENGTH, CannotOpen, Sealed
from integrity.vault.standing import GIVEN_TO_STANDING_HOLDERS
from integrity.vault.suites import SUITES


def differences() -> Iterator[str]:
    """A line for each sealed value, key and file with which something is wrong; none when all is well."""
    yield from _values()
    yield from _keys()
    yield from _files()


def suites() -> dict[str, Counter[int]]:
    """How many values of each sealed column are in each suite, by `table.column`."""
    counted: dict[str, Counter[int]] = {}
    for column in sealed_fields():
        heads = column.model._base_manager.exclude(**{column.field: b""}).annotate(_head=_head(column.field))
        counts = Counter(bytes(head)[0] for head in heads.values_list("_head", flat=True).iterator())
        if counts:
            counted[f"{column.table}.{column.field}"] = counts
    return counted


def _values() -> Iterator[str]:
    keys: dict[UUID, int] = dict(Key.objects.values_list("pk", "suite"))
    for column in sealed_fields():
        rows = column.model._base_manager.exclude(**{column.field: b""}).annotate(_head=_head(column.field))
        for row, head in rows.values_list("pk", "_head").iterator():
            where = f"{column.table}.{column.field} of {row}"
            try:
                sealed = Sealed.from_bytes(bytes(head))
            except CannotOpen as error:
                yield f"{where}: {error}"
                continue
            if sealed.suite not in SUITES:
                yield f"{where}: suite {sealed.suite} is not known"
            elif sealed.key not in keys:
                yield f"{where}: sealed to key/{sealed.key}, which does not exist"
            elif keys[sealed.key] != sealed.suite:
                yield f"{where}: in suite {sealed.suite}, but key/{sealed.key} is of suite {keys[sealed.key]}"


def _keys() -> Iterator[str]:
    given = Grant.objects.values("key")
    lonely = Key.objects.newest().alive().filter(kind__in=GIVEN_TO_STANDING_HOLDERS).exclude(pk__in=given)
    for key in lonely.order_by("pk"):
        yield f"{key.pseudonym}: nobody holds this key of kind {key.kind}; what is sealed to it cannot be opened"


def _files() -> Iterator[str]:
    alive = StoredFile.objects.filter(owner_key__destroyed_on__isnull=True)
    for identifier, size in alive.values_list("pk", "ciphertext_size").iterator():
        found = storage.size_of_kept(identifier)
        if found is None:
            yield f"file/{identifier}: its ciphertext is missing"
        elif found != size:
            yield f"file/{identifier}: its ciphertext has {found} bytes instead of {size}"


def _head(field: str) -> Func:
    """The first bytes of a stored value, and one more that says there is something behind them."""
    return Func(field, Value(1), Value(HEAD_LENGTH + 1), function="SUBSTR", output_field=BinaryField())
