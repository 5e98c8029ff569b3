"""What is true of cleaned copies: which file is one of which. What was removed from it is sealed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from integrity.vault.fields import SealedField
from integrity.vault.models import Key, SealedModel, StoredFile


class CleanedCopy(SealedModel):
    """The cleaned copy of a file, kept as a file of its own beside the original, which stays untouched.

    `account` is a sealed dict: original and copy (SHA-256 of both), removed (codes of `Removed`), and made_with
    (name and version of what read the original).
    """

    original = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="cleaned")
    copy = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="cleaned_from")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_on = models.DateField()

    account = SealedField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(original=F("copy")), name="no_file_is_its_own_cleaned_copy"),
        ]

    def __str__(self) -> str:
        return f"cleaned copy of {self.original_id}"

    @property
    def sealing_key(self) -> Key:
        """The key of the original."""
        return self.original.owner_key
