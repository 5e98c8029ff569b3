"""The questions of a channel as JSON (`ChannelQuestions.content`), read and written.

What is kept: `{"questions": [{"name": "what", "kind": "long", "label": {"en": "…", "ar": "…"}, …}]}`. Of a question
only what differs from its default is written. Whatever cannot be read raises Malformed with a sentence that names the
question, so that a programme officer knows where to look.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from intake.channels.paths import Path
from intake.channels.questionnaire import (
    LONGEST_LONG,
    MOST_CHOICES,
    MOST_QUESTIONS,
    Choice,
    Condition,
    Kind,
    Malformed,
    Question,
    Questionnaire,
    called,
)
from intake.channels.standard import STANDARD
from integrity.rules.text import FALLBACK, Text

if TYPE_CHECKING:
    from intake.channels.models import Channel, ChannelQuestions
    from intake.channels.questionnaire import Words
    from intake.portal.models import Report

LONGEST_LABEL: Final = 300
LONGEST_HINT: Final = 2_000
LONGEST_CHOICE: Final = 200
MOST_LINES: Final = 30
# Everything that fits the bounds of single questions, in a dozen languages, and nothing that would choke a page.
MOST_CHARACTERS: Final = 1_000_000
PARTS: Final = {"label": LONGEST_LABEL, "hint": LONGEST_HINT, "missing": LONGEST_LABEL}
KNOWN: Final = frozenset({"name", "kind", *PARTS, "required", "longest", "lines", "choices", "condition", "paths"})
LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})?")


@dataclass(frozen=True)
class MissingWords:
    """Words that a question has in English and not in `language`; `part` is label, hint, missing or a choice's code."""

    question: Question
    part: str
    language: str


def questionnaire_of(version: ChannelQuestions | None) -> Questionnaire:
    """What a version of a channel's questions asks; without one, the standard questions."""
    return STANDARD if version is None else version.questionnaire


def answered_version(report: Report) -> ChannelQuestions | None:
    """The version of its channel's questions that a report answered, or None for the standard questions.

    Who made it is not read: the portal's account may not.
    """
    if report.questions_id is None:
        return None
    return report.channel.versions.defer("made_by").get(pk=report.questions_id)


def current_questions(channel: Channel) -> ChannelQuestions | None:
    """The version that a report is asked today, or None for the standard questions."""
    return channel.versions.filter(published_on__isnull=False).defer("made_by").order_by("-version").first()


def read(content: Any) -> Questionnaire:
    """The questionnaire that was written. Raises Malformed."""
    # Read once for what it says, not for the row it stands in: rows come and go.
    return _read(json.dumps(content, sort_keys=True))


@lru_cache(maxsize=128)
def _read(text: str) -> Questionnaire:
    return Questionnaire(read_questions(json.loads(text)))


def read_questions(content: Any) -> tuple[Question, ...]:
    """The questions one by one, as in a draft: whether they can be asked together is not looked at.

    Raises Malformed when one of them cannot be read.
    """
    listed = content.get("questions") if isinstance(content, dict) else None
    if not isinstance(listed, list) or len(json.dumps(content)) > MOST_CHARACTERS:
        raise Malformed(_("This is no list of questions, or it is far too long."))
    if len(listed) > MOST_QUESTIONS:
        raise Malformed(_("A channel asks at most %(most)d questions.") % {"most": MOST_QUESTIONS})
    return tuple(read_question(each, number=number) for number, each in enumerate(listed, start=1))


def read_question(written: Any, *, number: int = 1) -> Question:
    """One question. Raises Malformed, naming it by its words, or by its number where there are none."""
    called = _called(written, number)
    if not isinstance(written, dict) or set(written) - KNOWN:
        raise _wrong(called, _("it has parts that are unknown."))
    name, kind = written.get("name"), written.get("kind")
    if not isinstance(name, str):
        raise _wrong(called, _("it has no name."))
    if kind not in Kind.values:
        raise _wrong(called, _("its kind is unknown."))
    paths = written.get("paths", [])
    if not _is_list_of_words(paths) or set(paths) - set(Path.values):
        raise _wrong(called, _("it is for reporting persons that are unknown."))
    required = written.get("required", False)
    if not isinstance(required, bool):
        raise _wrong(called, _("it must be said whether it has to be answered."))
    return Question(
        name=name,
        kind=Kind(kind),
        label=_words(written, "label", called, LONGEST_LABEL),
        hint=_words(written, "hint", called, LONGEST_HINT),
        missing=_words(written, "missing", called, LONGEST_LABEL),
        required=required,
        longest=_number(written, "longest", called, most=LONGEST_LONG, otherwise=Question.longest),
        lines=_number(written, "lines", called, most=MOST_LINES, otherwise=Question.lines),
        choices=_choices(written.get("choices", []), called),
        condition=_condition(written.get("condition"), called),
        paths=frozenset(paths),
    )


