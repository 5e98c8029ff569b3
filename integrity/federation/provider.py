"""The identity provider: where it is asked, what it is asked, and what its answer says (OpenID Connect Core 1.0)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from django.conf import settings
from django.utils.http import urlencode

from integrity.federation import tokens
from integrity.federation.configuration import is_https, is_loopback
from integrity.federation.failures import NotIdentified, Reason
from integrity.federation.fetching import fetch

DISCOVERY: Final = "/.well-known/openid-configuration"
LONGEST_SUBJECT: Final = 255


@dataclass(frozen=True)
class Provider:
    """What the provider says of itself (OpenID Connect Discovery 1.0): its addresses, and how it signs."""

    issuer: str
    authorization: str
    token: str
    keys: str
    end_session: str
    algorithms: tuple[str, ...]
    authentication: str
    names_itself: bool


@dataclass(frozen=True)
class Proof:
    """What ties one answer to one question: each derived from the secret in the browser's cookie."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True)
class Subject:
    """Who somebody is at the provider: the pair of issuer and subject, and the user name when a claim has it."""

    issuer: str
    identifier: str
    username: str


def is_configured() -> bool:
    """Whether there is a provider."""
    return bool(settings.OIDC_ISSUER)


def discover() -> Provider:
    """Ask the provider where its endpoints are. Raises NotIdentified (unreachable, metadata)."""
    issuer = settings.OIDC_ISSUER
    answer = fetch(issuer.rstrip("/") + DISCOVERY)
    said = answer.content
    if answer.status >= 500:
        raise NotIdentified(Reason.UNREACHABLE)
    if answer.status != 200 or said.get("issuer") != issuer:
        raise NotIdentified(Reason.METADATA)
    offered = _words(said, "id_token_signing_alg_values_supported", default=["RS256"])
    algorithms = tuple(each for each in tokens.ALGORITHMS if each in offered)
    if not algorithms or "code" not in _words(said, "response_types_supported", default=["code"]):
        raise NotIdentified(Reason.METADATA)
    end_session = said.get("end_session_endpoint")
    return Provider(
        issuer=issuer,
        authorization=_address(said, "authorization_endpoint"),
        token=_address(said, "token_endpoint"),
        keys=_address(said, "jwks_uri"),
        end_session=_address(said, "end_session_endpoint") if end_session else "",
        algorithms=algorithms,
        authentication=_authentication(_words(said, "token_endpoint_auth_methods_supported", default=[])),
        names_itself=said.get("authorization_response_iss_parameter_supported") is True,
    )


def question(provider: Provider, proof: Proof, *, redirect_uri: str, anew: bool) -> str:
    """The address at which the provider asks the person who they are; `anew` even if it knows them already.

    Authorization code flow with PKCE (RFC 7636). The provider is told who asks, and where the answer goes.
    """
    return str(
        prepare_grant_uri(
            provider.authorization,
            client_id=settings.OIDC_CLIENT_ID,
            response_type="code",
            redirect_uri=redirect_uri,
            scope="openid profile" if settings.OIDC_USERNAME_CLAIM else "openid",
            state=proof.state,
            nonce=proof.nonce,
            code_challenge=create_s256_code_challenge(proof.verifier),
            code_challenge_method="S256",
            prompt="login" if anew else None,
        )
    )


def answered(provider: Provider, proof: Proof, *, code: str, redirect_uri: str) -> Subject:
    """Exchange the code and read who it is. Tokens live in this function and nowhere else.

    Raises NotIdentified.
    """
    form = urlencode(
        {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": proof.verifier,
        }
    )
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    client = ClientAuth(settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET, provider.authentication)
    _address_again, headers, form = client.prepare("POST", provider.token, headers, form)
    answer = fetch(provider.token, form=form, headers=headers)
    if answer.status >= 500:
        raise NotIdentified(Reason.UNREACHABLE)
    token, access = answer.content.get("id_token"), answer.content.get("access_token")
    if answer.status != 200 or not isinstance(token, str):
        raise NotIdentified(Reason.CODE)
    expected = tokens.Expected(
        issuer=provider.issuer,
        client=settings.OIDC_CLIENT_ID,
        nonce=proof.nonce,
        algorithms=provider.algorithms,
    )
    keys = fetch(provider.keys)
    if keys.status != 200:
        raise NotIdentified(Reason.KEYS)
    claims = tokens.read(token, access if isinstance(access, str) else None, tokens.public_keys(keys.content), expected)
    return _subject(provider, claims)


def farewell(provider: Provider, *, back: str) -> str:
    """Where somebody ends their session at the provider (RP-Initiated Logout 1.0); "" when it has no such place."""
    if not provider.end_session:
        return ""
    joint = "&" if "?" in provider.end_session else "?"
    query = urlencode({"client_id": settings.OIDC_CLIENT_ID, "post_logout_redirect_uri": back})
    return f"{provider.end_session}{joint}{query}"


def _subject(provider: Provider, claims: dict[str, Any]) -> Subject:
    identifier = str(claims["sub"])
    if len(identifier) > LONGEST_SUBJECT or "\x00" in identifier:
        raise NotIdentified(Reason.TOKEN)
    name = claims.get(settings.OIDC_USERNAME_CLAIM) if settings.OIDC_USERNAME_CLAIM else None
    username = name.strip().lower() if isinstance(name, str) and "\x00" not in name else ""
    return Subject(provider.issuer, identifier, username)


def _address(said: dict[str, Any], name: str) -> str:
    """An endpoint: HTTPS, or on this machine when the issuer itself is."""
    address = said.get(name)
    local = is_loopback(settings.OIDC_ISSUER)
    if not isinstance(address, str) or not (is_https(address) or (local and is_loopback(address))):
        raise NotIdentified(Reason.METADATA)
    return address


def _words(said: dict[str, Any], name: str, *, default: list[str]) -> list[str]:
    listed = said.get(name, default)
    return [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []


def _authentication(methods: list[str]) -> str:
    """How this system shows at the token endpoint that it is itself."""
    if not settings.OIDC_CLIENT_SECRET:
        return "none"
    only_in_the_form = "client_secret_post" in methods and "client_secret_basic" not in methods
    return "client_secret_post" if only_in_the_form else "client_secret_basic"
