"""Answers of every kind, in and out of the API, in the shapes that `intake.channels.questionnaire` tells."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from django.core.exceptions import ValidationError as FormError
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty
from rest_framework.utils.html import is_html_input

from intake.channels.fields import answer_for
from intake.channels.questionnaire import LONGEST_SHORT, Kind, Question

TEXT: Final = {"type": "string"}
TEXTS: Final = {"type": "object", "additionalProperties": TEXT}
ANSWER: Final = {"oneOf": [TEXT, {"type": "array", "items": {"oneOf": [TEXT, TEXTS]}}, TEXTS]}


@extend_schema_field(ANSWER)
class AnswerShown(serializers.JSONField):
    """An answer: text, a list of codes, a list of people, a period or an amount."""


@extend_schema_field(ANSWER)
class AnswerField(serializers.Field):
    """An answer that is not only text. In a form it is given as JSON, and several choices as several values."""

    def __init__(self, *, question: Question, **options: Any) -> None:
        super().__init__(**options)
        self.question = question

    def get_value(self, dictionary: Mapping[str, Any]) -> Any:
        """What was sent under its name."""
        if not is_html_input(dictionary):
            return dictionary.get(self.field_name or "", empty)
        values = dictionary.getlist(self.field_name)  # type: ignore[attr-defined]
        if not values:
            return empty
        if self.question.kind == Kind.SEVERAL:
            return values
        if self.question.kind == Kind.CHOICE:
            return values[0]
        try:
            return json.loads(values[0])
        except ValueError:
            return values[0]

    def to_internal_value(self, data: Any) -> Any:
        """The answer as a page would have given it."""
        try:
            return answer_for(self.question, data)
        except FormError as error:
            raise serializers.ValidationError(error.messages) from error


def answer_field(question: Question) -> serializers.Field:
    """The field of a question. One that is not asked of everybody is required only where it is asked."""
    always = question.required and question.condition is None and not question.paths
    if not question.kind.has_length:
        return AnswerField(question=question, required=always, help_text=str(question.label))
    longest = question.longest if question.kind == Kind.LONG else min(question.longest, LONGEST_SHORT)
    return serializers.CharField(
        required=always, allow_blank=not always, max_length=longest, help_text=str(question.label)
    )
