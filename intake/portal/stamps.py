"""When a page was made: sealed into its hidden field, so that a form sent faster than a person can write is told.

The moment is bound to the page's own secret, which makes one report, and encrypted under a key that comes from
SECRET_KEY and the day: a page that was saved tells its day and no more. It decides nothing alone (`signs.py`).
"""

from __future__ import annotations

import base64
import binascii
import secrets
import time
from dataclasses import replace
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from intake.portal.receipt import PageSecret

DAY: Final = 24 * 60 * 60
_DAY_LENGTH: Final = 4
_NONCE_LENGTH: Final = 12


def stamped(page: PageSecret) -> PageSecret:
    """The page with the moment at which it was first shown; one that has a stamp keeps it."""
    if page.stamp:
        return page
    now = int(time.time())
    day, nonce = (now // DAY).to_bytes(_DAY_LENGTH, "big"), secrets.token_bytes(_NONCE_LENGTH)
    moment = ChaCha20Poly1305(_key(day)).encrypt(nonce, now.to_bytes(8, "big"), page.raw)
    return replace(page, stamp=base64.urlsafe_b64encode(day + nonce + moment).decode("ascii").rstrip("="))


def age(page: PageSecret) -> float | None:
    """Seconds since the page was first shown; None for one without a stamp of ours."""
    try:
        raw = base64.b64decode(page.stamp + "=" * (-len(page.stamp) % 4), altchars=b"-_", validate=True)
        day, nonce = raw[:_DAY_LENGTH], raw[_DAY_LENGTH : _DAY_LENGTH + _NONCE_LENGTH]
        moment = ChaCha20Poly1305(_key(day)).decrypt(nonce, raw[_DAY_LENGTH + _NONCE_LENGTH :], page.raw)
    except (binascii.Error, ValueError, InvalidTag):
        return None
    return time.time() - int.from_bytes(moment, "big")


def _key(day: bytes) -> bytes:
    kdf = HKDF(hashes.SHA256(), 32, salt=day, info=b"integrity page stamp v1")
    return kdf.derive(str(settings.SECRET_KEY).encode())
