"""What a channel asks: questions in an order, each with its words in every language of the channel.

A questionnaire is data. It is checked when it is made (`Malformed` names what is wrong), never changed once reports
answer it, and it reads its answers again: `Report.answers` is a dictionary of question names to what was answered.
What was left out is not in it, and neither is what was not asked because of another answer.

| Kind | Its answer |
|---|---|
| short, long, place | text |
| choice | the code of a choice |
| several | a list of codes |
| when | `{"from": "2026-03-01", "until": "2026-04-30", "words": "…"}`, any of them missing |
| people | a list of `{"name": "…", "office": "…", "role": "…"}`, any of them missing |
| amount | `{"amount": "1200.50", "currency": "USD"}`, the currency missing when none was chosen |
| files | nothing: files are attachments of the report |
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from django.db.models import TextChoices
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from integrity.rules.text import Text

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

    Words: TypeAlias = Text | StrPromise | str

Answer: TypeAlias = "str | list[Any] | dict[str, str]"
Answers: TypeAlias = Mapping[str, Answer]

NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
LONGEST_SHORT: Final = 500
LONGEST_LONG: Final = 50_000
MOST_QUESTIONS: Final = 60
MOST_CHOICES: Final = 40
LONGEST_NAMED: Final = 80
# Under which files are sent, whatever the words of the question are.
FILES_NAME: Final = "files"
# Names that the form itself uses.
RESERVED: Final = frozenset({"path", "concerns", "channel", "name", "contact", "page", "at", "go"})


class Malformed(ValueError):
    """A questionnaire that cannot be asked; the sentence tells the programme officer what is wrong where."""


class Kind(TextChoices):
    """What a question is answered with."""

    SHORT = "short", _("A line of text")
    LONG = "long", _("A longer text")
    CHOICE = "choice", _("One of several choices")
    SEVERAL = "several", _("Any of several choices")
    WHEN = "when", _("A day or a period")
    PLACE = "place", _("A place")
    PEOPLE = "people", _("People: name, office, role")
    AMOUNT = "amount", _("An amount of money")
    FILES = "files", _("Files")

    @property
    def has_choices(self) -> bool:
        """Whether the question brings choices along."""
        return self in {Kind.CHOICE, Kind.SEVERAL}

    @property
    def use(self) -> StrPromise:
        """What a programme officer should know before choosing it."""
        return USES[self]

    @property
    def has_length(self) -> bool:
        """Whether the answer is a text of a greatest length."""
        return self in {Kind.SHORT, Kind.LONG, Kind.PLACE}


USES: Final = {
    Kind.SHORT: _("For a name or a number: a contract, a vessel, a licence."),
    Kind.LONG: _("For a story in somebody's own words."),
    Kind.CHOICE: _("Other questions can depend on what was chosen."),
    Kind.SEVERAL: _("As many as apply. Other questions can depend on what was chosen."),
    Kind.WHEN: _("One day, or from one day until another; a month or a year is enough. And words for the rest."),
    Kind.PLACE: _("An office, a gate, a warehouse, a town."),
    Kind.PEOPLE: _("Room for several people, each with a name, an office and a role."),
    Kind.AMOUNT: _("An amount and its currency."),
    Kind.FILES: _("Photos, papers, recordings. Once in a form."),
}


@dataclass(frozen=True)
class Choice:
    """One thing to choose, kept by its code."""

    code: str
    label: Words


@dataclass(frozen=True)
class Condition:
    """Asked only when an earlier question of kind choice or several was answered with one of these codes."""

    question: str
    answers: tuple[str, ...]

    def holds(self, answers: Answers) -> bool:
        """Whether what was answered so far meets it."""
        given = answers.get(self.question)
        chosen = given if isinstance(given, list) else [given]
        return any(code in self.answers for code in chosen)


@dataclass(frozen=True)
class Question:
    """One question: `label` asks, `hint` says what helps an investigator, `longest` counts characters.

    `paths` are the reporting persons who are asked it (values of `portal.models.Path`); empty for everybody.
    """

    name: str
    kind: Kind
    label: Words
    hint: Words = ""
    required: bool = False
    longest: int = LONGEST_LONG
    lines: int = 3
    choices: tuple[Choice, ...] = ()
    condition: Condition | None = None
    paths: frozenset[str] = frozenset()
    missing: Words = ""

    def label_of(self, code: str) -> Words:
        """The words of a choice; an unknown code as it is."""
        return next((choice.label for choice in self.choices if choice.code == code), code)


@dataclass(frozen=True)
class Questionnaire:
    """The questions of a channel, in their order. Raises Malformed when they cannot be asked."""

    questions: tuple[Question, ...]

    def __post_init__(self) -> None:
        for _question, sentence in problems(self.questions):
            raise Malformed(sentence)

    def __getitem__(self, name: str) -> Question:
        for question in self.questions:
            if question.name == name:
                return question
        raise KeyError(name)

    @property
    def names(self) -> list[str]:
        """The names of the questions, in order."""
        return [question.name for question in self.questions]

    @property
    def has_conditions(self) -> bool:
        """Whether any question depends on an answer to another."""
        return any(question.condition for question in self.questions)

    def asked(self, answers: Answers, *, path: str = "") -> list[Question]:
        """The questions that are asked of somebody on this path who answered so far like this, in order.

        A question whose condition hangs on one that is not asked itself is not asked either.
        """
        asked: list[Question] = []
        heard: dict[str, Answer] = {}
        for question in self.questions:
            if question.paths and path not in question.paths:
                continue
            if question.condition is not None and not question.condition.holds(heard):
                continue
            asked.append(question)
            if question.name in answers:
                heard[question.name] = answers[question.name]
        return asked

    def kept(self, answers: Answers, *, path: str = "") -> dict[str, Answer]:
        """Of what was answered, what was asked and is not empty: what is sealed with the report."""
        return {
            question.name: answers[question.name]
            for question in self.asked(answers, path=path)
            if question.kind != Kind.FILES and answers.get(question.name)
        }


def called(words: object) -> str:
    """How a sentence names a question: its words, cut where they are long."""
    text = " ".join(str(words).split())
    return text if len(text) <= LONGEST_NAMED else f"{text[: LONGEST_NAMED - 1].rstrip()}…"


def problems(questions: Sequence[Question]) -> Iterator[tuple[Question | None, str]]:
    """What stands in the way of asking these questions: which question, and the sentence about it."""
    if not questions:
        yield None, gettext("A channel asks at least one question.")
    elif not any(question.required for question in questions if question.kind != Kind.FILES):
        yield None, gettext("One question at least must be answered, or an empty report could be sent.")
    if len(questions) > MOST_QUESTIONS:
        yield None, gettext("A channel asks at most %(most)d questions.") % {"most": MOST_QUESTIONS}
    earlier: dict[str, Question] = {}
    for question in questions:
        for sentence in (*_of_its_own(question, earlier), *_of_choices(question), *_of_condition(question, earlier)):
            yield question, sentence % {"name": _named(question)}
        earlier.setdefault(question.name, question)


def _named(question: Question) -> str:
    return called(question.name if _is_empty(question.label) else question.label)


def _is_empty(words: Words) -> bool:
    """Whether somebody left words out. Those of the code itself are not looked at: no language is chosen yet."""
    return isinstance(words, Text | str) and not str(words).strip()


def _of_its_own(question: Question, earlier: Mapping[str, Question]) -> Iterator[str]:
    if not NAME.fullmatch(question.name) or question.name in RESERVED:
        yield gettext("Question “%(name)s”: its short name cannot be used; take another one.")
    if question.name == FILES_NAME and question.kind != Kind.FILES:
        yield gettext("Question “%(name)s”: its short name cannot be used; take another one.")
    if question.name in earlier:
        yield gettext("Question “%(name)s” has the same short name as another one.")
    if _is_empty(question.label):
        yield gettext("The question “%(name)s” has no words.")
    if question.kind == Kind.FILES and any(each.kind == Kind.FILES for each in earlier.values()):
        yield gettext("Question “%(name)s”: files are asked for once.")
    if question.kind == Kind.FILES and question.required:
        yield gettext("Question “%(name)s”: nobody has to send files.")


def _of_choices(question: Question) -> Iterator[str]:
    codes = [choice.code for choice in question.choices]
    if question.kind.has_choices != bool(codes) or len(codes) == 1:
        yield gettext("The question “%(name)s” needs two choices or more, or another kind.")
    if len(codes) > MOST_CHOICES or len(set(codes)) < len(codes):
        yield gettext("The choices of “%(name)s” are too many, or two are the same.")
    if any(not NAME.fullmatch(choice.code) or _is_empty(choice.label) for choice in question.choices):
        yield gettext("Each choice of “%(name)s” needs a code and words.")


def _of_condition(question: Question, earlier: Mapping[str, Question]) -> Iterator[str]:
    condition = question.condition
    if condition is None:
        return
    on = earlier.get(condition.question)
    if on is None or not on.kind.has_choices:
        yield gettext("“%(name)s” can only depend on an earlier question with choices.")
    elif not condition.answers or set(condition.answers) - {choice.code for choice in on.choices}:
        yield gettext("“%(name)s” depends on an answer that nobody can give.")
