"""Sealing: only the right key opens, and only in the right place."""

from __future__ import annotations

import hashlib
import hmac
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP384R1,
    EllipticCurvePublicKey,
    derive_private_key,
)
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM1024PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM1024P384PrivateKey,
    Suite,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from integrity.vault.seal import CannotOpen, Place, PrivateKey, PublicKey, Sealed, open_sealed, seal
from integrity.vault.suites import SUITES, UnknownSuite, find_suite
from integrity.vault.wrap import unwrap, wrap

KEY = PrivateKey.generate()
PLACE = Place("cases_finding", "text", "5b0c2f0e-0000-4000-8000-000000000001", 3)


@given(plaintext=st.binary(max_size=5000))
@settings(max_examples=40, deadline=None)
def test_what_is_sealed_opens_again_unchanged(plaintext: bytes) -> None:
    assert open_sealed(seal(plaintext, to=KEY.public, place=PLACE), key=KEY, place=PLACE) == plaintext


@given(plaintext=st.binary(min_size=1, max_size=200), data=st.data())
@settings(max_examples=60, deadline=None)
def test_one_changed_bit_anywhere_closes_it(plaintext: bytes, data: st.DataObject) -> None:
    sealed = bytearray(seal(plaintext, to=KEY.public, place=PLACE))
    position = data.draw(st.integers(0, len(sealed) - 1))
    sealed[position] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(CannotOpen):
        open_sealed(bytes(sealed), key=KEY, place=PLACE)


@given(garbage=st.binary(max_size=2000))
@settings(max_examples=40, deadline=None)
def test_what_was_never_sealed_does_not_open(garbage: bytes) -> None:
    with pytest.raises(CannotOpen):
        open_sealed(b"\x01" + garbage, key=KEY, place=PLACE)
    with pytest.raises(CannotOpen):
        unwrap(b"\x01" + garbage, secret=bytes(32), place=PLACE)


@pytest.mark.parametrize(
    "elsewhere",
    [
        Place("cases_note", "text", PLACE.row, 3),
        Place("cases_finding", "reasons", PLACE.row, 3),
        Place("cases_finding", "text", "5b0c2f0e-0000-4000-8000-000000000002", 3),
        Place("cases_finding", "text", PLACE.row, 2),
    ],
    ids=["table", "field", "row", "version"],
)
def test_it_does_not_open_in_another_place(elsewhere: Place) -> None:
    sealed = seal(b"substantiated", to=KEY.public, place=PLACE)
    with pytest.raises(CannotOpen, match=str(elsewhere)):
        open_sealed(sealed, key=KEY, place=elsewhere)
    wrapped = wrap(b"substantiated", secret=bytes(32), place=PLACE)
    with pytest.raises(CannotOpen, match=str(elsewhere)):
        unwrap(wrapped, secret=bytes(32), place=elsewhere)


def test_another_key_does_not_open_it() -> None:
    with pytest.raises(CannotOpen):
        open_sealed(seal(b"x", to=KEY.public, place=PLACE), key=PrivateKey.generate(), place=PLACE)
    with pytest.raises(CannotOpen):
        unwrap(wrap(b"x", secret=bytes(32), place=PLACE), secret=bytes(31) + b"\x01", place=PLACE)


def test_the_same_text_never_looks_the_same_twice() -> None:
    assert seal(b"x", to=KEY.public, place=PLACE) != seal(b"x", to=KEY.public, place=PLACE)


def test_a_later_suite_is_named_in_the_refusal() -> None:
    sealed = b"\x02" + seal(b"x", to=KEY.public, place=PLACE)[1:]
    with pytest.raises(CannotOpen, match="suite"):
        open_sealed(sealed, key=KEY, place=PLACE)


def test_a_seed_opens_what_was_sealed_before_a_restart() -> None:
    sealed = seal(b"yesterday", to=KEY.public, place=PLACE)
    assert open_sealed(sealed, key=PrivateKey(KEY.seed), place=PLACE) == b"yesterday"


def test_anybody_can_write_a_reader_from_the_documented_format() -> None:
    stretched = hashlib.shake_256(KEY.seed).digest(96)
    private = MLKEM768X25519PrivateKey(
        MLKEM768PrivateKey.from_seed_bytes(stretched[:64]), X25519PrivateKey.from_private_bytes(stretched[64:])
    )
    named = UUID("00112233-4455-6677-8899-aabbccddeeff")
    stored = Sealed(named, 3, seal(b"plain", to=KEY.public, place=PLACE)).to_bytes()
    assert stored[:21] == b"\x01" + bytes.fromhex("00112233445566778899aabbccddeeff") + b"\x00\x00\x00\x03"
    assert len(stored) == 21 + 1120 + 5 + 16
    suite = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
    info = b"cases_finding/text/5b0c2f0e-0000-4000-8000-000000000001/3"
    assert suite.decrypt(stored[21:], private, info=info) == b"plain"


def test_anybody_can_write_a_reader_of_the_second_suite() -> None:
    key = PrivateKey(KEY.seed, suite=2)
    stretched = hashlib.shake_256(key.seed).digest(112)
    private = MLKEM1024P384PrivateKey(
        MLKEM1024PrivateKey.from_seed_bytes(stretched[:64]),
        derive_private_key(int.from_bytes(stretched[64:], "big"), SECP384R1()),
    )
    sealed = seal(b"plain", to=key.public, place=PLACE)
    assert (sealed[:1], len(key.public.raw), len(sealed)) == (b"\x02", 1665, 1 + 1665 + 5 + 16)
    suite = Suite(KEM.MLKEM1024_P384, KDF.HKDF_SHA384, AEAD.AES_256_GCM)
    assert suite.decrypt(sealed[1:], private, info=PLACE.bound) == b"plain"


