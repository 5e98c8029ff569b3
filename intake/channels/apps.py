"""The channels room."""

from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    """Ways in, and who receives what comes by each."""

    name = "intake.channels"
    label = "channels"

    def ready(self) -> None:
        """Tell what becomes of the channels of somebody who leaves."""
        from intake.channels import leaving  # noqa: F401 - importing it registers it
