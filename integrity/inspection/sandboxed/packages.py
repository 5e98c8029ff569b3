"""A document that is a zip: its parts read within bounds, and written as a new zip that says nothing of its making."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterable
from io import BytesIO
from typing import Final

from integrity.inspection.codes import Refused, Removed, Trouble
from integrity.inspection.sandboxed import pictures

MOST_PARTS: Final = 5_000
MOST_UNPACKED: Final = 256 * 1024 * 1024
# All pictures of one document together.
PICTURES_PIXELS: Final = 300_000_000
_EARLIEST: Final = (1980, 1, 1, 0, 0, 0)
_ENCRYPTED: Final = 0x1
PICTURE_ENDINGS: Final = frozenset({"jpg", "jpeg", "jpe", "jfif", "png", "gif", "tif", "tiff", "bmp", "webp"})


def parts_of(content: bytes) -> dict[str, bytes]:
    """The parts by their names. Raises Refused for a bomb, for two parts of one name, for what is locked."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as package:
            entries = [entry for entry in package.infolist() if not entry.is_dir()]
            if len(entries) > MOST_PARTS:
                raise Refused(Trouble.LARGE)
            parts: dict[str, bytes] = {}
            left = MOST_UNPACKED
            for entry in entries:
                if entry.flag_bits & _ENCRYPTED:
                    raise Refused(Trouble.LOCKED)
                if entry.filename in parts:
                    raise Refused(Trouble.UNREADABLE)
                # What an entry says of its size is a stranger's word.
                with package.open(entry) as opened:
                    parts[entry.filename] = opened.read(left + 1)
                left -= len(parts[entry.filename])
                if left < 0:
                    raise Refused(Trouble.LARGE)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, UnicodeDecodeError) as error:
        raise Refused(Trouble.UNREADABLE) from error
    return parts


def packed(parts: Iterable[tuple[str, bytes]], *, stored: str = "") -> bytes:
    """Parts as a zip, in this order, all of the same day; the one named `stored` is not compressed."""
    written = BytesIO()
    with zipfile.ZipFile(written, "w") as package:
        for name, content in parts:
            entry = zipfile.ZipInfo(name, date_time=_EARLIEST)
            entry.create_system = 0
            entry.external_attr = 0
            entry.compress_type = zipfile.ZIP_STORED if name == stored else zipfile.ZIP_DEFLATED
            package.writestr(entry, content)
    return written.getvalue()


class Pictures:
    """The pictures of one document, cleaned within one allowance of pixels."""

    def __init__(self, removed: set[Removed]) -> None:
        self._left, self._removed = PICTURES_PIXELS, removed

    def cleaned(self, content: bytes) -> bytes | None:
        """The picture from its pixels alone, or None when it is none that can be cleaned: then it goes."""
        try:
            made, _found = pictures.clean(content, largest=min(self._left, pictures.MOST_PIXELS))
            self._left -= pictures.area(content)
        except Refused as refused:
            if refused.trouble == Trouble.PIXELS:
                raise
        except (OSError, ValueError, SyntaxError):
            pass
        else:
            self._removed.add(Removed.PICTURES)
            return made
        self._removed.add(Removed.DRAWINGS)
        return None


def ending_of(name: str) -> str:
    """The ending of a part's name, in small letters."""
    return name.rsplit("/", 1)[-1].rpartition(".")[2].lower()
