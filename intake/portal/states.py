"""The states of a report."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ReportState(TextChoices):
    """Where a report stands."""

    RECEIVED = "received", _("Received")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    ASSESSED = "assessed", _("Assessed")
    REJECTED = "rejected", _("Closed without a case")
    REVIEW = "review", _("Under review after it was closed")
    REFERRED = "referred", _("Referred to another body")
    MERGED = "merged", _("Joined to another matter")
    CONVERTED = "converted", _("Being worked on as a case")
