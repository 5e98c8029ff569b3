"""What goes in and out of the API, in the words of the pages."""

from __future__ import annotations

from typing import Any, cast

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from intake.api.answers import AnswerShown, answer_field
from intake.api.ending import EndingShown
from intake.api.following import FollowingShown
from intake.channels.concerns import CONCERNS, Concerns
from intake.channels.paths import Path
from intake.channels.questionnaire import Answer, Kind, Questionnaire
from intake.channels.standard import STANDARD
from intake.portal.forms import LONGEST_IDENTITY, LONGEST_MESSAGE
from intake.portal.models import MessageKind
from intake.portal.states import ReportState


class FileInField(serializers.FileField):
    """A part of a multipart request; what is not a whole file is refused with its sentence by the view."""

    def to_internal_value(self, data: Any) -> Any:
        """The upload as it is: it is sealed already."""
        return data


class SentReport(serializers.Serializer):
    """A report to be sent, here with the standard questions; those of another channel are told by `channels/`.

    Files are parts named `files` of a multipart request.
    """

    path = serializers.ChoiceField(choices=Path.choices, help_text=gettext_lazy("From which side you saw it."))
    concerns = serializers.ChoiceField(choices=Concerns.choices)
    channel = serializers.CharField(
        required=False,
        max_length=40,
        help_text=gettext_lazy("A code of `channels/`. Without one, the first that takes such a report."),
    )
    name = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=LONGEST_IDENTITY,
        help_text=gettext_lazy("Sealed for the identity custodian."),
    )
    contact = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=LONGEST_IDENTITY,
        help_text=gettext_lazy("Sealed for the identity custodian."),
    )
    files = serializers.ListField(child=FileInField(), required=False, write_only=True)

    def get_fields(self) -> dict[str, serializers.Field]:
        """The fields above, and one for each question of the channel."""
        fields: dict[str, serializers.Field] = dict(super().get_fields())
        fields["concerns"].help_text = str(CONCERNS.label)
        for question in self.questionnaire.questions:
            if question.kind != Kind.FILES:
                fields[question.name] = answer_field(question)
        return fields

    @property
    def questionnaire(self) -> Questionnaire:
        """What the channel asks; the standard questions until one is known."""
        return cast(Questionnaire, self.context.get("questionnaire", STANDARD))

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """What is asked after these answers must be told, and what is not asked would be lost."""
        asked = {question.name: question for question in self.questionnaire.asked(attrs, path=attrs["path"])}
        errors: dict[str, list[str]] = {}
        for name in set(self.initial_data) - set(self.fields):
            errors[name] = [_("This is not asked by the channel.")]
        for question in self.questionnaire.questions:
            if question.name in asked and question.required and not attrs.get(question.name):
                errors[question.name] = [str(question.missing) or _("This field is required.")]
            if question.name not in asked and attrs.get(question.name):
                errors[question.name] = [_("This is not asked after these answers.")]
        if errors:
            raise serializers.ValidationError(errors)
        return attrs

    @property
    def answers(self) -> dict[str, Answer]:
        """What is sealed as `Report.answers`, once the data is valid."""
        given = self.validated_data
        return {
            CONCERNS.name: given[CONCERNS.name],
            **self.questionnaire.kept(given, path=given["path"]),
        }

    @property
    def identity(self) -> str:
        """What is sealed for the identity custodian."""
        given = (self.validated_data.get("name", ""), self.validated_data.get("contact", ""))
        return "\n".join(part for part in given if part)


class ReportPlace(serializers.Serializer):
    """What decides which channel takes a report."""

    path = serializers.ChoiceField(choices=Path.choices)
    concerns = serializers.ChoiceField(choices=Concerns.choices)
    channel = serializers.CharField(required=False, max_length=40)


