"""Looking at a file without opening it on one's own device: pages as pictures drawn in the sandbox, text as text."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any, Final

from integrity.inspection.codes import Job, Refused, Trouble
from integrity.inspection.kinds import READ_AS_TEXT, can_be_shown
from integrity.inspection.sandbox import sandbox
from integrity.inspection.words import TROUBLES
from integrity.vault.content import decoded
from integrity.vault.files import FileDamaged, StoredFile, file_details, open_range, open_stream
from integrity.vault.keyring import Keyring

MOST_PAGES: Final = 50
TEXT_SHOWN: Final = 64 * 1024
_STAYS: Final = "\n\t"
_SHOWN_FOR_WHAT_IS_NOT: Final = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True)
class Preview:
    """What a page shows of a file: `pages` pictures of `whole`, or `text`, or `trouble`, the sentence why neither."""

    page: int = 1
    pages: int = 0
    whole: int = 0
    text: str = ""
    is_cut: bool = False
    trouble: Any = ""


def preview(stored: StoredFile, keyring: Keyring, *, page: int = 1) -> Preview | None:
    """What can be shown of a file, at one of its pages; None for a type of which nothing can be shown."""
    details = file_details(stored, keyring)
    media_type, size = str(details["type"]), int(details["size"])
    if not can_be_shown(media_type):
        return None
    try:
        if media_type in READ_AS_TEXT:
            shown = b"".join(open_range(stored, keyring, start=0, end=min(size, TEXT_SHOWN)))
            return Preview(text=harmless(decoded(shown)), is_cut=size > TEXT_SHOWN)
        with sandbox(Job.COUNT, open_stream(stored, keyring), media_type=media_type, size=size) as answer:
            pages = min(answer.pages, MOST_PAGES)
            return Preview(page=max(1, min(page, pages)), pages=pages, whole=answer.pages)
    except Refused as refused:
        return Preview(trouble=TROUBLES[refused.trouble])
    except FileDamaged:
        return Preview(trouble=TROUBLES[Trouble.UNREADABLE])


def picture_of(stored: StoredFile, keyring: Keyring, *, page: int) -> bytes:
    """One page as PNG. Raises Refused."""
    details = file_details(stored, keyring)
    if page > MOST_PAGES:
        raise Refused(Trouble.NO_SUCH_PAGE)
    try:
        content = open_stream(stored, keyring)
        with sandbox(
            Job.DRAW, content, media_type=str(details["type"]), size=int(details["size"]), page=page
        ) as answer:
            return b"".join(answer.content)
    except FileDamaged as damage:
        raise Refused(Trouble.UNREADABLE) from damage


def harmless(text: str) -> str:
    """Text without what a reader does not see: control characters, and those that turn the order of others around."""
    return "".join(
        character
        if character in _STAYS or not unicodedata.category(character).startswith("C")
        else _SHOWN_FOR_WHAT_IS_NOT
        for character in text.replace("\r\n", "\n").replace("\r", "\n")
    )
