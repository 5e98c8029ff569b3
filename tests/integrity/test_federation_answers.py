"""Coming back from the provider: once, to the browser that asked, with an answer of the provider that was asked."""

from __future__ import annotations

import base64
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connections
from django.test import Client

from audit import clock
from integrity.federation import fetching
from integrity.federation.attempts import COOKIE
from integrity.federation.models import Attempt
from integrity.people.models import Sitting
from tests.desk import entries, words_of
from tests.integrity.federation_scene import BACK, SIGN_IN, START, Liar, asked_by, linked, lying, proxy, questions, use

# What a provider may answer is judged before the database is asked; test_federation_sign_in.py runs on both.
pytestmark = pytest.mark.once

DISCOVERY = "/.well-known/openid-configuration"


@pytest.fixture
def liar(db: None, settings: Any) -> Iterator[Liar]:
    """A provider on loopback to which the account of triage is linked."""
    with lying(Liar()) as served:
        use(settings, issuer=served.url)
        linked(served)
        yield served


def reasons() -> list[str]:
    return [each["facts"]["reason"] for each in entries("federation.sign_in_failed")]


def is_known(browser: Client) -> bool:
    return "You are known" in words_of(browser.get(SIGN_IN))


def test_another_state_is_not_believed(liar: Liar):
    browser = Client()
    way = liar.authorize(asked_by(browser))
    for state in ("", "another", questions(asked_by(Client()))["state"][0]):
        fresh = Client()
        code = liar.authorize(asked_by(fresh)).split("code=")[1].split("&")[0]
        assert fresh.get(BACK, {"code": code, "state": state}).status_code == 400
        assert not is_known(fresh)
    assert reasons() == ["state"] * 3
    assert liar.asked.count(("POST", "/token")) == 0, "nothing was asked with a code of unknown origin"
    assert browser.get(f"{way}&state=again").status_code == 400


def test_a_way_back_in_a_browser_that_never_went_is_no_sign_in(liar: Liar):
    """Somebody sends their own answer of the provider to another person, to be signed in as them."""
    attacker, victim = Client(), Client()
    way = liar.authorize(asked_by(attacker))
    asked_by(victim)
    for browser in (victim, Client()):
        assert browser.get(way).status_code == 400
        assert not is_known(browser)
    assert liar.asked.count(("POST", "/token")) == 0
    assert reasons() == ["state"], "where nothing was begun, nothing is noted: anybody can type an address"


def test_the_same_answer_twice_is_used_already(liar: Liar):
    browser = Client()
    way = liar.authorize(asked_by(browser))
    before = browser.cookies[COOKIE].value
    assert browser.get(way).status_code == 200
    again = browser.get(way)
    assert again.status_code == 400
    assert "works once" in words_of(again)
    assert is_known(browser), "reloading the page takes nothing away"
    copied = Client()
    copied.cookies[COOKIE] = before
    assert copied.get(way).status_code == 400
    assert reasons() == ["used_already"]
    assert liar.asked.count(("POST", "/token")) == 1


def test_a_code_that_somebody_used_before_identifies_nobody(liar: Liar):
    browser = Client()
    way = liar.authorize(asked_by(browser))
    liar.codes.clear()
    assert browser.get(way).status_code == 400
    assert reasons() == ["code"]
    assert liar.refused == ["code"]


def test_a_code_of_another_attempt_does_not_fit_its_verifier(liar: Liar):
    """Injected codes: the attacker's code with the victim's state."""
    attacker, victim = Client(), Client()
    stolen = liar.authorize(asked_by(attacker)).split("code=")[1].split("&")[0]
    state = questions(asked_by(victim))["state"][0]
    assert victim.get(BACK, {"code": stolen, "state": state}).status_code == 400
    assert liar.refused == ["pkce"]
    assert reasons() == ["code"]


def test_answers_come_within_ten_minutes(liar: Liar):
    browser = Client()
    way = liar.authorize(asked_by(browser))
    with clock.at(clock.now() + timedelta(minutes=11)):
        assert browser.get(way).status_code == 400
    assert reasons() == ["too_late"]


@pytest.mark.parametrize("query", ["", "code=", "code=a&code=b", "error=access_denied&error_description=canary-text"])
def test_an_answer_that_says_nothing_identifies_nobody(liar: Liar, query: str):
    browser = Client()
    state = questions(asked_by(browser))["state"][0]
    answer = browser.get(f"{BACK}?{query}&{urlencode({'state': state})}")
    assert answer.status_code == 400
    assert "canary" not in words_of(answer)
    assert reasons() == ["declined" if "error" in query else "answer"]


