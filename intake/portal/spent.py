"""Pages that are used up: a door that opened an inbox or a draft, a page whose draft was thrown away.

A browser sends a page again whenever somebody goes back and reloads, with everything that was typed in it. What is kept
of a page is a keyed hash of its secret and a day; it names no report and no draft (docs/decisions/0022).
"""

from __future__ import annotations

import hmac
from datetime import timedelta
from enum import StrEnum
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from audit import clock
from intake.portal import stamps
from intake.portal.models import SpentPage
from intake.portal.receipt import PageSecret

# So long a door may be left open before a receipt is typed at it.
DOOR_SECONDS: Final = stamps.DAY
# In days, longer than any door is taken: a day of the calendar can have 23 hours.
DOOR_DAYS: Final = 2


class Use(StrEnum):
    """What a page was used up by."""

    OPENED = "opened"
    THROWN_AWAY = "thrown away"


def taken(text: str) -> PageSecret | None:
    """The secret that a door sent back; None for anything that is no door of the last day."""
    door = PageSecret.parse(text)
    age = None if door is None else stamps.age(door)
    return door if age is not None and age < DOOR_SECONDS else None


def is_spent(page: PageSecret, use: Use) -> bool:
    """Whether a page was used up. One query, by the key."""
    return SpentPage.objects.filter(pk=_identifier(page, use)).exists()


def spend(page: PageSecret, use: Use, *, days: int) -> None:
    """Remember for some days that a page was used up. Raises IntegrityError when it was before."""
    SpentPage.objects.create(id=_identifier(page, use), ends_on=clock.today() + timedelta(days=days))


def sweep() -> int:
    """Forget the pages that are too old to be taken. Returns how many."""
    return SpentPage.objects.filter(ends_on__lt=clock.today()).delete()[0]


def _identifier(page: PageSecret, use: Use) -> bytes:
    key = HKDF(hashes.SHA256(), 32, salt=None, info=b"integrity spent page v1").derive(settings.SECRET_KEY.encode())
    return hmac.digest(key, use.encode() + b"\0" + page.raw, "sha256")
