"""The entry room."""

from django.apps import AppConfig


class EntryConfig(AppConfig):
    """Reports that reach the office otherwise than by the portal, entered by an intake officer or imported."""

    name = "intake.entry"
    label = "entry"

    def ready(self) -> None:
        """Declare the room's actions, and what an officer who leaves has here."""
        from intake.entry import actions, drafts, importing, leaving  # noqa: F401 - importing them registers them
