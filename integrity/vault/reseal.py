"""Moving what a person can open to the suite for new keys (settings.VAULT_SUITE), in batches.

First their own key, then every key that it reaches gets a generation in the new suite, then each value is opened and
sealed anew. Nothing else remembers how far it came: what is in the new suite is done, so that it can be broken off
and begun again. What the person does not open waits for somebody who does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final
from uuid import UUID

from django.db import models
from django.db.models import F, Func, Value

from integrity.action import Actor, action, record
from integrity.policy import Party
from integrity.vault import actions as vault
from integrity.vault.fields import SealedColumn, SealedField, sealed_fields
from integrity.vault.keyring import Keyring
from integrity.vault.models import Grant, Key, KeyKind, PersonLock, Resealing, SealedModel
from integrity.vault.seal import Sealed
from integrity.vault.standing import GIVEN_TO_STANDING_HOLDERS
from integrity.vault.suites import suite_for_new_keys

BATCH: Final = 200
KEYS_AT_ONCE: Final = 25
# A key goes to the newest generations of its holders, so those that hold others come first.
ORDER: Final = (
    KeyKind.IDENTITY,
    KeyKind.REQUEST,
    KeyKind.PUBLICATION,
    KeyKind.PROTECTION,
    KeyKind.DETRIMENT,
    KeyKind.CASE,
    KeyKind.APPEAL,
    KeyKind.REPORT,
    KeyKind.AUDIT,
)
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Resealed:
    """What was moved, and how many values in other suites are left for other people to move."""

    keys: int
    values: int
    left: int


def renew_person_key(*, actor: Actor, passphrase: str) -> Actor:
    """The same person with a key of the suite for new keys under the same passphrase. Outside transactions.

    Everything that was granted to the old key is granted to the new one; sittings with the old one end. Gives the
    actor back as they are when the key is of that suite already.
    """
    if actor.keys.key.suite == suite_for_new_keys().number:
        return actor
    prepared = vault.make_person_key(passphrase)
    _move_person(actor=actor, prepared=prepared)
    return Actor.of(actor.user, prepared.keyring)


@action(
    "vault.person_key_moved",
    by=(Party.DESK,),
    limit="one's own",
    facts=("key", "suite", "grants"),
    description="A person's key was moved to another suite.",
)
def _move_person(*, actor: Actor, prepared: vault.PersonKey) -> None:
    old, own = actor.keys.key, actor.keys.own
    prepared.key.predecessor, prepared.key.lineage = old, old.lineage
    prepared.save()
    held = list(Grant.objects.filter(holder=old).select_related("key"))
    for each in held:
        vault.grant(each.open_with(own), key=each.key, to=prepared.key)
    # What is sealed to the person alone opens by this way until it is moved as well.
    vault.grant(own, key=old, to=prepared.key)
    PersonLock.objects.filter(key=old).delete()
    Grant.objects.filter(holder=old).delete()
    vault.move_owner(old, prepared.key)
    record(object=actor.pseudonym, key=str(prepared.key.pk), suite=prepared.key.suite, grants=len(held))


def reseal(*, actor: Actor, batch: int = BATCH, progress: Progress | None = None) -> Resealed:
    """Move everything that the actor's keys open to the suite for new keys; each batch is an action of its own.

    `progress` is told what is being moved, how many are done and how many there are.
    """
    tell = progress or (lambda what, done, total: None)
    keys = _move_keys(actor, tell)
    values = _move_values(actor, batch, tell)
    return Resealed(keys=keys, values=values, left=sum(_elsewhere(column).count() for column in _columns()))


def reachable(keyring: Keyring) -> set[UUID]:
    """The identifiers of every key that a keyring opens, one query for each step and five hundred keys."""
    known, frontier = {keyring.key.pk}, {keyring.key.pk}
    while frontier:
        found: set[UUID] = set()
        for some in _in_parts(frontier):
            found |= set(Grant.objects.filter(holder__in=some).values_list("key", flat=True))
        frontier = found - known
        known |= found
    return known


def first_byte(field: str) -> Func:
    """The number of the suite that a stored value is sealed in, for the database to compare."""
    return Func(F(field), Value(1), Value(1), function="SUBSTR", output_field=models.BinaryField())


def _in_parts(keys: Iterable[UUID]) -> Iterator[list[UUID]]:
    rest = iter(keys)
    while part := list(islice(rest, 500)):
        yield part


def _move_keys(actor: Actor, tell: Progress) -> int:
    target = suite_for_new_keys().number
    wanted: list[Key] = []
    for some in _in_parts(reachable(actor.keys)):
        held = Key.objects.filter(pk__in=some, kind__in=GIVEN_TO_STANDING_HOLDERS)
        wanted += held.newest().alive().exclude(suite=target)
    wanted.sort(key=lambda key: (ORDER.index(KeyKind(key.kind)), key.pk))
    for done in range(0, len(wanted), KEYS_AT_ONCE):
        tell("keys", done, len(wanted))
        _rotate(actor=actor, keys=wanted[done : done + KEYS_AT_ONCE])
    tell("keys", len(wanted), len(wanted))
    return len(wanted)


@action(
    "vault.keys_moved",
    by=(Party.DESK,),
    limit="what one's own keys open",
    facts=("suite", "keys"),
    description="Keys got a generation in another suite.",
)
def _rotate(*, actor: Actor, keys: Sequence[Key]) -> None:
    for key in keys:
        vault.rotate(key, holders=vault.holders_of(key))
    record(object="vault", suite=suite_for_new_keys().number, keys=len(keys))


def _move_values(actor: Actor, batch: int, tell: Progress) -> int:
    columns = list(_columns())
    total, done, moved = sum(_elsewhere(column).count() for column in columns), 0, 0
    for column in columns:
        for rows in _batches(column, batch):
            openable = _openable(column, rows, actor.keys)
            if openable:
                moved += _reseal(actor=actor, column=column, wanted=openable)
            done += len(rows)
            tell("values", done, total)
    return moved


@action(
    "vault.resealed",
    by=(Party.DESK,),
    limit="what one's own keys open",
    facts=("table", "field", "suite", "values"),
    description="Values were moved to another suite.",
)
def _reseal(*, actor: Actor, column: SealedColumn, wanted: dict[UUID, Key]) -> int:
    field = column.model._meta.get_field(column.field)
    assert isinstance(field, SealedField)  # noqa: S101 - the registry lists nothing else
    # Somebody may have written there since it was read: what is sealed anew is in the new suite already.
    rows = list(_elsewhere(column).filter(pk__in=wanted).select_for_update(of=("self",)))
    for row in rows:
        before = row.digest_of(column.field) if field.witnessed else ""
        row.seal_to(wanted[row.pk], column.field, row.open(actor.keys, column.field))
        column.model._base_manager.filter(pk=row.pk).update(**{column.field: getattr(row, column.field)})
        if field.witnessed:
            Resealing.objects.create(before=before, after=row.digest_of(column.field))
    record(
        object="vault",
        table=column.table,
        field=column.field,
        suite=suite_for_new_keys().number,
        values=len(rows),
    )
    return len(rows)


def _columns() -> Iterator[SealedColumn]:
    """Every sealed column but that of grants, which are made anew with the keys."""
    return (column for column in sealed_fields() if column.model is not Grant)


def _elsewhere(column: SealedColumn) -> models.QuerySet[Any]:
    """The rows whose value is in another suite than the one for new keys."""
    return (
        column.model._base_manager.alias(suite_byte=first_byte(column.field))
        .exclude(**{column.field: b""})
        .exclude(suite_byte=suite_for_new_keys().byte)
    )


def _batches(column: SealedColumn, batch: int) -> Iterator[list[SealedModel]]:
    last: UUID | None = None
    while True:
        rows = _elsewhere(column).order_by("pk")
        found: list[SealedModel] = list((rows if last is None else rows.filter(pk__gt=last))[:batch])
        if not found:
            return
        yield found
        last = found[-1].pk


def _openable(column: SealedColumn, rows: Iterable[SealedModel], keyring: Keyring) -> dict[UUID, Key]:
    """By row: the newest generation to seal to, for the values that this keyring opens and may move."""
    named = {row.pk: Sealed.from_bytes(bytes(getattr(row, column.field))).key for row in rows}
    keyring.find(set(named.values()))
    held = {key for key in named.values() if keyring.holds(key)}
    lineages = dict(Key.objects.filter(pk__in=held).values_list("pk", "lineage"))
    target = suite_for_new_keys().number
    newest = {
        key.lineage: key for key in Key.objects.newest().alive().filter(lineage__in=lineages.values(), suite=target)
    }
    return {row: newest[lineages[key]] for row, key in named.items() if key in held and lineages[key] in newest}
