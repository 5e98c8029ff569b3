"""What is true of the discipline of a case: referral, notice, service, answer, hearing, decision, endorsement."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models import Case, Subject
from integrity.rules.terms import Gravity
from integrity.vault.fields import SealedField
from integrity.vault.models import Key, SealedModel, StoredFile


class ServiceMethod(models.TextChoices):
    """How a document was brought to the respondent."""

    IN_PERSON = "in_person", _("Handed over in person")
    REGISTERED_MAIL = "registered_mail", _("Registered mail")
    ELECTRONIC = "electronic", _("Electronically, with a receipt")
    LAST_ADDRESS = "last_address", _("Left at the last known address")


class Signature(models.TextChoices):
    """What the respondent did when the record of the hearing was read back. Stored sealed."""

    SIGNED = "signed", _("Read back and signed")
    REFUSED = "refused", _("Read back; the respondent did not sign")
    ABSENT = "absent", _("The respondent was called and did not come")


class Disciplinary(SealedModel):
    """A sealed record of the discipline room; everything is sealed to the case's key."""

    class Meta:
        abstract = True

    case: models.ForeignKey[Case, Case]

    @property
    def sealing_key(self) -> Key:
        """The case's key."""
        return self.case.key


class Referral(Disciplinary):
    """The case was put before a deciding authority; the newest names the one that acts now.

    `mandate` is the authority that the pack names for the respondent's grade and the gravity of the charge.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="disciplinary_referrals")
    respondent = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    authority = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    mandate = models.CharField(max_length=60)
    referred_on = models.DateField()
    order = models.PositiveSmallIntegerField()

    remark = SealedField()

    declared_public = {"mandate": "code of an authority in the rule pack"}

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["case", "order"], name="referral_order_once")]

    def __str__(self) -> str:
        return f"{self.case} referral {self.order}"


class ShowCauseNotice(Disciplinary):
    """The charge. `content` is a sealed dict: charges {allegation number: text}, particulars, rights,
    evidence [text]. `gravity` is that of the gravest charge.
    """

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="notice")
    number = models.CharField(max_length=20, unique=True)
    issued_on = models.DateField()
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    authority_code = models.CharField(max_length=60)
    gravity = models.CharField(max_length=10, choices=Gravity.choices)

    content = SealedField()

    declared_public = {
        "number": "random, printed on the document",
        "authority_code": "code of an authority in the rule pack",
    }

    def __str__(self) -> str:
        return self.number


class Representation(Disciplinary):
    """The respondent's answer, or that none came (`received_on` empty)."""

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="representation")
    recorded_on = models.DateField()
    received_on = models.DateField(null=True)
    late = models.BooleanField(default=False)
    wishes_hearing = models.BooleanField(default=False)
    files = models.ManyToManyField(StoredFile, related_name="+")

    text = SealedField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(received_on__isnull=False) | Q(late=False, wishes_hearing=False),
                name="no_answer_asks_for_nothing",
            )
        ]

    def __str__(self) -> str:
        return f"{self.case} representation"


class Hearing(Disciplinary):
    """A hearing. `content` is a sealed dict: place, present, assistance, record, signature (Signature)."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="hearings")
    held_on = models.DateField()
    held_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    order = models.PositiveSmallIntegerField()

    content = SealedField()

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["case", "order"], name="hearing_order_once")]

    def __str__(self) -> str:
        return f"{self.case} hearing {self.order}"


class Decision(Disciplinary):
    """What the authority decided in a round; a remitted case is decided in a new round.

    Sealed: `outcomes` {allegation number as text: Outcome}, `factors` [code], `sanction` {"code", "amount"}
    or {} when nothing was found, `reasons`. `endorser` is who was asked for the second signature, if one is needed.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="decisions")
    number = models.CharField(max_length=20, unique=True)
    round = models.PositiveSmallIntegerField()
    decided_on = models.DateField()
    authority = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    authority_code = models.CharField(max_length=60)
    gravity = models.CharField(max_length=10, choices=Gravity.choices)
    endorser = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    outcomes = SealedField()
    factors = SealedField()
    sanction = SealedField()
    reasons = SealedField()

    declared_public = {
        "number": "random, printed on the document",
        "authority_code": "code of an authority in the rule pack",
    }

    class Meta:
        ordering = ["round"]
        constraints = [
            models.UniqueConstraint(fields=["case", "round"], name="one_decision_in_a_round"),
            models.CheckConstraint(
                condition=Q(endorser__isnull=True) | ~Q(endorser=models.F("authority")),
                name="nobody_endorses_their_own_decision",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Endorsement(SealedModel):
    """The second signature under a decision."""

    decision = models.OneToOneField(Decision, on_delete=models.CASCADE, related_name="endorsement")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    endorsed_on = models.DateField()

    remark = SealedField()

    def __str__(self) -> str:
        return f"{self.decision} endorsed"

    @property
    def sealing_key(self) -> Key:
        """The case's key."""
        return self.decision.case.key


class ServiceProof(Disciplinary):
    """The proof that the notice or a decision reached the respondent; every time limit runs from `served_on`.

    `content` is a sealed dict: received_by, remark.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="service_proofs")
    notice = models.OneToOneField(ShowCauseNotice, on_delete=models.CASCADE, null=True, related_name="service")
    decision = models.OneToOneField(Decision, on_delete=models.CASCADE, null=True, related_name="service")
    served_on = models.DateField()
    recorded_on = models.DateField()
    method = models.CharField(max_length=20, choices=ServiceMethod.choices)
    files = models.ManyToManyField(StoredFile, related_name="+")

    content = SealedField()

    class Meta:
        ordering = ["recorded_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(notice__isnull=False, decision__isnull=True)
                | Q(notice__isnull=True, decision__isnull=False),
                name="a_proof_is_of_one_document",
            )
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.served_on:%Y-%m-%d}"


class Implementation(Disciplinary):
    """The sanction in force was carried out."""

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="implementation")
    implemented_on = models.DateField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    remark = SealedField()

    def __str__(self) -> str:
        return f"{self.case} implemented"
