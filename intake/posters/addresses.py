"""Where paper leads: the portal's address as people type it, and as a QR code holds it."""

from __future__ import annotations

import io
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import TextChoices


class Door(TextChoices):
    """The addresses at which the portal can be reached."""

    PORTAL = "portal"
    ONION = "onion"


def address_of(door: Door, *, language: str) -> str:
    """The whole address of the portal's first page in a language, or "" for a door that is not there."""
    origin = settings.PUBLIC_URL if door is Door.PORTAL else settings.ONION_URL
    if not origin:
        return ""
    return f"{origin.rstrip('/')}/" + ("" if language == settings.LANGUAGE_CODE else f"{language}/")


def short(door: Door) -> str:
    """The address as it is printed: nothing that a browser adds by itself."""
    parts = urlsplit(settings.PUBLIC_URL if door is Door.PORTAL else settings.ONION_URL)
    return f"{parts.netloc}{parts.path.rstrip('/')}"


def code_of(address: str) -> bytes:
    """The QR code of an address as SVG, with the quiet zone of four modules that the standard asks for."""
    # Needed for a few pages a year.
    import segno

    drawn = io.BytesIO()
    # Level Q still reads when a quarter of a poster is dirty or torn.
    segno.make(address, error="q", micro=False).save(
        drawn, kind="svg", border=4, dark="#000", light="#fff", omitsize=True, xmldecl=False
    )
    return drawn.getvalue()
