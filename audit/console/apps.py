from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConsoleConfig(AppConfig):
    name = "audit.console"
    label = "audit_console"
    verbose_name = _("Audit console")
