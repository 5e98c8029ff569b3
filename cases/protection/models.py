"""Which protection officers are kept out of what is reported with one report."""

from __future__ import annotations

from django.db import models

from intake.portal.models import Report
from integrity.vault.fields import SealedField
from integrity.vault.models import Key, SealedModel


class KeptOut(SealedModel):
    """The protection officers who are too near to whom a report is about, sealed to the key of protection.

    In clear they would tell who is accused. `nobody_free` is true when all of them are: then a detriment goes to
    those who have the report.
    """

    report = models.OneToOneField(Report, on_delete=models.CASCADE, related_name="kept_out")
    key = models.ForeignKey(Key, on_delete=models.PROTECT, related_name="+")
    nobody_free = models.BooleanField(default=False)

    people = SealedField()

    class Meta:
        verbose_name_plural = "kept out"

    def __str__(self) -> str:
        return f"{self.report} kept out"

    @property
    def sealing_key(self) -> Key:
        """The institution's key of protection."""
        return self.key
