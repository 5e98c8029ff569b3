"""The high-water mark: the last signed checkpoint, kept in a file outside the database.

A database that was rolled back or rewritten cannot take this file along, so the signer notices.
"""

import os
import tempfile
from pathlib import Path

from django.utils.translation import gettext as _

from audit.checkpoint import Checkpoint
from audit.log.errors import CannotSign
from audit.note import BadSignature, MalformedNote, NoTrustedSignature, VerifierKey


def read_mark(path: Path, *, key: VerifierKey) -> Checkpoint | None:
    """The checkpoint in the file, or None when there is no file.

    Raises CannotSign when the file does not hold a checkpoint that `key` signed.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        return Checkpoint.open(data, key=key)
    except (MalformedNote, BadSignature, NoTrustedSignature) as error:
        raise CannotSign(
            _("The high-water mark %(path)s is damaged or of another log: %(reason)s. Nothing was signed.")
            % {"path": path, "reason": error}
        ) from error


def write_mark(path: Path, note: bytes) -> None:
    """Replace the mark by a newer signed checkpoint; it is on the disk when this returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(note)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
