"""Sealing to a public key, bound to a place: HPKE (RFC 9180), single-shot, base mode.

A sealed value starts with one byte that names its suite (`suites.py`). The place goes into HPKE's `info`: a
sealed value moved to another table, field, row or version does not open there.

Sealing proves no author: whoever knows a public key can seal to it. That is why the digest of every
sealed value that is stored also goes into the audit log.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag

from integrity.vault.suites import FIRST, HybridSuite, PairOfHalves, PrivatePair, PublicPair, find_suite
from integrity.vault.suites import SEED_LENGTH as SEED_LENGTH

GREATEST_VERSION: Final = 2**32 - 1
_KEY_LENGTH: Final = 16
_VERSION_LENGTH: Final = 4
HEAD_LENGTH: Final = 1 + _KEY_LENGTH + _VERSION_LENGTH
_PART: Final = re.compile(r"[A-Za-z0-9_.:-]+")


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
    """What anybody may seal to: the ML-KEM encapsulation key ‖ the classical public key, in one suite."""

    raw: bytes
    suite: int = FIRST

    def __post_init__(self) -> None:
        needed = self.hybrid_suite.public_length
        if len(self.raw) != needed:
            raise ValueError(f"A public key of suite {self.suite} has {needed} bytes, this one has {len(self.raw)}.")

    @property
    def hybrid_suite(self) -> HybridSuite:
        """The suite that is sealed in."""
        return find_suite(self.suite)

    @cached_property
    def hybrid(self) -> PublicPair:
        """The key as `cryptography` uses it."""
        return self.hybrid_suite.load_public(self.raw)


@dataclass(frozen=True)
class PrivateKey:
    """What opens: a seed of 32 bytes, from which the suite makes both halves.

    The seed is kept because the hybrid key itself has no serialisation. It is never shown in a `repr`.
    """

    seed: bytes = field(repr=False)
    suite: int = FIRST

    def __post_init__(self) -> None:
        if len(self.seed) != SEED_LENGTH:
            raise ValueError(f"A private key's seed has {SEED_LENGTH} bytes, this one has {len(self.seed)}.")
        find_suite(self.suite)

    @classmethod
    def generate(cls, suite: int = FIRST) -> PrivateKey:
        """A new key from the operating system's randomness."""
        return cls(secrets.token_bytes(SEED_LENGTH), suite)

    def in_suite(self, suite: int) -> PrivateKey:
        """The key that this seed makes in a suite: where the seed comes from a receipt or a lock, the row tells."""
        return self if suite == self.suite else PrivateKey(self.seed, suite)

    @cached_property
    def _pair(self) -> PairOfHalves:
        return find_suite(self.suite).make_pair(self.seed)

    @property
    def hybrid(self) -> PrivatePair:
        """The key as `cryptography` uses it."""
        return self._pair.private

    @cached_property
    def public(self) -> PublicKey:
        """The half that may be shown."""
        return PublicKey(self._pair.public, self.suite)


def seal(plaintext: bytes, *, to: PublicKey, place: Place) -> bytes:
    """Seal to a public key for one place: suite byte ‖ HPKE encapsulated key ‖ ciphertext and tag."""
    suite = to.hybrid_suite
    return suite.byte + suite.hpke.encrypt(plaintext, to.hybrid, info=place.bound)


def open_sealed(sealed: bytes, *, key: PrivateKey, place: Place) -> bytes:
    """Open what `seal` made for this key and this place. Raises CannotOpen for anything else."""
    suite = find_suite(key.suite)
    if sealed[:1] != suite.byte:
        raise CannotOpen(f"{place} is not sealed in the suite of this key.")
    try:
        return suite.hpke.decrypt(sealed[1:], key.hybrid, info=place.bound)
    except InvalidTag as error:
        raise CannotOpen(f"{place} does not open with this key.") from error


@dataclass(frozen=True)
class Sealed:
    """A sealed value as a column stores it, with the key it is sealed to and its version.

    suite (1 byte) ‖ key's identifier (16) ‖ version (u32, big-endian) ‖ encapsulated key ‖ ciphertext and tag
    """

    key: UUID
    version: int
    value: bytes

    @property
    def suite(self) -> int:
        """The number of the suite."""
        return self.value[0]

    def to_bytes(self) -> bytes:
        """The stored form."""
        return self.value[:1] + self.key.bytes + self.version.to_bytes(_VERSION_LENGTH, "big") + self.value[1:]

    @classmethod
    def from_bytes(cls, stored: bytes) -> Sealed:
        """Take the stored form apart. Raises CannotOpen when it is too short to be one."""
        if len(stored) <= HEAD_LENGTH:
            raise CannotOpen("A stored value is too short to be a sealed one.")
        version = int.from_bytes(stored[1 + _KEY_LENGTH : HEAD_LENGTH], "big")
        if version == 0:
            raise CannotOpen("A stored value has the version 0, which none has.")
        return cls(
            key=UUID(bytes=stored[1 : 1 + _KEY_LENGTH]), version=version, value=stored[:1] + stored[HEAD_LENGTH:]
        )
