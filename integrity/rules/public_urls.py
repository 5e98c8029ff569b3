"""Addresses of the rules for everybody, below /rules/."""

from django.urls import path

from integrity.rules import views

app_name = "public_rules"
urlpatterns = [
    path("", views.public, name="rules"),
    path("<slug:name>/<str:version>.toml", views.source, name="source"),
]
