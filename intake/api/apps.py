"""The API for reporting persons."""

from django.apps import AppConfig


class IntakeApiConfig(AppConfig):
    """The portal's actions for programs: send a report, read and write its inbox."""

    name = "intake.api"
    label = "intake_api"

    def ready(self) -> None:
        """Describe the receipt as a way to authenticate in the API's schema."""
        from intake.api import schema  # noqa: F401
