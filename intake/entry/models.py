"""What is known of a report that the office entered itself, beside the report."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from intake.portal.models import Report


class Handover(models.TextChoices):
    """What became of the receipt of a report that was entered."""

    OPEN = "open", _("The receipt is not handed over yet")
    HANDED = "handed", _("The receipt was handed over")
    NONE = "none", _("Nobody has a receipt")


class EnteredReport(models.Model):
    """A report that an officer entered, or that was imported. Who entered it is in the log alone.

    `earlier` is a keyed hash of the reference that an imported report had elsewhere, by which it is imported once.
    """

    report = models.OneToOneField(Report, on_delete=models.CASCADE, related_name="entered")
    receipt = models.CharField(max_length=10, choices=Handover.choices)
    earlier = models.BinaryField(max_length=32, null=True, unique=True)

    declared_public = {"earlier": "keyed hash of the reference that the report had elsewhere"}

    def __str__(self) -> str:
        return f"{self.report} entered"
