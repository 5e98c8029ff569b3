"""The rules room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RulesConfig(AppConfig):
    """Rule packs and the calendar they count in."""

    name = "integrity.rules"
    label = "rules"
    verbose_name = _("Rules")
