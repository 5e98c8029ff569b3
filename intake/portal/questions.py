"""What a report is asked, and how its answers are told again: to the reporting person and at the desk.

`Report.answers` is a dictionary of these names to what was written; what was left out is not in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from intake.channels.answers import told
from intake.channels.questionnaire import Answers, Choice, Kind, Question, Questionnaire
from intake.channels.standard import STANDARD

if TYPE_CHECKING:
    from intake.channels.questionnaire import Words


class Concerns(TextChoices):
    """Whom a report is about, as far as it decides who may read it."""

    OTHERS = "others", _("No, neither of these")
    LEADERSHIP = "leadership", _("Yes, the head of the institution or another member of its leadership")
    OFFICE = "office", _("Yes, somebody in the integrity office itself")

    @property
    def independent(self) -> bool:
        """Whether the independent channel must take it."""
        return self is not Concerns.OTHERS


CONCERNS: Final = Question(
    name="concerns",
    kind=Kind.CHOICE,
    choices=tuple(Choice(code=each.value, label=each.label) for each in Concerns),
    label=_("Is it about the leadership, or about the integrity office itself?"),
    hint=_(
        "If it is, your report goes by an independent channel: the people it concerns do not receive it and "
        "cannot open it. If you are not sure, choose “Yes”."
    ),
    required=True,
)


def labelled(answers: Answers, questionnaire: Questionnaire = STANDARD) -> list[tuple[Words, str]]:
    """Question and answer, in the order of the form, for showing; codes as the words that were chosen.

    Answers under names that no question has any more come last, under their name.
    """
    shown: list[tuple[Words, str]] = []
    if CONCERNS.name in answers:
        code = str(answers[CONCERNS.name])
        shown.append((CONCERNS.label, str(Concerns(code).label) if code in Concerns.values else code))
    shown += [
        (question.label, told(question, answers[question.name]))
        for question in questionnaire.questions
        if answers.get(question.name)
    ]
    known = {CONCERNS.name, *questionnaire.names}
    return [*shown, *((name, told(None, value)) for name, value in answers.items() if name not in known)]
