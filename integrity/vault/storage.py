"""Where ciphertext lies, and in which order it becomes durable.

    VAULT_FILES/pending/<id>           a file that arrived, until its form is accepted
    VAULT_FILES/pending/<id>.details   its description, wrapped under a key made from the file's key
    VAULT_FILES/kept/<id>              a file that a StoredFile row speaks of

What a crash leaves, by when it comes:

1. while a file arrives: a part in pending/, swept by age;
2. after it arrived: a whole file in pending/, which the form's token still finds, else swept by age;
3. after the move to kept/, before the commit: a file in kept/ without a row, which the token still finds
   (its details are in pending/ until the commit), else swept by age;
4. after the commit: file and row, both durable, because the ciphertext was flushed to disk when it arrived
   and its folder before the commit; the details left in pending/ are swept by age.

So a row never speaks of a file that is not whole on disk, and no half file has a row.
"""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from io import BufferedReader, FileIO, IOBase
from pathlib import Path
from typing import Final
from uuid import UUID

from django.conf import settings

from integrity.vault import limits

DETAILS: Final = ".details"
NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


class FileGone(Exception):
    """A file that was sent earlier is no longer waiting: swept, taken back, or kept already."""


def pending_folder() -> Path:
    """Where files wait for their form."""
    return _folder("pending")


def kept_folder() -> Path:
    """Where files lie that a row speaks of."""
    return _folder("kept")


def room() -> int | None:
    """How many bytes files may still take, which leaves the reserve alone; None where a store does not tell."""
    disk = shutil.disk_usage(pending_folder())
    return max(0, disk.free - limits.reserve(disk.total)) if disk.total else None


def demand_room() -> None:
    """Raises OSError, as a full disk does, when nothing but the reserve is free."""
    if room() == 0:
        raise OSError(errno.ENOSPC, "What is free is kept for text.")


def create_pending(identifier: UUID) -> FileIO:
    """Open a new pending file for writing, readable by this system's user only."""
    return _create(pending_folder() / str(identifier))


def write(file: FileIO, content: bytes | memoryview) -> None:
    """Write all of `content`; an unbuffered file may take it in several pieces."""
    rest = memoryview(content)
    while rest:
        rest = rest[file.write(rest) :]


def write_details(identifier: UUID, wrapped: bytes) -> None:
    """Write a pending file's wrapped description beside it, flushed to disk."""
    with _create(_details_path(identifier)) as file:
        write(file, wrapped)
        flush(file)


def abandon_pending(file: FileIO) -> None:
    """Close and remove a pending file that will not be completed."""
    file.close()
    Path(file.name).unlink(missing_ok=True)
    Path(f"{file.name}{DETAILS}").unlink(missing_ok=True)


def read_details(identifier: UUID) -> bytes:
    """A pending file's wrapped description; its age starts anew, unless it is held longer. Raises FileGone."""
    try:
        wrapped = _details_path(identifier).read_bytes()
        for path in (_details_path(identifier), _path_of(identifier)):
            if path.stat().st_mtime < time.time():
                os.utime(path)
    except FileNotFoundError as error:
        raise FileGone from error
    return wrapped


def hold_pending(identifier: UUID, *, days: int) -> None:
    """Let a pending file's age begin only after so many days, at the end of a day, which tells no minute either."""
    end = (time.time() // 86_400 + 1 + days) * 86_400
    for path in (_details_path(identifier), pending_folder() / str(identifier)):
        with suppress(FileNotFoundError):
            os.utime(path, (end, end))


def keep_pending(identifier: UUID, *, size: int) -> None:
    """Move a pending file of `size` bytes to the kept ones, durably. Raises FileGone.

    A file that an earlier, rolled back transaction moved already is taken as it is.
    """
    path = _path_of(identifier)
    try:
        with path.open("rb") as file:
            whole = os.fstat(file.fileno()).st_size == size
            # The file system would tell the minute at which a reporting person came; a day is enough. The end of
            # the day, so that the sweep never takes a file whose transaction is still running.
            day = (time.time() // 86_400 + 1) * 86_400
            os.utime(file.fileno(), (day, day))
            flush(file)
        if not whole:
            raise FileGone
        target = kept_folder() / str(identifier)
        path.replace(target)
    except FileNotFoundError as error:
        raise FileGone from error
    flush_folder(target.parent)


def forget_details(identifier: UUID) -> None:
    """Remove the description of a pending file, once its row is committed."""
    _details_path(identifier).unlink(missing_ok=True)


def remove_pending(identifier: UUID) -> None:
    """Remove a pending file and its description."""
    (pending_folder() / str(identifier)).unlink(missing_ok=True)
    forget_details(identifier)


def open_kept(identifier: UUID) -> BufferedReader:
    """Open a kept file for reading. Raises FileNotFoundError."""
    return (kept_folder() / str(identifier)).open("rb")


def size_of_kept(identifier: UUID) -> int | None:
    """How many bytes a kept file has on disk; None when it is not there."""
    try:
        return (kept_folder() / str(identifier)).stat().st_size
    except FileNotFoundError:
        return None


def remove_kept(identifier: UUID) -> bool:
    """Remove a kept file whose key was destroyed; False when it was gone."""
    try:
        (kept_folder() / str(identifier)).unlink()
    except FileNotFoundError:
        return False
    return True


def older(folder: Path, *, than: timedelta) -> Iterator[Path]:
    """The files of a folder that nobody touched for that long, by the machine's own clock.

    Not by `audit.clock`, which may stand in the past: ages of files are facts of the file system.
    """
    limit = time.time() - than.total_seconds()
    for path in folder.iterdir():
        # Another process may sweep or keep it at the same moment.
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < limit:
                yield path


def flush(file: IOBase) -> None:
    """Make an open file's content durable."""
    os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _path_of(identifier: UUID) -> Path:
    pending = pending_folder() / str(identifier)
    return pending if pending.exists() else kept_folder() / str(identifier)


def _details_path(identifier: UUID) -> Path:
    return pending_folder() / f"{identifier}{DETAILS}"


def _create(path: Path) -> FileIO:
    # Unbuffered, so that closing after a full disk has nothing left to write.
    return open(path, "xb", buffering=0, opener=lambda name, flags: os.open(name, flags, 0o600))


def _folder(name: str) -> Path:
    folder = Path(settings.VAULT_FILES) / name
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        flush_folder(folder.parent)
    return folder
