"""The API for reporting persons and hotline providers: the actions of the portal's pages, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, cast
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import ValidationError as FormError
from django.http import HttpResponseBase
from django.utils.translation import activate, get_language, get_language_from_request
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import NotAuthenticated, NotFound, ValidationError
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from intake.api import serializers as shapes
from intake.api.asked import shown_channel
from intake.api.authentication import HasReceipt, ReceiptAuthentication
from intake.api.ending import ending_of
from intake.api.errors import SENTENCES, answer
from intake.api.following import following_of
from intake.channels.concerns import Concerns
from intake.channels.models import Channel
from intake.channels.paths import Path
from intake.channels.questionnaire import Answers
from intake.channels.reading import answered_version, current_questions, questionnaire_of
from intake.channels.routing import channel_for, channels_for, closed
from intake.clients.actions import actor_of, allowed, send_as_client
from intake.clients.authentication import ClientAuthentication
from intake.clients.models import ApiClient
from intake.portal import actions, crowding
from intake.portal.conversation import conversation, files_of_report, told_steps
from intake.portal.models import Origin, Report
from intake.portal.notices import notices_of
from intake.portal.questions import labelled
from intake.portal.receipt import PageSecret, ReporterSecret
from intake.portal.sittings import OpenInbox
from intake.portal.status import status_of
from integrity.action import Actor, Incomplete
from integrity.vault.files import FileDamaged, download_response
from integrity.vault.forms import SealedFilesField, SealedFilesWidget
from integrity.vault.uploads import SealedUpload

EXAMPLE_RECEIPT = "384729105628471930562847"
ONCE = OpenApiParameter(
    name="Idempotency-Key",
    location=OpenApiParameter.HEADER,
    required=False,
    description=(
        "32 random bytes in base64url (43 characters), made anew for each report or message and kept as secret as a "
        "receipt. The same key again gives the same receipt, and one report, however often it is sent."
    ),
)
ERRORS = {
    400: OpenApiResponse(
        SENTENCES,
        description="Sentences by field.",
        examples=[OpenApiExample("Nothing told", value={"what": ["This field is required."]})],
    ),
    503: OpenApiResponse(SENTENCES, description="Too busy; see `Retry-After`. Or nobody can receive it."),
}
TOO_MUCH = {
    429: OpenApiResponse(
        SENTENCES,
        description="Too much from one place, or more than a client agreed. Send the same after `Retry-After`.",
    )
}
REFUSED = {401: OpenApiResponse(SENTENCES, description="No report opens with this receipt."), **TOO_MUCH}
REFUSED_CLIENT = {
    401: OpenApiResponse(SENTENCES, description="The key is none of a client, or one is needed here."),
    **TOO_MUCH,
}
NOT_NOW = {409: OpenApiResponse(SENTENCES, description="Not possible now; the sentence says why.")}
MISSING = {404: OpenApiResponse(SENTENCES, description="There is nothing of this name in the report.")}


class ReporterView(APIView):
    """What the views here share: no cookie, no session, errors as lists of sentences."""

    authentication_classes = [ReceiptAuthentication]
    permission_classes = [HasReceipt]
    parser_classes = [JSONParser, MultiPartParser, FormParser]

    def initial(self, request: Request, *arguments: Any, **named: Any) -> None:
        """The API's addresses carry no language, so sentences come in the one that the client asks for."""
        activate(get_language_from_request(request))
        super().initial(request, *arguments, **named)

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        """Ours, whatever the settings say for the rest of the API."""
        return answer

    def finalize_response(self, request: Request, response: Any, *arguments: Any, **named: Any) -> Any:
        """A long text weighs more in the bucket that it took a token from."""
        crowding.weigh(request._request)
        return super().finalize_response(request, response, *arguments, **named)

    def client(self) -> ApiClient | None:
        """The client whose key this request has, or None."""
        return self.request.auth if isinstance(self.request.auth, ApiClient) else None

    def inbox(self) -> OpenInbox:
        """What the receipt of this request opens."""
        return cast(OpenInbox, self.request.auth)


