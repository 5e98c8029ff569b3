"""Remembers, inside the institution's process, everything that is sealed and every private key that is made."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from audit.log.private import Private
from integrity.vault.fields import SealedField, sealed_fields
from integrity.vault.files import file_details
from integrity.vault.keyring import Keyring
from integrity.vault.models import Key, KeyKind, SealedModel, StoredFile
from integrity.vault.seal import Place, PrivateKey, Sealed, open_sealed
from tests.thefts.known import Known
from tests.world import passphrase_of

if TYPE_CHECKING:
    from tests.world import World

# Shorter texts are codes, names of forms and single words, which published documents have as well.
PROSE = 25


@contextmanager
def everything() -> Iterator[Known]:
    """Note what the vault seals and which private keys come to be, while the block runs."""
    known = Known()
    seal_to, begin = SealedModel.seal_to, PrivateKey.__post_init__

    def noted_seal_to(row: SealedModel, key: Key, name: str, value: Any) -> None:
        seal_to(row, key, name, value)
        known.written[f"{row._meta.db_table}/{name}/{row.pk}"] = _text(row._meta.get_field(name), value)

    def noted_begin(private: PrivateKey) -> None:
        begin(private)
        known.seeds.append(private.seed.hex())

    with patch.object(SealedModel, "seal_to", noted_seal_to), patch.object(PrivateKey, "__post_init__", noted_begin):
        yield known


def complete(known: Known, world: World) -> None:
    """Add what can be told at the end: which key is whose, what is sealed now, what each file holds."""
    known.seeds = sorted(set(known.seeds))
    known.people |= {name: keyring.own.seed.hex() for name, keyring in world.keyrings.items()}
    known.passphrases = {name: passphrase_of(name) for name in world.keyrings}
    known.matters = {str(key.pk): _matter(key, known) for key in Key.objects.all()}
    for column in sealed_fields():
        rows = column.model._base_manager.exclude(**{column.field: b""}).values_list("pk", flat=True)
        known.sealed += [f"{column.table}/{column.field}/{pk}" for pk in rows]
    privates = {private.public.raw: private for private in map(PrivateKey, map(bytes.fromhex, known.seeds))}
    for part in Private.objects.all():
        where = f"{part._meta.db_table}/sealed/{part.pk}"
        value = Sealed.from_bytes(bytes(part.sealed))
        private = privates[bytes(Key.objects.get(pk=value.key).public)]
        place = Place(part._meta.db_table, "sealed", part.pk)
        known.written[where] = open_sealed(value.value, key=private, place=place).decode()
        known.sealed.append(where)
    known.prose = sorted(_prose(known))
    for stored in StoredFile.objects.select_related("owner_key"):
        keyring = Keyring(stored.owner_key, privates[bytes(stored.owner_key.public)])
        known.files[str(stored.pk)] = str(file_details(stored, keyring)["sha256"])


def _text(field: Any, value: Any) -> str:
    binary = isinstance(field, SealedField) and field.binary
    return value.hex() if binary else json.dumps(value, ensure_ascii=False)


def _matter(key: Key, known: Known) -> str:
    named = {reference: matter for matter, reference in known.references.items()}
    first = key.generations()
    match KeyKind(key.kind):
        case KeyKind.PERSON:
            owner = first.filter(person__isnull=False).values_list("person__username", flat=True).first()
            return f"person {owner}" if owner else "person before"
        case KeyKind.REPORTER:
            reference = first.filter(reported__isnull=False).values_list("reported__reference", flat=True).get()
            return f"reporter {named[reference].removeprefix('report ')}"
        case KeyKind.REPORT:
            return named[first.filter(report__isnull=False).values_list("report__reference", flat=True).get()]
        case KeyKind.CASE:
            return named[first.filter(case__isnull=False).values_list("case__reference", flat=True).get()]
        case KeyKind.APPEAL:
            of = named[first.filter(appeal__isnull=False).values_list("appeal__case__reference", flat=True).get()]
            return of.replace("case", "appeal", 1)
        case KeyKind.REQUEST:
            of = first.filter(identity_request__isnull=False).values_list(
                "identity_request__case__reference", flat=True
            )
            return named[of.get()].replace("case", "request in", 1)
    return str(key.kind)


def _prose(known: Known) -> set[str]:
    """Texts that were sealed, without those that rules or code, which are published, hold too."""
    from integrity.rules.models import RulePack

    published = "\n".join(
        bytes(pack.content).decode() if not isinstance(pack.content, str) else pack.content
        for pack in RulePack.objects.all()
    )
    found: set[str] = set()
    for text in known.written.values():
        if text.startswith(('"', "{", "[")):
            found |= {leaf for leaf in _leaves(json.loads(text)) if len(leaf) >= PROSE and " " in leaf}
    return {
        leaf
        for leaf in found
        if leaf not in published and not any(line and line in published for line in leaf.splitlines())
    }


def _leaves(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for each in value:
                yield from _leaves(each)
        case dict():
            for each in value.values():
                yield from _leaves(each)
