"""Files that were kept: from a waiting upload to a row, and from there to the person who may read it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial
from io import BufferedReader
from typing import Final, cast

from cryptography.cobblestone import Cobblestone256Decryptor
from cryptography.exceptions import InvalidTag
from django.db import IntegrityError, transaction
from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from audit.log import actions as log
from integrity.vault import storage
from integrity.vault.keyring import Keyring
from integrity.vault.models import Key, StoredFile
from integrity.vault.storage import FileGone
from integrity.vault.uploads import CHUNK, SealedUpload, buffer_length, content_place

__all__ = [
    "FileDamaged",
    "FileGone",
    "StoredFile",
    "download_response",
    "file_details",
    "keep",
    "open_stream",
]

DOWNLOAD_POLICY: Final = "sandbox; default-src 'none'"


class FileDamaged(Exception):
    """A kept file is missing, cut short, or not what was kept."""


def keep(upload: SealedUpload, *, owner_key: Key) -> StoredFile:
    """Keep a file that arrived, sealed to `owner_key`. Raises FileGone when it is no longer waiting.

    Runs inside an action. The file is durable before the row is committed; when the action is rolled back,
    the upload's token finds the file again. `storage.py` tells what a crash leaves at each step.
    """
    upload.claim()
    details = upload.details
    storage.keep_pending(upload.identifier, size=details.ciphertext_size)
    stored = StoredFile(
        id=upload.identifier,
        owner_key=owner_key,
        ciphertext_sha256=details.ciphertext_sha256,
        ciphertext_size=details.ciphertext_size,
    )
    stored.seal(
        file_key=upload.key,
        details={"name": details.name, "type": details.type, "size": details.size, "sha256": details.sha256},
    )
    try:
        with transaction.atomic():
            stored.save(force_insert=True)
    except IntegrityError as error:
        # The same form was sent twice at once, and the other one was first.
        raise FileGone from error
    log.committed(str(content_place(upload.identifier)), details.ciphertext_sha256)
    transaction.on_commit(partial(storage.forget_details, upload.identifier))
    return stored


def file_details(stored: StoredFile, keyring: Keyring) -> dict[str, str | int]:
    """The file's name, type, size in bytes and sha256, of its plaintext. Raises NoGrant, CannotOpen."""
    return cast(dict[str, str | int], stored.open(keyring, "details"))


def open_stream(stored: StoredFile, keyring: Keyring) -> Iterator[bytes]:
    """The file's plaintext in pieces. Raises NoGrant, CannotOpen, FileDamaged before the first piece.

    A change found later raises FileDamaged out of the iterator: what came before is authentic, but not the
    whole file. The last piece comes only after the whole is proven.
    """
    return _stream(stored, keyring, sha256=str(file_details(stored, keyring)["sha256"]))


def download_response(stored: StoredFile, keyring: Keyring) -> StreamingHttpResponse:
    """The file as a download that no browser runs or shows in place. Raises as `open_stream` does.

    Content-Length is the plaintext's size, so that a stream that breaks off is seen to be incomplete.
    """
    details = file_details(stored, keyring)
    return StreamingHttpResponse(
        _stream(stored, keyring, sha256=str(details["sha256"])),
        content_type="application/octet-stream",
        headers={
            "Content-Disposition": content_disposition_header(True, str(details["name"])) or "attachment",
            "Content-Length": str(details["size"]),
            "Content-Security-Policy": DOWNLOAD_POLICY,
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )


def _stream(stored: StoredFile, keyring: Keyring, *, sha256: str) -> Iterator[bytes]:
    key = cast(bytes, stored.open(keyring, "file_key"))
    decryptor = Cobblestone256Decryptor(key, context=content_place(stored.pk).bound)
    try:
        file = storage.open_kept(stored.pk)
    except FileNotFoundError as error:
        raise FileDamaged(f"The file {stored.pk} is missing.") from error
    size = file.seek(0, 2)
    file.seek(0)
    if size != stored.ciphertext_size:
        file.close()
        raise FileDamaged(f"The file {stored.pk} has {size} bytes; {stored.ciphertext_size} were kept.")
    return _decrypt(file, decryptor, name=str(stored.pk), sha256=sha256)


def _decrypt(file: BufferedReader, decryptor: Cobblestone256Decryptor, *, name: str, sha256: str) -> Iterator[bytes]:
    digest = hashlib.sha256()
    buffer = bytearray(buffer_length(CHUNK))
    held_back = b""
    with file:
        try:
            while sealed := file.read(CHUNK):
                length = decryptor.update_into(sealed, buffer)
                if not length:
                    continue
                if held_back:
                    yield held_back
                held_back = bytes(memoryview(buffer)[:length])
                digest.update(held_back)
            rest = decryptor.finalize()
        except InvalidTag as error:
            raise FileDamaged(f"The file {name} was changed or cut short.") from error
    digest.update(rest)
    if digest.hexdigest() != sha256:
        raise FileDamaged(f"The file {name} is not the one that was kept.")
    yield held_back + rest
