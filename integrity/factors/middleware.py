"""What happens when an action asks for the second factor again."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from integrity.action import NotConfirmed
from integrity.factors import asking
from integrity.factors.forms import GiveCode

Handler = Callable[[HttpRequest], HttpResponseBase]


class StepUp:
    """Shows the page that asks for the factor when an action refused without it.

    What the form had sent waits in that page, and is sent to where it was going once the factor was given.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page, or None so that anything else goes on to whoever deals with it."""
        if not isinstance(exception, NotConfirmed) or getattr(request, "held", None) is None:
            return None
        secret = any("passphrase" in name or "word" in name for name in request.POST)
        return asking.page(
            request,  # type: ignore[arg-type]
            GiveCode(),
            again=True,
            next=request.get_full_path(),
            # Files cannot wait in a page, and a passphrase must not: such a form is filled in again.
            carried=None if secret or request.FILES else list(asking.carried(request)),
            lost=bool(secret or request.FILES),
            status=403,
        )
