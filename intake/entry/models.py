"""What is known of a report that the office entered itself, beside the report, and of one that is being entered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audit import clock
from intake.portal.models import Report
from integrity.vault.fields import SealedField
from integrity.vault.models import Key, SealedModel

if TYPE_CHECKING:
    from integrity.people.models import User

# As large as the steps of a draft on the portal: its length shall not tell how much was said.
DRAFT_STEP: Final = 4096


class Handover(models.TextChoices):
    """What became of the receipt of a report that was entered."""

    OPEN = "open", _("The receipt is not handed over yet")
    HANDED = "handed", _("The receipt was handed over")
    NONE = "none", _("Nobody has a receipt")


class EnteredReport(models.Model):
    """A report that an officer entered, or that was imported. Who entered it is in the log alone.

    `earlier` is a keyed hash of the reference that an imported report had elsewhere, by which it is imported once.
    """

    report = models.OneToOneField(Report, on_delete=models.CASCADE, related_name="entered")
    receipt = models.CharField(max_length=10, choices=Handover.choices)
    earlier = models.BinaryField(max_length=32, null=True, unique=True)

    declared_public = {"earlier": "keyed hash of the reference that the report had elsewhere"}

    def __str__(self) -> str:
        return f"{self.report} entered"


class EntryDraftQuerySet(models.QuerySet["EntryDraft"]):
    """Questions about drafts."""

    def of(self, person: User) -> EntryDraftQuerySet:
        """Those that this person can open with the key that they have, and whose time is not over."""
        if person.key is None:
            return self.none()
        return self.filter(person=person, key__lineage=person.key.lineage, ends_on__gte=clock.today())

    def closed_to(self, person: User) -> EntryDraftQuerySet:
        """Those that were sealed to a key which this person has lost."""
        lineage = None if person.key is None else person.key.lineage
        return self.filter(person=person, ends_on__gte=clock.today()).exclude(key__lineage=lineage)


class EntryDraft(SealedModel):
    """What an officer typed of a report that is not sent yet, sealed to that officer's own key and to nothing else.

    `version` counts how often it was kept: by it a window learns that another one kept something meanwhile.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="entry_drafts")
    key = models.ForeignKey(Key, on_delete=models.CASCADE, related_name="+")
    content = SealedField(padding=DRAFT_STEP)
    version = models.PositiveIntegerField(default=1)
    kept_on = models.DateField()
    ends_on = models.DateField()

    # It goes when it is sent, thrown away or swept.
    fleeting = frozenset({"content"})

    objects = EntryDraftQuerySet.as_manager()

    class Meta:
        ordering = ["-kept_on", "pk"]
        indexes = [models.Index(fields=["ends_on"], name="entry_draft_ends")]
        constraints = [
            models.CheckConstraint(condition=~Q(content=b""), name="an_entry_draft_has_content"),
            models.CheckConstraint(condition=Q(version__gte=1), name="an_entry_draft_was_kept"),
        ]

    def __str__(self) -> str:
        return f"draft {self.pk}"

    @property
    def sealing_key(self) -> Key:
        """Nobody but the officer opens it: neither a colleague, nor the custodians of the recovery."""
        return self.key

    @property
    def pseudonym(self) -> str:
        """How the audit log names this draft."""
        return f"entry-draft/{self.pk}"
