"""Whom a report is about, as far as it decides who may read it."""

from __future__ import annotations

from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from intake.channels.questionnaire import Choice, Kind, Question


class Concerns(TextChoices):
    """Whom a report is about, which decides by which channels it goes: `routing.py`.

    Nobody can promise that none of those it is about is among the recipients; where that is likely, it is told.
    """

    OTHERS = "others", _("No, neither of these")
    LEADERSHIP = "leadership", _("Yes, the head of the institution or another member of its leadership")
    OFFICE = "office", _("Yes, somebody in the integrity office itself")

    @property
    def independent(self) -> bool:
        """Whether an independent channel must take it."""
        return self is not Concerns.OTHERS


CONCERNS: Final = Question(
    name="concerns",
    kind=Kind.CHOICE,
    choices=tuple(Choice(code=each.value, label=each.label) for each in Concerns),
    label=_("Is it about the leadership, or about the integrity office itself?"),
    hint=_(
        "If it is, your report goes by an independent channel, to the people appointed for it. Others do not receive "
        "it and cannot open it. If you are not sure, choose “Yes”."
    ),
    required=True,
)
