"""Passkeys (WebAuthn): what the browser is asked, and whether its answer is right. No database here."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest
from django.http.request import split_domain_port
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from integrity.people.models import User

STATE: Final = "passkey"


class WrongAnswer(Exception):
    """What the browser sent proves nothing."""


@dataclass(frozen=True)
class Proved:
    """A credential that signed, and how many signatures it says it has made."""

    credential: str
    counter: int


def _server(request: HttpRequest) -> Fido2Server:
    """Bound to the name that the browser asked for; ALLOWED_HOSTS has checked it."""
    origin = f"{request.scheme}://{request.get_host()}"
    host, _port = split_domain_port(request.get_host())
    return Fido2Server(PublicKeyCredentialRpEntity(name=host, id=host), verify_origin=lambda given: given == origin)


def ask_for_new(request: HttpRequest, person: User, known: list[str]) -> dict[str, Any]:
    """What `navigator.credentials.create` is called with; the challenge waits in the session."""
    user = PublicKeyCredentialUserEntity(id=person.pk.bytes, name=person.username, display_name=person.name)
    options, state = _server(request).register_begin(
        user,
        [_credential(each) for each in known],
        resident_key_requirement=ResidentKeyRequirement.DISCOURAGED,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    request.session[STATE] = state
    return dict(options)["publicKey"]


def ask(request: HttpRequest, known: list[str]) -> dict[str, Any]:
    """What `navigator.credentials.get` is called with; the challenge waits in the session."""
    options, state = _server(request).authenticate_begin(
        [_credential(each) for each in known], user_verification=UserVerificationRequirement.PREFERRED
    )
    request.session[STATE] = state
    return dict(options)["publicKey"]


def check_new(request: HttpRequest, answer: str) -> Proved:
    """The credential that was just made. Raises WrongAnswer."""
    state, given = request.session.pop(STATE, None), _parse(answer)
    try:
        made = _server(request).register_complete(state, given)
        credential = made.credential_data
        if state is None or credential is None:
            raise WrongAnswer
        return Proved(base64.b64encode(bytes(credential)).decode("ascii"), made.counter)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        raise WrongAnswer from error


def check(request: HttpRequest, answer: str, known: list[str]) -> Proved:
    """Which known credential signed the challenge, which works once. Raises WrongAnswer."""
    state, given = request.session.pop(STATE, None), _parse(answer)
    try:
        if state is None:
            raise WrongAnswer
        found = _server(request).authenticate_complete(state, [_credential(each) for each in known], given)
        counter = AuthenticationResponse.from_dict(given).response.authenticator_data.counter
    except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        raise WrongAnswer from error
    return Proved(base64.b64encode(bytes(found)).decode("ascii"), counter)


def _credential(stored: str) -> AttestedCredentialData:
    return AttestedCredentialData(base64.b64decode(stored))


def _parse(answer: str) -> Mapping[str, Any]:
    try:
        given = json.loads(answer)
    except ValueError as error:
        raise WrongAnswer from error
    if not isinstance(given, dict):
        raise WrongAnswer
    return given
