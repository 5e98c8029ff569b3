"""The API of the register's desk: entries and their steps, the same actions as the pages."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from cases.api import AvailableSerializer, DeskView, RefusalSerializer, actor_of, describe, perform
from cases.engine import available
from cases.publication.models import Publication
from cases.states import Track
from integrity.action import Actor
from integrity.listing import PARAMETERS, page_data, page_serializer
from integrity.people.roles import Role


class EntrySerializer(serializers.Serializer):
    """An entry of the register before it is public; its coded fields stay sealed here."""

    reference = serializers.CharField()
    state = serializers.CharField()
    handed_over_on = serializers.DateField()
    published_on = serializers.DateField(allow_null=True)
    available = AvailableSerializer(many=True)


def _data(entry: Publication, actor: Actor) -> dict[str, Any]:
    return {
        "reference": entry.reference,
        "state": entry.state,
        "handed_over_on": entry.handed_over_on,
        "published_on": entry.published_on,
        "available": [describe(item, entry, actor) for item in available(Track.PUBLICATION, entry, actor)],
    }


class EntryList(DeskView):
    """The entries of the register."""

    @extend_schema(
        operation_id="register_list",
        tags=["Register"],
        parameters=PARAMETERS,
        responses=page_serializer(EntrySerializer),
    )
    def get(self, request: Request) -> Response:
        """List the entries, newest first; for editors and approvers."""
        actor = actor_of(request)
        if not actor.user.has_role(Role.EDITOR, Role.APPROVER):
            raise NotFound
        rows = Publication.objects.select_related("key", "pack")
        return Response(page_data(request, rows, order=("handed_over_on", "pk"), line=lambda row: _data(row, actor)))


class EntryTransition(DeskView):
    """One step of an entry."""

    @extend_schema(
        operation_id="register_perform",
        tags=["Register"],
        request={"application/json": {"type": "object", "additionalProperties": True}},
        responses={200: EntrySerializer, 404: RefusalSerializer, 409: RefusalSerializer, 422: dict},
        examples=[OpenApiExample("Back to the editor", value={"reasons": "Pool the grades."}, request_only=True)],
    )
    def post(self, request: Request, reference: str, name: str) -> Response:
        """Perform a step by its name; the body holds the fields that `available` lists."""
        entry = get_object_or_404(Publication.objects.select_related("key", "pack"), reference=reference)
        actor = actor_of(request)
        if not entry.capacities(actor.user):
            raise NotFound(_("No such entry."))
        refused = perform(request, track=Track.PUBLICATION, name=name, subject=entry)
        if refused is not None:
            return refused
        entry.refresh_from_db()
        return Response(EntrySerializer(_data(entry, actor)).data)