def test_the_second_suite_is_written_down_to_its_last_byte() -> None:
    """A reader made of nothing but primitives, as `docs/formats.md` and RFC 9180, section 5.1, describe it."""
    key = PrivateKey(KEY.seed, suite=2)
    sealed = seal(b"plain", to=key.public, place=PLACE)[1:]
    mlkem_part, point, ciphertext = sealed[:1568], sealed[1568:1665], sealed[1665:]
    stretched = hashlib.shake_256(key.seed).digest(112)
    mlkem = MLKEM1024PrivateKey.from_seed_bytes(stretched[:64])
    p384 = derive_private_key(int.from_bytes(stretched[64:], "big"), SECP384R1())
    shared = p384.exchange(ECDH(), EllipticCurvePublicKey.from_encoded_point(SECP384R1(), point))
    secret = hashlib.sha3_256(
        mlkem.decapsulate(mlkem_part) + shared + point + key.public.raw[1568:] + b"MLKEM1024-P384"
    ).digest()
    suite_id = b"HPKE" + bytes.fromhex("005100020002")

    def extract(salt: bytes, label: bytes, material: bytes) -> bytes:
        return hmac.digest(salt or bytes(48), b"HPKE-v1" + suite_id + label + material, "sha384")

    context = b"\x00" + extract(b"", b"psk_id_hash", b"") + extract(b"", b"info_hash", PLACE.bound)
    pseudorandom = extract(secret, b"secret", b"")

    def expand(label: bytes, length: int) -> bytes:
        info = length.to_bytes(2, "big") + b"HPKE-v1" + suite_id + label + context
        return hmac.digest(pseudorandom, info + b"\x01", "sha384")[:length]

    assert AESGCM(expand(b"key", 32)).decrypt(expand(b"base_nonce", 12), ciphertext, None) == b"plain"


@pytest.mark.parametrize("suite", SUITES)
def test_every_suite_opens_what_it_sealed_and_says_how_much_longer_it_makes_it(suite: int) -> None:
    key = PrivateKey.generate(suite)
    sealed = seal(b"plain", to=key.public, place=PLACE)
    assert len(sealed) == len(b"plain") + find_suite(suite).overhead
    assert open_sealed(sealed, key=PrivateKey(key.seed, suite), place=PLACE) == b"plain"
    with pytest.raises(CannotOpen):
        open_sealed(sealed, key=PrivateKey.generate(suite), place=PLACE)


def test_a_value_of_one_suite_does_not_open_with_the_same_seed_in_another() -> None:
    sealed = seal(b"plain", to=KEY.public, place=PLACE)
    for wrong in (sealed, b"\x02" + sealed[1:]):
        with pytest.raises(CannotOpen):
            open_sealed(wrong, key=KEY.in_suite(2), place=PLACE)


def test_a_suite_that_is_not_known_is_refused() -> None:
    for use in (lambda: PrivateKey(KEY.seed, suite=9), lambda: PublicKey(KEY.public.raw, suite=0)):
        with pytest.raises(UnknownSuite, match="knows 1, 2"):
            use()


@given(key=st.uuids(), version=st.integers(1, 2**32 - 1), value=st.binary(min_size=2, max_size=50))
def test_a_stored_value_gives_back_its_key_and_version(key: UUID, version: int, value: bytes) -> None:
    assert Sealed.from_bytes(Sealed(key, version, value).to_bytes()) == Sealed(key, version, value)


NO_KEY = bytes(16)


@pytest.mark.parametrize(
    "stored", [b"", b"\x01", b"\x01" + NO_KEY + b"\x00\x00\x00\x01", b"\x01" + NO_KEY + b"\x00\x00\x00\x00rest"]
)
def test_a_stored_value_that_is_none_is_refused(stored: bytes) -> None:
    with pytest.raises(CannotOpen):
        Sealed.from_bytes(stored)


@pytest.mark.parametrize("part", ["", "a/b", "a b", "\u202e", "a\n"])
def test_a_place_cannot_be_spelled_in_two_ways(part: str) -> None:
    for parts in ((part, "f", "r"), ("t", part, "r"), ("t", "f", part)):
        with pytest.raises(ValueError, match="place"):
            Place(*parts)


@pytest.mark.parametrize("version", [0, -1, 2**32])
def test_a_version_fits_its_four_bytes(version: int) -> None:
    with pytest.raises(ValueError, match="version"):
        Place("t", "f", "r", version)


def test_a_key_of_the_wrong_length_is_no_key() -> None:
    with pytest.raises(ValueError, match="1216"):
        PublicKey(KEY.public.raw[:-1])
    with pytest.raises(ValueError, match="32"):
        PrivateKey(b"short")
    with pytest.raises(ValueError, match="32"):
        wrap(b"x", secret=b"short", place=PLACE)


def test_a_private_key_does_not_show_itself_in_a_log() -> None:
    assert repr(KEY.seed) not in repr(KEY)
    assert KEY.seed.hex() not in f"{KEY!r} {KEY}"
