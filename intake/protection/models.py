"""Reports of detriment: that somebody who reported is treated worse for it, and what the office does about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from intake.portal.models import Report
from integrity.vault.fields import SealedField
from integrity.vault.models import Key, SealedModel

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


class DetrimentKind(models.TextChoices):
    """What is done to somebody. Sealed with the rest: it could point at a person."""

    DISMISSAL = "dismissal", _("Dismissed, or threatened with it")
    TRANSFER = "transfer", _("Moved to another place, task or rank")
    PAY = "pay", _("Less pay, no promotion, a bad appraisal, a contract ended")
    THREAT = "threat", _("Threatened")
    HARASSMENT = "harassment", _("Harassed, bullied or left out")
    SEARCH = "search", _("Somebody tries to find out who reported")
    OTHER = "other", _("Something else")


class DetrimentState(models.TextChoices):
    """Where a report of detriment stands."""

    OPEN = "open", _("Open")
    ACTING = "acting", _("Being acted on")
    ENDED = "ended", _("Ended")

    @property
    def told(self) -> StrPromise:
        """What the reporting person reads."""
        return _TOLD[self]


_TOLD = {
    DetrimentState.OPEN: _("Sent. Nobody has confirmed it yet."),
    DetrimentState.ACTING: _("Somebody has read it and is doing something about it."),
    DetrimentState.ENDED: _("Ended. You can go on writing here, or send a new one."),
}


class Detriment(SealedModel):
    """One report of detriment, with the day by which somebody must confirm it.

    It has a key of its own, held by the protection officers' key and the reporting person. Where nobody protects yet,
    or it is about who does, there is none (`own_key`) and it is sealed to the report's, for those who have the report.
    `nonce` tells one that was sent twice.
    """

    reference = models.CharField(max_length=20, unique=True)
    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="detriments")
    own_key = models.OneToOneField(Key, on_delete=models.PROTECT, related_name="detriment", null=True)
    state = models.CharField(max_length=10, choices=DetrimentState.choices, default=DetrimentState.OPEN)
    received_on = models.DateField()
    confirm_due = models.DateField()
    confirmed_on = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    has_news = models.BooleanField(default=True)
    nonce = models.BinaryField(max_length=32)

    told = SealedField()

    declared_public: ClassVar[dict[str, str]] = {
        "reference": "random, shown to people",
        "nonce": "keyed hash that tells one sent twice",
    }

    class Meta:
        ordering = ["-received_on", "-pk"]
        indexes = [
            models.Index(fields=["-received_on", "-id"], name="detriment_newest"),
            models.Index(fields=["state", "confirm_due"], name="detriment_by_state"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["report", "nonce"], name="detriment_sent_once"),
            models.CheckConstraint(condition=Q(state__in=DetrimentState.values), name="detriment_state_is_known"),
            models.CheckConstraint(
                condition=Q(state="open") | Q(confirmed_on__isnull=False), name="who_acts_has_confirmed"
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def sealing_key(self) -> Key:
        """Its own key, or the report's."""
        return self.own_key or self.report.key

    @property
    def pseudonym(self) -> str:
        """How the audit log names it."""
        return f"detriment/{self.pk}"


class DetrimentMessage(SealedModel):
    """One message of the conversation about a detriment, either way. Days only."""

    detriment = models.ForeignKey(Detriment, on_delete=models.CASCADE, related_name="messages")
    number = models.PositiveIntegerField()
    from_office = models.BooleanField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    sent_on = models.DateField()
    nonce = models.BinaryField(max_length=32, null=True)

    body = SealedField()

    declared_public: ClassVar[dict[str, str]] = {"nonce": "keyed hash that tells a message sent twice"}

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["detriment", "number"], name="detriment_message_number_once"),
            models.UniqueConstraint(fields=["detriment", "nonce"], name="detriment_message_sent_once"),
            models.CheckConstraint(
                condition=Q(from_office=True, author__isnull=False) | Q(from_office=False, author__isnull=True),
                name="who_writes_for_the_office_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.detriment} {self.number}"

    @property
    def sealing_key(self) -> Key:
        """That of the detriment."""
        return self.detriment.sealing_key
