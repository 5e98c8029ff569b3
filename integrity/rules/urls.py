"""Addresses of the rules for staff, below /desk/rules/."""

from django.urls import path

from integrity.rules import views

app_name = "rules"
urlpatterns = [
    path("", views.versions, name="list"),
    path("<slug:name>/<str:version>.toml", views.source, name="source"),
    path("<slug:name>/<str:version>/", views.version, name="version"),
]
