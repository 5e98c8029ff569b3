"""The portal room."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Report, receipt, inbox."""

    name = "intake.portal"
    label = "portal"

    def ready(self) -> None:
        """Tell what becomes of the reports of somebody who leaves."""
        from intake.portal import leaving  # noqa: F401 - importing it registers it
