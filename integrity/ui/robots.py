"""What search engines are asked: to find an institution's public pages, and nothing of a test or an onion service."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import override

from integrity import sources
from integrity.ui.context import address

# Where people write, read and work; what is below them is meant as well.
CLOSED: Final = ("portal:report", "portal:inbox", "portal:exit", "desk")


def robots(request: HttpRequest) -> HttpResponse:
    """/robots.txt, RFC 9309."""
    if settings.DEMONSTRATION or settings.SITE == "desk" or sources.by_onion(request):
        closed = ["/"]
    else:
        closed = sorted(filter(None, (_address(name, code) for name in CLOSED for code, _name in settings.LANGUAGES)))
    lines = ["User-agent: *", *(f"Disallow: {each}" for each in closed)]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


def _address(name: str, language: str) -> str:
    with override(language):
        return address(name, default="")
