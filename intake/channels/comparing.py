"""What differs between two versions of a channel's questions, for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from intake.channels.paths import Path
from intake.channels.questionnaire import Question
from intake.channels.reading import in_languages


@dataclass(frozen=True)
class Difference:
    """Something that is not the same; `before` is empty for what was added, `after` for what was taken out."""

    question: str
    what: str
    before: str
    after: str


def differences(before: Sequence[Question], after: Sequence[Question]) -> list[Difference]:
    """What was added, taken out, moved and changed, in the order of the later version."""
    old, new = {each.name: each for each in before}, {each.name: each for each in after}
    order = [each.name for each in before if each.name in new]
    found: list[Difference] = []
    for name in (each.name for each in after):
        question = new[name]
        if name not in old:
            found.append(Difference(str(question.label), _("Added"), "", str(question.kind.label)))
            continue
        found += _changed(old[name], question)
    kept = [each.name for each in after if each.name in old]
    if kept != order:
        found += [
            Difference(str(new[name].label), _("Place"), str(order.index(name) + 1), str(kept.index(name) + 1))
            for name in kept
            if order.index(name) != kept.index(name)
        ]
    found += [
        Difference(str(each.label), _("Taken out"), str(each.kind.label), "") for each in before if each.name not in new
    ]
    return found


def _changed(before: Question, after: Question) -> Iterator[Difference]:
    old, new = dict(told_parts(before)), dict(told_parts(after))
    for what in dict.fromkeys([*old, *new]):
        if old.get(what, "") != new.get(what, ""):
            yield Difference(str(after.label), what, old.get(what, ""), new.get(what, ""))


def told_parts(question: Question) -> Iterator[tuple[str, str]]:
    """Every part of a question in words."""
    yield _("Kind"), str(question.kind.label)
    for what, words in (
        (_("Question"), question.label),
        (_("Hint"), question.hint),
        (_("When left empty"), question.missing),
    ):
        yield from ((f"{what} ({language})", text) for language, text in in_languages(words).items())
    yield _("Must be answered"), _("Yes") if question.required else _("No")
    if question.kind.has_length:
        yield _("Characters at most"), str(question.longest)
    yield from ((_("Choice: %(code)s") % {"code": each.code}, _all(each.label)) for each in question.choices)
    yield _("Order of choices"), ", ".join(each.code for each in question.choices)
    yield _("Asked only after"), condition_told(question, ())
    yield _("Asked only"), ", ".join(str(Path(path).label) for path in sorted(question.paths))


def condition_told(question: Question, questions: Sequence[Question]) -> str:
    """After which answers a question is asked; in the words of the questions where they are given."""
    condition = question.condition
    if condition is None:
        return ""
    on = next((each for each in questions if each.name == condition.question), None)
    asked = str(on.label) if on else condition.question
    answers = [str(on.label_of(code)) if on else code for code in condition.answers]
    return f"{asked} → {' / '.join(answers)}"


def _all(words: Any) -> str:
    return " · ".join(in_languages(words).values())
