"""The investigation room."""

from django.apps import AppConfig


class InvestigationConfig(AppConfig):
    """From the assignment of an investigator to reviewed findings."""

    name = "cases.investigation"
    label = "investigation"

    def ready(self) -> None:
        """Pair the room's actions with rows of the workflow table, and register its panels."""
        from cases.investigation import actions, panels  # noqa: F401 - both register themselves
