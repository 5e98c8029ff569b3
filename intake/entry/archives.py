"""Files that come beside a list of reports: in a ZIP file, which nobody unpacks, or on the command line in a folder.

Nothing here writes anything, and no name leads anywhere: names are compared with those of the list, and that is all.
ZIP: PKWARE's APPNOTE.TXT, stored or deflated, with ZIP64.
"""

from __future__ import annotations

import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from io import BufferedReader, FileIO
from pathlib import Path
from typing import IO, Any, Final

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from integrity.vault import limits
from integrity.vault.pending import open_upload
from integrity.vault.uploads import CHUNK, SealedUpload

MOST_FILES: Final = 20_000
# A table of contents is read whole, and grows twentyfold in memory.
MOST_CONTENTS: Final = 4 * 1024 * 1024
LONGEST_PATH: Final = 1_000
_UTF_8, _PATCHED, _ENCRYPTED = 0x800, 0x20, 0x1 | 0x40 | 0x2000
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_UNICODE_PATH: Final = 0x7075
_UNREADABLE: Final = (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError, struct.error, zlib.error)


class NotAnArchive(Exception):
    """A ZIP file or folder as a whole cannot be used; `sentence` says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Damaged(Exception):
    """A file cannot be read to its end, or is not what the table of contents says."""


class Unfit(Enum):
    """Why a file that is there cannot be taken."""

    UNSAFE = "unsafe"
    LINK = "link"
    ENCRYPTED = "encrypted"
    METHOD = "method"
    EMPTY = "empty"
    TOO_LARGE = "too large"
    DAMAGED = "damaged"

    @property
    def sentence(self) -> str:
        """The reason as a sentence."""
        match self:
            case Unfit.UNSAFE:
                return _("Its name is none that a file here can have.")
            case Unfit.LINK:
                return _("It is a link or a device, and no file.")
            case Unfit.ENCRYPTED:
                return _("It is encrypted. Make the ZIP file without a password.")
            case Unfit.METHOD:
                return _("It is packed in a way that is not read here. Make the ZIP file with the method “Deflate”.")
            case Unfit.EMPTY:
                return _("It is empty.")
            case Unfit.TOO_LARGE:
                return _("It is larger than %(limit)s.") % {"limit": filesizeformat(limits.bytes_per_file())}
            case Unfit.DAMAGED:
                return _("It is damaged or cut short.")


@dataclass(frozen=True, eq=False)
class Member:
    """A file of a ZIP file or folder: its path there, its size in bytes as it is told, and why it is unfit."""

    path: str = field(repr=False)
    size: int
    unfit: Unfit | None
    opened: Callable[[], AbstractContextManager[IO[bytes]]] = field(repr=False)

    @cached_property
    def is_damaged(self) -> bool:
        """Whether it cannot be read to its end; it is read for that once."""
        try:
            for _piece in self.read():
                pass
        except Damaged:
            return True
        return False

    def read(self) -> Iterator[bytes]:
        """The content in pieces. Raises Damaged, for a size that was not told as well."""
        left = self.size
        try:
            with self.opened() as file:
                while left >= 0 and (piece := file.read(CHUNK)):
                    left -= len(piece)
                    if left >= 0:
                        yield piece
        except _UNREADABLE:
            # What zipfile raises has the names in it.
            raise Damaged from None
        if left:
            raise Damaged


@contextmanager
def opened(sources: Iterable[SealedUpload | Path], *, beside: Path | None = None) -> Iterator[list[Member]]:
    """The files of ZIP files that were uploaded, and of ZIP files and folders on disk, open as long as it lasts.

    `beside` is the list, which may lie in the folder itself. Raises NotAnArchive, and FileGone.
    """
    with ExitStack() as stack:
        members: list[Member] = []
        for source in sources:
            if isinstance(source, Path) and source.is_dir():
                members += _folder(source, beside=beside)
                continue
            name = source.name or ""
            file = open_upload(source) if isinstance(source, SealedUpload) else _on_disk(source)
            members += _zip(stack.enter_context(file), name=name, stack=stack)
        if len(members) > MOST_FILES:
            raise NotAnArchive(_("There are more than %(most)d files. Split the list.") % {"most": MOST_FILES})
        yield members


def _on_disk(path: Path) -> BufferedReader:
    try:
        return BufferedReader(FileIO(path), CHUNK)
    except OSError as error:
        raise NotAnArchive(
            _("“%(name)s” cannot be read: %(reason)s.") % {"name": path.name, "reason": error.strerror}
        ) from error


class _Sparing:
    """A file of which zipfile reads no table of contents that would fill the memory."""

    def __init__(self, file: BufferedReader) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, length: int = -1, /) -> bytes:
        if length > MOST_CONTENTS:
            raise zipfile.BadZipFile
        return self._file.read(length)


def _zip(file: BufferedReader, *, name: str, stack: ExitStack) -> list[Member]:
    try:
        archive = stack.enter_context(zipfile.ZipFile(_Sparing(file)))
    except _UNREADABLE:
        raise NotAnArchive(
            _("“%(name)s” cannot be read: it is no ZIP file, or is damaged or cut short.") % {"name": name}
        ) from None
    return [_member(archive, info) for info in archive.infolist() if not _is_folder(info)]


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Member:
    path = _path_of(info)
    return Member(path, info.file_size, _unfit(info, path), lambda: archive.open(info))


def _unfit(info: zipfile.ZipInfo, path: str) -> Unfit | None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if _is_unsafe(path):
        return Unfit.UNSAFE
    if kind not in (0, stat.S_IFREG):
        return Unfit.LINK
    if info.flag_bits & _ENCRYPTED:
        return Unfit.ENCRYPTED
    # Of the other methods Python's readers have no bound on what a few bytes become.
    if info.flag_bits & _PATCHED or info.compress_type not in _METHODS:
        return Unfit.METHOD
    return _unfit_size(info.file_size)


def _unfit_size(size: int) -> Unfit | None:
    if not size:
        return Unfit.EMPTY
    return Unfit.TOO_LARGE if size > limits.bytes_per_file() else None


def _is_folder(info: zipfile.ZipInfo) -> bool:
    return info.orig_filename.endswith(("/", "\\"))


def _is_unsafe(path: str) -> bool:
    parts = path.replace("\\", "/").split("/")
    return (
        len(path) > LONGEST_PATH
        or "\0" in path
        or ".." in parts
        or not parts[0]
        or not parts[-1]
        or parts[0].endswith(":")
    )


def _path_of(info: zipfile.ZipInfo) -> str:
    """The name of a member: as its Unicode field has it, in UTF-8 when it is that, else in code page 437."""
    if info.flag_bits & _UTF_8:
        return info.orig_filename
    raw = info.orig_filename.encode("cp437")
    try:
        return _unicode_path(info.extra, raw) or raw.decode()
    except (UnicodeDecodeError, struct.error):
        return info.orig_filename


def _unicode_path(extra: bytes, raw: bytes) -> str:
    """The name in the extra field 0x7075 (APPNOTE 4.6.9), or "" when there is none for this name."""
    while len(extra) >= 4:
        kind, length = struct.unpack("<HH", extra[:4])
        value, extra = extra[4 : 4 + length], extra[4 + length :]
        if kind == _UNICODE_PATH and len(value) > 5:
            version, checksum = struct.unpack("<BL", value[:5])
            if version == 1 and checksum == zlib.crc32(raw):
                return value[5:].decode()
    return ""


def _folder(folder: Path, *, beside: Path | None) -> list[Member]:
    """The files below a folder. Links are not followed, neither to files nor to folders."""
    members: list[Member] = []
    its_list = beside.stat() if beside is not None and beside.exists() else None
    for parent, folders, names in os.walk(folder, onerror=_refuse):
        folders.sort()
        for name in sorted(names):
            path = Path(parent) / name
            found = path.lstat()
            if its_list is not None and os.path.samestat(found, its_list):
                continue
            inside = path.relative_to(folder).as_posix().encode("utf-8", "replace").decode()
            plain = stat.S_ISREG(found.st_mode)
            unfit = _unfit_size(found.st_size) if plain else Unfit.LINK
            if _is_unsafe(inside):
                unfit = Unfit.UNSAFE
            members.append(Member(inside, found.st_size, unfit, lambda path=path: _plain(path)))  # type: ignore[misc]
            if len(members) > MOST_FILES:
                return members
    return members


def _refuse(error: OSError) -> Any:
    raise NotAnArchive(_("A folder among the files cannot be read: %(reason)s.") % {"reason": error.strerror})


def _plain(path: Path) -> FileIO:
    """A file, opened only if it is one still and no link."""
    file = FileIO(path, opener=lambda name, flags: os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK))
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError
    return file
