"""What a file is called and what it is, told from what cannot harm: a cleaned name, the first bytes."""

from __future__ import annotations

import unicodedata
from typing import Final

from django.utils.translation import gettext as _

GREATEST_NAME: Final = 120
GREATEST_EXTENSION: Final = 12
HEAD_LENGTH: Final = 4096
UNKNOWN: Final = "application/octet-stream"

_AT_START: Final = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf2", "audio/mpeg"),
)
_IN_RIFF: Final = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
_OOXML: Final = "application/vnd.openxmlformats-officedocument."
_IN_OOXML: Final = (
    (b"word/", _OOXML + "wordprocessingml.document"),
    (b"xl/", _OOXML + "spreadsheetml.sheet"),
    (b"ppt/", _OOXML + "presentationml.presentation"),
)
_OOXML_FIRST: Final = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"word/", b"xl/", b"ppt/")
_ZIP_NAME_AT: Final = 30


def clean_name(raw: str) -> str:
    """The last part of a file's name, without control, format and other invisible characters.

    At most 120 characters, the extension kept; a word for "file" when nothing is left.
    """
    # The bidirectional overrides, with which "exe.pdf" can be shown for "fdp.exe", are of category Cf.
    last = unicodedata.normalize("NFC", raw).replace("\\", "/").rsplit("/", 1)[-1]
    visible = "".join(
        " " if character.isspace() else character
        for character in last
        if character.isspace() or not unicodedata.category(character).startswith("C")
    )
    name = " ".join(visible.split()).strip(". ")
    if len(name) > GREATEST_NAME:
        stem, dot, extension = name.rpartition(".")
        ending = f".{extension}" if dot and stem and len(extension) <= GREATEST_EXTENSION else ""
        name = name[: GREATEST_NAME - len(ending)].rstrip(". ") + ending
    return name or _("file")


def content_type(head: bytes) -> str:
    """The media type that the first bytes (4,096 are enough) show, or application/octet-stream."""
    for magic, media_type in _AT_START:
        if head.startswith(magic):
            return media_type
    if head.startswith(b"RIFF"):
        return _IN_RIFF.get(head[8:12], UNKNOWN)
    if head[4:8] == b"ftyp":
        return "audio/mp4" if head[8:11] == b"M4A" else "video/mp4"
    if head.startswith(b"PK\x03\x04"):
        return _in_zip(head)
    return UNKNOWN


def _in_zip(head: bytes) -> str:
    if head[_ZIP_NAME_AT:].startswith(_OOXML_FIRST):
        for part, media_type in _IN_OOXML:
            if part in head:
                return media_type
    return "application/zip"
