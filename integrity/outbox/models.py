"""The outbox: the truth about what must still be done. The broker is only a wake-up."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Errand(models.Model):
    """Something to do after a commit: a registered name and identifiers, never content."""

    name = models.CharField(max_length=60)
    arguments = models.JSONField(default=dict)
    posted_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    failure = models.CharField(max_length=120, blank=True)
    done_at = models.DateTimeField(null=True)

    declared_public = {
        "name": "name of a registered errand",
        "arguments": "identifiers only",
        "failure": "class of an error, without its text",
    }

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["posted_at"], condition=Q(done_at__isnull=True), name="errand_open")]

    def __str__(self) -> str:
        return f"{self.name} {self.pk}"
