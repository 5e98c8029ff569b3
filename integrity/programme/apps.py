"""The programme room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProgrammeConfig(AppConfig):
    """The code of conduct and who has read it."""

    name = "integrity.programme"
    label = "programme"
    verbose_name = _("Integrity programme")
