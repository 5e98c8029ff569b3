"""The API's inbox besides the conversation: answering questions, asking for a review, telling of a detriment."""

from __future__ import annotations

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from intake.api import following as shapes
from intake.api.serializers import SentMessage
from intake.api.views import ERRORS, MISSING, NOT_NOW, ONCE, REFUSED, ReporterView, page_secret, sent_files
from intake.followup import actions as followup
from intake.followup.questions import questions_of
from intake.protection import actions as protection

TAKEN = OpenApiResponse(None, description="Taken, or taken before with the same Idempotency-Key.")
TAGS = ["Reporting person"]


class Questions(ReporterView):
    """Answering the office's questions."""

    @extend_schema(
        operation_id="answer_questions",
        summary="Answer a form of questions",
        tags=TAGS,
        parameters=[ONCE],
        request=shapes.SentAnswers,
        responses={204: TAKEN, **ERRORS, **REFUSED, **MISSING, **NOT_NOW},
        examples=[
            OpenApiExample(
                "Answers",
                request_only=True,
                value={"answers": {"q1": "Two drivers.", "q2": "c1"}, "passed": {"q3": "unsaid"}},
            )
        ],
    )
    def post(self, request: Request, number: int) -> Response:
        """Send the answers to the questions with this number. Each may be left out or passed over."""
        inbox = self.inbox()
        enquiry = inbox.report.enquiries.defer("author").filter(number=number).first()
        if enquiry is None:
            raise NotFound(_("These questions are not part of your report."))
        enquiry.report = inbox.report
        sent = shapes.SentAnswers(data=request.data)
        sent.is_valid(raise_exception=True)
        answered = sent.answered(questions_of(enquiry, inbox.keyring))
        nonce = page_secret(request).nonce(str(number), repr(answered.to_json()))
        followup.answer_questions(actor=inbox.actor, enquiry=enquiry, answered=answered, nonce=nonce)
        return Response(status=status.HTTP_204_NO_CONTENT)


class Review(ReporterView):
    """Asking for a review."""

    @extend_schema(
        operation_id="request_review",
        summary="Ask, once, that a report which was closed is looked at again by somebody else",
        tags=TAGS,
        parameters=[ONCE],
        request={"application/json": SentMessage, "multipart/form-data": SentMessage},
        responses={204: TAKEN, **ERRORS, **REFUSED, **NOT_NOW},
    )
    def post(self, request: Request) -> Response:
        """Say why, with files or without."""
        inbox = self.inbox()
        sent = SentMessage(data=request.data)
        sent.is_valid(raise_exception=True)
        text, files = sent.validated_data["text"], sent_files(request)
        if not text.strip():
            raise serializers.ValidationError({"text": [_("Write in a sentence or two why it should be reviewed.")]})
        nonce = page_secret(request).nonce("review", text, *(upload.sha256 for upload in files))
        followup.request_review(actor=inbox.actor, report=inbox.report, text=text, nonce=nonce, files=files)
        return Response(status=status.HTTP_204_NO_CONTENT)


class Detriments(ReporterView):
    """Telling of a detriment."""

    @extend_schema(
        operation_id="report_detriment",
        summary="Tell that you are treated worse because you reported",
        tags=TAGS,
        parameters=[ONCE],
        request=shapes.SentDetriment,
        responses={204: TAKEN, **ERRORS, **REFUSED},
        examples=[
            OpenApiExample(
                "A transfer",
                request_only=True,
                value={"what": "My chief moved me to the night shift.", "kinds": ["transfer"], "since": "Monday"},
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """At once visible to the protection officers; the inbox shows who has it and how it stands."""
        inbox = self.inbox()
        sent = shapes.SentDetriment(data=request.data)
        sent.is_valid(raise_exception=True)
        told = sent.told
        protection.report_detriment(
            actor=inbox.actor,
            report=inbox.report,
            told=told,
            nonce=page_secret(request).nonce("detriment", repr(told)),
            about_officers=sent.validated_data["about_officers"],
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class DetrimentMessages(ReporterView):
    """Writing about a detriment."""

    @extend_schema(
        operation_id="write_about_detriment",
        summary="Write about a detriment that was told before",
        tags=TAGS,
        parameters=[ONCE],
        request=shapes.SentText,
        responses={204: TAKEN, **ERRORS, **REFUSED, **MISSING},
    )
    def post(self, request: Request, reference: str) -> Response:
        """Add words to the conversation about it."""
        inbox = self.inbox()
        about = inbox.report.detriments.select_related("own_key").filter(reference=reference).first()
        if about is None:
            raise NotFound(_("This is not part of your report."))
        about.report = inbox.report
        sent = shapes.SentText(data=request.data)
        sent.is_valid(raise_exception=True)
        text = sent.validated_data["text"]
        nonce = page_secret(request).nonce(reference, text)
        protection.reporter_writes(actor=inbox.actor, detriment=about, text=text, nonce=nonce)
        return Response(status=status.HTTP_204_NO_CONTENT)
