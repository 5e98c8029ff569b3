"""Any part of an encrypted file, without reading what lies before it: C2SP chunked-encryption, Cobblestone-256.

`cryptography` gives this format as a stream only. Each chunk is sealed by itself under its number, so that one can
be opened alone: here from the format's own parts, HKDF-Expand-SHA512 and AES-256-GCM, and for reading only. What
the stream refuses (changed, moved, swapped chunks) is refused here by the same tags; that the file was not cut
short is told by its length, which is sealed with its description.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from io import BufferedReader
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

CHUNK_LENGTH: Final = 16_384
TAG_LENGTH: Final = 16
SALT_LENGTH: Final = 24
COMMITMENT_LENGTH: Final = 32
HEADER_LENGTH: Final = SALT_LENGTH + COMMITMENT_LENGTH
_NONCE_LENGTH: Final = 12
_KEY_LENGTH: Final = 32
_INFO: Final = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\x00"


def ciphertext_length(plain_length: int) -> int:
    """How many bytes a file of that many bytes has once it is encrypted; the last chunk is never full."""
    return HEADER_LENGTH + plain_length + TAG_LENGTH * (plain_length // CHUNK_LENGTH + 1)


class ChunkReader:
    """Opens the chunks of one encrypted file, each by its number.

    Raises InvalidTag for a wrong key or context and for a chunk that was changed or is not there.
    """

    def __init__(self, file: BufferedReader, *, key: bytes, context: bytes) -> None:
        self._file = file
        file.seek(0)
        header = file.read(HEADER_LENGTH)
        salt, commitment = header[:SALT_LENGTH], header[SALT_LENGTH:]
        derived = HKDFExpand(
            hashes.SHA512(), length=_KEY_LENGTH + _NONCE_LENGTH + COMMITMENT_LENGTH, info=_INFO + salt + context
        ).derive(key)
        if not hmac.compare_digest(derived[_KEY_LENGTH + _NONCE_LENGTH :], commitment):
            raise InvalidTag
        self._cipher = AESGCM(derived[:_KEY_LENGTH])
        self._base = int.from_bytes(derived[_KEY_LENGTH : _KEY_LENGTH + _NONCE_LENGTH], "big")

    def chunk(self, number: int) -> bytes:
        """The plaintext of a chunk, from 0: `CHUNK_LENGTH` bytes, in the last one fewer."""
        self._file.seek(HEADER_LENGTH + number * (CHUNK_LENGTH + TAG_LENGTH))
        sealed = self._file.read(CHUNK_LENGTH + TAG_LENGTH)
        if len(sealed) < TAG_LENGTH:
            raise InvalidTag
        return self._cipher.decrypt((self._base ^ number).to_bytes(_NONCE_LENGTH, "big"), sealed, None)


def read_range(file: BufferedReader, *, key: bytes, context: bytes, start: int, end: int) -> Iterator[bytes]:
    """The plaintext from byte `start` up to and without byte `end`, in pieces of at most one chunk.

    Raises InvalidTag as `ChunkReader` does.
    """
    reader = ChunkReader(file, key=key, context=context)
    for number in range(start // CHUNK_LENGTH, -(-end // CHUNK_LENGTH)):
        begin = number * CHUNK_LENGTH
        yield reader.chunk(number)[max(start - begin, 0) : end - begin]