def test_an_answer_of_another_provider_is_not_brought_to_this_one(liar: Liar):
    """RFC 9207: the issuer in the answer is the one that was asked, and it is there when it was promised."""
    liar.parameters["iss"] = liar.url
    assert Client().get("/").status_code == 200
    first = Client()
    assert first.get(liar.authorize(asked_by(first))).status_code == 200
    for named in ("https://another.example", f"{liar.url}/", ""):
        liar.parameters["iss"] = named
        browser = Client()
        assert browser.get(liar.authorize(asked_by(browser))).status_code == 400, named
    liar.parameters.clear()
    liar.metadata["authorization_response_iss_parameter_supported"] = True
    browser = Client()
    assert browser.get(liar.authorize(asked_by(browser))).status_code == 400
    assert reasons() == ["issuer"] * 4


WRONG_METADATA: dict[str, dict[str, Any]] = {
    "another issuer": {"issuer": "https://another.example"},
    "an endpoint without TLS": {"token_endpoint": "http://another.example/token"},
    "keys without TLS": {"jwks_uri": "http://192.0.2.1/keys"},
    "an address with a user": {"authorization_endpoint": "https://user:pass@another.example/"},
    "a script for an endpoint": {"authorization_endpoint": "javascript:alert(1)"},
    "a file for keys": {"jwks_uri": "file:///etc/passwd"},
    "no endpoint": {"token_endpoint": None},
    "a header in an endpoint": {"token_endpoint": "https://another.example/\r\nX: y"},
    "secrets only": {"id_token_signing_alg_values_supported": ["HS256", "none"]},
    "words for algorithms": {"id_token_signing_alg_values_supported": "RS256"},
    "no code flow": {"response_types_supported": ["id_token"]},
}


@pytest.mark.parametrize("said", WRONG_METADATA.values(), ids=WRONG_METADATA.keys())
def test_a_provider_that_describes_itself_wrongly_is_not_asked(liar: Liar, said: dict[str, Any]):
    liar.metadata.update(said)
    answer = Client().get(START)
    assert answer.status_code == 503
    assert 'href="/desk/sign-in/"' in words_of(answer)
    assert reasons() == ["metadata"]
    assert not Attempt.objects.exists()


def test_a_provider_elsewhere_cannot_send_this_server_to_its_own_machine(settings: Any):
    """Plain HTTP to loopback is for a provider on this machine; one elsewhere must not reach what listens here."""
    from integrity.federation import provider
    from integrity.federation.failures import NotIdentified

    settings.OIDC_ISSUER = "https://provider.example"
    with pytest.raises(NotIdentified, match="metadata"):
        provider._address({"token_endpoint": "http://127.0.0.1:6379/"}, "token_endpoint")


BROKEN: dict[str, tuple[int, dict[str, str], bytes]] = {
    "an error": (500, {}, b"canary-description"),
    "not found": (404, {}, b"{}"),
    "a redirect": (302, {"Location": "http://127.0.0.1:1/"}, b""),
    "no JSON": (200, {}, b"<html>"),
    "a list": (200, {}, b"[1]"),
    "deep JSON": (200, {}, b"[" * 200_000),
    "too much": (200, {}, b'{"issuer": "' + b"x" * (2 * fetching.LARGEST) + b'"}'),
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN.keys())
@pytest.mark.parametrize("path", [DISCOVERY, "/token", "/keys"])
def test_a_provider_that_answers_badly_identifies_nobody(
    liar: Liar, path: str, answer: tuple[int, dict[str, str], bytes]
):
    browser = Client()
    way = liar.authorize(asked_by(browser))
    liar.answers[path] = answer
    told = browser.get(way)
    assert told.status_code in {400, 503}
    assert "canary" not in words_of(told)
    assert "Nothing was opened" in words_of(told)
    assert len(reasons()) == 1
    assert not is_known(browser)


def test_a_redirect_is_never_followed(liar: Liar):
    with lying(Liar()) as elsewhere:
        for path in (DISCOVERY, "/token", "/keys"):
            browser = Client()
            way = liar.authorize(asked_by(browser))
            liar.answers = {path: (307, {"Location": elsewhere.url + path}, b"")}
            browser.get(way)
            liar.answers = {}
        assert elsewhere.asked == []


def test_a_provider_that_is_down_leaves_the_user_name(liar: Liar, settings: Any):
    settings.OIDC_ISSUER = "http://127.0.0.1:1"
    answer = Client().get(START)
    assert answer.status_code == 503
    assert "does not answer as it should" in words_of(answer)
    assert "Sign in with your user name" in words_of(answer)
    assert reasons() == ["unreachable"]
    settings.OIDC_REQUIRED = True
    required = words_of(Client().get(START))
    assert "Sign in with your user name" not in required
    assert "Try again" in required


