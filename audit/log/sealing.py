"""Sealing private parts. This room commits to them and keeps the ciphertext; a floor above has the keys and seals."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from audit.log.errors import UndeclaredFact
from audit.log.events import EventType
from audit.private import SALT_BYTES, PrivatePart, canonical

TABLE: Final = "audit_log_private"
FIELD: Final = "sealed"
VERSION: Final = 1
# The length of a name must not be read from the length of its ciphertext.
PADDING: Final = 256


class Sealer(Protocol):
    """Whoever seals for the auditors."""

    def __call__(self, plaintext: bytes, *, commitment: str) -> bytes | None:
        """The ciphertext, bound to `place_of(commitment)`, or None while there is no key. Needs no secret."""


@dataclass(frozen=True)
class SealedPart:
    """A private part as it is kept: what its entry says of it, and the ciphertext of it and its salt."""

    commitment: str
    sealed: bytes

    @property
    def place(self) -> str:
        """Where the ciphertext lives, as entries name it."""
        return f"{place_of(self.commitment)}/{VERSION}"

    @property
    def digest(self) -> str:
        """SHA-256 of the ciphertext, in hexadecimal."""
        return hashlib.sha256(self.sealed).hexdigest()


_sealers: list[Sealer] = []


def declare(sealer: Sealer) -> Sealer:
    """Register who seals. Declaring the same again changes nothing."""
    if sealer not in _sealers:
        _sealers.append(sealer)
    return sealer


def place_of(commitment: str) -> str:
    """`table/field/row` of a private part."""
    return f"{TABLE}/{FIELD}/{commitment}"


def seal(event: EventType, private: Mapping[str, str] | None) -> SealedPart | None:
    """Seal what is private in an entry of this type, under a new salt; None where there is nothing, or no key yet.

    Raises UndeclaredFact for a field that the type does not declare, MalformedPart for what is no text.
    """
    if not private:
        return None
    undeclared = sorted(set(private) - event.private)
    if undeclared:
        raise UndeclaredFact(f"{event.name} does not declare the private field {undeclared[0]!r}")
    canonical(private)
    part = PrivatePart(private, secrets.token_bytes(SALT_BYTES))
    plaintext = part.encode()
    padded = plaintext.ljust(-(-len(plaintext) // PADDING) * PADDING)
    for sealer in _sealers:
        sealed = sealer(padded, commitment=part.commitment)
        if sealed is not None:
            return SealedPart(part.commitment, sealed)
    return None
