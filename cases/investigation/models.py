"""What is true of an investigation. Who did what and when is metadata; what they wrote and found is sealed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models import Allegation, Case
from integrity.vault.fields import SealedField
from integrity.vault.models import Key, SealedModel, StoredFile


class OfCase(SealedModel):
    """Something in a case file, sealed to the case's key."""

    class Meta:
        abstract = True

    case: models.ForeignKey[Case, Case]

    @property
    def sealing_key(self) -> Key:
        """The case's key."""
        return self.case.key


class PlanStatus(models.TextChoices):
    """Where a version of the plan stands."""

    PROPOSED = "proposed", _("Awaiting approval")
    APPROVED = "approved", _("Approved")
    RETURNED = "returned", _("Returned")


class InvestigationPlan(OfCase):
    """One version of the plan. `content` is a sealed dict: questions, sources, interviews, risks."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="plans")
    version = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=10, choices=PlanStatus.choices, default=PlanStatus.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_on = models.DateField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_on = models.DateField(null=True)

    content = SealedField()
    return_reasons = SealedField()

    class Meta:
        ordering = ["version"]
        constraints = [
            models.UniqueConstraint(fields=["case", "version"], name="plan_version_once"),
            models.CheckConstraint(
                condition=Q(status=PlanStatus.PROPOSED, decided_by__isnull=True, decided_on__isnull=True)
                | (~Q(status=PlanStatus.PROPOSED) & Q(decided_by__isnull=False, decided_on__isnull=False)),
                name="plan_decision_has_a_name_and_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case} plan {self.version}"


class Note(OfCase):
    """A note of the investigators; never changed afterwards."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="notes")
    number = models.PositiveIntegerField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    body = SealedField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["case", "number"], name="note_number_once")]

    def __str__(self) -> str:
        return f"{self.case} note {self.number}"


class EvidenceKind(models.TextChoices):
    """What sort of thing an item of evidence is."""

    DOCUMENT = "document", _("Document")
    PHOTOGRAPH = "photograph", _("Photograph")
    RECORDING = "recording", _("Recording")
    DEVICE = "device", _("Device")
    STATEMENT = "statement", _("Statement")
    EXTRACT = "extract", _("Extract of a record")
    OBJECT = "object", _("Physical object")


class EvidenceItem(OfCase):
    """One item of evidence, with at most one file. `details` is a sealed dict: title, description, source, how.

    `custody_length` and `custody_head` say how many events its chain of custody has and the digest of the last.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="evidence")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=20, choices=EvidenceKind.choices)
    obtained_on = models.DateField()
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, null=True, related_name="evidence")
    custody_length = models.PositiveIntegerField(default=0)
    custody_head = models.CharField(max_length=64, blank=True)

    details = SealedField(witnessed=True)
    place_kept = SealedField()

    declared_public = {"custody_head": "digest over digests of ciphertext"}

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["case", "number"], name="evidence_number_once")]

    def __str__(self) -> str:
        return f"{self.case} {self.label}"

    @property
    def label(self) -> str:
        """How people and findings cite it."""
        return f"E-{self.number}"


class CustodyKind(models.TextChoices):
    """What happened to an item of evidence."""

    RECEIVED = "received", _("Received")
    MOVED = "moved", _("Moved")
    HANDED_OVER = "handed_over", _("Handed over")
    COPIED = "copied", _("Copied")
    SEALED = "sealed", _("Put under seal")
    RETURNED = "returned", _("Returned")


class CustodyEvent(SealedModel):
    """One link of a chain of custody (`custody.py`). `details` is a sealed dict: from, to, remark."""

    evidence = models.ForeignKey(EvidenceItem, on_delete=models.CASCADE, related_name="custody")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=CustodyKind.choices)
    on = models.DateField()
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    digest = models.CharField(max_length=64)

    details = SealedField(witnessed=True)

    declared_public = {"digest": "digest over digests of ciphertext"}

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["evidence", "number"], name="custody_number_once")]

    def __str__(self) -> str:
        return f"{self.evidence} custody {self.number}"

    @property
    def sealing_key(self) -> Key:
        """The case's key."""
        return self.evidence.case.key


