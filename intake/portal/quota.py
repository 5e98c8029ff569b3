"""How many bytes of files a box of addresses may send in a day. Text is not counted here, and never refused.

The count is in the cache, under the box that the day's salt gives, and gone with the day. Who comes by the onion
service, or from where sources are not told apart, is not counted: for them the reserve of the disk alone holds
(`integrity/vault/storage.py`).
"""

from __future__ import annotations

import logging
import time
from typing import Final

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from integrity import sources
from integrity.vault import bounds
from integrity.vault.uploads import UploadRefusal

log = logging.getLogger(__name__)
# Counted in advance, so that many at once are counted as well, and not for each piece, which would ask the cache much.
STEP: Final = 1024 * 1024


class OfTheDay:
    """What is left today to boxes, each with its own most."""

    refusal = UploadRefusal.ENOUGH_TODAY

    def __init__(self, boxes: dict[str, int]) -> None:
        self._boxes = boxes
        self._left = 0

    def admits(self, length: int) -> bool:
        """Whether they are within the day's bytes of every box."""
        while self._left < length:
            if not all(_counted(box) <= most for box, most in self._boxes.items()):
                return False
            self._left += STEP
        self._left -= length
        return True


def count(request: HttpRequest, boxes: dict[str, int]) -> None:
    """Count the files of a request, in shares of settings.PORTAL_BYTES_PER_DAY; without boxes nothing is counted."""
    most = settings.PORTAL_BYTES_PER_DAY
    if boxes and most:
        bounds.add(request, OfTheDay({box: shares * most for box, shares in boxes.items()}))


def _counted(box: str) -> int:
    """The bytes of a box today, with one step more. Without a cache nothing is counted."""
    now = int(time.time())
    day = now // sources.DAY
    name = f"quota/{day}/{box}"
    try:
        cache.add(name, 0, timeout=(day + 1) * sources.DAY - now)
        return int(cache.incr(name, STEP))
    except ValueError:
        # The day was over, or the cache had no room for it, between the two.
        return 0
    except Exception as error:  # noqa: BLE001 - a client library's own kinds of failure
        log.warning("Bytes of files are not counted: the cache failed with %s.", type(error).__name__)
        return 0
