"""What a provider, or somebody who plays one, can say about who somebody is, and what of it is believed."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from joserfc.jwk import ECKey, OctKey, RSAKey

from integrity.federation.models import Attempt
from integrity.federation.provider import LONGEST_SUBJECT
from tests.desk import entries, words_of
from tests.integrity.federation_scene import (
    CLIENT,
    EC,
    FOREIGN,
    OKP,
    RSA,
    SECRET,
    SIGN_IN,
    Liar,
    asked_by,
    linked,
    lying,
    raw,
    signed,
    use,
)

# What a token must hold is judged before the database is asked; test_federation_sign_in.py runs on both.
pytestmark = pytest.mark.once

Change = Callable[[Liar], None]


@pytest.fixture
def liar(db: None, settings: Any) -> Iterator[Liar]:
    """A provider on loopback to which the account of triage is linked."""
    with lying(Liar()) as served:
        use(settings, issuer=served.url)
        linked(served)
        yield served


def come_back(liar: Liar, browser: Client | None = None) -> Any:
    """What the desk answers to somebody who comes back from this provider."""
    browser = browser or Client()
    return browser.get(liar.authorize(asked_by(browser)))


def claims(**changes: Any) -> Change:
    return lambda liar: liar.claims.update(changes)


def times(**seconds: int) -> Change:
    """Claims that are times, in seconds from the moment at which the provider is made to tell them."""
    return lambda liar: liar.claims.update({name: int(time.time()) + after for name, after in seconds.items()})


def token(sign: Callable[[dict[str, Any], dict[str, Any]], str]) -> Change:
    def change(liar: Liar) -> None:
        liar.sign = sign

    return change


def keys(*listed: dict[str, Any]) -> Change:
    def change(liar: Liar) -> None:
        liar.keys = list(listed)

    return change


def header(**changes: Any) -> Change:
    return lambda liar: liar.header.update(changes)


def both(*changes: Change) -> Change:
    def change(liar: Liar) -> None:
        for each in changes:
            each(liar)

    return change


def with_the_public_key(_header: dict[str, Any], said: dict[str, Any]) -> str:
    """RS256's public key taken as the secret of HS256: the oldest trick against token libraries."""
    unsigned = raw({"alg": "HS256", "kid": "rsa"}, said).rpartition(".")[0]
    mac = hmac.digest(RSA.as_pem(private=False), unsigned.encode(), hashlib.sha256)
    return raw({"alg": "HS256", "kid": "rsa"}, said, mac)


def with_the_clients_secret(_header: dict[str, Any], said: dict[str, Any]) -> str:
    return signed({"alg": "HS256"}, said, OctKey.import_key(SECRET * 2))


def with_its_own_key_inside(_header: dict[str, Any], said: dict[str, Any]) -> str:
    own = ECKey.generate_key("P-256", {"kid": "ec"})
    return signed({"alg": "ES256", "kid": "ec", "jwk": own.as_dict(private=False)}, said, own)


SMALL = RSAKey.generate_key(1024, {"kid": "small", "use": "sig"})

WRONG: dict[str, tuple[Change, str]] = {
    "algorithm none": (token(lambda _header, said: raw({"alg": "none"}, said)), "algorithm"),
    "algorithm None": (token(lambda _header, said: raw({"alg": "None"}, said)), "algorithm"),
    "no algorithm": (token(lambda _header, said: raw({"kid": "rsa"}, said)), "token"),
    "the public key as a secret": (token(with_the_public_key), "algorithm"),
    "the client's secret": (token(with_the_clients_secret), "algorithm"),
    "an algorithm that was not promised": (
        both(
            lambda liar: liar.metadata.update(id_token_signing_alg_values_supported=["RS256"]),
            token(lambda _header, said: signed({"alg": "ES256", "kid": "ec"}, said, EC)),
        ),
        "algorithm",
    ),
    "RS512": (token(lambda _header, said: signed({"alg": "RS512", "kid": "rsa"}, said)), "algorithm"),
    "somebody else's key under the same name": (token(lambda head, said: signed(head, said, FOREIGN)), "signature"),
    "a key of its own inside": (token(with_its_own_key_inside), "signature"),
    "a key that is not listed": (header(kid="another"), "signature"),
    "no name of a key, of several": (token(lambda _header, said: signed({"alg": "RS256"}, said)), "signature"),
    "another kind of key": (header(kid="ec"), "token"),
    "no signature": (token(lambda head, said: raw(head, said)), "signature"),
    "a signature of something else": (
        token(lambda head, said: ".".join([*raw(head, said).split(".")[:2], signed(head, {}).split(".")[2]])),
        "signature",
    ),
    "a critical header that nobody knows": (
        token(lambda _header, said: raw({"alg": "RS256", "kid": "rsa", "crit": ["x"], "x": 1}, said, b"x")),
        "token",
    ),
    "a key that is too small": (
        both(keys(SMALL.as_dict(private=False)), token(lambda _h, said: signed({"alg": "RS256"}, said, SMALL))),
        "keys",
    ),
    "no keys": (keys(), "keys"),
    "only a secret for a key": (keys({"kty": "oct", "k": "c2VjcmV0", "kid": "rsa"}), "keys"),
    "a key for encryption": (keys({**RSA.as_dict(private=False), "use": "enc"}), "keys"),
    "keys that are none": (keys({"kty": "RSA", "n": "x", "e": "!"}, {"kty": 1}), "keys"),
    "no token": (lambda liar: liar.token.update(id_token=None), "code"),
    "a number for a token": (lambda liar: liar.token.update(id_token=7), "code"),
    "words for a token": (lambda liar: liar.token.update(id_token="not.a.token"), "token"),
    "five parts": (lambda liar: liar.token.update(id_token="eyJhbGciOiJSU0EifQ.a.b.c.d"), "token"),
    "a token that does not end": (lambda liar: liar.token.update(id_token="x" * 20_000), "token"),
    "a list for claims": (token(lambda head, _said: signed_list(head)), "token"),
    "another issuer": (claims(iss="https://another.example"), "issuer"),
    "the issuer with a slash": (lambda liar: liar.claims.update(iss=liar.url + "/"), "issuer"),
    "no issuer": (claims(iss=None), "issuer"),
    "for another client": (claims(aud="another"), "audience"),
    "for no client": (claims(aud=None), "audience"),
    "for nobody": (claims(aud=[]), "audience"),
    "for several, given to none": (claims(aud=[CLIENT, "another"]), "audience"),
    "given to another": (claims(aud=[CLIENT, "another"], azp="another"), "audience"),
    "for us, given to another": (claims(azp="another"), "audience"),
    "an object for an audience": (claims(aud={CLIENT: 1}), "audience"),
    "over": (times(exp=-3600, iat=-3700), "expired"),
    "just over": (times(exp=-61), "expired"),
    "without an end": (claims(exp=None), "expired"),
    "with words for an end": (claims(exp="tomorrow"), "expired"),
    "from tomorrow": (times(iat=86_400, exp=90_000), "expired"),
    "not yet": (times(nbf=3600), "expired"),
    "from yesterday, and long": (times(iat=-86_400, exp=86_400), "expired"),
    "without a beginning": (claims(iat=None), "expired"),
    "another nonce": (claims(nonce="another"), "nonce"),
    "no nonce": (claims(nonce=None), "nonce"),
    "an empty nonce": (claims(nonce=""), "nonce"),
    "a list with a nonce": (claims(nonce=["x"]), "nonce"),
    "another access token's hash": (claims(at_hash="AAAAAAAAAAAAAAAAAAAAAA"), "token"),
    "no subject": (claims(sub=None), "token"),
    "an empty subject": (claims(sub=""), "token"),
    "a number for a subject": (claims(sub=1), "token"),
    "a subject that does not end": (claims(sub="x" * (LONGEST_SUBJECT + 1)), "token"),
    "a subject with a null": (claims(sub="subject-1\x00"), "token"),
    "somebody else": (claims(sub="SUBJECT-1"), "subject"),
}


