"""Sealing to a public key, bound to a place: HPKE (RFC 9180), single-shot, base mode.

Suite 1 is MLKEM768-X25519 (the hybrid KEM), HKDF-SHA256, AES-256-GCM. A sealed value starts with one
byte that names the suite, so that a later suite can be told from this one. The place goes into HPKE's
`info`: a sealed value moved to another table, field, row or version does not open there.

Sealing proves no author: whoever knows a public key can seal to it. That is why the digest of every
sealed value that is stored also goes into the audit log.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

SUITE: Final = b"\x01"
SEED_LENGTH: Final = 32
PUBLIC_LENGTH: Final = 1216
GREATEST_VERSION: Final = 2**32 - 1
_MLKEM_SEED_LENGTH: Final = 64
_MLKEM_PUBLIC_LENGTH: Final = 1184
_VERSION_LENGTH: Final = 4
_PART: Final = re.compile(r"[A-Za-z0-9_.:-]+")
_HPKE: Final = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class CannotOpen(Exception):
    """Not sealed to this key, not for this place, or changed since it was sealed; which, cannot be told."""


@dataclass(frozen=True)
class Place:
    """Where a sealed value lives: `table/field/row/version`. Versions count from 1 and fit 32 bits."""

    table: str
    field: str
    row: str
    version: int = 1

    def __post_init__(self) -> None:
        for part in (self.table, self.field, self.row):
            if not _PART.fullmatch(part):
                raise ValueError(f"A place is made of letters, digits and _ . : - only, not {part!r}.")
        if not 1 <= self.version <= GREATEST_VERSION:
            raise ValueError(f"A version lies between 1 and {GREATEST_VERSION}, not {self.version}.")

    def __str__(self) -> str:
        return f"{self.table}/{self.field}/{self.row}/{self.version}"

    @property
    def bound(self) -> bytes:
        """The bytes that go into HPKE's `info`, or into associated data."""
        return str(self).encode("ascii")


@dataclass(frozen=True)
class PublicKey:
    """What anybody may seal to: ML-KEM-768 encapsulation key (1,184 bytes) ‖ X25519 public key (32)."""

    raw: bytes

    def __post_init__(self) -> None:
        if len(self.raw) != PUBLIC_LENGTH:
            raise ValueError(f"A public key has {PUBLIC_LENGTH} bytes, this one has {len(self.raw)}.")

    @cached_property
    def hybrid(self) -> MLKEM768X25519PublicKey:
        """The key as `cryptography` uses it."""
        return MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(self.raw[:_MLKEM_PUBLIC_LENGTH]),
            X25519PublicKey.from_public_bytes(self.raw[_MLKEM_PUBLIC_LENGTH:]),
        )


@dataclass(frozen=True)
class PrivateKey:
    """What opens: a 32-byte seed, from which SHAKE-256 makes the ML-KEM seed (64 bytes) ‖ X25519 key (32).

    The seed is kept because the hybrid key itself has no serialisation. It is never shown in a `repr`.
    """

    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.seed) != SEED_LENGTH:
            raise ValueError(f"A private key's seed has {SEED_LENGTH} bytes, this one has {len(self.seed)}.")

    @classmethod
    def generate(cls) -> PrivateKey:
        """A new key from the operating system's randomness."""
        return cls(secrets.token_bytes(SEED_LENGTH))

    @cached_property
    def _halves(self) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
        stretched = hashlib.shake_256(self.seed).digest(_MLKEM_SEED_LENGTH + 32)
        return (
            MLKEM768PrivateKey.from_seed_bytes(stretched[:_MLKEM_SEED_LENGTH]),
            X25519PrivateKey.from_private_bytes(stretched[_MLKEM_SEED_LENGTH:]),
        )

    @cached_property
    def hybrid(self) -> MLKEM768X25519PrivateKey:
        """The key as `cryptography` uses it."""
        return MLKEM768X25519PrivateKey(*self._halves)

    @cached_property
    def public(self) -> PublicKey:
        """The half that may be shown."""
        mlkem, x25519 = self._halves
        return PublicKey(mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw())


def seal(plaintext: bytes, *, to: PublicKey, place: Place) -> bytes:
    """Seal to a public key for one place: suite byte ‖ HPKE encapsulated key ‖ ciphertext; +1,137 bytes."""
    return SUITE + _HPKE.encrypt(plaintext, to.hybrid, info=place.bound)


def open_sealed(sealed: bytes, *, key: PrivateKey, place: Place) -> bytes:
    """Open what `seal` made for this key and this place. Raises CannotOpen for anything else."""
    if sealed[:1] != SUITE:
        raise CannotOpen(f"{place} is not sealed in a suite that this version knows.")
    try:
        return _HPKE.decrypt(sealed[1:], key.hybrid, info=place.bound)
    except InvalidTag as error:
        raise CannotOpen(f"{place} does not open with this key.") from error


@dataclass(frozen=True)
class Sealed:
    """A sealed value with its version; a field stores suite (1 byte) ‖ version (u32, big-endian) ‖ rest."""

    version: int
    value: bytes

    def to_bytes(self) -> bytes:
        """The stored form."""
        return self.value[:1] + self.version.to_bytes(_VERSION_LENGTH, "big") + self.value[1:]

    @classmethod
    def from_bytes(cls, stored: bytes) -> Sealed:
        """Take the stored form apart. Raises CannotOpen when it is too short to be one."""
        if len(stored) <= 1 + _VERSION_LENGTH:
            raise CannotOpen("A stored value is too short to be a sealed one.")
        version = int.from_bytes(stored[1 : 1 + _VERSION_LENGTH], "big")
        if version == 0:
            raise CannotOpen("A stored value has the version 0, which none has.")
        return cls(version=version, value=stored[:1] + stored[1 + _VERSION_LENGTH :])
