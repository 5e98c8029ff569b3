"""Codes that people type: those of an authenticator app, and those for when it is lost. No database here."""

from __future__ import annotations

import base64
import hmac
import secrets
import time
import unicodedata
from typing import Final
from urllib.parse import quote

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

# What every authenticator app takes without asking: RFC 6238 with SHA-1, six digits, thirty seconds.
STEP_SECONDS: Final = 30
APP_DIGITS: Final = 6
SECRET_BYTES: Final = 20
# A clock may be a step off, and a code may be typed as it changes.
DRIFT: Final = 1
# 16 digits, 53 bits: read aloud and typed alike in every script, tried only behind an opened passphrase.
SPARE_DIGITS: Final = 16
HOW_MANY: Final = 10


def make_secret() -> str:
    """A new secret for an app, base32."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode("ascii")


def is_secret(text: str) -> bool:
    """Whether this is one that `make_secret` could have made."""
    try:
        return len(base64.b32decode(text)) == SECRET_BYTES
    except ValueError:
        return False


def seconds_now() -> float:
    """Seconds since 1970: codes go by the world's clock, not by one that a demonstration moves."""
    return time.time()


def step_now(moment: float | None = None) -> int:
    """The number of the present time step."""
    return int(seconds_now() if moment is None else moment) // STEP_SECONDS


def code_at(secret: str, step: int) -> str:
    """The six digits of a secret in a time step."""
    totp = TOTP(base64.b32decode(secret), APP_DIGITS, SHA1(), STEP_SECONDS, enforce_key_length=False)  # noqa: S303
    return totp.generate(step * STEP_SECONDS).decode("ascii")


def step_of(secret: str, code: str, *, after: int, moment: float | None = None) -> int | None:
    """The time step, later than `after`, that the code belongs to, or None when it is not the code of now."""
    now, found = step_now(moment), None
    for step in range(now - DRIFT, now + DRIFT + 1):
        if hmac.compare_digest(code_at(secret, step), code) and step > after:
            found = step
    return found


def address_of(secret: str, *, person: str, institution: str) -> str:
    """The `otpauth:` address that an app reads from the picture."""
    label = quote(f"{institution}:{person}")
    return f"otpauth://totp/{label}?secret={secret}&issuer={quote(institution)}"


def make_spare_codes(count: int = HOW_MANY) -> list[str]:
    """New codes of which each works once."""
    return [f"{secrets.randbelow(10**SPARE_DIGITS):0{SPARE_DIGITS}d}" for _ in range(count)]


def grouped(code: str) -> str:
    """In groups of four, as it is written down."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


def digits_of(typed: str) -> str:
    """What was typed as plain digits: of any script, without the spaces and dashes between groups.

    "" when anything else is in it.
    """
    kept = [character for character in typed if not character.isspace() and unicodedata.category(character) != "Pd"]
    values = [unicodedata.digit(character, None) for character in kept]
    return "" if None in values else "".join(str(value) for value in values)
