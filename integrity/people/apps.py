"""The people room."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Staff, offices, roles, sign-in and sittings."""

    name = "integrity.people"
    label = "people"
