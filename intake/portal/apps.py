"""The portal room."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Report, receipt, inbox."""

    name = "intake.portal"
    label = "portal"
