"""How often a client may ask, counted in the cache; without a cache nothing is counted, as for passphrases.

A window of a minute that slides: what was asked in the last whole minute counts as far as it lies in the window. The
counts only ever go up, so many requests at once are counted as well.
"""

from __future__ import annotations

import logging
import time
from typing import Final

from django.core.cache import cache

from intake.clients.models import ApiClient

log = logging.getLogger(__name__)

MINUTE: Final = 60


def seconds_to_wait(client: ApiClient) -> int:
    """Count a request of this client; 0 when it may go on, otherwise after how many seconds it may ask again."""
    now = time.time()
    window, passed = int(now) // MINUTE, now % MINUTE
    here, before = _name(client, window), _name(client, window - 1)
    try:
        cache.add(here, 0, timeout=2 * MINUTE)
        count = int(cache.incr(here))
        earlier = int(cache.get(before, 0))
    except Exception as error:  # noqa: BLE001 - a client library's own kinds of failure
        log.warning("Requests of clients are not counted: the cache failed with %s.", type(error).__name__)
        return 0
    if count + earlier * (1 - passed / MINUTE) <= client.per_minute:
        return 0
    return int(MINUTE - passed) + 1


def _name(client: ApiClient, window: int) -> str:
    return f"clients/{client.pk}/{window}"
