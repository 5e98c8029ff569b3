"""What a report is asked, and how its answers are told again: to the reporting person and at the desk.

`Report.answers` is a dictionary of these names to what was written; what was left out is not in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


class Concerns(TextChoices):
    """Whom a report is about, as far as it decides who may read it."""

    OTHERS = "others", _("No, neither of these")
    LEADERSHIP = "leadership", _("Yes, the head of the institution or another member of its leadership")
    OFFICE = "office", _("Yes, somebody in the integrity office itself")

    @property
    def independent(self) -> bool:
        """Whether the independent channel must take it."""
        return self is not Concerns.OTHERS


@dataclass(frozen=True)
class Question:
    """One question: `label` asks, `hint` says what helps an investigator, `longest` counts characters."""

    name: str
    label: StrPromise
    hint: StrPromise
    longest: int = 2_000
    lines: int = 3
    required: bool = False


CONCERNS: Final = Question(
    name="concerns",
    label=_("Is it about the leadership, or about the integrity office itself?"),
    hint=_(
        "If it is, your report goes by an independent channel: the people it concerns do not receive it and "
        "cannot open it. If you are not sure, choose “Yes”."
    ),
    required=True,
)

QUESTIONS: Final = (
    Question(
        name="what",
        label=_("What happened?"),
        hint=_(
            "In your own words, in any language, as it comes to mind. What did you see or hear yourself, and "
            "what did others tell you? You need not be certain, and you need not prove anything."
        ),
        longest=50_000,
        lines=10,
        required=True,
    ),
    Question(
        name="when",
        label=_("When did it happen?"),
        hint=_("A day, a month, or a period. For example: “in the morning of 3 May”, or “every week since January”."),
        lines=2,
    ),
    Question(
        name="where",
        label=_("Where did it happen?"),
        hint=_("An office, a gate, a warehouse, a vessel, a telephone call. Something that can be found again helps."),
        lines=2,
    ),
    Question(
        name="who",
        label=_("Who was part of it, and who else saw it?"),
        hint=_(
            "Names, positions or descriptions, and what each of them did. If very few people could know something, "
            "think whether naming it could point at you."
        ),
        longest=10_000,
        lines=4,
    ),
    Question(
        name="how_known",
        label=_("How do you know?"),
        hint=_("Were you there, did you see papers or messages, or did somebody tell you? Where could proof be found?"),
        longest=10_000,
        lines=4,
    ),
    Question(
        name="reported_before",
        label=_("Have you told anybody about it before?"),
        hint=_("Whom, about when, and what came of it. This helps us not to alert the wrong person."),
        longest=10_000,
        lines=3,
    ),
)


def labelled(answers: Mapping[str, str]) -> list[tuple[StrPromise | str, StrPromise | str]]:
    """Question and answer, in the order of the form, for showing; codes as the words that were chosen.

    Answers under names that no question has any more come last, under their name.
    """
    shown: list[tuple[StrPromise | str, StrPromise | str]] = []
    if CONCERNS.name in answers:
        code = answers[CONCERNS.name]
        shown.append((CONCERNS.label, Concerns(code).label if code in Concerns.values else code))
    shown += [(question.label, answers[question.name]) for question in QUESTIONS if answers.get(question.name)]
    known = {CONCERNS.name, *(question.name for question in QUESTIONS)}
    return [*shown, *((name, value) for name, value in answers.items() if name not in known)]
