"""The protection room."""

from django.apps import AppConfig


class ProtectionConfig(AppConfig):
    """Reports of detriment, from the inbox to those who protect."""

    name = "intake.protection"
    label = "protection"

    def ready(self) -> None:
        """Open the door in the inbox, and tell what happens to keys when a protection officer leaves."""
        from intake.protection import leaving, sections  # noqa: F401 - importing them registers them
