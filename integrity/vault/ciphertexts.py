"""What the vault keeps, for the comparison with the log (`integrity audit verify-database`)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from uuid import UUID

from audit.log.ciphertexts import Stored
from integrity.vault import storage
from integrity.vault.fields import SealedColumn, sealed_fields
from integrity.vault.models import Key, PersonLock, SealedModel, StoredFile
from integrity.vault.seal import CannotOpen, Sealed

PUBLIC = f"{Key._meta.db_table}/public"
LOCK = f"{PersonLock._meta.db_table}/wrapped"
CONTENT = f"{StoredFile._meta.db_table}/content"
PIECE = 1024 * 1024


class Vault:
    """Every sealed field, public key, lock and file."""

    def stored(self) -> Iterator[Stored]:
        """Every ciphertext that is there; files are read as a whole."""
        for column in sealed_fields():
            rows = column.model._base_manager.exclude(**{column.field: b""})
            for row, value in rows.values_list("pk", column.field).iterator():
                yield _sealed(f"{column.table}/{column.field}/{row}", bytes(value))
        for row, public in Key.objects.values_list("pk", "public").iterator():
            yield Stored(f"{PUBLIC}/{row}", 1, hashlib.sha256(bytes(public)).hexdigest())
        for row, wrapped in PersonLock.objects.values_list("pk", "wrapped").iterator():
            yield Stored(f"{LOCK}/{row}", 1, hashlib.sha256(bytes(wrapped)).hexdigest())
        for row in StoredFile.objects.values_list("pk", flat=True).iterator():
            digest = _digest_of_file(row)
            if digest is not None:
                yield Stored(f"{CONTENT}/{row}", 1, digest)

    def gone_rightly(self, place: str) -> bool:
        """Whether it is of a kind that ends in the ordinary course, or belongs to a key that was destroyed."""
        table, field, row = place.split("/", 2)
        if f"{table}/{field}" == LOCK:
            return True
        if f"{table}/{field}" == CONTENT:
            found = StoredFile.objects.filter(pk=row).select_related("owner_key").first()
            return found is not None and found.owner_key.destroyed_on is not None
        column = _columns().get((table, field))
        if column is None:
            return False
        if not issubclass(column.model, SealedModel) or field in column.model.fleeting:
            return issubclass(column.model, SealedModel)
        kept = column.model._base_manager.filter(pk=row).first()
        return kept is not None and kept.sealing_key.destroyed_on is not None


VAULT = Vault()


@cache
def _columns() -> dict[tuple[str, str], SealedColumn]:
    return {(column.table, column.field): column for column in sealed_fields()}


def _sealed(place: str, value: bytes) -> Stored:
    try:
        version = Sealed.from_bytes(value).version
    except CannotOpen:
        # Whatever this is, no entry speaks of it.
        version = 0
    return Stored(place, version, hashlib.sha256(value).hexdigest())


def _digest_of_file(identifier: UUID) -> str | None:
    digest = hashlib.sha256()
    try:
        with storage.open_kept(identifier) as file:
            while piece := file.read(PIECE):
                digest.update(piece)
    except (OSError, storage.FileGone):
        return None
    return digest.hexdigest()
