"""How often a passphrase or a code may be tried, for one account and from one source, without keeping an address.

The counts live in the cache (Redis, or the memory of the process) and are gone after their time. A source is one of
65,536 boxes that its address falls into, for a day (`integrity/sources.py`): too few to tell an address from, enough
to slow a machine down that tries every name. A browser in which the person has signed in before has a count of its
own, so that whoever knows a user name cannot keep its owner out.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
import time
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from integrity.people.models import User
from integrity.sources import box_of

log = logging.getLogger(__name__)

COOKIE: Final = "known"
REMEMBERED: Final = 180 * 24 * 60 * 60
_MINUTES: Final = 15 * 60
_DAY: Final = 24 * 60 * 60


@dataclass(frozen=True)
class Limit:
    """So many failures in so many seconds."""

    name: str
    most: int
    seconds: int


ACCOUNT: Final = Limit("account", 10, _MINUTES)
BROWSER: Final = Limit("browser", 10, _MINUTES)
SOURCE: Final = Limit("source", 60, _MINUTES)
CODE: Final = Limit("code", 10, _MINUTES)
CODE_OF_DAY: Final = Limit("code_of_day", 50, _DAY)


class TooMany(Exception):
    """Tried too often. `wait` is in seconds; `first` is true once for each count, so that it is logged once."""

    def __init__(self, limit: Limit, *, wait: int, first: bool) -> None:
        super().__init__(limit.name)
        self.limit, self.wait, self.first = limit, wait, first


@dataclass(frozen=True)
class Attempt:
    """One try, counted before it is made, so that many at once are counted as well."""

    counts: tuple[str, ...]

    def succeeded(self) -> None:
        """It was no failure: it does not count."""
        for count in self.counts:
            _change(count, by=-1)


def passphrase(request: HttpRequest, username: str) -> Attempt:
    """Count a try to sign in. Raises TooMany, alike for user names that there are and that there are not."""
    return _count((SOURCE, box_of(request)), _account(request, username))


def code(person: User) -> Attempt:
    """Count a try to give a second factor. Raises TooMany."""
    return _count((CODE, str(person.pk)), (CODE_OF_DAY, str(person.pk)))


def arrival(request: HttpRequest) -> Attempt:
    """Count somebody who comes back from elsewhere, and may have made up that they do. Raises TooMany."""
    return _count((SOURCE, box_of(request)))


def know(request: HttpRequest, response: HttpResponseBase, person: User) -> None:
    """Let this browser, in which the person gave both proofs, have a count of its own."""
    if _knows(request, person.username):
        return
    nonce = secrets.token_urlsafe(16)
    response.set_cookie(
        COOKIE,
        f"{nonce}.{_mark(nonce, person.username)}",
        max_age=REMEMBERED,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Strict",
    )


def _account(request: HttpRequest, username: str) -> tuple[Limit, str]:
    nonce = _knows(request, username)
    return (BROWSER, f"{username}/{nonce}") if nonce else (ACCOUNT, username)


def _knows(request: HttpRequest, username: str) -> str:
    """The number of a browser that knows this person, or ""; it names nobody to whoever finds the cookie."""
    nonce, _dot, mark = request.COOKIES.get(COOKIE, "").partition(".")
    return nonce if nonce and hmac.compare_digest(mark.encode(), _mark(nonce, username).encode()) else ""


def _mark(nonce: str, username: str) -> str:
    return _keyed("known browser", f"{nonce}/{username}").hex()


def _keyed(purpose: str, text: str) -> bytes:
    key = f"integrity attempts v1/{purpose}/{settings.SECRET_KEY}".encode()
    return hmac.digest(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256)


def _count(*limits: tuple[Limit, str]) -> Attempt:
    now = int(time.time())
    counted: list[str] = []
    for limit, about in limits:
        window = now // limit.seconds
        name = f"attempts/{_keyed(f'{limit.name}/{window}', about).hex()}"
        count = _change(name, by=1, seconds=limit.seconds)
        if count > limit.most:
            Attempt(tuple(counted)).succeeded()
            raise TooMany(limit, wait=(window + 1) * limit.seconds - now, first=count == limit.most + 1)
        counted.append(name)
    return Attempt(tuple(counted))


def _change(name: str, *, by: int, seconds: int = _MINUTES) -> int:
    """The count after the change. Without a cache nothing is counted: whoever stops it must not lock all out."""
    try:
        cache.add(name, 0, timeout=seconds)
        return int(cache.incr(name, by))
    except ValueError:
        return 0
    except Exception as error:  # noqa: BLE001 - a client library's own kinds of failure
        log.warning("Attempts are not counted: the cache failed with %s.", type(error).__name__)
        return 0
