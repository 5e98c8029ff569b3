"""Wrapping under a secret that somebody holds: AES-256-GCM with a random nonce, bound to a place.

For what is kept under a passphrase or beside a file. The secret has 32 bytes and is used for few values,
so that random 96-bit nonces are safe (NIST SP 800-38D, section 8.2.2).
"""

from __future__ import annotations

import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from integrity.vault.seal import CannotOpen, Place

SUITE: Final = b"\x01"
SECRET_LENGTH: Final = 32
_NONCE_LENGTH: Final = 12


def wrap(plaintext: bytes, *, secret: bytes, place: Place) -> bytes:
    """Wrap for one place: suite byte ‖ nonce (12 bytes) ‖ ciphertext and tag."""
    nonce = secrets.token_bytes(_NONCE_LENGTH)
    return SUITE + nonce + _cipher(secret).encrypt(nonce, plaintext, place.bound)


def unwrap(wrapped: bytes, *, secret: bytes, place: Place) -> bytes:
    """Take back what `wrap` made with this secret for this place. Raises CannotOpen for anything else."""
    nonce = wrapped[1 : 1 + _NONCE_LENGTH]
    if wrapped[:1] != SUITE or len(nonce) != _NONCE_LENGTH:
        raise CannotOpen(f"{place} is not wrapped in a way that this version knows.")
    try:
        return _cipher(secret).decrypt(nonce, wrapped[1 + _NONCE_LENGTH :], place.bound)
    except InvalidTag as error:
        raise CannotOpen(f"{place} does not open with this secret.") from error


def _cipher(secret: bytes) -> AESGCM:
    if len(secret) != SECRET_LENGTH:
        raise ValueError(f"A wrapping secret has {SECRET_LENGTH} bytes, this one has {len(secret)}.")
    return AESGCM(secret)
