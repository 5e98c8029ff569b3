"""Addresses of the API of the register's desk, below /api/v1/register/."""

from django.urls import path

from cases.publication import desk_api

app_name = "register_api"
urlpatterns = [
    path("", desk_api.EntryList.as_view(), name="list"),
    path("<str:reference>/transitions/<slug:name>/", desk_api.EntryTransition.as_view(), name="transition"),
]
