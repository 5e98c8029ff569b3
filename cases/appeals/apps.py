"""The appeals room."""

from django.apps import AppConfig


class AppealsConfig(AppConfig):
    """Appeal, record, board, outcome, finality."""

    name = "cases.appeals"
    label = "appeals"

    def ready(self) -> None:
        """Pair the room's actions with the table, and show its panel."""
        from cases.appeals import actions, errands, panels, work  # noqa: F401
