"""The API of cases: the same actions as the pages, by the same names."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NoReturn
from uuid import UUID

from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers, status
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import NotFound, ParseError, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cases import actions
from cases.engine import Performed, available, performer, why_not
from cases.finality import finality
from cases.forms import Confirmation
from cases.models import Case
from cases.states import Track
from integrity.action import Actor, ConflictOfInterest, Refusal
from integrity.listing import PARAMETERS, page_data, page_serializer


class OpenSitting(BasePermission):
    """Only with an open sitting at the desk: the keys are needed, and they are only open there."""

    message = "Sign in at the desk first."

    def has_permission(self, request: Request, view: APIView) -> bool:
        """True when this browser's sitting opened the person's keys."""
        return getattr(request._request, "keyring", None) is not None


def actor_of(request: Request) -> Actor:
    """The signed-in person with their open keys, as the Desk middleware found them."""
    actor: Actor = request._request.actor  # type: ignore[attr-defined]
    return actor


class AvailableSerializer(serializers.Serializer):
    """A transition that the caller can perform now, with the fields it asks for."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    main = serializers.BooleanField(help_text="The usual next step.")
    fields = serializers.ListField(child=serializers.DictField())  # type: ignore[assignment]


class CaseSerializer(serializers.Serializer):
    """A line of the list of cases."""

    reference = serializers.CharField()
    state = serializers.CharField()
    gravity = serializers.CharField()
    opened_on = serializers.DateField()
    title = serializers.CharField(allow_blank=True, help_text="Opened with the caller's keys.")


class CaseFileSerializer(CaseSerializer):
    """A case with what can be done now."""

    finality = serializers.CharField(allow_null=True, help_text="decided, lapsed, waived, or null.")
    allegations = serializers.ListField(child=serializers.DictField())
    deadlines = serializers.ListField(child=serializers.DictField())
    available = AvailableSerializer(many=True)


class RefusalSerializer(serializers.Serializer):
    """Why something was refused."""

    detail = serializers.CharField()


def describe(performed: Performed, subject: Any, actor: Actor) -> dict[str, Any]:
    """A transition with the fields of its form."""
    form = (performed.form or Confirmation)(subject=subject, actor=actor)
    fields = [
        {
            "name": name,
            "label": str(field.label or name),
            "type": type(field).__name__.removesuffix("Field").lower(),
            "required": field.required,
            "choices": [str(value) for value, _label in getattr(field, "choices", []) if value],
        }
        for name, field in form.fields.items()
    ]
    return {"name": performed.row.name, "label": str(performed.row.label), "main": performed.row.main, "fields": fields}


def form_data(data: Any) -> QueryDict:
    """JSON (or a posted form) as what a Django form reads: lists are repeated values, false is left out.

    Raises ParseError for JSON that is no object.
    """
    if isinstance(data, QueryDict):
        return data
    if not isinstance(data, Mapping):
        raise ParseError(_("Send the fields as one JSON object."))
    given = QueryDict(mutable=True)
    for name, value in data.items():
        if isinstance(value, list):
            given.setlist(name, [str(item) for item in value])
        elif value is not None and value is not False:
            given[name] = str(value)
    return given


def perform(request: Request, *, track: Track, name: str, subject: Any) -> Response | None:
    """Perform a transition from the request's data. A Response when it was refused, None when it is done."""
    try:
        performed = performer(track, name)
    except KeyError:
        raise NotFound from None
    actor = actor_of(request)
    try:
        if why_not(performed.row, subject, actor) is not None:
            performed.run(actor=actor, subject=subject)
        form = (performed.form or Confirmation)(form_data(request.data), request.FILES, subject=subject, actor=actor)
        if not form.is_valid():
            return Response(form.errors, status=status.HTTP_422_UNPROCESSABLE_ENTITY)
        performed.run(actor=actor, subject=subject, **form.cleaned_data)
    except Refusal as refusal:
        return Response({"detail": str(refusal.sentence)}, status=status.HTTP_409_CONFLICT)
    return None


