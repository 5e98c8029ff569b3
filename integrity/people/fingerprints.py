"""A key as digits that two people can compare by telephone, before one gives the other access."""

from __future__ import annotations

import hashlib
from typing import Final

from integrity.vault.models import Key

GROUPS: Final = 6
DIGITS: Final = 5


def fingerprint(key: Key) -> list[str]:
    """Six groups of five decimal digits (99 bits) from the SHA-256 of the public key."""
    digest = hashlib.sha256(b"integrity fingerprint v1\0" + bytes(key.public)).digest()
    digits = str(int.from_bytes(digest, "big") % 10 ** (GROUPS * DIGITS)).zfill(GROUPS * DIGITS)
    return [digits[start : start + DIGITS] for start in range(0, GROUPS * DIGITS, DIGITS)]
