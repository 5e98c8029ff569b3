"""The people room."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Staff, offices, roles, sign-in and sittings."""

    name = "integrity.people"
    label = "people"

    def ready(self) -> None:
        """Tell how the institution's own keys are given again and end; tell the audit floor people, and seal for it."""
        from integrity.people import (  # noqa: F401 - importing registers them
            erase_command,
            institution_keys,
            overseen,
            private_parts,
        )
