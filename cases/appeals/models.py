"""The appeal, the record that the board reads, its members' opinions and its outcome.

The appeal has a key of its own. The record is copied into it when it is transmitted, so that a board reads
what was transmitted and nothing else of the case.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.discipline.models import Decision
from cases.models import Case
from integrity.vault.fields import SealedField
from integrity.vault.models import Key, SealedModel


class AppealOutcome(models.TextChoices):
    """What a board can do with a decision."""

    UPHOLD = "uphold", _("Upheld")
    VARY = "vary", _("Varied")
    QUASH = "quash", _("Quashed")
    REMIT = "remit", _("Remitted")


class Appeal(SealedModel):
    """An appeal against the decision of a round; a remitted case is decided, and may be appealed, again."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="appeals")
    number = models.PositiveSmallIntegerField()
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="appeals")
    key = models.OneToOneField(Key, on_delete=models.PROTECT, related_name="appeal")
    filed_on = models.DateField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    grounds = models.JSONField(default=list)
    admitted_on = models.DateField(null=True)
    dismissed_on = models.DateField(null=True)
    transmitted_on = models.DateField(null=True)

    statement = SealedField()
    admissibility = SealedField()

    declared_public = {"grounds": "codes of the rule pack"}

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="appeal_number_once"),
            models.CheckConstraint(
                condition=Q(admitted_on__isnull=True) | Q(dismissed_on__isnull=True),
                name="appeal_admitted_or_dismissed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case} appeal {self.number}"

    @property
    def sealing_key(self) -> Key:
        """The appeal's own key; the case key opens it too, through a grant."""
        return self.key

    @property
    def pseudonym(self) -> str:
        """How the audit log names this appeal."""
        return f"appeal/{self.pk}"

    @property
    def ground_titles(self) -> list[str]:
        """The grounds in the language of the page."""
        pack = self.case.pack.pack
        return [str(pack.appeal_ground(code).title) for code in self.grounds]


class RecordPart(SealedModel):
    """One document of the transmitted record: a copy as it stood, sealed to the appeal's key."""

    appeal = models.ForeignKey(Appeal, on_delete=models.CASCADE, related_name="record")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=30)

    title = SealedField()
    body = SealedField()

    declared_public = {"kind": "kind of document, a word of the program"}

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["appeal", "number"], name="record_part_once")]

    def __str__(self) -> str:
        return f"{self.appeal} part {self.number}"

    @property
    def sealing_key(self) -> Key:
        """The appeal's key."""
        return self.appeal.key


class Opinion(SealedModel):
    """What one member of the board would do, and why. Given once."""

    appeal = models.ForeignKey(Appeal, on_delete=models.CASCADE, related_name="opinions")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    given_on = models.DateField()

    outcome = SealedField()
    reasons = SealedField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["appeal", "member"], name="opinion_once")]

    def __str__(self) -> str:
        return f"{self.appeal} opinion"

    @property
    def sealing_key(self) -> Key:
        """The appeal's key."""
        return self.appeal.key


class BoardDecision(SealedModel):
    """The board's outcome, by majority.

    Sealed: `outcome` (AppealOutcome), `sanction` {"code", "amount"} when varied, else {}, `reasons`, `dissent`
    [{"member", "outcome", "reasons"}].
    """

    appeal = models.OneToOneField(Appeal, on_delete=models.CASCADE, related_name="outcome")
    decided_on = models.DateField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    outcome = SealedField()
    sanction = SealedField()
    reasons = SealedField()
    dissent = SealedField()

    def __str__(self) -> str:
        return f"{self.appeal} decision"

    @property
    def sealing_key(self) -> Key:
        """The appeal's key."""
        return self.appeal.key


class Waiver(SealedModel):
    """The respondent's statement that they will not appeal."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="waivers")
    received_on = models.DateField()

    statement = SealedField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.case} waiver"

    @property
    def sealing_key(self) -> Key:
        """The case's key."""
        return self.case.key
