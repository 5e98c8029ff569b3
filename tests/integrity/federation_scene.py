"""Providers on loopback: a real one (oidc-provider-mock), and one that tells lies on demand."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from django.test import Client
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from audit import clock
from integrity.federation.models import Identity
from integrity.people import actions as people
from integrity.people.models import User
from integrity.rules.terms import GradeBand
from integrity.vault import actions as vault
from tests.world import SYSTEM, passphrase_of

SIGN_IN = "/desk/sign-in/"
START = "/desk/sign-in/with/"
BACK = "/desk/sign-in/with/back/"
REDIRECT_URI = f"http://testserver{BACK}"
CLIENT = "integrity-office"
SECRET = "a secret between the two"

RSA = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"})
EC = ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"})
OKP = OKPKey.generate_key("Ed25519", {"kid": "okp", "use": "sig"})
FOREIGN = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"})
Signer = Callable[[dict[str, Any], dict[str, Any]], str]


def signed(header: dict[str, Any], claims: dict[str, Any], key: Any = RSA) -> str:
    """A token as a provider signs it, whatever the algorithm."""
    registry = JWSRegistry(algorithms=[header["alg"]], strict_check_header=False)
    return jwt.encode(header, claims, key, registry=registry)


def raw(header: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> str:
    """A token put together by hand."""
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


@dataclass
class Liar:
    """A provider that is right in everything (PKCE, client, redirect, codes used once) but in what a test changes."""

    url: str = ""
    subject: str = "subject-1"
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=lambda: {"alg": "RS256", "kid": "rsa"})
    sign: Signer = signed
    metadata: dict[str, Any] = field(default_factory=dict)
    keys: list[dict[str, Any]] = field(default_factory=lambda: [each.as_dict(private=False) for each in (RSA, EC, OKP)])
    token: dict[str, Any] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    waits: threading.Event | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)
    authentication: str = f"Basic {base64.b64encode(f'{CLIENT}:{SECRET}'.encode()).decode()}"

    def described(self) -> dict[str, Any]:
        """Its discovery document."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "response_types_supported": ["code"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256", "EdDSA", "HS256", "none"],
            **self.metadata,
        }

    def authorize(self, location: str) -> str:
        """Sign in there: the path and query with which the browser is sent back."""
        asked = dict(parse_qsl(urlsplit(location).query))
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        answer = {"code": code, "state": asked["state"], **self.parameters}
        back = urlsplit(asked["redirect_uri"])
        return f"{back.path}?{urlencode(answer)}"

    def exchange(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """The token endpoint (RFC 6749, section 4.1.3, with RFC 7636)."""
        asked = self.codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        self.forms.append(form)
        wrong = (
            "code" if asked is None
            else "pkce" if asked.get("code_challenge") != challenge.decode().rstrip("=")
            else "method" if asked.get("code_challenge_method") != "S256"
            else "redirect" if asked["redirect_uri"] != form.get("redirect_uri")
            else "client" if authorization != self.authentication
            else ""
        )  # fmt: skip
        if asked is None or wrong:
            self.refused.append(wrong)
            return 400, {"error": "invalid_grant", "error_description": "canary-description"}
        access, now = secrets.token_urlsafe(16), int(time.time())
        claims = {
            "iss": self.url, "sub": self.subject, "aud": CLIENT, "exp": now + 300, "iat": now,
            "nonce": asked["nonce"], **self.claims,
        }  # fmt: skip
        token = self.sign(self.header, {name: value for name, value in claims.items() if value is not None})
        self.given += [access, token]
        return 200, {"access_token": access, "token_type": "Bearer", "id_token": token, **self.token}


@contextmanager
def lying(liar: Liar, *, certificate: Path | None = None) -> Iterator[Liar]:
    """Serve it on loopback until the block ends, over TLS when there is a certificate."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

        def _answer(self, body: str) -> None:
            path = urlsplit(self.path).path
            liar.asked.append((self.command, self.path))
            if liar.waits is not None:
                liar.waits.wait(30)
            status, headers, content = liar.answers.get(path, (0, {}, b""))
            if not status:
                status, said = self._said(path, body)
                headers, content = {"Content-Type": "application/json"}, json.dumps(said).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def _said(self, path: str, body: str) -> tuple[int, dict[str, Any]]:
            if path == "/.well-known/openid-configuration":
                return 200, liar.described()
            if path == "/keys":
                return 200, {"keys": liar.keys}
            if path == "/token":
                return liar.exchange(dict(parse_qsl(body)), self.headers.get("Authorization", ""))
            return 404, {}

        def log_message(self, *_arguments: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    liar.url = f"http://127.0.0.1:{server.server_port}"
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        liar.url = f"https://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield liar
    finally:
        if liar.waits is not None:
            liar.waits.set()
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Proxy:
    """A proxy that only knows CONNECT, and what it was asked."""

    url: str = ""
    asked: list[str] = field(default_factory=list)


@contextmanager
def proxy() -> Iterator[Proxy]:
    """Serve a proxy on loopback until the block ends."""
    through = Proxy()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            verb, target, _version = self.rfile.readline().decode().split()
            through.asked.append(f"{verb} {target}")
            while self.rfile.readline().strip():
                continue
            host, _colon, port = target.rpartition(":")
            with socket.create_connection((host, int(port))) as beyond:
                self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                back = threading.Thread(target=_carry, args=(beyond, self.connection))
                back.start()
                _carry(self.connection, beyond)
                back.join()

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        through.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield through
        finally:
            server.shutdown()
            thread.join()


def _carry(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


@dataclass(frozen=True)
class Real:
    """oidc-provider-mock, and the client that was registered with it."""

    url: str
    client: str
    secret: str

    def sign_in(self, location: str, subject: str) -> str:
        """Sign in there as its form does: the path and query with which the browser is sent back."""
        answer = post(location, urlencode({"sub": subject}), "application/x-www-form-urlencoded")
        assert answer[0] == 302, answer
        back = urlsplit(answer[1])
        assert f"{back.scheme}://{back.netloc}{back.path}" == REDIRECT_URI
        return f"{back.path}?{back.query}"


@contextmanager
def real(users: dict[str, dict[str, object]], redirect_uri: str = REDIRECT_URI) -> Iterator[Real]:
    """Serve the real provider on loopback, with these users, for one registered client."""
    from oidc_provider_mock import User, run_server_in_thread

    people = [User(sub=subject, claims=claims) for subject, claims in users.items()]
    with run_server_in_thread(require_client_registration=True, require_nonce=True, user_claims=people) as server:
        url = f"http://localhost:{server.server_port}"
        wanted = {"redirect_uris": [redirect_uri], "scope": "openid profile"}
        status, _location, body = post(f"{url}/oauth2/clients", json.dumps(wanted), "application/json")
        assert status == 201, body
        registered = json.loads(body)
        yield Real(url, registered["client_id"], registered["client_secret"])


def post(address: str, body: str, kind: str) -> tuple[int, str, bytes]:
    """POST as a browser or a client does; no redirect is followed."""
    parts = urlsplit(address)
    connection = HTTPConnection(parts.hostname or "", parts.port)
    connection.request("POST", f"{parts.path}?{parts.query}", body=body, headers={"Content-Type": kind})
    response = connection.getresponse()
    answer = (response.status, response.getheader("Location", ""), response.read())
    connection.close()
    return answer


def linked(liar: Liar) -> User:
    """The only person of a very small institution, whose account is linked to the provider's subject."""
    office = people.make_office(actor=SYSTEM, code="HQ", name="Headquarters", region="Capital")
    person = people.make_person(
        actor=SYSTEM,
        username="triage",
        name="Triage",
        passphrase_key=vault.make_person_key(passphrase_of("triage")),
        office=office,
        grade_band=GradeBand.SENIOR,
    )
    Identity.objects.create(person=person, issuer=liar.url, subject=liar.subject, linked_at=clock.now())
    return person


def use(settings: Any, *, issuer: str, client: str = CLIENT, secret: str = SECRET, **more: Any) -> None:
    """Set the provider up."""
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = issuer, client, secret
    settings.OIDC_NAME = "Staff sign-in"
    for name, value in more.items():
        setattr(settings, name, value)


def asked_by(browser: Client, address: str = START, **query: str) -> str:
    """Where the desk sends a browser that wants to sign in with the provider."""
    answer = browser.get(address, query)
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def questions(location: str) -> dict[str, list[str]]:
    """What the provider is asked."""
    return parse_qs(urlsplit(location).query)
