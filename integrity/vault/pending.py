"""Reading a file that arrived and waits, for what is read once and not kept, such as a list to import."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from cryptography.cobblestone import Cobblestone256Decryptor
from cryptography.exceptions import InvalidTag

from integrity.vault import storage
from integrity.vault.chunks import CHUNK_LENGTH, ChunkReader, ciphertext_length
from integrity.vault.storage import FileGone
from integrity.vault.uploads import CHUNK, SealedUpload, buffer_length, content_place

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

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


def open_upload(upload: SealedUpload) -> io.BufferedReader:
    """The plaintext of a waiting file of any size, to be read from any place, in memory only.

    Raises FileGone, also later, out of a read that comes upon a change.
    """
    return io.BufferedReader(_Waiting(upload), CHUNK)


class _Waiting(io.RawIOBase):
    """A waiting file as a stream that can be sought in; each read opens the chunks that it touches."""

    def __init__(self, upload: SealedUpload) -> None:
        super().__init__()
        self._size, self._at = upload.details.size, 0
        try:
            self._file = (storage.pending_folder() / str(upload.identifier)).open("rb")
        except FileNotFoundError as error:
            raise FileGone from error
        try:
            if self._file.seek(0, io.SEEK_END) != ciphertext_length(self._size):
                raise FileGone
            self._reader = ChunkReader(self._file, key=upload.key, context=content_place(upload.identifier).bound)
        except (InvalidTag, FileGone) as error:
            self._file.close()
            raise FileGone from error

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """The place of the next byte."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place. Raises OSError for one before the first byte, as a file does."""
        place = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if place < 0:
            raise OSError("There is nothing before the first byte.")
        self._at = place
        return place

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill as much of the buffer as one look at the chunks gives; 0 at the end."""
        into = memoryview(buffer).cast("B")
        wanted = min(len(into), max(self._size - self._at, 0))
        done = 0
        while done < wanted:
            number, skipped = divmod(self._at, CHUNK_LENGTH)
            try:
                piece = memoryview(self._reader.chunk(number))[skipped : skipped + wanted - done]
            except InvalidTag as error:
                raise FileGone from error
            into[done : done + len(piece)] = piece
            done += len(piece)
            self._at += len(piece)
        return done

    def close(self) -> None:
        """Close the file below."""
        if not self.closed:
            self._file.close()
        super().close()