class ChoiceShown(serializers.Serializer):
    """Something to choose, by its code."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]


class ConditionShown(serializers.Serializer):
    """After which answers, to which earlier question, a question is asked."""

    question = serializers.CharField()
    answers = serializers.ListField(child=serializers.CharField())


class QuestionShown(serializers.Serializer):
    """A question of a channel, in the language of the request; `paths` is empty when everybody is asked."""

    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=Kind.choices)
    label = serializers.CharField()  # type: ignore[assignment]
    hint = serializers.CharField(allow_blank=True)
    required = serializers.BooleanField()  # type: ignore[assignment]
    longest = serializers.IntegerField(allow_null=True, help_text=gettext_lazy("In characters."))
    choices = ChoiceShown(many=True)
    condition = ConditionShown(allow_null=True)
    paths = serializers.ListField(child=serializers.CharField())


class ChannelShown(serializers.Serializer):
    """A channel that takes such a report; `version` is that of its questions, or null for the standard ones."""

    code = serializers.CharField()
    name = serializers.CharField()
    about = serializers.CharField(allow_blank=True)
    version = serializers.IntegerField(allow_null=True)
    questions = QuestionShown(many=True)


class ReceiptShown(serializers.Serializer):
    """The answer to a report: the receipt, this once."""

    receipt = serializers.CharField(help_text=gettext_lazy("24 digits; nobody can give them a second time."))
    groups = serializers.ListField(child=serializers.CharField(), help_text=gettext_lazy("The same, to be read."))
    acknowledge_due = serializers.DateField()


class FileShown(serializers.Serializer):
    """A file by its name; `number` is for its address below `inbox/files/`."""

    number = serializers.IntegerField()
    name = serializers.CharField()
    size = serializers.IntegerField(help_text=gettext_lazy("In bytes."))


class MessageShown(serializers.Serializer):
    """A message of the conversation."""

    number = serializers.IntegerField()
    from_office = serializers.BooleanField()
    kind = serializers.ChoiceField(choices=MessageKind.choices)
    sent_on = serializers.DateField()
    body = serializers.CharField()
    files = FileShown(many=True)


class StepShown(serializers.Serializer):
    """A step that the reporting person is told of."""

    when = serializers.DateField()
    title = serializers.CharField()


class IdentityNoticeShown(serializers.Serializer):
    """What became of a request for the name that was given."""

    on = serializers.DateField()
    title = serializers.CharField()
    sentence = serializers.CharField()
    later = serializers.CharField(allow_blank=True, help_text=gettext_lazy("Why it was not told at once; or empty."))
    text = serializers.CharField()
    released = serializers.BooleanField()


class InWordsShown(serializers.Serializer):
    """A question of the report, and its answer in words, as they were when it was asked."""

    label = serializers.CharField()  # type: ignore[assignment]
    words = serializers.CharField()


class SentShown(serializers.Serializer):
    """What was sent, to be read. Of a name it is told only whether one was given: it is sealed to its custodian."""

    channel = serializers.CharField()
    path = serializers.ChoiceField(choices=Path.choices)
    named = serializers.BooleanField()
    asked = InWordsShown(many=True)


class InboxShown(FollowingShown, EndingShown):
    """Where the report stands, and the latest messages; `earlier` is the value of `before` for those before."""

    state = serializers.ChoiceField(choices=ReportState.choices)
    title = serializers.CharField()
    text = serializers.CharField()
    next = serializers.CharField()
    received_on = serializers.DateField()
    acknowledge_due = serializers.DateField()
    acknowledged_on = serializers.DateField(allow_null=True)
    feedback_due = serializers.DateField(allow_null=True)
    feedback_on = serializers.DateField(allow_null=True)
    awaits_answer = serializers.BooleanField()
    steps = StepShown(many=True)
    identity = IdentityNoticeShown(many=True)
    sent = SentShown()
    answers = serializers.DictField(child=AnswerShown())
    files = FileShown(many=True)
    messages = MessageShown(many=True)
    earlier = serializers.IntegerField(allow_null=True)


class SentMessage(serializers.Serializer):
    """A message to the office: words, or files as parts named `files` of a multipart request, or both."""

    text = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_MESSAGE, default="")
    files = serializers.ListField(child=FileInField(), required=False, write_only=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Something must be sent."""
        if not attrs.get("text") and not attrs.get("files"):
            raise serializers.ValidationError({"text": [_("Write something, or choose a file.")]})
        return attrs


class MessageTaken(serializers.Serializer):
    """The answer to a message."""

    number = serializers.IntegerField()
    sent_on = serializers.DateField()
