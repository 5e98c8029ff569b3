"""Addresses of the register's desk, below /desk/register/."""

from django.urls import path

from cases.publication import views

app_name = "publication_desk"
urlpatterns = [
    path("", views.entries, name="list"),
    path("<str:reference>/", views.entry, name="entry"),
    path("<str:reference>/<slug:name>/", views.transition, name="transition"),
]