class DeskView(APIView):
    """What every desk endpoint has in common."""

    authentication_classes = [SessionAuthentication]
    permission_classes = [OpenSitting]

    def permission_denied(self, request: Request, message: str | None = None, code: str | None = None) -> NoReturn:
        """Say what is missing, also to whoever is not signed in at all."""
        raise PermissionDenied(message, code)


class CaseList(DeskView):
    """The caller's cases."""

    @extend_schema(
        operation_id="cases_list",
        tags=["Cases"],
        parameters=PARAMETERS,
        responses=page_serializer(CaseSerializer),
    )
    def get(self, request: Request) -> Response:
        """List the cases you are a member of, newest first."""
        actor = actor_of(request)
        rows = Case.objects.seen_by(actor.user).select_related("key")
        titles: dict[UUID, str] = {}
        return Response(
            page_data(
                request,
                rows,
                order=("opened_on", "pk"),
                line=lambda case: _line(case, titles.get(case.pk, "")),
                prepare=lambda cases: titles.update(actions.titles_of(actor, cases)),
            )
        )


def _line(case: Case, title: str) -> dict[str, Any]:
    return {
        "reference": case.reference,
        "state": case.state,
        "gravity": case.gravity,
        "opened_on": case.opened_on,
        "title": title,
    }


def _file(case: Case, actor: Actor) -> dict[str, Any]:
    final = finality(case)
    return {
        **_line(case, case.open(actor.keys, "title") if actor.keys.holds(case.key) else ""),
        "finality": final.value if final else None,
        "allegations": [
            {"number": row.number, "offence": row.offence, "gravity": row.gravity} for row in case.allegations.all()
        ],
        "deadlines": [
            {"name": row.name, "due": row.due.isoformat(), "met_on": row.met_on and row.met_on.isoformat()}
            for row in case.deadlines.all()
        ],
        "available": [describe(item, case, actor) for item in available(Track.CASE, case, actor)],
    }


class CaseFileView(DeskView):
    """One case."""

    @extend_schema(
        operation_id="cases_open",
        tags=["Cases"],
        responses={200: CaseFileSerializer, 403: RefusalSerializer, 404: RefusalSerializer},
    )
    def get(self, request: Request, reference: str) -> Response:
        """Open a case you are a member of, with the transitions you can perform. The look is in the log."""
        case = get_object_or_404(Case.objects.select_related("key", "pack"), reference=reference)
        actor = actor_of(request)
        try:
            actions.open_file(actor=actor, case=case)
        except ConflictOfInterest as refused:
            raise PermissionDenied(str(refused.sentence)) from None
        except Refusal:
            raise NotFound(_("No such case.")) from None
        return Response(CaseFileSerializer(_file(case, actor)).data)


class CaseTransition(DeskView):
    """One transition of a case."""

    @extend_schema(
        operation_id="cases_perform",
        tags=["Cases"],
        request={"application/json": {"type": "object", "additionalProperties": True}},
        responses={200: CaseFileSerializer, 404: RefusalSerializer, 409: RefusalSerializer, 422: dict},
        examples=[OpenApiExample("A note", value={"body": "Called the port office."}, request_only=True)],
    )
    def post(self, request: Request, reference: str, name: str) -> Response:
        """Perform a transition by its name; the body holds the fields that `available` lists."""
        case = get_object_or_404(Case.objects.select_related("key", "pack"), reference=reference)
        actor = actor_of(request)
        if not case.capacities(actor.user):
            # The answer tells nothing, and the log tells that it was tried.
            with suppress(KeyError, Refusal):
                performer(Track.CASE, name).run(actor=actor, subject=case)
            raise NotFound(_("No such case."))
        refused = perform(request, track=Track.CASE, name=name, subject=case)
        if refused is not None:
            return refused
        case.refresh_from_db()
        if not case.capacities(actor.user):
            return Response({"reference": case.reference, "state": case.state})
        return Response(CaseFileSerializer(_file(case, actor)).data)
