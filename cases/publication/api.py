"""The API of published decisions: open to everybody, the same rows as the public register."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cases.publication.public_views import MAX_AGE, data_of, filtered, register_rows
from integrity.listing import PARAMETERS, page_data, page_serializer
from integrity.rules.terms import Gravity


class CodedTitleSerializer(serializers.Serializer):
    """A code of the rule pack, with its title in the language of the request."""

    code = serializers.CharField()
    title = serializers.CharField()


class OffenceSerializer(CodedTitleSerializer):
    """An offence and the clause of the code of conduct that forbids it."""

    clause = serializers.CharField()


class PlaceSerializer(serializers.Serializer):
    """Where, as exactly as can be told."""

    level = serializers.CharField(help_text="region, kind (headquarters or field), or withheld.")
    value = serializers.CharField(allow_blank=True)


class SanctionSerializer(CodedTitleSerializer):
    """The sanction; an exact amount has equal bounds, a sanction without an amount none."""

    unit = serializers.CharField()
    amount_from = serializers.IntegerField(allow_null=True)
    amount_to = serializers.IntegerField(allow_null=True)


class DecisionSerializer(serializers.Serializer):
    """A published decision."""

    reference = serializers.CharField()
    url = serializers.URLField()
    offence = OffenceSerializer()
    category = CodedTitleSerializer()
    gravity = serializers.ChoiceField(choices=Gravity.choices)
    period = serializers.CharField(help_text="A half-year such as 2026-H1, or a year.")
    place = PlaceSerializer()
    grade_bands = serializers.ListField(child=serializers.CharField(), help_text="Empty when withheld.")
    sanction = SanctionSerializer()
    appeal = serializers.CharField(help_text="none, dismissed, uphold or vary.")
    published_on = serializers.DateField()
    expires_on = serializers.DateField()


class PublishedDecisions(APIView):
    """The public register."""

    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []

    @extend_schema(
        operation_id="decisions_list",
        tags=["Decisions"],
        auth=[],
        parameters=[
            OpenApiParameter("category", str, description="A category's code."),
            OpenApiParameter("gravity", str, description="minor, serious or gross."),
            OpenApiParameter("period", str, description="A half-year such as 2026-H1, or a year."),
            *PARAMETERS,
        ],
        responses=page_serializer(DecisionSerializer),
    )
    def get(self, request: Request) -> Response:
        """List published decisions, newest first. Nobody needs to sign in for it."""
        rows = filtered(register_rows(), request.query_params)
        answer = Response(page_data(request, rows, order=("published_on", "pk"), line=data_of))
        answer["Cache-Control"] = f"public, max-age={MAX_AGE}"
        return answer
