"""Addresses of the API, below /api/v1/."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from config import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("", api.reader, name="api"),
    path("schema/", api.Schema.as_view(), name="schema"),
]
if settings.SITE in {"all", "portal"}:
    urlpatterns += [path("", include("intake.api.urls")), path("", include("cases.publication.api_urls"))]
if settings.SITE in {"all", "desk"}:
    urlpatterns += [
        path("", include("cases.api_urls")),
        path("desk/", include("cases.triage.api_urls")),
        path("register/", include("cases.publication.desk_api_urls")),
    ]
