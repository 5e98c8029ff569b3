"""Where a request came from, as far as one may know: one of 65,536 boxes that its address falls into, for a day.

One line of IPv6 has more addresses than there are boxes, so there the first 56 bits count: what a home is given. Who is
given a whole /48 has 256 of these, and is counted once more by the box of that.

Into which box an address falls depends on a salt that is drawn anew each day and kept in the cache alone, and is gone
with it: afterwards nobody can tell, with every secret of the system, who was in a box. Without a cache that all
processes share each has a salt of its own.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import logging
import re
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
ONION: Final = "onion"
# Who is one of these may be anybody: a bound on them would be one for all.
UNTOLD: Final = frozenset({"", ONION})
LINE: Final = 56
SITE: Final = 48
# How an address of IPv4 is written where a translator stands in front of a server that has IPv6 alone (RFC 6052).
_TRANSLATED: Final = ipaddress.IPv6Network("64:ff9b::/96")
_WITH_PORT: Final = re.compile(r"\[([^\]]*)\](?::\d*)?|([0-9.]+):\d*")
_lock = threading.Lock()
_own: dict[int, bytes] = {}


def box_of(request: HttpRequest) -> str:
    """The box of the request's address today."""
    return box("address", network_of(address_of(request), LINE), boxes=BOXES)


def wide_box_of(request: HttpRequest) -> str:
    """The box of the request's /48 today; "" for IPv4, where nobody is given so many."""
    site = network_of(address_of(request), SITE)
    return box("site", site, boxes=BOXES) if ":" in site else ""


def box(purpose: str, text: str, *, boxes: int) -> str:
    """Into which of so many boxes a text falls today; another purpose is another order."""
    content = f"{purpose}/{text}".encode("utf-8", "surrogatepass")
    return str(int.from_bytes(hmac.digest(salt(), content, hashlib.sha256)[:8], "big") % boxes)


def address_of(request: HttpRequest) -> str:
    """The address, as the proxy in front says when there is one. Never to be kept."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.BEHIND_PROXY else ""
    return forwarded.rpartition(",")[2].strip() or str(request.META.get("REMOTE_ADDR", ""))


def network_of(address: str, length: int) -> str:
    """An address of IPv4 as it is, of IPv6 the network of its first bits; "" for everything that is no address.

    Some proxies write a port behind it, or brackets around.
    """
    bare = _WITH_PORT.fullmatch(address)
    try:
        found = ipaddress.ip_address((bare[1] or bare[2] or "") if bare else address)
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if found in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        return str(inner or ipaddress.IPv6Network((int(found), length), strict=False))
    return str(found)


def tells(request: HttpRequest) -> bool:
    """Whether the request's address says anything: behind a proxy that passes none on, everybody has the proxy's."""
    return not settings.BEHIND_PROXY or "HTTP_X_FORWARDED_FOR" in request.META


def source_of(request: HttpRequest) -> str:
    """As whom a request counts: its box, ONION for all who come by the onion service, "" where nobody is told apart."""
    if not settings.PORTAL_POSTS_AT_ONCE or not tells(request):
        return ""
    return ONION if by_onion(request) else box_of(request)


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
