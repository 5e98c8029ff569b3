"""Which days were mailed, to whom it was tried on the last of them, and who wants no mail."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from integrity.people.models import User


class MailState(models.TextChoices):
    """How far one mail came. `BEGUN` is kept before it is handed over: what a crash leaves is not sent twice."""

    BEGUN = "begun", _("Handed over, and nothing is known of it")
    SENT = "sent", _("Taken by the mail server")
    REFUSED = "refused", _("Not taken; it is tried again")


class DigestDay(models.Model):
    """A day on which the mail went out, and how many were taken, refused, and begun by a run that did not end."""

    day = models.DateField(primary_key=True)
    mails = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    unsure = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"{self.day}: {self.mails}"


class DigestMail(models.Model):
    """One person's mail of one day. Rows of earlier days go when the next one begins."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    day = models.ForeignKey(DigestDay, on_delete=models.CASCADE, related_name="rows")
    state = models.CharField(max_length=10, choices=MailState.choices, default=MailState.BEGUN)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "day"], name="one_digest_a_day_for_each_person")]

    def __str__(self) -> str:
        return f"{self.person} {self.day_id}"


class Declined(models.Model):
    """Somebody who wants no such mail."""

    person = models.OneToOneField(User, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return str(self.person)
