"""The follow-up room."""

from django.apps import AppConfig


class FollowupConfig(AppConfig):
    """Questions, review, transcript, survey."""

    name = "intake.followup"
    label = "followup"

    def ready(self) -> None:
        """Add to the inbox what this room shows there."""
        from intake.followup import sections  # noqa: F401 - importing it registers them
