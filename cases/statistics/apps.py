"""The statistics room."""

from django.apps import AppConfig


class StatisticsConfig(AppConfig):
    """Tallies of closed cases, and the managers' summary with small figures suppressed."""

    name = "cases.statistics"
    label = "statistics"

    def ready(self) -> None:
        """Count every case that closes, and declare what is logged."""
        from cases.statistics import actions, survey, tallies  # noqa: F401 - importing them registers them
