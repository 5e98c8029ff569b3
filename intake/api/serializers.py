"""What goes in and out of the API, in the words of the pages."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from intake.portal.forms import LONGEST_IDENTITY, LONGEST_MESSAGE, QUESTIONS
from intake.portal.models import MessageKind, Path
from intake.portal.questions import CONCERNS, Concerns
from intake.portal.states import ReportState


class FileInField(serializers.FileField):
    """A part of a multipart request; what is not a whole file is refused with its sentence by the view."""

    def to_internal_value(self, data: Any) -> Any:
        """The upload as it is: it is sealed already."""
        return data


class SentReport(serializers.Serializer):
    """A report to be sent. Only `what` must be told; the files are parts named `files` of a multipart request."""

    path = serializers.ChoiceField(choices=Path.choices, help_text=gettext_lazy("From which side you saw it."))
    concerns = serializers.ChoiceField(choices=Concerns.choices, help_text=CONCERNS.label)
    name = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=LONGEST_IDENTITY,
        help_text=gettext_lazy("Sealed for the identity custodian alone."),
    )
    contact = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=LONGEST_IDENTITY,
        help_text=gettext_lazy("Sealed for the identity custodian alone."),
    )
    files = serializers.ListField(child=FileInField(), required=False, write_only=True)

    def get_fields(self) -> dict[str, serializers.Field]:
        """The fields above, and one for each question of the form."""
        fields: dict[str, serializers.Field] = dict(super().get_fields())
        for question in QUESTIONS:
            fields[question.name] = serializers.CharField(
                required=question.required,
                allow_blank=not question.required,
                max_length=question.longest,
                help_text=question.label,
            )
        return fields

    @property
    def answers(self) -> dict[str, str]:
        """What is sealed as `Report.answers`, once the data is valid."""
        names = [CONCERNS.name, *(question.name for question in QUESTIONS)]
        return {name: self.validated_data[name] for name in names if self.validated_data.get(name)}

    @property
    def identity(self) -> str:
        """What is sealed for the identity custodian."""
        given = (self.validated_data.get("name", ""), self.validated_data.get("contact", ""))
        return "\n".join(part for part in given if part)


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


class InboxShown(serializers.Serializer):
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
    answers = serializers.DictField(child=serializers.CharField())
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