class Reports(ReporterView):
    """Sending a report."""

    authentication_classes = [ClientAuthentication]
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="send_report",
        summary="Send a report",
        tags=["Reporting person"],
        parameters=[ONCE],
        request={"application/json": shapes.SentReport, "multipart/form-data": shapes.SentReport},
        responses={201: shapes.ReceiptShown, **ERRORS, **REFUSED_CLIENT, **NOT_NOW},
        examples=[
            OpenApiExample(
                "A report",
                request_only=True,
                value={
                    "path": "partner",
                    "concerns": "others",
                    "what": "At gate 3 an officer asks drivers for money before he lifts the barrier.",
                    "when": "Most mornings since January",
                    "where": "North port, gate 3",
                },
            ),
            OpenApiExample(
                "Its receipt",
                response_only=True,
                status_codes=["201"],
                value={
                    "receipt": EXAMPLE_RECEIPT,
                    "groups": [EXAMPLE_RECEIPT[start : start + 4] for start in range(0, 24, 4)],
                    "acknowledge_due": "2026-11-28",
                },
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        """Send a report, with files or without. The answer holds the receipt, which nobody can give again.

        A hotline provider sends the key of its client as well, and gives the receipt to whoever called.
        """
        client = self.client()
        if client is not None:
            # Counted by its own rate already; and many callers share its address.
            return self._receive(request, client)
        if not settings.API_OPEN:
            raise NotAuthenticated(_("Reports come here only from clients with a key. Use the portal instead."))
        with crowding.in_turn(request, sends=True):
            return self._receive(request)

    def _receive(self, request: Request, client: ApiClient | None = None) -> Response:
        place = shapes.ReportPlace(data=request.data)
        if not place.is_valid():
            # Everything that is wrong at once, as far as it can be told before the channel is known.
            shapes.SentReport(data=request.data).is_valid(raise_exception=True)
            place.is_valid(raise_exception=True)
        channel = _channel(place.validated_data, only=allowed(client) if client else frozenset())
        version = current_questions(channel)
        sent = shapes.SentReport(data=request.data, context={"questionnaire": questionnaire_of(version)})
        sent.is_valid(raise_exception=True)
        page = page_secret(request)
        secret = ReporterSecret.of(page.receipt)
        existing = actions.find_report(secret)
        if existing is None:
            report_id = uuid4()
            told: dict[str, Any] = {
                "report_id": report_id,
                "secret": secret,
                "channel": channel,
                "path": Path(sent.validated_data["path"]),
                "language": get_language() or "en",
                "answers": sent.answers,
                "questions": version,
                "identity": sent.identity,
                "files": sent_files(request),
            }
            if client is not None:
                existing = send_as_client(actor=actor_of(client), client=client, **told)
            else:
                existing = actions.send_report(actor=Actor.reporter(report_id), origin=Origin.API, **told)
        shown = {
            "receipt": page.receipt.digits,
            "groups": page.receipt.groups,
            "acknowledge_due": existing.acknowledge_due,
        }
        return Response(shapes.ReceiptShown(shown).data, status=status.HTTP_201_CREATED)


class Channels(ReporterView):
    """Which channels there are, and what they ask."""

    authentication_classes = [ClientAuthentication]
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="list_channels",
        summary="List the channels that take a report, and their questions",
        tags=["Reporting person"],
        parameters=[
            OpenApiParameter("path", enum=Path.values, description="From which side; without it, from any."),
            OpenApiParameter("concerns", enum=Concerns.values, description="Whom it is about; `others` without it."),
        ],
        responses={200: shapes.ChannelShown(many=True), **REFUSED_CLIENT},
    )
    def get(self, request: Request) -> Response:
        """The channels in their order; the first is taken when a report names none."""
        path, about = request.query_params.get("path", ""), request.query_params.get("concerns", "")
        found = channels_for(
            path=path if path in Path.values else "",
            concerns=Concerns(about) if about in Concerns.values else Concerns.OTHERS,
            language=get_language() or "",
        )
        client = self.client()
        codes = allowed(client) if client else frozenset()
        found = [channel for channel in found if not codes or channel.code in codes]
        return Response(shapes.ChannelShown([shown_channel(channel) for channel in found], many=True).data)


class Inbox(ReporterView):
    """Reading the inbox."""

    @extend_schema(
        operation_id="read_inbox",
        summary="Read the inbox",
        tags=["Reporting person"],
        parameters=[
            OpenApiParameter("before", int, description="Messages before this number: `earlier` of the last answer.")
        ],
        responses={200: shapes.InboxShown, **REFUSED, 503: ERRORS[503]},
    )
    def get(self, request: Request) -> Response:
        """Where the report stands, what was sent, and the latest messages."""
        inbox = self.inbox()
        actions.read_inbox(actor=inbox.actor, report=inbox.report)
        before = request.query_params.get("before", "")
        number = int(before) if before.isascii() and before.isdigit() and len(before) < 10 else None
        found, where = conversation(inbox, before=number), status_of(inbox.report)
        report = inbox.report
        answers = report.open(inbox.keyring, "answers")
        shown = {
            "state": report.state,
            "title": where.title,
            "text": where.text,
            "next": where.next,
            "received_on": report.received_on,
            "acknowledge_due": report.acknowledge_due,
            "acknowledged_on": report.acknowledged_on,
            "feedback_due": report.feedback_due,
            "feedback_on": report.feedback_on,
            "awaits_answer": report.awaits_answer,
            "steps": told_steps(inbox),
            "identity": [asdict(notice) for notice in notices_of(inbox)],
            "sent": _sent(report, answers),
            "answers": answers,
            "files": [asdict(file) for file in files_of_report(inbox)],
            "messages": [asdict(message) for message in found.messages],
            **following_of(inbox),
            **ending_of(inbox),
            "earlier": found.earlier,
        }
        return Response(shapes.InboxShown(shown).data)


class Messages(ReporterView):
    """Writing to the office."""

    @extend_schema(
        operation_id="send_message",
        summary="Write to the office",
        tags=["Reporting person"],
        parameters=[ONCE],
        request={"application/json": shapes.SentMessage, "multipart/form-data": shapes.SentMessage},
        responses={201: shapes.MessageTaken, **ERRORS, **REFUSED},
        examples=[
            OpenApiExample("A message", request_only=True, value={"text": "The number plate was written down."}),
            OpenApiExample(
                "Taken",
                response_only=True,
                status_codes=["201"],
                value={"number": 3, "sent_on": "2026-11-21"},
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        """Add words and files to the conversation."""
        inbox = self.inbox()
        sent = shapes.SentMessage(data=request.data)
        sent.is_valid(raise_exception=True)
        text, files = sent.validated_data["text"], sent_files(request)
        message = actions.reporter_writes(
            actor=inbox.actor,
            report=inbox.report,
            text=text,
            nonce=page_secret(request).nonce(text, *(upload.sha256 for upload in files)),
            files=files,
        )
        shown = {"number": message.number, "sent_on": message.sent_on}
        return Response(shapes.MessageTaken(shown).data, status=status.HTTP_201_CREATED)


class Files(ReporterView):
    """Fetching a file."""

    @extend_schema(
        operation_id="fetch_file",
        summary="Fetch a file of the report or of its conversation",
        tags=["Reporting person"],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY, **REFUSED, **MISSING},
    )
    def get(self, request: Request, number: int) -> HttpResponseBase:
        """The file as it was sent."""
        inbox = self.inbox()
        attachment = inbox.report.attachments.select_related("file__owner_key").filter(pk=number).first()
        if attachment is None:
            raise NotFound(_("This file is not part of your report."))
        actions.open_own_file(actor=inbox.actor, attachment=attachment)
        try:
            return download_response(attachment.file, inbox.keyring, asked=request.headers.get("Range", ""))
        except FileDamaged as error:
            raise NotFound(_("This file can no longer be read, and we are sorry. Please send it again.")) from error


def _sent(report: Report, answers: Answers) -> dict[str, Any]:
    asked = labelled(answers, questionnaire_of(answered_version(report)))
    return {
        "channel": report.channel.public_name,
        "path": report.path,
        "named": report.has_identity,
        "asked": [{"label": str(label), "words": words} for label, words in asked],
    }


def _channel(place: Mapping[str, str], *, only: frozenset[str]) -> Channel:
    """The channel that a report names, or the first one that takes it; one of `only`, where that is not empty.

    Raises ValidationError for one that does not take such a report, Incomplete when none does.
    """
    path, concerns = place["path"], Concerns(place["concerns"])
    wanted = place.get("channel")
    if not wanted and not only:
        return channel_for(concerns=concerns, path=path, language=get_language() or "")
    found = {
        channel.code: channel
        for channel in channels_for(path=path, concerns=concerns, language="")
        if not only or channel.code in only
    }
    if not found:
        raise Incomplete(closed(independent=concerns.independent))
    if not wanted:
        return next(iter(found.values()))
    if wanted not in found:
        sentence = _("This channel does not take such a report. Those that do: %(codes)s.")
        raise ValidationError({"channel": [sentence % {"codes": ", ".join(found)}]})
    return found[wanted]


def page_secret(request: Request) -> PageSecret:
    """The secret of the Idempotency-Key, or a new one. Raises ValidationError for a key that is too weak."""
    given = request.headers.get("Idempotency-Key", "")
    if not given:
        return PageSecret.new()
    page = PageSecret.parse(given)
    if page is None:
        raise ValidationError(
            {"detail": [_("The Idempotency-Key must be 32 random bytes in base64url: 43 characters.")]}
        )
    return page


def sent_files(request: Request) -> Sequence[SealedUpload]:
    """The files of a multipart request. Raises ValidationError that names each one which was not taken."""
    submitted = SealedFilesWidget().value_from_datadict({}, request.FILES, "files")
    try:
        return SealedFilesField(required=False).clean(submitted)
    except FormError as error:
        raise ValidationError({"files": error.messages}) from error
