"""Requests that are still arriving: whoever sends many of them slowly must not hold the server's last thread.

A thread waits while a body comes in, and while a file goes out. No bucket helps against a body of a byte a second,
because nothing is known of it but where it comes from. So each source has a number of places for requests with a body,
and all together have fewer than there are threads, so that looking at a page is always possible; beyond them the answer
comes at once, and the body is not read.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils.translation import gettext as _

from integrity import sources
from integrity.places import Places
from integrity.ui import errors
from integrity.ui.middleware import Handler

RETRY_SECONDS: Final = 60
_API: Final = "/api/"


class Arriving:
    """Counts what arrives on public pages and in the API, in all and by source, where sources are told apart.

    Must stand before anything that reads the body.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self._here = Places()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not _has_body(request) or errors.on_desk(request):
            return self.get_response(request)
        source = sources.source_of(request)
        most = None if source in sources.UNTOLD else settings.ARRIVING_AT_ONCE or None
        if not self._here.take(source, most=most, in_all=settings.ARRIVING_IN_ALL or None):
            return _refused(request)
        try:
            response = self.get_response(request)
        except BaseException:
            self._here.leave(source)
            raise
        if response.streaming:
            # Its thread is busy until the last piece is sent.
            response._resource_closers.append(partial(self._here.leave, source))  # type: ignore[attr-defined]
        else:
            self._here.leave(source)
        return response


def _has_body(request: HttpRequest) -> bool:
    return request.META.get("CONTENT_LENGTH", "") not in {"", "0"} or "HTTP_TRANSFER_ENCODING" in request.META


def _refused(request: HttpRequest) -> HttpResponseBase:
    if not request.path_info.startswith(_API):
        return errors.too_many_arriving(request, retry_after=RETRY_SECONDS)
    sentence = _("Much is arriving just now from where you are, so this was not taken.")
    return JsonResponse({"detail": [sentence]}, status=429, headers={"Retry-After": str(RETRY_SECONDS)})
