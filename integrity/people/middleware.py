"""The desk's door."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language_from_path

from integrity.action import Actor
from integrity.people import sittings
from integrity.people.models import User


def is_at_desk(path: str) -> bool:
    """Whether a path is one of the desk's, with or without a language in front."""
    parts = path.split("/")
    if get_language_from_path(path):
        del parts[1:2]
    return parts[:2] == ["", "desk"]


def _welcome() -> str:
    """Where invitations lead: whoever has no key yet has no sitting."""
    return reverse("people:welcome", args=["-"]).removesuffix("-/")


class Desk:
    """Let only people with an open sitting into /desk/, and give views `request.keyring` and `request.actor`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info
        at_desk = is_at_desk(path)
        if settings.SITE == "portal" or (not at_desk and not path.startswith("/api/")):
            return self.get_response(request)
        sign_in = reverse("people:sign_in")
        person = request.user
        keyring = sittings.keyring_of(request) if isinstance(person, User) else None
        request.keyring = keyring  # type: ignore[attr-defined]
        if keyring is not None and isinstance(person, User):
            request.actor = Actor.of(person, keyring)  # type: ignore[attr-defined]
        elif person.is_authenticated or sittings.SESSION_NAME in request.session:
            # Also when the account was closed meanwhile: opening it again must not open the old sitting.
            logout(request)
        if at_desk and keyring is None and path != sign_in and not path.startswith(_welcome()):
            if request.method == "GET" and path != reverse("desk"):
                return HttpResponseRedirect(f"{sign_in}?{urlencode({'next': path})}")
            return HttpResponseRedirect(sign_in)
        return self.get_response(request)