def write(questions: Iterable[Question]) -> dict[str, Any]:
    """What `read_questions` reads as the same questions."""
    return {"questions": [write_question(question) for question in questions]}


def write_question(question: Question) -> dict[str, Any]:
    """One question, without what it has by default."""
    written: dict[str, Any] = {"name": question.name, "kind": question.kind.value}
    for part in PARTS:
        words = in_languages(getattr(question, part))
        if words:
            written[part] = words
    if question.required:
        written["required"] = True
    if question.longest != Question.longest:
        written["longest"] = question.longest
    if question.lines != Question.lines:
        written["lines"] = question.lines
    if question.choices:
        written["choices"] = [{"code": choice.code, "label": in_languages(choice.label)} for choice in question.choices]
    if question.condition:
        written["condition"] = {
            "question": question.condition.question,
            "answers": list(question.condition.answers),
        }
    if question.paths:
        written["paths"] = sorted(question.paths)
    return written


def in_languages(words: Words) -> dict[str, str]:
    """Words by language. Those of the code itself come in each language that has a translation of them."""
    if isinstance(words, Text):
        return dict(words.translations)
    told: dict[str, str] = {}
    for language in (FALLBACK, *(code for code, _name in settings.LANGUAGES if code != FALLBACK)):
        with override(language):
            text = str(words)
        if text and (language == FALLBACK or text != told[FALLBACK]):
            told[language] = text
    return told


def missing_words(questions: Iterable[Question], languages: Sequence[str]) -> Iterator[MissingWords]:
    """Where a channel that is offered in these languages would show English words to readers of another."""
    for question in questions:
        parts: list[tuple[str, Words]] = [(part, getattr(question, part)) for part in PARTS]
        parts += [(choice.code, choice.label) for choice in question.choices]
        for part, words in parts:
            told = in_languages(words)
            if told:
                yield from (MissingWords(question, part, language) for language in languages if language not in told)


def _called(written: Any, number: int) -> str:
    if isinstance(written, dict):
        label = written.get("label")
        if isinstance(label, dict) and isinstance(label.get(FALLBACK), str) and label[FALLBACK].strip():
            return called(label[FALLBACK])
        if isinstance(written.get("name"), str) and written["name"]:
            return called(written["name"])
    return str(number)


def _wrong(name: str, what: str) -> Malformed:
    return Malformed(_("Question “%(name)s”: %(what)s") % {"name": name, "what": what})


def _words(written: Mapping[str, Any], part: str, called: str, longest: int) -> Words:
    given = written.get(part, {})
    if not isinstance(given, dict) or not all(
        isinstance(language, str) and LANGUAGE.fullmatch(language) and isinstance(text, str)
        for language, text in given.items()
    ):
        raise _wrong(called, _("its words must be given by language."))
    told = {language: text.strip() for language, text in given.items() if text.strip()}
    if any("\x00" in text for text in told.values()):
        raise _wrong(called, _("its words hold a sign that cannot be kept."))
    if any(len(text) > longest for text in told.values()):
        raise _wrong(called, _("its words are longer than %(longest)d characters.") % {"longest": longest})
    if told and FALLBACK not in told:
        raise _wrong(called, _("it needs its English words too: they are shown wherever another language is missing."))
    return Text(tuple(sorted(told.items()))) if told else ""


def _number(written: Mapping[str, Any], part: str, called: str, *, most: int, otherwise: int) -> int:
    given = written.get(part, otherwise)
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= most:
        raise _wrong(called, _("“%(part)s” must be from 1 to %(most)d.") % {"part": part, "most": most})
    return given


def _choices(given: Any, called: str) -> tuple[Choice, ...]:
    if not isinstance(given, list) or len(given) > MOST_CHOICES:
        raise _wrong(called, _("at most %(most)d choices can be offered.") % {"most": MOST_CHOICES})
    for each in given:
        if not isinstance(each, dict) or set(each) != {"code", "label"} or not isinstance(each["code"], str):
            raise _wrong(called, _("each choice needs a code and words."))
    return tuple(Choice(code=each["code"], label=_words(each, "label", called, LONGEST_CHOICE)) for each in given)


def _condition(given: Any, called: str) -> Condition | None:
    if given is None:
        return None
    if (
        not isinstance(given, dict)
        or set(given) != {"question", "answers"}
        or not isinstance(given["question"], str)
        or not _is_list_of_words(given["answers"])
    ):
        raise _wrong(called, _("it must be said which answers to which question it depends on."))
    return Condition(question=given["question"], answers=tuple(given["answers"]))


def _is_list_of_words(given: Any) -> bool:
    return isinstance(given, list) and all(isinstance(each, str) for each in given)
