"""What the API's inbox tells besides the conversation: questions, outcome, review, reports of detriment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError as FieldError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from intake.channels.fields import answer_for
from intake.channels.questionnaire import Kind, Question
from intake.followup.actions import review_until
from intake.followup.questions import KINDS, Answered, Passed, questions_of, shown
from intake.portal.forms import LONGEST_MESSAGE
from intake.portal.outcomes import OutcomeCategory, outcome_of
from intake.portal.sittings import OpenInbox
from intake.protection.actions import Told
from intake.protection.forms import LONGEST_LINE
from intake.protection.models import DetrimentKind, DetrimentState
from intake.protection.thread import thread_of

SHOWN = 5


class OfferedChoiceShown(serializers.Serializer):
    """One thing to choose."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]


class AskedQuestionShown(serializers.Serializer):
    """A question that is asked; `name` is for the answer."""

    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=[(kind.value, kind.label) for kind in KINDS])
    label = serializers.CharField()  # type: ignore[assignment]
    choices = OfferedChoiceShown(many=True)


class AskedShown(serializers.Serializer):
    """A question with the answer in words; `is_given` is false when there is none, and the words say why."""

    label = serializers.CharField()  # type: ignore[assignment]
    words = serializers.CharField()
    is_given = serializers.BooleanField()


class EnquiryShown(serializers.Serializer):
    """Questions of the office. `questions` are there while answers are awaited."""

    number = serializers.IntegerField()
    asked_on = serializers.DateField()
    answered_on = serializers.DateField(allow_null=True)
    is_open = serializers.BooleanField()
    questions = AskedQuestionShown(many=True)
    asked = AskedShown(many=True)


class OutcomeShown(serializers.Serializer):
    """How the case ended; `address` is that of the published decision."""

    category = serializers.ChoiceField(choices=OutcomeCategory.choices, allow_blank=True)
    text = serializers.CharField(allow_blank=True)
    address = serializers.CharField(allow_blank=True)


class DetrimentMessageShown(serializers.Serializer):
    """A message about a detriment."""

    number = serializers.IntegerField()
    from_office = serializers.BooleanField()
    sent_on = serializers.DateField()
    body = serializers.CharField()


class DetrimentShown(serializers.Serializer):
    """A report of detriment with the conversation about it."""

    reference = serializers.CharField()
    state = serializers.ChoiceField(choices=DetrimentState.choices)
    to = serializers.ChoiceField(choices=["protection", "recipients"], help_text=gettext_lazy("Who has it."))
    received_on = serializers.DateField()
    confirm_due = serializers.DateField()
    confirmed_on = serializers.DateField(allow_null=True)
    what = serializers.CharField()
    kinds = serializers.ListField(child=serializers.ChoiceField(choices=DetrimentKind.choices))
    since = serializers.CharField(allow_blank=True)
    who = serializers.CharField(allow_blank=True)
    messages = DetrimentMessageShown(many=True)


class SentAnswers(serializers.Serializer):
    """Answers to a form of questions, by the names of the questions; each may be left out."""

    answers = serializers.DictField(child=serializers.JSONField(), required=False, default=dict)
    passed = serializers.DictField(child=serializers.ChoiceField(choices=Passed.choices), required=False, default=dict)

    def answered(self, questions: list[Question]) -> Answered:
        """What was sent, once the data is valid, as the form would have cleaned it. Raises ValidationError."""
        by_name = {question.name: question for question in questions}
        answers: dict[str, Any] = {}
        given: Mapping[str, Any] = self.validated_data["answers"]
        for name in [*given, *self.validated_data["passed"]]:
            if name not in by_name:
                raise serializers.ValidationError({name: [_("This question was not asked.")]})
        for name, value in given.items():
            try:
                answer = answer_for(by_name[name], value)
            except FieldError as error:
                raise serializers.ValidationError({name: error.messages}) from error
            if answer:
                answers[name] = answer
        passed = {name: Passed(why) for name, why in self.validated_data["passed"].items() if name not in answers}
        if not answers and not passed:
            raise serializers.ValidationError(
                {"answers": [_("Answer one question at least, or say of one that you do not know.")]}
            )
        return Answered(answers, passed)


class SentDetriment(serializers.Serializer):
    """A detriment to be told of. Only `what` must be told."""

    what = serializers.CharField(max_length=LONGEST_MESSAGE)
    kinds = serializers.ListField(
        child=serializers.ChoiceField(choices=DetrimentKind.choices), required=False, default=list
    )
    since = serializers.CharField(max_length=LONGEST_LINE, required=False, allow_blank=True, default="")
    who = serializers.CharField(max_length=LONGEST_LINE, required=False, allow_blank=True, default="")
    about_officers = serializers.BooleanField(
        required=False,
        default=False,
        help_text=gettext_lazy("True when it is about a protection officer: those who have the report get it then."),
    )

    @property
    def told(self) -> Told:
        """What is sealed, once the data is valid."""
        given = self.validated_data
        return Told(what=given["what"], kinds=tuple(given["kinds"]), since=given["since"], who=given["who"])


class SentText(serializers.Serializer):
    """Words."""

    text = serializers.CharField(max_length=LONGEST_MESSAGE)


class FollowingShown(serializers.Serializer):
    """What `InboxShown` has besides."""

    questions = EnquiryShown(many=True)
    outcome = OutcomeShown(allow_null=True)
    review_until = serializers.DateField(
        allow_null=True, help_text=gettext_lazy("Until when a review can be asked for; null when it cannot.")
    )
    detriments = DetrimentShown(many=True)


def following_of(inbox: OpenInbox) -> dict[str, Any]:
    """The data of FollowingShown. A fixed number of queries, at most five of each kind."""
    return {
        "questions": _questions(inbox),
        "outcome": outcome_of(inbox),
        "review_until": review_until(inbox.report),
        "detriments": _detriments(inbox),
    }


def _questions(inbox: OpenInbox) -> list[dict[str, Any]]:
    rows = list(inbox.report.enquiries.defer("author")[:SHOWN])
    found = []
    for row in rows:
        row.report = inbox.report
        told = shown(row, inbox.keyring, newest=rows[0].number, to_themself=True)
        found.append(
            {
                "number": row.number,
                "asked_on": row.asked_on,
                "answered_on": row.answered_on,
                "is_open": told.is_open,
                "questions": [_question(each) for each in questions_of(row, inbox.keyring)] if told.is_open else [],
                "asked": told.asked,
            }
        )
    return found


def _question(question: Question) -> dict[str, Any]:
    return {
        "name": question.name,
        "kind": Kind(question.kind).value,
        "label": str(question.label),
        "choices": [{"code": choice.code, "label": str(choice.label)} for choice in question.choices],
    }


def _detriments(inbox: OpenInbox) -> list[dict[str, Any]]:
    found = []
    for row in inbox.report.detriments.select_related("own_key")[:SHOWN]:
        row.report = inbox.report
        thread = thread_of(row, inbox.keyring)
        found.append(
            {
                "reference": row.reference,
                "state": row.state,
                "to": "recipients" if row.own_key_id is None else "protection",
                "received_on": row.received_on,
                "confirm_due": row.confirm_due,
                "confirmed_on": row.confirmed_on,
                "what": thread.told.what,
                "kinds": list(thread.told.kinds),
                "since": thread.told.since,
                "who": thread.told.who,
                "messages": [
                    {
                        "number": line.number,
                        "from_office": line.from_office,
                        "sent_on": line.sent_on,
                        "body": line.body,
                    }
                    for line in thread.lines
                ],
            }
        )
    return found
