"""What the sealing upload handler is measured against: the same server, keeping files as they are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from integrity.vault.uploads import CHUNK


class PlainUploadHandler(FileUploadHandler):
    """Writes a file in clear, in pieces of the same size, flushed to disk like a sealed one. For figures only."""

    chunk_size = CHUNK

    def new_file(self, *arguments: Any, **named: Any) -> None:
        """Begin a file."""
        super().new_file(*arguments, **named)
        folder = Path(settings.VAULT_FILES) / "pending"
        folder.mkdir(parents=True, exist_ok=True)
        self._file = (folder / str(uuid4())).open("xb", buffering=0)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write the next piece."""
        self._file.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile:
        """Flush it to disk."""
        os.fsync(self._file.fileno())
        self._file.close()
        return UploadedFile(file=None, name=self.file_name, size=file_size)
