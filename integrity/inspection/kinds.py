"""Which files can be cleaned and previewed, by the type that their content shows. Without Django."""

from __future__ import annotations

from enum import Enum
from typing import Final

from integrity.vault.content import (
    HTML,
    ODF_DRAWING,
    ODF_SHEET,
    ODF_SLIDES,
    ODF_TEXT,
    SHEET,
    SLIDES,
    SVG,
    TEXT,
    WORD,
    XML,
)


class Kind(Enum):
    """What reads a file in the sandbox."""

    PICTURE = "picture"
    PAGES = "pages"
    OOXML = "ooxml"
    ODF = "odf"


_KINDS: Final = {
    **dict.fromkeys(("image/jpeg", "image/png", "image/webp", "image/gif", "image/tiff", "image/bmp"), Kind.PICTURE),
    "application/pdf": Kind.PAGES,
    **dict.fromkeys((WORD, SHEET, SLIDES), Kind.OOXML),
    **dict.fromkeys((ODF_TEXT, ODF_SHEET, ODF_SLIDES, ODF_DRAWING), Kind.ODF),
}
DRAWN: Final = frozenset({Kind.PICTURE, Kind.PAGES})
READ_AS_TEXT: Final = frozenset({TEXT, HTML, SVG, XML, "message/rfc822", "application/x-shellscript"})


def kind_of(media_type: str) -> Kind | None:
    """What reads files of this type, or None for what nothing here reads."""
    return _KINDS.get(media_type)


def can_be_cleaned(media_type: str) -> bool:
    """Whether a cleaned copy can be made of files of this type."""
    return media_type in _KINDS


def can_be_shown(media_type: str) -> bool:
    """Whether files of this type have a preview."""
    return media_type in READ_AS_TEXT or kind_of(media_type) in DRAWN
