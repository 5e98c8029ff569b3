"""The API's inbox at the end: answering a transcript, taking the survey, giving up the receipt."""

from __future__ import annotations

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from intake.api import ending as shapes
from intake.api.following_views import TAGS
from intake.api.views import ERRORS, MISSING, NOT_NOW, REFUSED, ReporterView
from intake.followup import actions, survey
from intake.followup.models import TranscriptState

DONE = OpenApiResponse(None, description="Done.")


class Transcripts(ReporterView):
    """Answering a transcript."""

    @extend_schema(
        operation_id="answer_transcript",
        summary="Agree to the transcript of what was told by word of mouth, correct it, or decline",
        tags=TAGS,
        request=shapes.SentTranscriptAnswer,
        responses={204: DONE, **ERRORS, **REFUSED, **MISSING, **NOT_NOW},
        examples=[
            OpenApiExample(
                "A correction",
                request_only=True,
                value={"answer": "corrected", "corrected": "It was at gate 3, in the morning."},
            )
        ],
    )
    def post(self, request: Request, number: int) -> Response:
        """Answer the version with this number, which must be the newest. It is answered once.

        Agreeing or declining a second time changes nothing; any other second answer is refused, and the inbox shows
        the first.
        """
        inbox = self.inbox()
        transcript = inbox.report.transcripts.defer("author").filter(number=number).first()
        if transcript is None:
            raise NotFound(_("There is no transcript."))
        transcript.report = inbox.report
        sent = shapes.SentTranscriptAnswer(data=request.data)
        sent.is_valid(raise_exception=True)
        actions.answer_transcript(
            actor=inbox.actor,
            transcript=transcript,
            answer=TranscriptState(sent.validated_data["answer"]),
            corrected=sent.validated_data["corrected"],
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class Survey(ReporterView):
    """Telling how it was to report."""

    @extend_schema(
        operation_id="take_survey",
        summary="Answer, once and at the end, how it was to report",
        tags=TAGS,
        request=shapes.SentSurvey,
        responses={204: DONE, **ERRORS, **REFUSED, **NOT_NOW},
        examples=[OpenApiExample("Two answers", request_only=True, value={"easy": "4", "safe": "3"})],
    )
    def post(self, request: Request) -> Response:
        """Answers are added to those of others and not kept with the report, so that a second time is refused."""
        inbox = self.inbox()
        sent = shapes.SentSurvey(data=request.data)
        sent.is_valid(raise_exception=True)
        survey.take(report=inbox.report, answers=sent.answers)
        return Response(status=status.HTTP_204_NO_CONTENT)


class Leave(ReporterView):
    """Giving up the receipt."""

    @extend_schema(
        operation_id="give_up_receipt",
        summary="Give up the receipt: from then on it opens nothing, and nobody can change that",
        tags=TAGS,
        request=shapes.SentLeave,
        responses={204: DONE, **ERRORS, **REFUSED},
        examples=[OpenApiExample("For good", request_only=True, value={"understood": True})],
    )
    def post(self, request: Request) -> Response:
        """The report stays with the office. A second time is answered like a wrong receipt, with 401."""
        inbox = self.inbox()
        sent = shapes.SentLeave(data=request.data)
        sent.is_valid(raise_exception=True)
        actions.leave_for_good(actor=inbox.actor, report=inbox.report)
        return Response(status=status.HTTP_204_NO_CONTENT)