def signed_list(head: dict[str, Any]) -> str:
    from joserfc import jws

    return jws.serialize_compact(head, b"[]", RSA, algorithms=["RS256"])


@pytest.mark.parametrize(("change", "reason"), WRONG.values(), ids=WRONG.keys())
def test_what_is_not_right_identifies_nobody_and_leaves_its_reason(liar: Liar, change: Change, reason: str):
    change(liar)
    browser = Client()
    answer = come_back(liar, browser)
    assert answer.status_code in {400, 403, 503}
    (entry,) = entries("federation.sign_in_failed")
    assert entry["facts"] == {"reason": reason}
    assert (entry["actor"], entry["object"]) == ("anonymous", "person/unknown")
    assert "You are known" not in words_of(browser.get(SIGN_IN))
    assert not Attempt.objects.filter(stage="answered").exists()
    assert not entries("federation.identified")


def with_access_hash(algorithm: str) -> Change:
    """at_hash as the provider must compute it, for a token that is known beforehand."""
    from authlib.oidc.core.util import create_half_hash

    said = create_half_hash("an access token", algorithm).decode()
    return both(claims(at_hash=said), lambda liar: liar.token.update(access_token="an access token"))


RIGHT: dict[str, Change] = {
    "RS256": lambda _liar: None,
    "ES256": token(lambda _header, said: signed({"alg": "ES256", "kid": "ec"}, said, EC)),
    "EdDSA": token(lambda _header, said: signed({"alg": "EdDSA", "kid": "okp"}, said, OKP)),
    "EdDSA with the access token's hash": both(
        token(lambda _header, said: signed({"alg": "EdDSA", "kid": "okp"}, said, OKP)), with_access_hash("EdDSA")
    ),
    "with the access token's hash": with_access_hash("RS256"),
    "one key without a name": both(
        keys({name: value for name, value in RSA.as_dict(private=False).items() if name != "kid"}),
        token(lambda _header, said: signed({"alg": "RS256"}, said)),
    ),
    "among keys that nobody knows": lambda liar: liar.keys.extend([{"kty": "AKP", "alg": "ML-DSA-44"}, {"kty": "oct"}]),
    "an audience in a list": claims(aud=[CLIENT]),
    "several audiences, given to us": claims(aud=[CLIENT, "another"], azp=CLIENT),
    "clocks that differ by half a minute": times(iat=30, exp=3600),
    "an unknown header": header(rh="0.AXkA"),
    "more claims than anybody asked for": both(claims(email="x@institution.example", amr=["pwd"]), times(auth_time=0)),
}


@pytest.mark.parametrize("change", RIGHT.values(), ids=RIGHT.keys())
def test_what_is_right_identifies_the_person_and_opens_nothing(liar: Liar, change: Change):
    change(liar)
    browser = Client()
    answer = come_back(liar, browser)
    assert answer.status_code == 200, entries("federation.sign_in_failed")
    assert liar.refused == []
    assert "You are known as Triage" in words_of(browser.get(SIGN_IN))


def test_no_token_outlives_its_request(liar: Liar, tmp_path: Any):
    from django.apps import apps
    from django.core import serializers

    come_back(liar)
    assert len(liar.given) == 2
    rows = [row for model in apps.get_models() for row in model._default_manager.all()]
    kept = serializers.serialize("json", rows) + str([vars(row) for row in rows])
    for given in liar.given:
        assert given not in kept
        assert given.rpartition(".")[2] not in kept
