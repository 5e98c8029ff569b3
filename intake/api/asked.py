"""What a channel asks, as the API tells it."""

from __future__ import annotations

from typing import Any

from intake.channels.models import Channel
from intake.channels.questionnaire import Question
from intake.channels.reading import current_questions, questionnaire_of


def shown_channel(channel: Channel) -> dict[str, Any]:
    """A channel with its questions, in the language of the moment."""
    version = current_questions(channel)
    return {
        "code": channel.code,
        "name": channel.public_name,
        "about": channel.about,
        "version": version.version if version else None,
        "questions": [_shown(question) for question in questionnaire_of(version).questions],
    }


def _shown(question: Question) -> dict[str, Any]:
    condition = question.condition
    return {
        "name": question.name,
        "kind": question.kind.value,
        "label": str(question.label),
        "hint": str(question.hint),
        "required": question.required,
        "longest": question.longest if question.kind.has_length else None,
        "choices": [{"code": choice.code, "label": str(choice.label)} for choice in question.choices],
        "condition": {"question": condition.question, "answers": list(condition.answers)} if condition else None,
        "paths": sorted(question.paths),
    }
