"""Public pages are sent in steps of one size, so that who watches the line learns little from the length.

Filler is random because a proxy that compresses would undo anything regular. Error pages and right answers
fall into the same steps.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from integrity.ui.errors import on_desk

STEP_BYTES = 4096
# A request whose answer must not be told from another by its length has this attribute, with a larger step.
PADDING_STEP: Final = "padding_step"
_OPEN, _CLOSE = b"<!-- ", b" -->"
_END = b"</html>"


def pad(page: bytes, *, step: int = STEP_BYTES) -> bytes:
    """The page with a comment of random filler before its end, its length a multiple of `step` bytes."""
    room = -(len(page) + len(_OPEN) + len(_CLOSE)) % step
    # Base64 has "-", which could end the comment early.
    filler = secrets.token_urlsafe(room)[:room].replace("-", ".").encode("ascii")
    comment = _OPEN + filler + _CLOSE
    position = page.rfind(_END)
    if position < 0:
        return page + comment
    return page[:position] + comment + page[position:]


class Padding:
    """Pads every HTML answer outside the desk. Must stand outside anything that changes the body."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if isinstance(response, HttpResponse) and self._is_public_page(request, response):
            response.content = pad(response.content, step=getattr(request, PADDING_STEP, STEP_BYTES))
            if response.has_header("Content-Length"):
                response.headers["Content-Length"] = str(len(response.content))
        return response

    @staticmethod
    def _is_public_page(request: HttpRequest, response: HttpResponse) -> bool:
        html = response.headers.get("Content-Type", "").startswith("text/html")
        return html and not response.has_header("Content-Encoding") and not on_desk(request)
