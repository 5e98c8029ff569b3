"""Questions that the office asked as a form, and transcripts of what was told by word of mouth."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from intake.portal.models import Report
from integrity.vault.fields import SealedField
from integrity.vault.models import Key, SealedModel


class EnquiryQuerySet(models.QuerySet["Enquiry"]):
    """Questions about enquiries."""

    def unanswered(self) -> EnquiryQuerySet:
        """Those to which no answers came."""
        return self.filter(answered_on__isnull=True)


class Enquiry(SealedModel):
    """One to ten questions of the office, and the answers. The one with the highest number is asked now.

    `questions` and `answers` are those of `questions.py`. `nonce` tells answers that were sent twice.
    """

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="enquiries")
    number = models.PositiveSmallIntegerField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_on = models.DateField()
    answered_on = models.DateField(null=True)
    nonce = models.BinaryField(max_length=32, null=True)

    questions = SealedField()
    answers = SealedField()

    declared_public: ClassVar[dict[str, str]] = {"nonce": "keyed hash that tells answers sent twice"}

    objects = EnquiryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "enquiries"
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["report", "number"], name="enquiry_number_once"),
            models.CheckConstraint(
                condition=Q(answered_on__isnull=True, nonce__isnull=True, answers=b"")
                | Q(answered_on__isnull=False, nonce__isnull=False) & ~Q(answers=b""),
                name="an_enquiry_is_answered_as_a_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report} questions {self.number}"

    @property
    def sealing_key(self) -> Key:
        """The report's key."""
        return self.report.key


class TranscriptState(models.TextChoices):
    """What the reporting person said of a transcript."""

    OPEN = "open", _("Waits for the reporting person")
    SIGNED = "signed", _("Agreed to as it stands")
    CORRECTED = "corrected", _("Corrected, and agreed to as corrected")
    DECLINED = "declined", _("Not agreed to")


class Transcript(SealedModel):
    """A version of what somebody told by word of mouth, as an officer wrote it down. Earlier versions stay.

    `corrected` is the text as the reporting person corrected it: both are kept.
    """

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="transcripts")
    number = models.PositiveSmallIntegerField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    written_on = models.DateField()
    state = models.CharField(max_length=10, choices=TranscriptState.choices, default=TranscriptState.OPEN)
    answered_on = models.DateField(null=True)

    text = SealedField()
    corrected = SealedField()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["report", "number"], name="transcript_number_once"),
            models.CheckConstraint(
                condition=Q(state="open", answered_on__isnull=True) | ~Q(state="open") & Q(answered_on__isnull=False),
                name="a_transcript_is_answered_on_a_day",
            ),
            models.CheckConstraint(
                condition=Q(state="corrected") & ~Q(corrected=b"") | ~Q(state="corrected") & Q(corrected=b""),
                name="a_correction_has_its_text",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report} transcript {self.number}"

    @property
    def sealing_key(self) -> Key:
        """The report's key."""
        return self.report.key
