"""Errors of the API: always `{"detail": [sentence]}` or `{field: [sentence]}`, a part of a field after a point."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import exception_handler

from intake.portal.actions import GivenUp
from intake.portal.crowding import Crowded
from integrity.action import Refusal, WrongState
from integrity.vault.forms import SealedFilesField
from integrity.vault.passphrase import TooBusy
from integrity.vault.storage import FileGone

RETRY_SECONDS = 60
# What the description tells of every error: sentences under `detail`, or under the name of what was wrong.
SENTENCES = {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}}


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to an error that a person can cause; None for what only a bug can cause."""
    match error:
        case Crowded():
            minutes = -(-error.wait // 60)
            sentence = ngettext(
                "There were too many attempts. Try again in %(minutes)s minute.",
                "There were too many attempts. Try again in %(minutes)s minutes.",
                minutes,
            )
            return Response(
                {"detail": [sentence % {"minutes": minutes}]},
                status=status.HTTP_429_TOO_MANY_REQUESTS,
                headers={"Retry-After": str(error.wait)},
            )
        case TooBusy():
            return Response(
                {"detail": [_("Many people are using this site at the moment. Try again in a minute.")]},
                status=status.HTTP_503_SERVICE_UNAVAILABLE,
                headers={"Retry-After": str(RETRY_SECONDS)},
            )
        case FileGone():
            return Response(
                {"files": [SealedFilesField.default_error_messages["gone"]]}, status=status.HTTP_400_BAD_REQUEST
            )
        case Refusal():
            is_final = isinstance(error, WrongState | GivenUp)
            code = status.HTTP_409_CONFLICT if is_final else status.HTTP_503_SERVICE_UNAVAILABLE
            return Response({"detail": [error.sentence]}, status=code)
    response = exception_handler(error, context)
    if response is not None and isinstance(response.data, dict):
        response.data = dict(_by_field(response.data))
    return response


def _by_field(errors: Mapping[Any, Any], before: str = "") -> Iterator[tuple[str, list[Any]]]:
    """The sentences under the name of each field; a part of a field has its name after a point."""
    for name, found in errors.items():
        if isinstance(found, Mapping):
            yield from _by_field(found, f"{before}{name}.")
        else:
            yield f"{before}{name}", found if isinstance(found, list) else [found]
