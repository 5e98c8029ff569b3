"""What every answer carries to keep a browser from doing harm with it, and the page for a refused action."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from integrity.action import Refusal
from integrity.sources import by_onion
from integrity.ui import errors

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'none'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
FEATURES = (
    "accelerometer autoplay browsing-topics camera display-capture encrypted-media fullscreen "
    "geolocation gyroscope hid identity-credentials-get idle-detection local-fonts magnetometer microphone "
    "midi payment picture-in-picture publickey-credentials-create publickey-credentials-get "
    "screen-wake-lock serial storage-access usb xr-spatial-tracking"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in FEATURES.split()),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

Handler = Callable[[HttpRequest], HttpResponseBase]


class SecurityHeaders:
    """Sets each header that the view has not set itself.

    Nothing is kept by a browser or a proxy but static files and what a view marks with a Cache-Control
    of its own.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            # The settings of Django's own middleware are weaker defaults; only a view's CSP is a decision.
            if name in {"Content-Security-Policy", "Permissions-Policy"}:
                response.headers.setdefault(name, value)
            else:
                response.headers[name] = value
        if errors.on_desk(request):
            # With "no-referrer" a browser sends `Origin: null` with a form, and the check against forgery refuses it.
            response.headers["Referrer-Policy"] = "same-origin"
        if not request.path.startswith(settings.STATIC_URL or "/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


class OnionLocation:
    """Tells Tor Browser, on a page of the portal that came over HTTPS, where the same page is an onion service's.

    https://community.torproject.org/onion-services/advanced/onion-location/
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        is_page = response.headers.get("Content-Type", "").startswith("text/html") and not errors.on_desk(request)
        if settings.ONION_URL and is_page and request.is_secure() and not by_onion(request):
            response.headers["Onion-Location"] = settings.ONION_URL + request.path
        return response


class Refusals:
    """Turns a refused action that no view caught into a page with its sentence."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page of the refusal, or None so that anything else stays an error."""
        return errors.refused(request, exception) if isinstance(exception, Refusal) else None
