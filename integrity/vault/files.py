"""Files that were kept: from a waiting upload to a row, and from there to the person who may read it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from functools import partial
from io import BufferedReader
from typing import Any, Final, cast

from cryptography.cobblestone import Cobblestone256Decryptor
from cryptography.exceptions import InvalidTag
from django.db import IntegrityError, transaction
from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from audit.log import actions as log
from integrity.vault import storage
from integrity.vault.chunks import ciphertext_length, read_range
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
    "open_range",
    "open_stream",
]

DOWNLOAD_POLICY: Final = "sandbox; default-src 'none'"
_RANGE: Final = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


class OutOfRange(ValueError):
    """A range of bytes begins behind the end of the file."""


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
        details={
            "name": details.name,
            "type": details.type,
            "size": details.size,
            "sha256": details.sha256,
            "scan": details.scan,
        },
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


def file_details(stored: StoredFile, keyring: Keyring) -> dict[str, Any]:
    """The file's name, type, size in bytes and sha256, of its plaintext, and `scan`. Raises NoGrant, CannotOpen."""
    return cast(dict[str, Any], stored.open(keyring, "details"))


def open_stream(stored: StoredFile, keyring: Keyring) -> Iterator[bytes]:
    """The file's plaintext in pieces. Raises NoGrant, CannotOpen, FileDamaged before the first piece.

    A change found later raises FileDamaged out of the iterator: what came before is authentic, but not the
    whole file. The last piece comes only after the whole is proven.
    """
    return _stream(stored, keyring, sha256=str(file_details(stored, keyring)["sha256"]))


def open_range(stored: StoredFile, keyring: Keyring, *, start: int, end: int) -> Iterator[bytes]:
    """The plaintext from byte `start` up to and without `end`, without reading what lies before, in flat memory.

    Raises as `open_stream` does, and ValueError for a range that does not lie within the file. Each piece is
    authentic and in its place; whether the rest of the file is, a range cannot tell.
    """
    details = file_details(stored, keyring)
    size = int(details["size"])
    if not 0 <= start <= end <= size:
        raise ValueError(f"Bytes {start} to {end} do not lie within a file of {size} bytes.")
    return _range(stored, keyring, size=size, start=start, end=end)


def download_response(stored: StoredFile, keyring: Keyring, *, asked: str = "") -> StreamingHttpResponse:
    """The file as a download that no browser runs or shows in place. Raises as `open_stream` does.

    Content-Length is the plaintext's size, so that a stream that breaks off is seen to be incomplete. `asked` is
    the request's header Range; of a single range of bytes (RFC 9110, 14.1.2) only that part is sent.
    """
    details = file_details(stored, keyring)
    size = int(details["size"])
    headers = {
        "Content-Disposition": content_disposition_header(True, str(details["name"])) or "attachment",
        "Content-Security-Policy": DOWNLOAD_POLICY,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
        "Accept-Ranges": "bytes",
    }
    try:
        wanted = parse_range(asked, size=size)
    except OutOfRange:
        return StreamingHttpResponse(status=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    if wanted is None:
        content = _stream(stored, keyring, sha256=str(details["sha256"]))
        wanted, status = range(size), 200
    else:
        content = _range(stored, keyring, size=size, start=wanted.start, end=wanted.stop)
        headers["Content-Range"], status = f"bytes {wanted.start}-{wanted.stop - 1}/{size}", 206
    return StreamingHttpResponse(
        content,
        status=status,
        content_type="application/octet-stream",
        headers={**headers, "Content-Length": str(len(wanted))},
    )


def parse_range(asked: str, *, size: int) -> range | None:
    """The bytes that a header Range asks of a file of `size` bytes; None for the whole file.

    What is no single range of bytes counts as not asked. Raises OutOfRange when it lies behind the file's end.
    """
    found = _RANGE.fullmatch(asked.strip())
    if found is None:
        return None
    first, last = found.groups()
    if not first:
        if not last:
            return None
        start, end = max(size - int(last), 0), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    if start >= end:
        raise OutOfRange
    return range(start, end)


def _stream(stored: StoredFile, keyring: Keyring, *, sha256: str) -> Iterator[bytes]:
    key = cast(bytes, stored.open(keyring, "file_key"))
    decryptor = Cobblestone256Decryptor(key, context=content_place(stored.pk).bound)
    return _decrypt(_opened(stored), decryptor, name=str(stored.pk), sha256=sha256)


def _range(stored: StoredFile, keyring: Keyring, *, size: int, start: int, end: int) -> Iterator[bytes]:
    key = cast(bytes, stored.open(keyring, "file_key"))
    if ciphertext_length(size) != stored.ciphertext_size:
        raise FileDamaged(f"The file {stored.pk} is not as long as its description says.")
    return _decrypt_range(_opened(stored), key, stored, start=start, end=end)


def _decrypt_range(file: BufferedReader, key: bytes, stored: StoredFile, *, start: int, end: int) -> Iterator[bytes]:
    with file:
        try:
            yield from read_range(file, key=key, context=content_place(stored.pk).bound, start=start, end=end)
        except InvalidTag as error:
            raise FileDamaged(f"The file {stored.pk} was changed.") from error


def _opened(stored: StoredFile) -> BufferedReader:
    """The ciphertext, open, and as long as it was kept."""
    try:
        file = storage.open_kept(stored.pk)
    except FileNotFoundError as error:
        raise FileDamaged(f"The file {stored.pk} is missing.") from error
    size = file.seek(0, 2)
    file.seek(0)
    if size != stored.ciphertext_size:
        file.close()
        raise FileDamaged(f"The file {stored.pk} has {size} bytes; {stored.ciphertext_size} were kept.")
    return file


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
