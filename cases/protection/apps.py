"""The protection room at the desk."""

from django.apps import AppConfig


class ProtectionDeskConfig(AppConfig):
    """What protection officers do about a detriment."""

    name = "cases.protection"
    label = "protection_desk"

    def ready(self) -> None:
        """Learn of conflicts from the cases, and register what waits and what is shown of it on a report."""
        from cases.protection import conflicts, panels, work  # noqa: F401 - importing them registers them
