"""Asking the provider over the network: one deadline for everything, no redirects, nothing from the environment."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings

from integrity.federation.failures import NotIdentified, Reason

TIMEOUT = 5.0
LARGEST: Final = 512 * 1024
AT_ONCE: Final = 4

_places = threading.BoundedSemaphore(AT_ONCE)
_threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="provider")


@dataclass(frozen=True)
class Answer:
    """What came back: the status, and the body's JSON object, {} when it is none."""

    status: int
    content: dict[str, Any]


def fetch(address: str, *, form: str = "", headers: dict[str, str] | None = None) -> Answer:
    """GET an address, or POST a form to it, and read the JSON object that it answers.

    Name resolution, handshake and answer together have `TIMEOUT` seconds; AT_ONCE requests run at the same time,
    so that a slow provider never holds more of this server than that. Certificates are checked against OIDC_CA_FILE
    or the system's authorities. Raises NotIdentified (unreachable, busy).
    """
    if not _places.acquire(blocking=False):
        raise NotIdentified(Reason.BUSY)
    running = _threads.submit(
        _ask, address, form, headers or {}, settings.OIDC_CA_FILE, settings.OIDC_PROXY, time.monotonic() + TIMEOUT
    )
    running.add_done_callback(_leave)
    try:
        return running.result(timeout=TIMEOUT)
    except (OSError, http.client.HTTPException, TooSlow, ValueError) as error:
        raise NotIdentified(Reason.UNREACHABLE) from error


def _leave(_done: Future[Answer]) -> None:
    _places.release()


def _ask(address: str, form: str, headers: dict[str, str], authorities: str, proxy: str, deadline: float) -> Answer:
    parts = urlsplit(address)
    connection = _connection(parts.scheme, parts.hostname or "", parts.port, authorities, proxy)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(
            "POST" if form else "GET", target, body=form or None, headers={"Accept": "application/json", **headers}
        )
        response = connection.getresponse()
        body = b""
        while chunk := response.read1(LARGEST):
            body += chunk
            if len(body) > LARGEST or time.monotonic() > deadline:
                raise OSError("The answer is too large, or comes too slowly.")
    finally:
        connection.close()
    return Answer(response.status, _object(body))


def _connection(scheme: str, host: str, port: int | None, authorities: str, proxy: str) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=TIMEOUT)
    context = ssl.create_default_context(cafile=authorities or None)
    if not proxy:
        return http.client.HTTPSConnection(host, port, timeout=TIMEOUT, context=context)
    through = urlsplit(proxy)
    connection = http.client.HTTPSConnection(through.hostname or "", through.port, timeout=TIMEOUT, context=context)
    connection.set_tunnel(host, port or 443)
    return connection


def _object(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
