"""The inspection room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InspectionConfig(AppConfig):
    """What a file is, cleaned copies, and previews."""

    name = "integrity.inspection"
    label = "inspection"
    verbose_name = _("Inspection of files")
