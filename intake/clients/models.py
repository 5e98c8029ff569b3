"""Programs that send reports by the API with a key of their own."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import Q

from intake.channels.models import Channel
from intake.portal.models import Origin

PREFIX: Final = "ioc_"
KEY_BYTES: Final = 32
# How reports that a hotline provider passes on can have reached it.
ORIGINS: Final = (Origin.API, Origin.PHONE, Origin.EMAIL, Origin.LETTER)


class ApiClientQuerySet(models.QuerySet["ApiClient"]):
    """Questions about clients."""

    def with_key(self, key: str) -> ApiClient | None:
        """The client with this key that was not ended, or None. One query, by an index of hashes."""
        # Who made it is not read: the portal's account of the database may not.
        return self.defer("made_by", "ended_by").filter(key_hash=hash_of(key), ended_on__isnull=True).first()


class ApiClient(models.Model):
    """A program that sends reports. It opens nothing: only receipts open inboxes. Of its key a hash is kept.

    Without `channels` it may use every channel that takes a report. By `form_hash` a page that is sent twice makes one.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    key_hash = models.BinaryField(max_length=32, unique=True)
    form_hash = models.BinaryField(max_length=32, unique=True, null=True)
    origin = models.CharField(max_length=10, choices=[(each.value, each.label) for each in ORIGINS])
    channels = models.ManyToManyField(Channel, related_name="clients", blank=True)
    per_minute = models.PositiveIntegerField(default=30)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_on = models.DateField()
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    ended_on = models.DateField(null=True)
    used_on = models.DateField(null=True)

    declared_public = {
        "name": "name of a hotline provider",
        "key_hash": "SHA-256 of 256 random bits: opens nothing",
        "form_hash": "SHA-256 of a random number of the page that made it: opens nothing",
    }

    objects = ApiClientQuerySet.as_manager()

    class Meta:
        ordering = ["name", "made_on"]
        constraints = [
            models.CheckConstraint(condition=Q(per_minute__gte=1), name="a_client_may_send_something"),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True, ended_by__isnull=True)
                | Q(ended_on__isnull=False, ended_by__isnull=False),
                name="a_client_is_ended_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def pseudonym(self) -> str:
        """How the audit log names this client."""
        return f"client/{self.pk}"


def new_key() -> str:
    """256 random bits in base64url, behind a prefix by which a leaked one is recognised."""
    return PREFIX + secrets.token_urlsafe(KEY_BYTES)


def hash_of(key: str) -> bytes:
    """SHA-256. The key has 256 random bits, so nothing slower is needed to keep it from being guessed."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
