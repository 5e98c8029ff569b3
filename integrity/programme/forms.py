"""The forms of the programme room."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from integrity.programme.code import Question


class Acknowledge(forms.Form):
    """The question about the code, and the statement that it was read."""

    answer = forms.ChoiceField(widget=forms.RadioSelect, error_messages={"required": _("Choose one of the answers.")})
    understood = forms.BooleanField(
        label=_("I have received the code of conduct, read it and understood it."),
        error_messages={"required": _("Tick the box when you have read and understood the code.")},
    )

    def __init__(self, data: Any = None, *, question: Question) -> None:
        super().__init__(data)
        self.question = question
        field = self.fields["answer"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.label = str(question.text)
        field.choices = [(answer.code, str(answer.text)) for answer in question.answers]

    def clean_answer(self) -> str:
        """Refuse a wrong answer with what its author can learn from it."""
        answer = self.question.answer(self.cleaned_data["answer"])
        if answer is None or not answer.right:
            raise ValidationError(str(answer.feedback) if answer else _("Choose one of the answers."))
        return answer.code