def test_a_provider_that_never_answers_is_left_after_the_deadline(
    liar: Liar, monkeypatch: pytest.MonkeyPatch, settings: Any
):
    assert fetching.TIMEOUT == 5
    monkeypatch.setattr(fetching, "TIMEOUT", 0.2)
    liar.waits = threading.Event()
    assert Client().get(START).status_code == 503
    assert reasons() == ["unreachable"]


@pytest.mark.django_db(transaction=True)
def test_a_slow_provider_holds_no_more_than_four_requests_of_this_server(settings: Any):
    waiting = threading.Event()
    with lying(Liar(waits=waiting)) as slow:
        use(settings, issuer=slow.url)

        def go() -> int:
            try:
                return Client().get(START).status_code
            finally:
                connections.close_all()

        with ThreadPoolExecutor(fetching.AT_ONCE) as pool:
            held = [pool.submit(go) for _ in range(fetching.AT_ONCE)]
            while len(slow.asked) < fetching.AT_ONCE:
                threading.Event().wait(0.01)
            assert go() == 503
            assert reasons() == ["busy"]
            waiting.set()
            assert [each.result() for each in held] == [302] * fetching.AT_ONCE


@pytest.mark.django_db(transaction=True)
def test_the_same_answer_at_the_same_time_identifies_once(settings: Any):
    with lying(Liar()) as served:
        use(settings, issuer=served.url)
        linked(served)
        first = Client()
        way = served.authorize(asked_by(first))
        together = threading.Barrier(4)

        def come() -> int:
            try:
                browser = Client()
                browser.cookies[COOKIE] = first.cookies[COOKIE].value
                together.wait()
                return browser.get(way).status_code
            finally:
                connections.close_all()

        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _n: come(), range(4)))
        assert sorted(answers) == [200, 400, 400, 400]
        assert served.asked.count(("POST", "/token")) == 1
        assert not Sitting.objects.exists()


def test_whoever_makes_up_answers_is_slowed_down(liar: Liar):
    for _ in range(60):
        assert Client().get(BACK, {"code": "x", "state": "x"}).status_code == 400
    for _ in range(3):
        assert Client().get(BACK, {"code": "x", "state": "x"}).status_code == 429
    assert len(entries("people.sign_in_limited")) == 1
    assert reasons() == []


def test_no_proxy_is_taken_from_the_environment(liar: Liar, monkeypatch: pytest.MonkeyPatch):
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert Client().get(START).status_code == 302


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for localhost that no authority signed, with its key in the same file."""
    made = tmp_path / "provider.pem"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", str(made),
            "-out", str(tmp_path / "certificate.pem"),
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    made.write_text(made.read_text() + (tmp_path / "certificate.pem").read_text())
    return made


def test_a_certificate_that_nobody_vouches_for_is_refused(db: None, settings: Any, certificate: Path):
    with lying(Liar(), certificate=certificate) as served:
        use(settings, issuer=served.url)
        assert served.url.startswith("https://localhost:")
        assert Client().get(START).status_code == 503
        assert served.asked == []
        settings.OIDC_CA_FILE = str(certificate.with_name("certificate.pem"))
        assert Client().get(START).status_code == 302
        settings.OIDC_ISSUER = served.url.replace("localhost", "127.0.0.1")
        assert Client().get(START).status_code == 503, "the certificate is for another name"


def test_a_proxy_that_was_configured_carries_what_it_cannot_read(db: None, settings: Any, certificate: Path):
    with lying(Liar(), certificate=certificate) as served, proxy() as through:
        use(settings, issuer=served.url, OIDC_PROXY=through.url)
        settings.OIDC_CA_FILE = str(certificate.with_name("certificate.pem"))
        assert Client().get(START).status_code == 302
        assert through.asked == [f"CONNECT {served.url.removeprefix('https://')}"]


def test_a_client_without_a_secret_shows_who_it_is_by_pkce_alone(liar: Liar, settings: Any):
    settings.OIDC_CLIENT_SECRET = ""
    liar.authentication = ""
    browser = Client()
    assert browser.get(liar.authorize(asked_by(browser))).status_code == 200


def test_a_provider_that_wants_the_secret_in_the_form_gets_it_there(liar: Liar):
    liar.metadata["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    liar.authentication = ""
    browser = Client()
    assert browser.get(liar.authorize(asked_by(browser))).status_code == 200
    assert liar.forms[-1]["client_secret"]


def test_a_cookie_that_is_no_secret_is_nothing(liar: Liar):
    for value in ("", "x", "====", base64.urlsafe_b64encode(b"x" * 4000).decode(), "\u00e9"):
        browser = Client()
        browser.cookies[COOKIE] = value
        assert browser.get(BACK, {"code": "x", "state": "x"}).status_code == 400
        assert browser.get(SIGN_IN).status_code == 200
