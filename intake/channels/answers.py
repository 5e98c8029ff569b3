"""Telling an answer again in words: to the reporting person, at the desk, and in a message."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from intake.channels.questionnaire import Answer, Kind, Question


def told(question: Question | None, answer: Answer) -> str:
    """The answer to a question as text, one line for each part of it; codes as the words that were chosen.

    Without a question, or for an answer that is not of its kind, what is there is told as it is.
    """
    if question is not None and question.kind.has_choices:
        codes = answer if isinstance(answer, list) else [answer]
        return "\n".join(str(question.label_of(str(code))) for code in codes)
    if question is not None and isinstance(answer, dict):
        return _when(answer) if question.kind == Kind.WHEN else " ".join(part for part in answer.values() if part)
    return _plainly(answer)


def _when(answer: dict[str, Any]) -> str:
    start, end = _day(answer.get("from", "")), _day(answer.get("until", ""))
    days = start or end
    if start and end and start != end:
        days = _("%(start)s to %(end)s") % {"start": start, "end": end}
    return "\n".join(part for part in (days, answer.get("words", "")) if part)


def _day(text: str) -> str:
    try:
        return str(date_format(date.fromisoformat(text)))
    except ValueError:
        return text


def _plainly(answer: Any) -> str:
    if isinstance(answer, dict):
        return ", ".join(str(value) for value in answer.values() if value)
    if isinstance(answer, list):
        return "\n".join(_plainly(each) for each in answer)
    return str(answer)
