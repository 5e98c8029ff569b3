"""The desk's door."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
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


def next_page(request: HttpRequest) -> str:
    """The page of the desk that was asked for before a door, or "" when it leads anywhere else."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    leads_away = ".." in target or not url_has_allowed_host_and_scheme(target, allowed_hosts=None)
    return "" if leads_away or not is_at_desk(target) else target


def door(name: str, target: str) -> str:
    """The address of a door, which leads on to a page of the desk; `target` may be ""."""
    return f"{reverse(name)}?{urlencode({'next': target})}" if target else reverse(name)


def _needs_no_sitting(path: str) -> bool:
    """Signing in, and where invitations lead: whoever has no key yet has no sitting."""
    return path.startswith((reverse("people:sign_in"), reverse("people:welcome", args=["-"]).removesuffix("-/")))


def _needs_no_factor(path: str) -> bool:
    """Giving a second factor, setting up the first one, and leaving without it."""
    return path.startswith(reverse("factors:give")) or path == reverse("people:sign_out")


class Desk:
    """Let only people with an open sitting into /desk/, and give views `request.keyring` and `request.actor`.

    A sitting in which no second factor was given yet leads to the page that asks for one, and nowhere else.
    `request.held` is the sitting itself.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info
        at_desk = is_at_desk(path)
        if settings.SITE == "portal" or (not at_desk and not path.startswith("/api/")):
            return self.get_response(request)
        person = request.user
        held = sittings.held_by(request) if isinstance(person, User) else None
        asked = held is not None and not held.is_confirmed and not (at_desk and _needs_no_factor(path))
        request.held = held  # type: ignore[attr-defined]
        request.keyring = held.keyring if held is not None and not asked else None  # type: ignore[attr-defined]
        if asked:
            # Whoever has given a passphrase alone is nobody yet, but where they give their second factor.
            request.user = AnonymousUser()
        elif held is not None and isinstance(person, User):
            request.actor = Actor.of(person, held.keyring, confirmed=held.may_finish)  # type: ignore[attr-defined]
        elif person.is_authenticated or sittings.SESSION_NAME in request.session:
            # Also when the account was closed meanwhile: opening it again must not open the old sitting.
            logout(request)
        if at_desk and (asked or held is None) and not _needs_no_sitting(path):
            wanted = path if request.method == "GET" and path != reverse("desk") else ""
            return HttpResponseRedirect(door("factors:give" if asked else "people:sign_in", wanted))
        return self.get_response(request)
