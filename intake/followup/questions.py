"""Questions of the office to one reporting person, and the answers, as data that is sealed with the report.

An answer is kept as `{"answers": {name: answer}, "passed": {name: reason}}`: the answers as those of a questionnaire
(`intake.channels.questionnaire`), and why a question was passed over, when the reporting person said so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from intake.channels.answers import told
from intake.channels.questionnaire import Answer, Choice, Kind, Question
from intake.followup.models import Enquiry
from integrity.vault.keyring import Keyring

MOST: Final = 10
MOST_CHOICES: Final = 12
LONGEST: Final = 20_000
# What a reporting person is asked for one by one; the others belong to a report.
KINDS: Final = (Kind.LONG, Kind.CHOICE, Kind.WHEN)


class Passed(TextChoices):
    """Why somebody passes over a question."""

    UNKNOWN = "unknown", gettext_lazy("I do not know")
    UNSAID = "unsaid", gettext_lazy("I would rather not say")


# The same at the desk, where somebody else reads it.
OF_THEM: Final = {
    Passed.UNKNOWN: gettext_lazy("Does not know"),
    Passed.UNSAID: gettext_lazy("Would rather not say"),
}


@dataclass(frozen=True)
class Answered:
    """What came back: answers by the name of their question, and why others were passed over."""

    answers: Mapping[str, Answer] = field(default_factory=dict)
    passed: Mapping[str, Passed] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As it is sealed."""
        return {"answers": dict(self.answers), "passed": {name: why.value for name, why in self.passed.items()}}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Answered:
        """As it was sealed."""
        return cls(kept["answers"], {name: Passed(why) for name, why in kept["passed"].items()})


@dataclass(frozen=True)
class Asked:
    """One question with its answer in words; `is_given` is false when there is none, and the words say why."""

    label: str
    words: str
    is_given: bool


@dataclass(frozen=True)
class ShownEnquiry:
    """Questions opened for one page; `is_open` while answers are awaited, `is_superseded` when newer ones came."""

    number: int
    reference: str
    author: str
    asked_on: date
    answered_on: date | None
    is_superseded: bool
    asked: Sequence[Asked]

    @property
    def is_open(self) -> bool:
        """Whether answers to it are awaited."""
        return self.answered_on is None and not self.is_superseded


def make_question(number: int, *, kind: Kind, label: str, choices: Iterable[str] = ()) -> Question:
    """The question that comes at a place of the form (from 1), with choices by their words."""
    offered = tuple(Choice(code=f"c{place}", label=words) for place, words in enumerate(choices, start=1))
    return Question(name=f"q{number}", kind=kind, label=label, choices=offered, longest=LONGEST, lines=4)


def to_json(questions: Iterable[Question]) -> list[dict[str, Any]]:
    """As they are sealed."""
    return [
        {
            "kind": question.kind.value,
            "label": str(question.label),
            "choices": [str(choice.label) for choice in question.choices],
        }
        for question in questions
    ]


def questions_of(enquiry: Enquiry, keyring: Keyring) -> list[Question]:
    """The questions of an enquiry. One private-key operation."""
    kept = enquiry.open(keyring, "questions")
    return [
        make_question(number, kind=Kind(each["kind"]), label=each["label"], choices=each["choices"])
        for number, each in enumerate(kept, start=1)
    ]


def shown(enquiry: Enquiry, keyring: Keyring, *, newest: int, to_themself: bool = False) -> ShownEnquiry:
    """Questions and answers in words. `newest` is the number of the report's newest enquiry."""
    answered = Answered.from_json(enquiry.open(keyring, "answers")) if enquiry.answered_on else Answered()
    return ShownEnquiry(
        number=enquiry.number,
        reference=enquiry.report.reference,
        author="" if to_themself else enquiry.author.name,
        asked_on=enquiry.asked_on,
        answered_on=enquiry.answered_on,
        is_superseded=enquiry.answered_on is None and enquiry.number < newest,
        asked=[_asked(question, answered, to_themself=to_themself) for question in questions_of(enquiry, keyring)],
    )


def _asked(question: Question, answered: Answered, *, to_themself: bool) -> Asked:
    label = str(question.label)
    if question.name in answered.answers:
        return Asked(label, told(question, answered.answers[question.name]), is_given=True)
    if question.name in answered.passed:
        why = answered.passed[question.name]
        return Asked(label, str(why.label if to_themself else OF_THEM[why]), is_given=False)
    return Asked(label, _("Not answered"), is_given=False)
