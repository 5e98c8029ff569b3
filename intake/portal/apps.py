"""The portal room."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Report, receipt, inbox."""

    name = "intake.portal"
    label = "portal"

    def ready(self) -> None:
        """Tell what becomes of the reports of somebody who leaves, and what is erased with a report."""
        from intake.portal import erasing, leaving, outcomes  # noqa: F401 - importing them registers them
