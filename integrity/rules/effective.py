"""Documents that hold from a date until a later version does, and that nobody changes once adopted."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from typing import Any, Generic, NoReturn, TypeVar

from django.db import models
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from audit import clock

Document = TypeVar("Document", bound="EffectiveDocument")


class AlteredDocument(RuntimeError):
    """Somebody tried to change an adopted document, or its text no longer has its digest."""


class EffectiveQuerySet(models.QuerySet[Document], Generic[Document]):
    """Questions about which version held when."""

    def in_force(self, on: date | None = None) -> Document:
        """The version that holds on a day, today without one. Raises DoesNotExist before the first."""
        day = on or clock.today()
        found = self.filter(effective_from__lte=day).order_by("effective_from").last()
        if found is None:
            raise self.model.DoesNotExist(f"No {self.model._meta.verbose_name} is in force on {day}.")
        return found

    def update(self, **values: object) -> NoReturn:
        """Refused: a new version is adopted instead."""
        raise AlteredDocument("An adopted document is not changed; adopt a new version.")

    def delete(self) -> NoReturn:
        """Refused: cases cite the versions of their time."""
        raise AlteredDocument("An adopted document is not deleted; cases cite it.")


class EffectiveDocument(models.Model):
    """One adopted version: `content` is the text as it was adopted, `digest` its SHA-256 in hexadecimal."""

    version = models.CharField(max_length=60)
    effective_from = models.DateField(unique=True)
    adopted = models.DateField()
    digest = models.CharField(max_length=64, unique=True)
    content = models.TextField()

    declared_public = {
        "version": "rules and codes are published",
        "digest": "digest of a published document",
        "content": "rules and codes are published",
    }

    class Meta:
        abstract = True
        ordering = ["-effective_from"]

    def save(self, *arguments: Any, **named: Any) -> None:
        """Store a new version. Raises AlteredDocument for one that is stored already."""
        if not self._state.adding:
            raise AlteredDocument("An adopted document is not changed; adopt a new version.")
        super().save(*arguments, **named)

    def delete(self, *arguments: Any, **named: Any) -> NoReturn:
        """Refused: cases cite the versions of their time."""
        raise AlteredDocument("An adopted document is not deleted; cases cite it.")

    @property
    def source_bytes(self) -> bytes:
        """The document as it was adopted. Raises AlteredDocument when it no longer has its digest."""
        content = self.content.encode()
        if digest_of(content) != self.digest:
            raise AlteredDocument(f"The text of {self._meta.verbose_name} {self.version} is not the adopted one.")
        return content

    @classmethod
    def refusal(cls, *, digest: str, effective_from: date) -> str | None:
        """Why a document with this digest may not be adopted from this day, as a sentence; None when it may.

        The first version may reach back, to cover what happened before the system came; a later one may not,
        and it must begin after every other, so that no two hold on one day and no past day changes its rules.
        """
        versions: models.QuerySet[Any] = cls._default_manager.all()
        same = versions.filter(digest=digest).first()
        if same:
            return _("This text was adopted already, as version %(version)s.") % {"version": same.version}
        latest = versions.order_by("effective_from").last()
        if latest is None:
            return None
        if effective_from <= latest.effective_from:
            return _("Version %(version)s is already adopted from %(date)s. Choose a later day.") % {
                "version": latest.version,
                "date": date_format(latest.effective_from),
            }
        if effective_from < clock.today():
            return _("A new version cannot take effect in the past. Choose today or a later day.")
        return None


def digest_of(content: bytes) -> str:
    """SHA-256 of a document, in hexadecimal."""
    return sha256(content).hexdigest()
