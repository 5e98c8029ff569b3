"""The statistics room."""

from django.apps import AppConfig


class StatisticsConfig(AppConfig):
    """Facts about closed cases that lead back to none, and the managers' summary with small figures suppressed."""

    name = "cases.statistics"
    label = "statistics"

    def ready(self) -> None:
        """Keep a fact of every case that closes, and declare what is logged."""
        from cases.statistics import actions, facts  # noqa: F401 - importing them registers them
