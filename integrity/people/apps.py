"""The people room."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Staff, offices, roles, sign-in and sittings."""

    name = "integrity.people"
    label = "people"

    def ready(self) -> None:
        """Tell how the institution's own keys are given again, and end; and the auditor's console who people are."""
        from integrity.people import institution_keys, overseen  # noqa: F401 - importing registers them
