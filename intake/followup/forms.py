"""The forms of this room's pages in the inbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from intake.channels.fields import field_for, text_field
from intake.channels.questionnaire import Answer, Kind, Question
from intake.followup.models import TranscriptState
from intake.followup.questions import Answered, Passed
from intake.followup.survey import Agreement, SurveyQuestion
from intake.portal.forms import LONGEST_MESSAGE, files_field
from integrity.ui import forms as ui

LONGEST_TRANSCRIPT = 50_000
PASS = "pass"  # noqa: S105 - the end of a field's name
TRANSCRIPT_ANSWERS: Final = (
    (TranscriptState.SIGNED.value, _("I agree to it as the office wrote it")),
    (TranscriptState.CORRECTED.value, _("I agree to it as I corrected it above")),
    (TranscriptState.DECLINED.value, _("I do not agree to it")),
)


class AnswersForm(ui.Form):
    """The questions of the office, each optional, each with a way to say that one passes it over."""

    def __init__(self, *arguments: Any, questions: Sequence[Question], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.questions = questions
        sections = []
        for number, question in enumerate(questions, start=1):
            names = [question.name]
            if question.kind == Kind.CHOICE:
                offered = [(choice.code, str(choice.label)) for choice in question.choices]
                self.fields[question.name] = forms.ChoiceField(
                    label="", choices=[*offered, *Passed.choices], required=False, widget=forms.RadioSelect
                )
            else:
                self.fields[question.name] = field_for(replace(question, label=_("Your answer")))
                self.fields[f"{question.name}_{PASS}"] = forms.ChoiceField(
                    label=_("Or instead"), choices=[("", _("I answer above")), *Passed.choices], required=False
                )
                names.append(f"{question.name}_{PASS}")
            sections.append((f"{number}. {question.label}", "", names))
        self.sections = sections  # type: ignore[misc]

    def clean(self) -> dict[str, Any]:
        """Something must be said, or sending it tells nothing."""
        cleaned = cast(dict[str, Any], super().clean())
        if not self.errors and not any(cleaned.values()):
            self.add_error(None, _("Answer one question at least, or say of one that you do not know."))
        return cleaned

    @property
    def answered(self) -> Answered:
        """What was sent, once the form is valid. Who answers and passes at once has answered."""
        answers: dict[str, Answer] = {}
        passed: dict[str, Passed] = {}
        for question in self.questions:
            given = self.cleaned_data.get(question.name)
            if isinstance(given, str) and given in Passed.values:
                passed[question.name] = Passed(given)
            elif given:
                answers[question.name] = given
            elif why := self.cleaned_data.get(f"{question.name}_{PASS}"):
                passed[question.name] = Passed(why)
        return Answered(answers, passed)


class ReviewForm(ui.Form):
    """Why somebody should look at it again."""

    text = text_field(
        label=_("Why should somebody look at it again?"),
        hint=_("In your own words: what was overlooked, what is wrong in the reasons, what you know by now."),
        longest=LONGEST_MESSAGE,
        lines=8,
        required=True,
    )
    files = files_field()  # type: ignore[assignment]

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["text"].error_messages["required"] = str(_("Write in a sentence or two why it should be reviewed."))


class TranscriptForm(ui.Form):
    """What somebody says of the transcript of what they told."""

    corrected = text_field(
        label=_("The transcript, for you to correct"),
        hint=_("Change what is not right. Your text is kept beside the one of the office."),
        longest=LONGEST_TRANSCRIPT,
        lines=16,
    )
    agrees = forms.ChoiceField(
        label=_("Do you agree to it?"),
        choices=TRANSCRIPT_ANSWERS,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one. Nothing happens to you if you do not agree.")},
    )

    def clean(self) -> dict[str, Any]:
        """Who agrees to a correction has made one."""
        cleaned = cast(dict[str, Any], super().clean())
        if cleaned.get("agrees") == TranscriptState.CORRECTED and not cleaned.get("corrected", "").strip():
            self.add_error("corrected", _("Write what the transcript should say."))
        return cleaned


class SurveyForm(ui.Form):
    """Four questions, each optional."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        for question in SurveyQuestion:
            self.fields[question.value] = forms.ChoiceField(
                label=question.label,
                choices=[*Agreement.choices, ("", _("I would rather not say"))],
                required=False,
                widget=forms.RadioSelect,
            )

    def clean(self) -> dict[str, Any]:
        """One question at least must be answered."""
        cleaned = cast(dict[str, Any], super().clean())
        if not self.errors and not any(cleaned.values()):
            self.add_error(None, _("Answer one question at least, or close this page."))
        return cleaned

    @property
    def answers(self) -> dict[SurveyQuestion, Agreement]:
        """What was answered, once the form is valid."""
        given = {question: self.cleaned_data[question.value] for question in SurveyQuestion}
        return {question: Agreement(answer) for question, answer in given.items() if answer}


class LeaveForm(ui.Form):
    """That somebody knows what it means to give up the receipt."""

    understood = forms.BooleanField(
        label=_("I understand: from now on my receipt opens nothing, and nobody can change that."),
        error_messages={"required": _("Confirm that you understand, or go back to your inbox.")},
    )
