"""A right and a wrong receipt are answered alike: with one status, after one time, in steps of one size.

Whoever watches the line, or the server's load, must not learn whether a visitor came into an inbox. Argon2id takes as
long for both; what comes after it does not, because an inbox is opened, drawn and longer. So each answer waits until a
fixed time after the derivation is over, and is filled up to a size that an inbox and its closed door both fit into.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from integrity import sources
from integrity.places import Places
from integrity.ui.padding import PADDING_STEP
from integrity.vault.passphrase import TooBusy

STEP_BYTES: Final = 32_768
# As many as may derive and wait in the queue of derivations for one source: who floods holds no more threads.
PLACES: Final = 6
REFUSED_FORM: Final = 422
_held = Places()


@contextmanager
def place(request: HttpRequest, source: str) -> Iterator[None]:
    """Hold one of a source's few places while a receipt is tried. Raises TooBusy with none left.

    Where nobody is told apart there is no bound: one person would take the places of all. The queue is one.
    """
    if source in sources.UNTOLD or request.method != "POST" or "receipt" not in request.POST:
        yield
        return
    if not _held.take(source, most=PLACES):
        raise TooBusy
    try:
        yield
    finally:
        _held.leave(source)


def derived(request: HttpRequest) -> None:
    """From now on, how long it takes must tell nothing."""
    request.receipt_derived_at = monotonic()  # type: ignore[attr-defined]


def inside(request: HttpRequest) -> None:
    """This page is the inbox, or what is shown in its place; an error page as well."""
    setattr(request, PADDING_STEP, STEP_BYTES)


@contextmanager
def in_time(request: HttpRequest) -> Iterator[None]:
    """The block ends when its time has come: a whole number of settings.RECEIPT_SECONDS after the derivation in it.

    Whatever went wrong meanwhile: only a right receipt leads to what can go wrong.
    """
    try:
        yield
    finally:
        begun, step = getattr(request, "receipt_derived_at", None), settings.RECEIPT_SECONDS
        if begun is not None and step:
            sleep(step - (monotonic() - begun) % step)


def settled(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """The answer with the one status that a typed receipt has, also where a form was sent with it and is refused."""
    if hasattr(request, "receipt_derived_at") and response.status_code == REFUSED_FORM:
        response.status_code = 200
    return response
