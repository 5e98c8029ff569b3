"""A bucket of tokens for each box of addresses: whoever sends too much waits, and nobody else does.

What is counted is sending, not looking; in the API every receipt that is tried is sent. A full bucket is a page that
waits with everything typed in it, or an answer that says when to send the same again, never a refusal. Who comes by the
onion service shares one address with everybody there and has no bucket: for them the queue of derivations is the limit
(`integrity/vault/passphrase.py`).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from intake.portal import quota
from integrity import sources
from integrity.sources import ONION as ONION
from integrity.sources import source_of as source_of
from integrity.vault import bounds
from integrity.vault.forms import refusal_sentence
from integrity.vault.passphrase import in_the_name_of
from integrity.vault.uploads import RefusedUpload, SealedUpload, UploadRefusal

log = logging.getLogger(__name__)
# What a whole /48 of IPv6 may send, in buckets of one line.
LINES_OF_A_SITE: Final = 8
REMEMBERED: Final = 600
# So much text takes one token more: else whoever sends the longest texts fills a disk before their bucket is empty.
TEXT_OF_A_TOKEN: Final = 16 * 1024
LONGEST_DEBT: Final = 600
_TOOK: Final = "_took_tokens_of"
# How many bytes of files a page that waits keeps; else a request that is refused would fill the disk.
KEPT_WAITING: Final = 64 * 1024 * 1024


class Crowded(Exception):
    """Too much was sent from this box; `wait` in seconds."""

    def __init__(self, wait: int) -> None:
        super().__init__()
        self.wait = wait


def site_of(request: HttpRequest, source: str) -> str:
    """The box of the request's /48, which has a larger bucket; "" where there is none, or the source has no bucket."""
    return "" if source in sources.UNTOLD else sources.wide_box_of(request)


def take(source: str, *, site: str = "") -> None:
    """Take a token. Raises Crowded when there is none; that takes nothing, so that a flood ends with its cause.

    Two requests at the very same moment may take one token together. Without a cache nothing is counted: whoever
    stops it must not close the door.
    """
    most, step = settings.PORTAL_POSTS_AT_ONCE, 60 / settings.PORTAL_POSTS_PER_MINUTE
    steps, now = _steps(source, site), time.time()
    if not steps:
        return
    try:
        # When each bucket will be full again; all of them are full after the same time.
        full = {name: max(now, cache.get(name, now)) for name in steps}
        wait = max(full[name] - now - (most * step - each) for name, each in steps.items())
        if wait <= 0:
            for name, each in steps.items():
                cache.set(name, full[name] + each, timeout=int(full[name] + each - now) + 1)
            return
        cache.set(f"crowding/{source}/was", 1, timeout=REMEMBERED)
    except Exception as error:  # noqa: BLE001 - a client library's own kinds of failure
        log.warning("What is sent is not counted: the cache failed with %s.", type(error).__name__)
        return
    raise Crowded(int(wait) + 1)


def weigh(request: HttpRequest) -> None:
    """Take more tokens for a long text, if it took one: it is never refused, but what follows it waits the longer.

    For nobody longer than LONGEST_DEBT, because others may share the address.
    """
    steps: dict[str, float] = getattr(request, _TOOK, {})
    tokens = _length_of_text(request) // TEXT_OF_A_TOKEN
    if not steps or not tokens:
        return
    now, all_of_it = time.time(), settings.PORTAL_POSTS_AT_ONCE * 60 / settings.PORTAL_POSTS_PER_MINUTE
    try:
        for name, step in steps.items():
            full = min(max(now, cache.get(name, now)) + tokens * step, now + all_of_it + LONGEST_DEBT)
            cache.set(name, full, timeout=int(full - now) + 1)
    except Exception as error:  # noqa: BLE001 - a client library's own kinds of failure
        log.warning("What is sent is not counted: the cache failed with %s.", type(error).__name__)


@contextmanager
def in_turn(request: HttpRequest, *, sends: bool) -> Iterator[str]:
    """Inside the block derivations wait in the line of the request's source, which the block is given.

    Whoever `sends` takes a token first. Raises Crowded before anything of the block runs; the block may raise TooBusy.
    """
    source = source_of(request)
    site = site_of(request, source)
    # The API's requests are wrapped around those by which everything arrives.
    arriving = getattr(request, "_request", request)
    _count_files(arriving, source, site)
    if sends:
        take(source, site=site)
        setattr(arriving, _TOOK, _steps(source, site))
    with in_the_name_of(source):
        yield source


def was_crowded(source: str) -> bool:
    """Whether the box's bucket was empty in the last ten minutes."""
    try:
        return bool(cache.get(f"crowding/{source}/was"))
    except Exception:  # noqa: BLE001 - as above, where it is logged
        return False


def waiting_page(request: HttpRequest, *, wait: int) -> HttpResponse:
    """Everything that was sent, in a page with a button that sends it again; the files are kept meanwhile.

    Of a request that was not read yet the files are kept up to a bound; what is not kept is named.
    """
    bounds.add(request, bounds.AtMost(KEPT_WAITING, refusal=UploadRefusal.NO_ROOM))
    context = {
        "fields": list(_fields(request)),
        "refused": [refusal_sentence(each) for each in _refused(request)],
        "seconds": wait,
        "minutes": -(-wait // 60),
    }
    response = render(request, "portal/wait.html", context, status=429)
    response.headers["Retry-After"] = str(wait)
    return response


def _fields(request: HttpRequest) -> Iterator[tuple[str, str]]:
    for name, values in request.POST.lists():
        yield from ((name, str(value)) for value in values)
    for name, uploads in request.FILES.lists():
        yield from ((f"{name}-kept", each.token) for each in uploads if isinstance(each, SealedUpload))


def _refused(request: HttpRequest) -> Iterator[RefusedUpload]:
    for _name, uploads in request.FILES.lists():
        yield from (each for each in uploads if isinstance(each, RefusedUpload))


def _count_files(request: HttpRequest, source: str, site: str) -> None:
    if source not in sources.UNTOLD:
        boxes = {source: 1, f"site/{site}": LINES_OF_A_SITE} if site else {source: 1}
        quota.count(request, boxes)


def _steps(source: str, site: str) -> dict[str, float]:
    """The buckets of a source, each with the seconds in which a token comes back."""
    step = 60 / settings.PORTAL_POSTS_PER_MINUTE
    if source in sources.UNTOLD:
        return {}
    wider = {f"crowding/site/{site}": step / LINES_OF_A_SITE} if site else {}
    return {f"crowding/{source}": step, **wider}


def _length_of_text(request: HttpRequest) -> int:
    """How many bytes a request brought besides its files; of one with files that nobody read it is not known."""
    files = request.__dict__.get("_files")
    if files is None and request.content_type == "multipart/form-data":
        return 0
    uploads = [each for _name, sent in files.lists() for each in sent] if files else []
    return int(request.META.get("CONTENT_LENGTH") or 0) - sum(each.size or 0 for each in uploads)
