"""The versions of the code of conduct, and who acknowledged them when."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from integrity.people.models import User
from integrity.programme.code import Code, parse
from integrity.rules.effective import EffectiveDocument, EffectiveQuerySet


class CodeDocumentQuerySet(EffectiveQuerySet["CodeDocument"]):
    """`in_force(on)` is the code that binds on a day: the one an allegation about that day cites (R17)."""


class CodeDocument(EffectiveDocument):
    """One published version of the code of conduct."""

    title = models.CharField(max_length=200)

    declared_public = {"title": "the code is published"}

    objects = CodeDocumentQuerySet.as_manager()

    class Meta(EffectiveDocument.Meta):
        verbose_name = _("code of conduct")
        verbose_name_plural = _("codes of conduct")
        constraints = [models.UniqueConstraint(fields=["version"], name="code_version_published_once")]

    def __str__(self) -> str:
        return f"{self.title}, {self.version}"

    @property
    def code(self) -> Code:
        """The code itself. Raises AlteredDocument when the stored text is not the published one."""
        return _parsed(self.source_bytes)


class AcknowledgementQuerySet(models.QuerySet["Acknowledgement"]):
    """Questions about who has acknowledged what."""

    def of(self, person: User, document: CodeDocument) -> Acknowledgement | None:
        """The person's acknowledgement of a version, if there is one."""
        return self.filter(person=person, document=document).first()

    def proof(self, person: User, on: date) -> Acknowledgement | None:
        """The latest acknowledgement the person had given by a day: proof that they knew the code (R17)."""
        return self.filter(person=person, date__lte=on).select_related("document").order_by("date", "pk").last()


class Acknowledgement(models.Model):
    """A person has received and understood one version of the code."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="acknowledgements")
    document = models.ForeignKey(CodeDocument, on_delete=models.PROTECT, related_name="acknowledgements")
    date = models.DateField()

    objects = AcknowledgementQuerySet.as_manager()

    class Meta:
        ordering = ["-date"]
        constraints = [models.UniqueConstraint(fields=["person", "document"], name="code_acknowledged_once")]
        indexes = [models.Index(fields=["document", "date"], name="acknowledged_by_day")]

    def __str__(self) -> str:
        return f"{self.person}: {self.document}"


@lru_cache(maxsize=16)
def _parsed(content: bytes) -> Code:
    return parse(content)
