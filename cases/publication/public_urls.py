"""Addresses of the public register, below /decisions/."""

from django.urls import path

from cases.publication import public_views as views
from cases.publication.feed import feed

app_name = "publication"
urlpatterns = [
    path("", views.register, name="register"),
    path("feed/", feed, name="feed"),
    path("decisions.json", views.as_json, name="json"),
    path("<str:reference>/", views.decision, name="decision"),
]
