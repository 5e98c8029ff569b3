"""Passkeys: what an authenticator signs opens the desk once, and what a thief or a false page makes of it does not."""

from __future__ import annotations

import hashlib
import html
import json
import re
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.test import Client
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

from integrity.factors import actions, codes
from integrity.factors.models import Factor, FactorKind
from integrity.people.models import Sitting
from tests.desk import at_desk, entries, words_of
from tests.world import SYSTEM, World, passphrase_of

HOST = "localhost"
ORIGIN = f"http://{HOST}"
GIVE = "/desk/second-factor/"
SET_UP = "/desk/second-factor/set-up/passkey/"
PRESENT = AuthenticatorData.FLAG.UP


@dataclass
class Authenticator:
    """A security key: one private key, and a counter of its signatures."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    identifier: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    counter: int = 0

    def make(self, options: dict[str, Any], *, origin: str = ORIGIN, host: str = HOST) -> str:
        """What a browser answers to `navigator.credentials.create`."""
        credential = AttestedCredentialData.create(
            b"\0" * 16, self.identifier, ES256.from_cryptography_key(self.key.public_key())
        )
        data = AuthenticatorData.create(_hash(host), PRESENT | AuthenticatorData.FLAG.AT, self.counter, credential)
        client = _client("webauthn.create", options["challenge"], origin)
        response = {
            "clientDataJSON": websafe_encode(client),
            "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
        }
        return self._answer(response)

    def sign(
        self,
        options: dict[str, Any],
        *,
        origin: str = ORIGIN,
        host: str = HOST,
        flags: Any = PRESENT,
        kind: str = "webauthn.get",
        counted: bool = True,
    ) -> str:
        """What a browser answers to `navigator.credentials.get`."""
        self.counter += counted
        data = AuthenticatorData.create(_hash(host), flags, self.counter)
        client = _client(kind, options["challenge"], origin)
        signature = self.key.sign(bytes(data) + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        response = {"clientDataJSON": client, "authenticatorData": bytes(data), "signature": signature}
        return self._answer({name: websafe_encode(value) for name, value in response.items()})

    def _answer(self, response: dict[str, str]) -> str:
        identifier = websafe_encode(self.identifier)
        return json.dumps(
            {
                "id": identifier,
                "rawId": identifier,
                "type": "public-key",
                "response": response,
                "clientExtensionResults": {},
            }
        )


def _hash(host: str) -> bytes:
    return hashlib.sha256(host.encode()).digest()


def _client(kind: str, challenge: str, origin: str) -> bytes:
    return json.dumps({"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}).encode()


def options_on(answer: Any) -> dict[str, Any]:
    """What the page lets the script ask the browser."""
    found = re.search(
        r'<script id="passkey-options" type="application/json">(.*?)</script>', answer.content.decode(), re.S
    )
    assert found is not None
    read: dict[str, Any] = json.loads(html.unescape(found[1]))
    return read


def begin(username: str = "triage") -> Client:
    browser = Client(headers={"host": HOST})
    browser.post("/desk/sign-in/", {"username": username, "passphrase": passphrase_of(username)})
    return browser


def with_passkey(username: str = "triage") -> Authenticator:
    """Set up a first passkey as the page does."""
    browser, authenticator = begin(username), Authenticator()
    answer = browser.post(SET_UP, {"name": "Key", "passkey": authenticator.make(options_on(browser.get(SET_UP)))})
    assert "Your recovery codes" in words_of(answer)
    return authenticator


def give(browser: Client, signed: str) -> Any:
    return browser.post(GIVE, {"passkey": signed})


def test_a_passkey_is_set_up_at_the_first_sign_in_and_opens_the_desk_from_then_on(world: World):
    authenticator = with_passkey()
    browser = begin()
    assert browser.get("/desk/").status_code == 302
    answer = give(browser, authenticator.sign(options_on(browser.get(GIVE))))
    assert answer["Location"] == "/desk/"
    assert browser.get("/desk/").status_code == 200
    assert [entry["facts"] for entry in entries("factors.given")] == [{"kind": "passkey"}]


def test_only_the_pages_that_offer_passkeys_run_the_script(world: World):
    with_passkey()
    page = begin().get(GIVE)
    assert "script-src 'self'" in page["Content-Security-Policy"]
    assert "publickey-credentials-get=(self)" in page["Permissions-Policy"]
    assert "camera=()" in page["Permissions-Policy"]
    actions.set_up(actor=SYSTEM, person=world.person("admin"), secret=codes.make_secret())
    for answer in (begin("admin").get(GIVE), at_desk("admin").get("/desk/"), Client().get("/")):
        assert "script-src" not in answer["Content-Security-Policy"]
        assert "<script" not in words_of(answer)


def test_an_answer_works_once_and_only_for_its_own_challenge(world: World):
    authenticator = with_passkey()
    browser = begin()
    signed = authenticator.sign(options_on(browser.get(GIVE)))
    other = begin()
    other.get(GIVE)
    assert give(other, signed).status_code == 422, "taken from another sitting"
    assert give(browser, signed).status_code == 302
    again = begin()
    again.get(GIVE)
    assert give(again, signed).status_code == 422


def test_what_a_false_page_got_signed_opens_nothing(world: World):
    authenticator = with_passkey()
    for wrong in (
        {"origin": "http://evil.example"},
        {"origin": "http://localhost.evil.example"},
        {"origin": "https://localhost"},
        {"host": "evil.example"},
        {"flags": AuthenticatorData.FLAG(0)},
        {"kind": "webauthn.create"},
    ):
        browser = begin()
        assert give(browser, authenticator.sign(options_on(browser.get(GIVE)), **wrong)).status_code == 422, wrong
        assert browser.get("/desk/").status_code == 302


def test_somebody_elses_key_and_rubbish_open_nothing(world: World):
    mine = with_passkey()
    stranger = Authenticator(identifier=mine.identifier)
    browser = begin()
    options = options_on(browser.get(GIVE))
    for given in (stranger.sign(options), "", "{}", "[]", "null", "x" * 30_000, '{"id": 1}', "\x00"):
        assert give(browser, given).status_code == 422, given
        # Five wrong ones end a sitting, which has a test of its own.
        Sitting.objects.update(wrong_codes=0)
    assert Sitting.objects.get(pk=browser.session["sitting"]).confirmed_at is None
    assert browser.get("/desk/").status_code == 302


def test_a_copied_key_is_noticed_by_its_counter(world: World):
    authenticator = with_passkey()
    for _each in range(2):
        browser = begin()
        assert give(browser, authenticator.sign(options_on(browser.get(GIVE)))).status_code == 302
    copied = Authenticator(authenticator.key, authenticator.identifier, counter=0)
    browser = begin()
    assert give(browser, copied.sign(options_on(browser.get(GIVE)))).status_code == 422


def test_a_key_that_counts_nothing_goes_on_working(world: World):
    """Passkeys that are kept in several devices say 0 always."""
    authenticator = with_passkey()
    for _each in range(2):
        browser = begin()
        signed = authenticator.sign(options_on(browser.get(GIVE)), counted=False)
        assert give(browser, signed).status_code == 302


def test_a_passkey_that_was_made_for_another_page_is_not_kept(world: World):
    for wrong in ({"origin": "http://evil.example"}, {"host": "evil.example"}):
        browser = begin()
        made = Authenticator().make(options_on(browser.get(SET_UP)), **wrong)
        assert browser.post(SET_UP, {"name": "Key", "passkey": made}).status_code == 422
    browser = begin()
    browser.get(SET_UP)
    replayed = Authenticator().make({"challenge": websafe_encode(b"x" * 32)})
    assert browser.post(SET_UP, {"name": "Key", "passkey": replayed}).status_code == 422
    assert not Factor.objects.exists()


def test_the_row_names_no_key_and_no_device(world: World):
    authenticator = with_passkey()
    row = Factor.objects.get(kind=FactorKind.PASSKEY)
    for plain in (authenticator.identifier, websafe_decode(websafe_encode(authenticator.identifier)), b"Key"):
        assert plain not in bytes(row.secret)
