"""The identities room."""

from django.apps import AppConfig


class IdentitiesConfig(AppConfig):
    """Releasing a reporting person's identity: asked for by one, decided by two, for a time."""

    name = "cases.identities"
    label = "identities"

    def ready(self) -> None:
        """Register the panels, the sources of work, and what becomes of requests when somebody leaves."""
        from cases.identities import consistency, erasing, leaving, panels, regranting, work  # noqa: F401
