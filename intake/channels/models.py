"""Ways in: each channel has its own recipients, its own questions, and its own words in each language."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from intake.channels import reading
from intake.channels.questionnaire import Questionnaire
from integrity.rules.text import Text


class Channel(models.Model):
    """A way in. `independent` marks those for reports about the leadership or the integrity office itself.

    `name` is what the desk calls it; `words` is what reporting persons read, `{"name": {"en": "…"}, "about": {…}}`.
    `paths` and `languages` narrow who is offered it; empty means everybody.
    """

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    words = models.JSONField(default=dict, blank=True)
    independent = models.BooleanField(default=False)
    about_leadership = models.BooleanField(default=False)
    about_office = models.BooleanField(default=False)
    paths = models.JSONField(default=list, blank=True)
    languages = models.JSONField(default=list, blank=True)
    active = models.BooleanField(default=True)
    order = models.PositiveSmallIntegerField(default=0)
    recipients = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="channels", blank=True)

    declared_public = {
        "code": "shown to everybody on the portal",
        "name": "shown to everybody on the portal",
        "words": "shown to everybody on the portal",
        "paths": "codes of kinds of reporting persons",
        "languages": "codes of languages",
    }

    class Meta:
        ordering = ["independent", "order", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(independent=False, about_leadership=False, about_office=False)
                | Q(Q(about_leadership=True) | Q(about_office=True), independent=True),
                name="an_independent_channel_says_whom_it_is_about",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def public_name(self) -> str:
        """What reporting persons read as its name, in their language."""
        return self._words("name") or self.name

    @property
    def about(self) -> str:
        """What it is for, in the reader's language; may be empty."""
        return self._words("about")

    def _words(self, part: str) -> str:
        told = {language: text for language, text in self.words.get(part, {}).items() if text}
        return str(Text(tuple(sorted(told.items())))) if "en" in told else ""


class PublishedForGood(RuntimeError):
    """A published version of questions was to be changed: a bug, so nothing was."""


class ChannelQuestions(models.Model):
    """One version of what a channel asks, as `intake.channels.reading` writes it. Never changed once it is published.

    A channel without one asks the standard questions (`intake.channels.standard`), and so did a report without one.
    """

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    content = models.JSONField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True)
    published_on = models.DateField(null=True)

    declared_public = {"content": "questions that are shown to everybody on the portal"}

    class Meta:
        ordering = ["channel", "version"]
        constraints = [
            models.UniqueConstraint(fields=["channel", "version"], name="channel_questions_version_once"),
            models.UniqueConstraint(
                fields=["channel"], condition=Q(published_on__isnull=True), name="channel_questions_one_draft"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.version}"

    def save(self, *arguments: Any, **named: Any) -> None:
        """Keep it. What is published stays as it is; the database refuses its change as well."""
        if not self._state.adding and type(self).objects.filter(pk=self.pk, published_on__isnull=False).exists():
            raise PublishedForGood(str(self))
        super().save(*arguments, **named)

    def delete(self, *arguments: Any, **named: Any) -> tuple[int, dict[str, int]]:
        """Throw a draft away. What is published stays."""
        if self.published_on is not None:
            raise PublishedForGood(str(self))
        return super().delete(*arguments, **named)

    @property
    def questionnaire(self) -> Questionnaire:
        """What it asks. Raises Malformed for a draft that cannot be asked yet."""
        return reading.read(self.content)
