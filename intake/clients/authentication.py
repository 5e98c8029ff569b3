"""`Authorization: Client ioc_…`: the key of a program that sends reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request

from intake.clients.models import ApiClient
from intake.clients.rate import seconds_to_wait

SCHEME: Final = "Client"


@dataclass(frozen=True)
class Program:
    """A client as Django's requests know it; it is nobody at the desk."""

    client: ApiClient
    is_authenticated: bool = True


class ClientAuthentication(BaseAuthentication):
    """Finds the client of a key. A request without one stays anonymous.

    Raises AuthenticationFailed with one sentence for every key that is none, or was ended; Throttled for too many.
    """

    def authenticate(self, request: Request) -> tuple[Program, ApiClient] | None:
        """The client, or None when the request has no key."""
        scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != SCHEME.lower():
            return None
        client = ApiClient.objects.with_key(key.strip())
        if client is None:
            raise AuthenticationFailed(_("This key is not one of a client."))
        wait = seconds_to_wait(client)
        if wait:
            raise Throttled(wait=wait, detail=_("This client asks more often than it was agreed."))
        return Program(client), client

    def authenticate_header(self, request: Request) -> str:
        """For `WWW-Authenticate`, so that a wrong key is answered by 401."""
        return SCHEME
