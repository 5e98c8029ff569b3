"""How a visitor of the public pages came here, as far as it puts them at risk: over an open line, or through a gateway.

Nothing of it is kept. An onion service is reached without TLS and is encrypted all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.http import HttpRequest

from integrity.sources import by_onion

# Browsers hold what never leaves the machine for safe (W3C Secure Contexts, 3.1).
LOCAL: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
# Tor2web gateways tell with this header that they are between the visitor and the onion service.
GATEWAY_HEADER: Final = "X-Tor2web"


@dataclass(frozen=True)
class Arrival:
    """`plain`: somebody on the way can read along. `through_gateway`: a stranger's server reads along.

    `onion` is the address to use instead, or empty.
    """

    plain: bool
    through_gateway: bool
    onion: str


def arrival(request: HttpRequest) -> Arrival:
    """How this request came."""
    over_onion = by_onion(request)
    return Arrival(
        plain=not (request.is_secure() or over_onion or _host(request) in LOCAL),
        through_gateway=GATEWAY_HEADER in request.headers,
        onion="" if over_onion else settings.ONION_URL,
    )


def _host(request: HttpRequest) -> str:
    # Not get_host(): a page about a host that is not allowed must be shown as well.
    given = request.META.get("HTTP_HOST", request.META.get("SERVER_NAME", ""))
    name = given if given.endswith("]") else given.rpartition(":")[0] or given
    return str(name).lower()
