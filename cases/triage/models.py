"""What triage found and decided about a report. Scales and codes are metadata; every text is sealed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.triage.scales import GREATEST, SCALES, Priority, priority_of
from intake.portal.models import Report
from integrity.vault.fields import SealedField
from integrity.vault.models import Key, SealedModel

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


@dataclass(frozen=True)
class Answer:
    """One question of an assessment with the answer given, in words; `value` is 0 to 3."""

    title: StrPromise
    value: int
    words: StrPromise


class Assessment(SealedModel):
    """One assessment of a report against the short scale; the one with the highest number counts."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="assessments")
    number = models.PositiveSmallIntegerField()
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    assessed_on = models.DateField()
    seriousness = models.PositiveSmallIntegerField()
    credibility = models.PositiveSmallIntegerField()
    completeness = models.PositiveSmallIntegerField()
    urgency = models.PositiveSmallIntegerField()
    priority = models.CharField(max_length=10, choices=Priority.choices)

    remarks = SealedField()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["report", "number"], name="assessment_number_once"),
            models.CheckConstraint(
                condition=Q(*((f"{scale.name}__lte", GREATEST) for scale in SCALES)), name="assessed_on_the_scale"
            ),
            models.CheckConstraint(condition=Q(priority__in=Priority.values), name="priority_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.report} assessment {self.number}"

    @property
    def sealing_key(self) -> Key:
        """The report's key."""
        return self.report.key

    @property
    def tone(self) -> str:
        """The colour of the priority on a page."""
        return Priority(self.priority).tone

    @property
    def answers(self) -> list[Answer]:
        """The four questions with what was answered, in words."""
        return [
            Answer(scale.title, value, scale.anchors[value])
            for scale in SCALES
            for value in (getattr(self, scale.name),)
        ]

    def reckon(self) -> None:
        """Set the priority from the four answers; it is never typed."""
        self.priority = priority_of(
            seriousness=self.seriousness,
            credibility=self.credibility,
            completeness=self.completeness,
            urgency=self.urgency,
        )


class Body(models.TextChoices):
    """Kinds of bodies that a report is passed on to."""

    PROSECUTOR = "prosecutor", _("Police or public prosecutor")
    ANTICORRUPTION = "anticorruption", _("Anti-corruption agency")
    AUDIT = "audit", _("Audit office")
    OMBUDSMAN = "ombudsman", _("Ombudsman or complaints body")
    PERSONNEL = "personnel", _("Personnel department")
    OTHER_SERVICE = "other_service", _("Another department of this institution")
    OTHER_INSTITUTION = "other_institution", _("Another public institution")
    FOREIGN = "foreign", _("An authority of another country")


class Referral(SealedModel):
    """A report passed on to the body that can deal with it."""

    report = models.OneToOneField(Report, on_delete=models.CASCADE, related_name="referral")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    body = models.CharField(max_length=20, choices=Body.choices)
    referred_on = models.DateField()

    name = SealedField()
    reasons = SealedField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(body__in=Body.values), name="body_is_known")]

    def __str__(self) -> str:
        return f"{self.report} referral"

    @property
    def sealing_key(self) -> Key:
        """The report's key."""
        return self.report.key


class Ground(models.TextChoices):
    """Why a report is closed without a case."""

    OUTSIDE_SCOPE = "outside_scope", _("Outside what this office deals with")
    MANIFESTLY_MINOR = "manifestly_minor", _("Manifestly minor, and dealt with otherwise")
    REPETITIVE = "repetitive", _("Repeats an earlier report and adds nothing new")
    NOT_ENOUGH = "not_enough", _("Not enough to act on, and questions brought no more")
    NO_BREACH = "no_breach", _("What is described does not breach the code of conduct")
    KNOWINGLY_FALSE = "knowingly_false", _("Knowingly false")


class Rejection(SealedModel):
    """A report closed without a case, with the reasons for the file. After a review it can be closed once more."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="rejections")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField(default=1)
    ground = models.CharField(max_length=20, choices=Ground.choices)
    rejected_on = models.DateField()

    reasons = SealedField()

    class Meta:
        ordering = ["-rejected_on", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["report", "number"], name="rejection_number_once"),
            models.CheckConstraint(condition=Q(ground__in=Ground.values), name="ground_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.report} rejection"

    @property
    def sealing_key(self) -> Key:
        """The report's key."""
        return self.report.key


class ReviewOutcome(models.TextChoices):
    """What a review of a rejection came to."""

    UPHELD = "upheld", _("It stays closed")
    REOPENED = "reopened", _("Opened again")


class Review(SealedModel):
    """What somebody who did not close a report decided when its reporting person asked for a review, once."""

    report = models.OneToOneField(Report, on_delete=models.CASCADE, related_name="review")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=10, choices=ReviewOutcome.choices)
    decided_on = models.DateField()

    reasons = SealedField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(outcome__in=ReviewOutcome.values), name="review_outcome_is_known")
        ]

    def __str__(self) -> str:
        return f"{self.report} review"

    @property
    def sealing_key(self) -> Key:
        """The report's key."""
        return self.report.key


class IdentityOpening(SealedModel):
    """One time that a custodian opened an identity alone, and why, before identities had to be asked for.

    No row is added any more, and none changes: `cases.identities` shows them to the custodians.
    """

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="identity_openings")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    reason = SealedField()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["-at", "-id"], name="identity_opening_newest")]

    def __str__(self) -> str:
        return f"{self.report} identity opened"

    @property
    def sealing_key(self) -> Key:
        """The key of the identity itself: who opens the one reads why it was opened before."""
        key = self.report.identity_key
        if key is None:
            raise LookupError(f"{self.report} came without an identity.")
        return key