class Capacity(models.TextChoices):
    """As what a person is interviewed."""

    WITNESS = "witness", _("Witness")
    SUBJECT = "subject", _("Subject")
    EXPERT = "expert", _("Expert")


class Confirmation(models.TextChoices):
    """How the person interviewed stands to the record."""

    SIGNED = "signed", _("Read back and signed")
    READ_BACK = "read_back", _("Read back and confirmed, not signed")
    DISPUTED = "disputed", _("Read back and not confirmed")
    NOT_READ = "not_read", _("Not read back yet")


class Interview(OfCase):
    """An interview.

    `record` is a sealed dict: who, capacity (`Capacity`), place, on (ISO date), time (HH:MM), present,
    caution (bool), text, confirmation (`Confirmation`).
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="interviews")
    number = models.PositiveSmallIntegerField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_on = models.DateField()
    recording = models.OneToOneField(StoredFile, on_delete=models.PROTECT, null=True, related_name="interview")

    record = SealedField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["case", "number"], name="interview_number_once")]

    def __str__(self) -> str:
        return f"{self.case} {self.label}"

    @property
    def label(self) -> str:
        """How people and findings cite it."""
        return f"I-{self.number}"


class Finding(OfCase):
    """The finding on one allegation in one round of findings.

    `outcome` is a sealed `cases.outcomes.Outcome`; `grounds` a sealed dict: reasons, relied_on (labels such as
    "E-1" and "I-2").
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="findings")
    allegation = models.ForeignKey(Allegation, on_delete=models.PROTECT, related_name="findings")
    round = models.PositiveSmallIntegerField()
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    submitted_on = models.DateField()

    outcome = SealedField()
    grounds = SealedField()

    class Meta:
        ordering = ["round", "allegation__number"]
        constraints = [models.UniqueConstraint(fields=["allegation", "round"], name="one_finding_a_round")]

    def __str__(self) -> str:
        return f"{self.allegation} finding {self.round}"


class FindingsReview(OfCase):
    """What somebody else said of a round of findings. `remarks` is a sealed dict: reasons, allegations (numbers)."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="findings_reviews")
    round = models.PositiveSmallIntegerField()
    approved = models.BooleanField()
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reviewed_on = models.DateField()

    remarks = SealedField()

    class Meta:
        ordering = ["round"]
        constraints = [models.UniqueConstraint(fields=["case", "round"], name="one_review_a_round")]

    def __str__(self) -> str:
        return f"{self.case} review {self.round}"


class ReferralDecision(models.TextChoices):
    """What was decided about referring a criminal offence."""

    REFERRED = "referred", _("Referred")
    DECLINED = "declined", _("Not referred")


class ProsecutorReferral(OfCase):
    """A decision on referring one allegation (R4); the last one counts. `grounds` is a sealed dict: body, reasons."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="referrals")
    allegation = models.ForeignKey(Allegation, on_delete=models.PROTECT, related_name="referrals")
    number = models.PositiveSmallIntegerField()
    decision = models.CharField(max_length=10, choices=ReferralDecision.choices)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_on = models.DateField()

    grounds = SealedField()

    class Meta:
        ordering = ["allegation__number", "number"]
        constraints = [models.UniqueConstraint(fields=["allegation", "number"], name="referral_number_once")]

    def __str__(self) -> str:
        return f"{self.allegation} referral {self.number}"


class NoCaseToAnswer(OfCase):
    """The closing of a case in which no allegation was substantiated."""

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="no_case_to_answer")
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    closed_on = models.DateField()

    reasons = SealedField()

    def __str__(self) -> str:
        return f"{self.case} no case to answer"
