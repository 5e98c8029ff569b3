"""What a file is called: a name cleaned of what could deceive or harm."""

from __future__ import annotations

import unicodedata
from typing import Final

from django.utils.translation import gettext as _

GREATEST_NAME: Final = 120
GREATEST_EXTENSION: Final = 12


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
