"""Addresses of the API, below /api/v1/."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from config import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("", api.reader, name="api"),
    path("schema/", api.Schema.as_view(), name="schema"),
]
from importlib.util import find_spec  # noqa: E402


def _there(module):
    try:
        return find_spec(module)
    except ModuleNotFoundError:
        return None


if settings.SITE in {"all", "portal"}:
    urlpatterns += [
        path("", include(name)) for name in ("intake.api.urls", "cases.publication.api_urls") if _there(name)
    ]
if settings.SITE in {"all", "desk"}:
    urlpatterns += [path("", include(name)) for name in ("cases.triage.api_urls", "cases.api_urls") if _there(name)]
