"""The auditor's console."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConsoleConfig(AppConfig):
    """The auditor's pages, and the page of what the log can hold."""

    name = "audit.console"
    label = "audit_console"
    verbose_name = _("Audit console")

    def ready(self) -> None:
        """Make `integrity audit events` known."""
        from audit.console import documented

        documented.register()
