"""Reading a file that arrived and waits, for what is read once and not kept, such as a list to import."""

from __future__ import annotations

from typing import Final

from cryptography.cobblestone import Cobblestone256Decryptor
from cryptography.exceptions import InvalidTag

from integrity.vault import storage
from integrity.vault.storage import FileGone
from integrity.vault.uploads import CHUNK, SealedUpload, buffer_length, content_place

MOST: Final = 8 * 1024 * 1024


def read_upload(upload: SealedUpload, *, most: int = MOST) -> bytes:
    """The plaintext of a waiting file, in memory only. Raises FileGone, ValueError for more than `most` bytes."""
    if upload.size is None or upload.size > most:
        raise ValueError(f"A file to be read in one piece has at most {most} bytes.")
    decryptor = Cobblestone256Decryptor(upload.key, context=content_place(upload.identifier).bound)
    buffer = bytearray(buffer_length(CHUNK))
    plain = bytearray()
    try:
        with (storage.pending_folder() / str(upload.identifier)).open("rb") as file:
            while sealed := file.read(CHUNK):
                plain += memoryview(buffer)[: decryptor.update_into(sealed, buffer)]
        plain += decryptor.finalize()
    except (FileNotFoundError, InvalidTag) as error:
        raise FileGone from error
    return bytes(plain)
