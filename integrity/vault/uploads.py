"""Files as they arrive: encrypted chunk by chunk, never in clear on disk, whatever form they are for.

The handler notes what it refuses on the upload and reads on, so that the form can say so beside its field
and the other files and what was typed are not lost. Only gross abuse cuts the request off.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
import os
import secrets
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from enum import Enum
from io import FileIO
from itertools import islice
from typing import Any, Final
from uuid import UUID, uuid4

from cryptography.cobblestone import Cobblestone256Encryptor
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest

from integrity.vault import bounds, limits, storage
from integrity.vault.content import HEAD_LENGTH, content_type
from integrity.vault.models import StoredFile
from integrity.vault.naming import clean_name
from integrity.vault.scanning import Patience, Scanning
from integrity.vault.seal import CannotOpen, Place
from integrity.vault.storage import FileGone
from integrity.vault.wrap import unwrap, wrap

CHUNK: Final = 256 * 1024
KEY_LENGTH: Final = 32
SWEEP_BATCH: Final = 500
DETAILS_LENGTH: Final = 2048
# What the form around the files may weigh: its other fields, and the headers of its parts.
_AROUND: Final = 16 * 1024 * 1024
# The disk is looked at when a file begins, and then each time that so much was written.
_LOOK: Final = 4 * 1024 * 1024


class UploadRefusal(Enum):
    """Why a file was not taken."""

    TOO_LARGE = "too large"
    TOO_MANY = "too many"
    EMPTY = "empty"
    NO_ROOM = "no room"
    ENOUGH_TODAY = "enough for today"


@dataclass(frozen=True)
class UploadDetails:
    """A file that arrived: sizes in bytes, digests in hexadecimal, `type` as its content shows it.

    `scan` is what the scanner for malware said (`scanning.Scan`); empty for a file that arrived without one.
    """

    name: str
    type: str
    size: int
    sha256: str
    ciphertext_size: int
    ciphertext_sha256: str
    scan: dict[str, str] = field(default_factory=dict)


class RefusedUpload(UploadedFile):
    """A file that was not taken; `refusal` says why. Nothing of it is on disk."""

    def __init__(self, *, name: str, size: int, refusal: UploadRefusal) -> None:
        super().__init__(file=None, name=name, content_type=None, size=size)
        self.refusal = refusal

    def close(self) -> None:
        """There is nothing to close."""


class SealedUpload(UploadedFile):
    """A file that arrived and waits, encrypted, for its form to be accepted.

    When the request ends and nobody asked for its token or kept it, it is removed.
    """

    def __init__(self, *, identifier: UUID, key: bytes, details: UploadDetails, claimed: bool = False) -> None:
        super().__init__(file=None, name=details.name, content_type=details.type, size=details.size)
        self.identifier = identifier
        self.key = key
        self.details = details
        self.field_name: str | None = None
        self._claimed = claimed

    @property
    def sha256(self) -> str:
        """The digest of the plaintext, in hexadecimal."""
        return self.details.sha256

    @property
    def token(self) -> str:
        """What a form carries to find and open the file again: identifier ‖ key, in base64url."""
        self.claim()
        return base64.urlsafe_b64encode(self.identifier.bytes + self.key).decode("ascii").rstrip("=")

    @classmethod
    def from_token(cls, token: str) -> SealedUpload:
        """The waiting file that a token speaks of. Raises FileGone, also for what is no token."""
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise FileGone from error
        if len(raw) != 16 + KEY_LENGTH:
            raise FileGone
        identifier, key = UUID(bytes=raw[:16]), raw[16:]
        try:
            plain = unwrap(storage.read_details(identifier), secret=_details_key(key), place=_details_place(identifier))
        except CannotOpen as error:
            raise FileGone from error
        return cls(identifier=identifier, key=key, details=UploadDetails(**json.loads(plain)), claimed=True)

    def claim(self) -> None:
        """Keep the file when the request ends: a form or a row speaks of it."""
        self._claimed = True

    def discard(self) -> None:
        """Remove the file: the person took it back."""
        storage.remove_pending(self.identifier)

    def close(self) -> None:
        """Called when the request ends."""
        if not self._claimed:
            self.discard()


# The digest of what arrives is taken beside its encryption: both leave the interpreter to others meanwhile.
WORTH_A_THREAD: Final = 64 * 1024
_digesting: Final = ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="digest")


class PendingFile:
    """A file while it arrives: encrypts what is written, counts and digests it on both sides.

    With `scanning` the same bytes go to the scanner for malware; what it says is sealed with the file. One that is
    `sparing` finds the disk full when its reserve is all that is left.
    """

    def __init__(self, name: str, *, scanning: Scanning | None = None, sparing: bool = False) -> None:
        self.name = name
        self._scanning = scanning
        self._looks_at: float = 0 if sparing else math.inf
        self.size = 0
        self._identifier = uuid4()
        self._key = secrets.token_bytes(KEY_LENGTH)
        self._encryptor = Cobblestone256Encryptor(self._key, context=content_place(self._identifier).bound)
        self._buffer = bytearray(buffer_length(CHUNK))
        self._head = b""
        self._plain_digest, self._sealed_digest = hashlib.sha256(), hashlib.sha256()
        self._sealed_size = 0
        self._file = storage.create_pending(self._identifier)
        # A connection that breaks off gives no other sign than that the request is forgotten.
        self._abandon = weakref.finalize(self, _abandon, self._file, scanning)

    def write(self, chunk: bytes) -> None:
        """Encrypt and write the next piece of the file."""
        self.size += len(chunk)
        if self._scanning is not None:
            self._scanning.see(chunk)
        if len(chunk) < WORTH_A_THREAD:
            self._plain_digest.update(chunk)
            self._seal(chunk)
            return
        digested = _digesting.submit(self._plain_digest.update, chunk)
        try:
            self._seal(chunk)
        finally:
            digested.result()

    def _seal(self, chunk: bytes) -> None:
        if len(self._head) < HEAD_LENGTH:
            self._head += chunk[: HEAD_LENGTH - len(self._head)]
        if len(self._buffer) < buffer_length(len(chunk)):
            self._buffer = bytearray(buffer_length(len(chunk)))
        length = self._encryptor.update_into(chunk, self._buffer)
        self._store(memoryview(self._buffer)[:length])

    def finish(self) -> SealedUpload:
        """Complete the file and make it durable."""
        self._store(memoryview(self._encryptor.finalize()))
        storage.flush(self._file)
        self._file.close()
        scan = self._scanning.end() if self._scanning is not None else None
        details = UploadDetails(
            name=self.name,
            type=content_type(self._head),
            size=self.size,
            sha256=self._plain_digest.hexdigest(),
            ciphertext_size=self._sealed_size,
            ciphertext_sha256=self._sealed_digest.hexdigest(),
            scan=scan.as_details() if scan is not None else {},
        )
        storage.write_details(
            self._identifier,
            wrap(
                # Padded, so that nothing of the name or of the scanner's verdict can be read from the length.
                json.dumps(asdict(details)).encode("ascii").ljust(DETAILS_LENGTH),
                secret=_details_key(self._key),
                place=_details_place(self._identifier),
            ),
        )
        self._abandon.detach()
        return SealedUpload(identifier=self._identifier, key=self._key, details=details)

    def close(self) -> None:
        """Give the file up; after `finish` there is nothing to give up."""
        self._abandon()

    def _store(self, sealed: memoryview) -> None:
        if self._sealed_size >= self._looks_at:
            storage.demand_room()
            self._looks_at = self._sealed_size + _LOOK
        storage.write(self._file, sealed)
        self._sealed_digest.update(sealed)
        self._sealed_size += len(sealed)


class SealingUploadHandler(FileUploadHandler):
    """Django's upload handler, for every request and the only one (settings.FILE_UPLOAD_HANDLERS)."""

    chunk_size = CHUNK

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self._files = 0
        self._received = 0
        self._name = ""
        self._refusal: UploadRefusal | None = None
        self._pending: PendingFile | None = None
        self._patience = Patience(limits.scan_seconds())

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, str],  # noqa: N803 - Django's name
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        """Refuse to read a request that says itself that it is far too large."""
        if content_length > limits.bytes_per_request() + _AROUND:
            raise RequestDataTooBig("More bytes than one request may send.")

    def new_file(self, *arguments: Any, **named: Any) -> None:
        """Begin a file, or note why it is not begun."""
        super().new_file(*arguments, **named)
        self._files += 1
        self._name = clean_name(self.file_name or "")
        self._refusal, self._pending = None, None
        if self._files > limits.files_per_request():
            self._refusal = UploadRefusal.TOO_MANY

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Encrypt the next piece, or read past it when the file is refused."""
        self._received += len(raw_data)
        if self._received > limits.bytes_per_request():
            self._give_up()
            raise RequestDataTooBig("More bytes than one request may send.")
        if self._refusal is None and start + len(raw_data) > limits.bytes_per_file():
            self._refuse(UploadRefusal.TOO_LARGE)
        for bound in bounds.of(self.request) if self._refusal is None else ():
            if not bound.admits(len(raw_data)):
                self._refuse(bound.refusal)
                break
        if self._refusal is not None:
            return
        try:
            if self._pending is None:
                self._pending = PendingFile(self._name, scanning=Scanning(self._patience), sparing=True)
            self._pending.write(raw_data)
        except OSError as error:
            self._refuse_without_room(error)

    def file_complete(self, file_size: int) -> UploadedFile:
        """The file that arrived, or the note of why it was not taken."""
        if self._refusal is None and self._pending is None:
            self._refuse(UploadRefusal.EMPTY)
        if self._pending is not None:
            try:
                upload = self._pending.finish()
            except OSError as error:
                self._refuse_without_room(error)
            else:
                self._pending = None
                upload.field_name = self.field_name
                return upload
        assert self._refusal is not None  # noqa: S101 - no file without a refusal
        return RefusedUpload(name=self._name, size=file_size, refusal=self._refusal)

    def upload_interrupted(self) -> None:
        """The request ended inside a file: nothing of it stays."""
        self._give_up()

    def _refuse_without_room(self, error: OSError) -> None:
        if error.errno not in storage.NO_ROOM:
            self._give_up()
            raise error
        self._refuse(UploadRefusal.NO_ROOM)

    def _refuse(self, refusal: UploadRefusal) -> None:
        self._refusal = refusal
        self._give_up()

    def _give_up(self) -> None:
        if self._pending is not None:
            self._pending.close()
            self._pending = None


def _abandon(file: FileIO, scanning: Scanning | None) -> None:
    storage.abandon_pending(file)
    if scanning is not None:
        scanning.leave()


def content_place(identifier: UUID) -> Place:
    """Where a file's ciphertext lives; bound into the stream as its context."""
    return Place(StoredFile._meta.db_table, "content", str(identifier))


