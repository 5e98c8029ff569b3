"""The short scale of triage: four questions with worded answers, and the priority that follows from them.

ISO 37002, 8.3 asks triage to weigh priority, completeness and relevance, and the likelihood of detriment to
the reporting person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

GREATEST = 3


class Priority(models.TextChoices):
    """How soon a report is to be worked."""

    LOW = "low", _("Low")
    NORMAL = "normal", _("Normal")
    HIGH = "high", _("High")
    URGENT = "urgent", _("Urgent")

    @property
    def tone(self) -> str:
        """The colour it has on a page."""
        return {"low": "neutral", "normal": "active", "high": "warning", "urgent": "danger"}[self.value]


@dataclass(frozen=True)
class Scale:
    """One question of the assessment; `anchors` are the words for 0, 1, 2 and 3."""

    name: str
    title: StrPromise
    question: StrPromise
    anchors: tuple[StrPromise, StrPromise, StrPromise, StrPromise]

    @property
    def choices(self) -> list[tuple[int, StrPromise]]:
        """The answers as a form offers them, mildest first."""
        return list(enumerate(self.anchors))


SCALES: tuple[Scale, ...] = (
    Scale(
        "seriousness",
        _("Seriousness"),
        _("If it is true, how bad is it?"),
        (
            _("Not misconduct, or outside the code of conduct"),
            _("A minor breach with little or no harm"),
            _("A serious breach: money, rights or trust are harmed"),
            _("A gross breach: bribery, danger to people, loss on a large scale, or somebody in high office"),
        ),
    ),
    Scale(
        "credibility",
        _("How the reporting person knows"),
        _("How firm is the ground that the report stands on? This is not about the person."),
        (
            _("Nothing is said of how it is known, or it cannot be so"),
            _("Hearsay or a guess"),
            _("Seen or heard in part, and it hangs together"),
            _("Seen, heard or documented at first hand"),
        ),
    ),
    Scale(
        "completeness",
        _("Completeness"),
        _("Can somebody begin to work with it?"),
        (
            _("No: it says neither who nor what nor where"),
            _("Only after questions to the reporting person"),
            _("Yes, with gaps that an investigation can fill"),
            _("Yes: who, what, when and where are there"),
        ),
    ),
    Scale(
        "urgency",
        _("Urgency"),
        _("What is lost by waiting? Think of detriment to the reporting person and of evidence that may vanish."),
        (
            _("Nothing is lost by waiting"),
            _("It goes on, but slowly, and nobody is at risk"),
            _("The reporting person may suffer detriment, or evidence may be lost within weeks"),
            _("Somebody is in danger, or detriment or loss of evidence is happening now"),
        ),
    ),
)


def priority_of(*, seriousness: int, credibility: int, completeness: int, urgency: int) -> Priority:
    """The priority that follows from the four answers, each 0 to 3.

    Urgency leads, because what is lost cannot be had back. Completeness never lowers a priority: an
    incomplete report of something grave calls for questions soon.
    """
    if urgency == GREATEST or (urgency == 2 and seriousness == GREATEST):
        return Priority.URGENT
    if urgency == 2 or (seriousness == GREATEST and credibility > 0) or (seriousness == 2 and credibility == GREATEST):
        return Priority.HIGH
    if seriousness == 0 or (seriousness == 1 and urgency == 0) or (credibility == 0 and completeness == 0):
        return Priority.LOW
    return Priority.NORMAL
