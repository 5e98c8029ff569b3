"""Pages for what goes wrong: what happened, what became of what you sent, and a way on.

They look like the part of the site they happen in and never ask the database: it may be what failed.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.utils.translation import get_language_from_path

from integrity.action import Incomplete, Refusal, WrongState
from integrity.ui import context


def on_desk(request: HttpRequest) -> bool:
    """Whether the address is one of the staff's, with or without a language in front."""
    parts = request.path_info.strip("/").split("/")
    if get_language_from_path(request.path_info):
        parts = parts[1:]
    return parts[:1] == ["desk"]


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400, or 413 when the request was refused for its size."""
    if isinstance(exception, RequestDataTooBig | TooManyFilesSent):
        return too_large(request)
    return _page(request, "400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403. The exception's text is not shown: it may have been written for a developer."""
    return _page(request, "403.html", status=403)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404. The same for what does not exist and for what this person may not know exists."""
    return _page(request, "404.html", status=404)


def too_large(request: HttpRequest) -> HttpResponse:
    """413."""
    return _page(request, "413.html", status=413)


def too_many(request: HttpRequest, *, retry_after: int = 60) -> HttpResponse:
    """429; `retry_after` in seconds."""
    minutes = max(1, -(-retry_after // 60))
    response = _page(request, "429.html", status=429, minutes=minutes)
    response.headers["Retry-After"] = str(retry_after)
    return response


def too_many_arriving(request: HttpRequest, *, retry_after: int) -> HttpResponse:
    """429 for a public page whose body was not read, because many are arriving from the same source."""
    response = _page(request, "429_arriving.html", status=429)
    response.headers["Retry-After"] = str(retry_after)
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """500, from a template that needs no context; the desk's has no quick exit."""
    return HttpResponse(loader.render_to_string("500.html", {"desk": on_desk(request)}), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that was open too long or came from elsewhere."""
    return _page(request, "403_csrf.html", status=403)


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """403 for who may not, 409 for what cannot be done now, with the refusal's own sentence."""
    status = 409 if isinstance(refusal, WrongState | Incomplete) else 403
    return _page(request, "ui/refused.html", status=status, sentence=refusal.sentence)


def _page(request: HttpRequest, template: str, *, status: int, **extra: Any) -> HttpResponse:
    desk = on_desk(request)
    known = context.ui(request)
    values = {
        **known,
        "look": "ui/desk.html" if desk else "ui/portal.html",
        "way_home": known["desk_home"] if desk else known["home"],
        "desk": desk,
        **extra,
    }
    # Without the request no other room's context processor runs, and none can fail.
    return HttpResponse(loader.render_to_string(template, values), status=status)