def buffer_length(length: int) -> int:
    """How many bytes Cobblestone256 may write for a piece of `length` bytes: chunks, tags, and the header."""
    return length + length // 1024 + 16456


def sweep_uploads(older_than: timedelta) -> int:
    """Remove what nobody came back for: pending files, kept ones without a row. Returns how many files."""
    swept = 0
    for path in storage.older(storage.pending_folder(), than=older_than):
        path.unlink(missing_ok=True)
        swept += path.suffix != storage.DETAILS
    aged = storage.older(storage.kept_folder(), than=older_than)
    while batch := list(islice(aged, SWEEP_BATCH)):
        # A row whose key was destroyed speaks of nothing any more; a crash may have left its file.
        alive = StoredFile.objects.filter(owner_key__destroyed_on__isnull=True)
        rows = alive.filter(pk__in=[path.name for path in batch]).values_list("pk", flat=True)
        spoken_of = {str(identifier) for identifier in rows}
        for path in batch:
            if path.name not in spoken_of:
                path.unlink(missing_ok=True)
                swept += 1
    return swept


def _details_key(key: bytes) -> bytes:
    info = b"integrity pending details v1"
    return HKDF(hashes.SHA256(), length=KEY_LENGTH, salt=None, info=info).derive(key)


def _details_place(identifier: UUID) -> Place:
    return Place(StoredFile._meta.db_table, "pending", str(identifier))
