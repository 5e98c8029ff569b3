"""What a person proves, beside the passphrase, that they have."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audit import clock
from integrity.people.models import User
from integrity.vault.fields import SealedField
from integrity.vault.models import Key, SealedModel


class FactorKind(models.TextChoices):
    """What proves that it is the person."""

    APP = "app", _("authenticator app")
    PASSKEY = "passkey", _("passkey")
    CODES = "codes", _("recovery codes")
    SPARE = "spare", _("code for one sign-in")


# Those that a person signs in with day by day; the others are for when these are lost.
LASTING = (FactorKind.APP, FactorKind.PASSKEY)


class FactorQuerySet(models.QuerySet["Factor"]):
    """Questions about factors."""

    def of(self, person: User) -> FactorQuerySet:
        """What this person can give now: sealed to the key that they have, and not over."""
        if person.key is None:
            return self.none()
        current = Q(expires_at__isnull=True) | Q(expires_at__gt=clock.now())
        return self.filter(current, person=person, key__lineage=person.key.lineage).select_related("key")

    def lasting(self) -> FactorQuerySet:
        """Apps and passkeys."""
        return self.filter(kind__in=LASTING)


class Factor(SealedModel):
    """One second factor of a person.

    `secret` is sealed to the person's own key: {name, secret} of an app (base32), {name, credential} of a passkey
    (base64 of the attested credential data), {codes} of those that are left. `mark` only grows: the last time step
    that an app's code was taken for, or a passkey's counter of signatures.
    """

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="factors")
    key = models.ForeignKey(Key, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=FactorKind.choices)
    secret = SealedField()
    fleeting = frozenset({"secret"})
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    mark = models.BigIntegerField(default=0)
    left = models.PositiveSmallIntegerField(null=True)

    objects = FactorQuerySet.as_manager()

    class Meta:
        ordering = ["made_at"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=FactorKind.values), name="factor_kind_is_known"),
            models.CheckConstraint(condition=~Q(secret=b""), name="a_factor_is_checked_against_something"),
            models.UniqueConstraint(
                fields=["person", "kind"], condition=~Q(kind__in=LASTING), name="codes_of_a_kind_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.person}"

    @property
    def sealing_key(self) -> Key:
        """The person's own key; whoever makes a new one after a loss sets up a factor anew."""
        return self.key
