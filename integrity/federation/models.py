"""Which account here belongs to which subject at the provider, and who is on the way there and back."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audit import clock
from integrity.people.models import User


class IdentityQuerySet(models.QuerySet["Identity"]):
    """Questions about links."""

    def in_force(self) -> IdentityQuerySet:
        """Those that nobody ended."""
        return self.filter(ended_at__isnull=True)


class Identity(models.Model):
    """A person's account at the provider. Ended links stay, so that a subject never moves to somebody else unseen."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="identities")
    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)
    linked_at = models.DateTimeField()
    by_claim = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    declared_public = {
        "issuer": "address of the institution's identity provider",
        "subject": "identifier of a staff account at the identity provider",
    }

    objects = IdentityQuerySet.as_manager()

    class Meta:
        ordering = ["-linked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["issuer", "subject"], condition=Q(ended_at__isnull=True), name="a_subject_is_one_person"
            ),
            models.UniqueConstraint(
                fields=["person", "issuer"], condition=Q(ended_at__isnull=True), name="a_person_is_one_subject"
            ),
            models.CheckConstraint(condition=~Q(subject=""), name="a_link_names_its_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.person} at {self.issuer}"


class Purpose(models.TextChoices):
    """What somebody asked the provider for."""

    SIGN_IN = "sign_in", _("signing in")
    LINK = "link", _("linking an account")


class Stage(models.TextChoices):
    """How far an attempt has come; it never goes back."""

    BEGUN = "begun", _("sent to the provider")
    BACK = "back", _("came back, being checked")
    ANSWERED = "answered", _("identified")
    ENDED = "ended", _("over")


class Attempt(models.Model):
    """One way to the provider and back. Only the hash of the secret in the browser's cookie is kept, and no token.

    `person` is who asked (a link) or who was identified (a sign-in); `by_claim` says that a sign-in makes the link.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    secret_hash = models.BinaryField(max_length=32, unique=True)
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.BEGUN)
    person = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    language = models.CharField(max_length=20)
    next = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    issuer = models.CharField(max_length=255, blank=True)
    subject = models.CharField(max_length=255, blank=True)
    by_claim = models.BooleanField(default=False)

    declared_public = {
        "secret_hash": "hash of a random secret",
        "language": "code of the language that the pages are read in",
        "next": "address of the page of the desk that was asked for, for ten minutes",
        "issuer": "address of the institution's identity provider",
        "subject": "identifier of a staff account at the identity provider",
    }

    class Meta:
        indexes = [models.Index(fields=["at"], name="attempt_by_time")]
        constraints = [
            models.CheckConstraint(condition=Q(purpose__in=Purpose.values), name="attempt_purpose_is_known"),
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="attempt_stage_is_known"),
            models.CheckConstraint(
                condition=~Q(stage=Stage.ANSWERED) | (Q(person__isnull=False) & ~Q(subject="")),
                name="an_answer_names_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.stage}"

    @property
    def is_over(self) -> bool:
        """True when its ten minutes have passed."""
        return (clock.now() - self.at).total_seconds() > LIFETIME


# Seconds from one step to the next: to the provider and back, and from there to the passphrase.
LIFETIME = 600
