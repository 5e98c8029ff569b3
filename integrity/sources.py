"""Where a request came from, as far as one may know: one of 65,536 boxes that its address falls into, for a day.

Into which box an address falls depends on a salt that is drawn anew each day and kept in the cache alone, and is gone
with it: afterwards nobody can tell, with every secret of the system, who was in a box. Without a cache that all
processes share each has a salt of its own.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
import threading
import time
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

log = logging.getLogger(__name__)
DAY: Final = 24 * 60 * 60
BOXES: Final = 65_536
_lock = threading.Lock()
_own: dict[int, bytes] = {}


def box_of(request: HttpRequest) -> str:
    """The box of the request's address today."""
    return box("address", address_of(request), boxes=BOXES)


def box(purpose: str, text: str, *, boxes: int) -> str:
    """Into which of so many boxes a text falls today; another purpose is another order."""
    content = f"{purpose}/{text}".encode("utf-8", "surrogatepass")
    return str(int.from_bytes(hmac.digest(salt(), content, hashlib.sha256)[:8], "big") % boxes)


def address_of(request: HttpRequest) -> str:
    """The address, as the proxy in front says when there is one. Never to be kept."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.BEHIND_PROXY else ""
    return forwarded.rpartition(",")[2].strip() or str(request.META.get("REMOTE_ADDR", ""))


def tells(request: HttpRequest) -> bool:
    """Whether the request's address says anything: behind a proxy that passes none on, everybody has the proxy's."""
    return not settings.BEHIND_PROXY or "HTTP_X_FORWARDED_FOR" in request.META


def by_onion(request: HttpRequest) -> bool:
    """Whether it was asked for by the onion service's name: then everybody has the address of the Tor process."""
    onion = urlsplit(settings.ONION_URL).hostname or ""
    host = request.META.get("HTTP_HOST", "").partition(":")[0].lower()
    return bool(onion) and host == onion


def salt() -> bytes:
    """The day's salt. A cache that is away gives each process its own: limits then count more mildly."""
    now = int(time.time())
    day = now // DAY
    name = f"sources/salt/{day}"
    try:
        shared = cache.get(name)
        if shared is None:
            cache.add(name, secrets.token_bytes(32), timeout=(day + 1) * DAY - now)
            shared = cache.get(name)
    except Exception as error:  # noqa: BLE001 - a client library's own kinds of failure
        log.warning("The day's salt is this process's own: the cache failed with %s.", type(error).__name__)
        shared = None
    return shared if isinstance(shared, bytes) else _salt_of_this_process(day)


def _salt_of_this_process(day: int) -> bytes:
    with _lock:
        for past in [each for each in _own if each != day]:
            del _own[past]
        return _own.setdefault(day, secrets.token_bytes(32))
