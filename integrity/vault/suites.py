"""The suites that sealed values can be in: HPKE (RFC 9180) with a hybrid KEM, told apart by one byte.

Each KEM joins ML-KEM (FIPS 203) with a classical curve, so that both must fall before a value opens. A key
pair of any suite is made from a seed of 32 bytes, stretched with SHAKE-256 as the HPKE drafts do it. What is
sealed in a suite is opened in it for ever; new keys are made in settings.VAULT_SUITE.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP384R1,
    EllipticCurvePublicKey,
    derive_private_key,
)
from cryptography.hazmat.primitives.asymmetric.mlkem import (
    MLKEM768PrivateKey,
    MLKEM768PublicKey,
    MLKEM1024PrivateKey,
    MLKEM1024PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    MLKEM1024P384PrivateKey,
    MLKEM1024P384PublicKey,
    Suite,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

SEED_LENGTH: Final = 32
_MLKEM_SEED_LENGTH: Final = 64

PublicPair = MLKEM768X25519PublicKey | MLKEM1024P384PublicKey
PrivatePair = MLKEM768X25519PrivateKey | MLKEM1024P384PrivateKey


class UnknownSuite(ValueError):
    """No suite of this version has this number."""


@dataclass(frozen=True)
class PairOfHalves:
    """A private key as `cryptography` uses it, and the bytes of its public half."""

    private: PrivatePair
    public: bytes


@dataclass(frozen=True)
class HybridSuite:
    """One suite: `number` is the first byte of what is sealed in it; lengths are in bytes."""

    number: int
    name: str
    hpke: Suite
    public_length: int
    encapsulated_length: int
    make_pair: Callable[[bytes], PairOfHalves]
    load_public: Callable[[bytes], PublicPair]

    @property
    def byte(self) -> bytes:
        """The number as it stands before a sealed value."""
        return bytes([self.number])

    @property
    def overhead(self) -> int:
        """By how many bytes `seal.seal` makes a value longer: suite, encapsulated key, tag."""
        return 1 + self.encapsulated_length + 16


def _x25519_pair(seed: bytes) -> PairOfHalves:
    stretched = hashlib.shake_256(seed).digest(_MLKEM_SEED_LENGTH + 32)
    mlkem = MLKEM768PrivateKey.from_seed_bytes(stretched[:_MLKEM_SEED_LENGTH])
    x25519 = X25519PrivateKey.from_private_bytes(stretched[_MLKEM_SEED_LENGTH:])
    return PairOfHalves(
        private=MLKEM768X25519PrivateKey(mlkem, x25519),
        public=mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw(),
    )


def _x25519_public(raw: bytes) -> MLKEM768X25519PublicKey:
    return MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(raw[:1184]), X25519PublicKey.from_public_bytes(raw[1184:])
    )


def _p384_pair(seed: bytes) -> PairOfHalves:
    stretched = hashlib.shake_256(seed).digest(_MLKEM_SEED_LENGTH + 48)
    mlkem = MLKEM1024PrivateKey.from_seed_bytes(stretched[:_MLKEM_SEED_LENGTH])
    # The drafts take the one candidate that 48 bytes hold. It lies outside the group's order once in 2^190 seeds,
    # and then no key is made.
    p384 = derive_private_key(int.from_bytes(stretched[_MLKEM_SEED_LENGTH:], "big"), SECP384R1())
    point = p384.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return PairOfHalves(
        private=MLKEM1024P384PrivateKey(mlkem, p384),
        public=mlkem.public_key().public_bytes_raw() + point,
    )


def _p384_public(raw: bytes) -> MLKEM1024P384PublicKey:
    return MLKEM1024P384PublicKey(
        MLKEM1024PublicKey.from_public_bytes(raw[:1568]),
        EllipticCurvePublicKey.from_encoded_point(SECP384R1(), raw[1568:]),
    )


SUITES: Final = {
    suite.number: suite
    for suite in (
        HybridSuite(
            number=1,
            name="MLKEM768-X25519, HKDF-SHA256, AES-256-GCM",
            hpke=Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM),
            public_length=1184 + 32,
            encapsulated_length=1088 + 32,
            make_pair=_x25519_pair,
            load_public=_x25519_public,
        ),
        HybridSuite(
            number=2,
            name="MLKEM1024-P384, HKDF-SHA384, AES-256-GCM",
            hpke=Suite(KEM.MLKEM1024_P384, KDF.HKDF_SHA384, AEAD.AES_256_GCM),
            public_length=1568 + 97,
            encapsulated_length=1568 + 97,
            make_pair=_p384_pair,
            load_public=_p384_public,
        ),
    )
}
FIRST: Final = 1


def find_suite(number: int) -> HybridSuite:
    """The suite with a number. Raises UnknownSuite."""
    try:
        return SUITES[number]
    except KeyError as error:
        known = ", ".join(str(each) for each in SUITES)
        raise UnknownSuite(f"Suite {number} is not known; this version knows {known}.") from error


def suite_for_new_keys() -> HybridSuite:
    """The suite that new keys are made in: settings.VAULT_SUITE, 1 when it is not set. Raises UnknownSuite."""
    chosen: Any = getattr(settings, "VAULT_SUITE", FIRST)
    return find_suite(int(chosen))
