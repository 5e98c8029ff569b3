"""What the API's inbox tells and asks at the end: the transcript, the survey, giving up the receipt."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from intake.api.following import SHOWN, AskedQuestionShown
from intake.channels.questionnaire import Kind
from intake.followup.forms import LONGEST_TRANSCRIPT, TRANSCRIPT_ANSWERS, LeaveForm
from intake.followup.models import TranscriptState
from intake.followup.survey import Agreement, SurveyQuestion, may_take
from intake.portal.sittings import OpenInbox

UNDERSTOOD: Final = LeaveForm.base_fields["understood"]


class TranscriptShown(serializers.Serializer):
    """A version of what was told by word of mouth, as the office wrote it down.

    The one with the highest number counts, and is answered while its state is `open`. `corrected` is what the
    reporting person agreed to instead, or empty.
    """

    number = serializers.IntegerField()
    written_on = serializers.DateField()
    state = serializers.ChoiceField(choices=TranscriptState.choices)
    answered_on = serializers.DateField(allow_null=True)
    text = serializers.CharField()
    corrected = serializers.CharField(allow_blank=True)


class EndingShown(serializers.Serializer):
    """What `InboxShown` has of it: versions, the newest first; the questions of the survey, none when it is not asked.

    An answer to the survey is one of the codes of a question, under the name of the question.
    """

    transcripts = TranscriptShown(many=True)
    survey = AskedQuestionShown(many=True)


class SentTranscriptAnswer(serializers.Serializer):
    """Whether somebody agrees to a transcript. `corrected` is taken with that answer alone, and is the whole text."""

    answer = serializers.ChoiceField(
        choices=TRANSCRIPT_ANSWERS,
        error_messages={"required": gettext_lazy("Choose one. Nothing happens to you if you do not agree.")},
    )
    corrected = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_TRANSCRIPT, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Who agrees to a correction has made one."""
        if attrs["answer"] == TranscriptState.CORRECTED and not attrs["corrected"]:
            raise serializers.ValidationError({"corrected": [_("Write what the transcript should say.")]})
        return attrs


class SentSurvey(serializers.Serializer):
    """Answers to the survey; each may be left out."""

    def get_fields(self) -> dict[str, serializers.Field]:
        """One field for each question."""
        return {
            question.value: serializers.ChoiceField(
                choices=Agreement.choices, required=False, help_text=str(question.label)
            )
            for question in SurveyQuestion
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One question at least must be answered, and what is not asked would be lost."""
        errors = {name: [_("This question was not asked.")] for name in set(self.initial_data) - set(self.fields)}
        if errors:
            raise serializers.ValidationError(errors)
        if not attrs:
            raise serializers.ValidationError({"detail": [_("Answer one question at least, or close this page.")]})
        return attrs

    @property
    def answers(self) -> dict[SurveyQuestion, Agreement]:
        """What was answered, once the data is valid."""
        return {SurveyQuestion(name): Agreement(given) for name, given in self.validated_data.items()}


class SentLeave(serializers.Serializer):
    """That somebody knows what it means to give up the receipt; only `true` does it."""

    understood = serializers.BooleanField(
        help_text=UNDERSTOOD.label,
        error_messages=dict.fromkeys(("required", "null", "invalid"), UNDERSTOOD.error_messages["required"]),
    )

    def validate_understood(self, value: bool) -> bool:
        """Nobody gives it up by the way."""
        if not value:
            raise serializers.ValidationError(UNDERSTOOD.error_messages["required"])
        return value


def ending_of(inbox: OpenInbox) -> dict[str, Any]:
    """The data of EndingShown. Two queries at most, and two openings for each of at most five versions."""
    return {
        "transcripts": _transcripts(inbox),
        "survey": [_asked(question) for question in SurveyQuestion] if may_take(inbox.report) else [],
    }


def _transcripts(inbox: OpenInbox) -> list[dict[str, Any]]:
    found = []
    for row in inbox.report.transcripts.defer("author")[:SHOWN]:
        row.report = inbox.report
        found.append(
            {
                "number": row.number,
                "written_on": row.written_on,
                "state": row.state,
                "answered_on": row.answered_on,
                "text": row.open(inbox.keyring, "text"),
                "corrected": row.open(inbox.keyring, "corrected") or "",
            }
        )
    return found


def _asked(question: SurveyQuestion) -> dict[str, Any]:
    return {
        "name": question.value,
        "kind": Kind.CHOICE.value,
        "label": str(question.label),
        "choices": [{"code": answer.value, "label": str(answer.label)} for answer in Agreement],
    }
