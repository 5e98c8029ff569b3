"""The API of reports at the desk: the same actions as the pages, by the same names."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from cases.api import AvailableSerializer, DeskView, RefusalSerializer, actor_of, describe, perform
from cases.engine import performer
from cases.states import Track
from cases.triage import actions
from cases.triage.offered import offered
from cases.triage.waiting import due_of
from intake.api.answers import AnswerShown
from intake.portal.models import Report
from integrity.action import Actor, ConflictOfInterest, Refusal
from integrity.listing import PARAMETERS, page_data, page_serializer


class ReportLineSerializer(serializers.Serializer):
    """A line of the list of reports; nothing sealed is in it."""

    reference = serializers.CharField()
    state = serializers.CharField()
    path = serializers.CharField(help_text="public, staff or partner.")
    received_on = serializers.DateField()
    due = serializers.DateField(allow_null=True)
    has_news = serializers.BooleanField()


class ReportFileSerializer(ReportLineSerializer):
    """A report, opened with the caller's keys, with what can be done now."""

    answers = serializers.DictField(child=AnswerShown())
    available = AvailableSerializer(many=True)


def _line(report: Report) -> dict[str, Any]:
    return {
        "reference": report.reference,
        "state": report.state,
        "path": report.path,
        "received_on": report.received_on,
        "due": due_of(report),
        "has_news": report.has_news,
    }


def _file(report: Report, actor: Actor) -> dict[str, Any]:
    return {
        **_line(report),
        "answers": report.open(actor.keys, "answers"),
        "available": [describe(item, report, actor) for item in offered(report, actor)],
    }


def _report(reference: str) -> Report:
    return get_object_or_404(Report.objects.select_related("key", "pack", "channel"), reference=reference)


class ReportList(DeskView):
    """The reports that the caller was given."""

    @extend_schema(
        operation_id="desk_reports_list",
        tags=["Reports at the desk"],
        parameters=PARAMETERS,
        responses=page_serializer(ReportLineSerializer),
    )
    def get(self, request: Request) -> Response:
        """List the reports you were given, newest first. Nothing is opened."""
        rows = Report.objects.seen_by(actor_of(request).user)
        return Response(page_data(request, rows, order=("received_on", "pk"), line=_line))


class ReportFileView(DeskView):
    """One report."""

    @extend_schema(
        operation_id="desk_reports_open",
        tags=["Reports at the desk"],
        responses={200: ReportFileSerializer, 403: RefusalSerializer, 404: RefusalSerializer},
    )
    def get(self, request: Request, reference: str) -> Response:
        """Open a report that you were given. The look is in the log."""
        report = _report(reference)
        actor = actor_of(request)
        try:
            actions.open_report(actor=actor, report=report)
        except ConflictOfInterest as refused:
            raise PermissionDenied(str(refused.sentence)) from None
        except Refusal:
            raise NotFound(_("No such report.")) from None
        return Response(ReportFileSerializer(_file(report, actor)).data)


class ReportTransition(DeskView):
    """One step of a report."""

    @extend_schema(
        operation_id="desk_reports_perform",
        tags=["Reports at the desk"],
        request={"application/json": {"type": "object", "additionalProperties": True}},
        responses={200: ReportFileSerializer, 404: RefusalSerializer, 409: RefusalSerializer, 422: dict},
        examples=[OpenApiExample("A question", value={"body": "On which day was it?"}, request_only=True)],
    )
    def post(self, request: Request, reference: str, name: str) -> Response:
        """Perform a step by its name; the body holds the fields that `available` lists."""
        report = _report(reference)
        actor = actor_of(request)
        if not report.capacities(actor.user):
            # The answer tells nothing, and the log tells that it was tried.
            with suppress(KeyError, Refusal):
                performer(Track.REPORT, name).run(actor=actor, subject=report)
            raise NotFound(_("No such report."))
        refused = perform(request, track=Track.REPORT, name=name, subject=report)
        if refused is not None:
            return refused
        return Response(ReportFileSerializer(_file(_report(reference), actor)).data)
