"""The discipline room."""

from django.apps import AppConfig


class DisciplineConfig(AppConfig):
    """From the show-cause notice to a decision that was served and carried out."""

    name = "cases.discipline"
    label = "discipline"

    def ready(self) -> None:
        """Pair the room's actions with rows of the workflow table, and register its panel."""
        from cases.discipline import actions, deciding, panels, work  # noqa: F401 - they register themselves
