"""What is said of files to people: what they are, what was removed, why something cannot be done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from integrity.inspection.codes import Removed, Trouble
from integrity.vault.content import (
    HTML,
    ODF_DRAWING,
    ODF_SHEET,
    ODF_SLIDES,
    ODF_TEXT,
    OLD_OFFICE,
    PROGRAMS,
    SHEET,
    SLIDES,
    SVG,
    TEXT,
    UNKNOWN,
    WORD,
    XML,
    ZIP,
)

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

REMOVED: Final[Mapping[Removed, StrPromise]] = {
    Removed.PLACE: _("the place where the picture was taken"),
    Removed.CAMERA: _("camera, moment and settings of the picture"),
    Removed.THUMBNAIL: _("a small picture of it"),
    Removed.DESCRIPTIONS: _("descriptions and comments beside the picture"),
    Removed.PROFILE: _("the device's colour profile"),
    Removed.PROPERTIES: _("properties: author, program, dates and such"),
    Removed.TEXT_LAYER: _("the text behind the pages, also invisible text: the pages are pictures now"),
    Removed.SCRIPTS: _("scripts"),
    Removed.ATTACHMENTS: _("files inside the file"),
    Removed.AUTHORS: _("names and dates of who changed something"),
    Removed.COMMENTS: _("comments and who wrote them"),
    Removed.CHANGES: _("tracked changes: what was inserted stays, what was deleted is gone"),
    Removed.MARKS: _("marks of editing sessions"),
    Removed.MACROS: _("macros"),
    Removed.OBJECTS: _("embedded objects, sounds, films and fonts"),
    Removed.LINKS: _("links to other places"),
    Removed.FORMULAS: _("formulas: their last values stay"),
    Removed.DATA: _("data that programs keep beside the text"),
    Removed.PICTURES: _("hidden details in the pictures inside"),
    Removed.DRAWINGS: _("drawings that cannot be cleaned"),
    Removed.EVERYTHING_ELSE: _("its name, and whatever else is not seen"),
}

TROUBLES: Final[Mapping[Trouble, StrPromise]] = {
    Trouble.TYPE: _("This cannot be done with files of this type."),
    Trouble.LARGE: _("The file is too large for this, or becomes too large when it is unpacked."),
    Trouble.PIXELS: _("The picture has too many pixels for this."),
    Trouble.PAGES: _("The file has too many pages for this."),
    Trouble.NO_SUCH_PAGE: _("The file has no such page."),
    Trouble.LOCKED: _("The file is locked with a password."),
    Trouble.UNREADABLE: _("The file is damaged, or not what it seems to be: it could not be read."),
    Trouble.SLOW: _("This took too long and was stopped."),
    Trouble.BUSY: _("Others are doing this just now. Try again in a minute."),
    Trouble.UNAVAILABLE: _("This system cannot shut a file in safely enough to read it. Tell the administrator."),
}

_DOCUMENT, _TABLE, _SLIDES = _("Text document"), _("Spreadsheet"), _("Slides")
_PICTURE, _SOUND, _FILM, _ARCHIVE, _PROGRAM = _("Picture"), _("Sound"), _("Film"), _("Archive"), _("Program")
_TYPES: Final[Mapping[str, StrPromise]] = {
    "application/pdf": _("PDF document"),
    **dict.fromkeys((WORD, ODF_TEXT, "text/rtf"), _DOCUMENT),
    **dict.fromkeys((SHEET, ODF_SHEET), _TABLE),
    **dict.fromkeys((SLIDES, ODF_SLIDES), _SLIDES),
    ODF_DRAWING: _("Drawing"),
    SVG: _("Drawing that can hold scripts (SVG)"),
    HTML: _("Web page"),
    XML: _("XML document"),
    OLD_OFFICE: _("Document of an older office program"),
    TEXT: _("Text"),
    "message/rfc822": _("E-mail"),
    "application/vnd.ms-outlook-pst": _("Mailbox"),
    **dict.fromkeys(("application/pgp-encrypted", "application/x-age-encryption"), _("Encrypted file")),
    **dict.fromkeys(
        (ZIP, "application/vnd.rar", "application/x-7z-compressed", "application/gzip", "application/x-tar"), _ARCHIVE
    ),
    **dict.fromkeys(PROGRAMS, _PROGRAM),
    UNKNOWN: _("Unknown type"),
}
_GROUPS: Final = (("image/", _PICTURE), ("audio/", _SOUND), ("video/", _FILM))


def type_in_words(media_type: str) -> StrPromise:
    """What a file is, for a person."""
    found = _TYPES.get(media_type)
    return found or next((words for begin, words in _GROUPS if media_type.startswith(begin)), _TYPES[UNKNOWN])
