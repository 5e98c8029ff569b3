"""The triage room."""

from django.apps import AppConfig


class TriageConfig(AppConfig):
    """From a received report to its end: rejected, referred, merged into a case, or converted into one."""

    name = "cases.triage"
    label = "triage"

    def ready(self) -> None:
        """Pair the actions with their rows, and register the panels of the case page and the sources of work."""
        from cases.triage import actions, asking, entered, outcomes, panels, reviewing, transcripts, work  # noqa: F401 - importing them registers them
