"""The receipt: the only thing that leads back to a report, and only its reporting person has it.

Twenty-four decimal digits, 80 random bits: digits read aloud and type alike in every script. One Argon2id call
turns it into 64 bytes; half finds the report, half is the seed of the reporting person's private key. The
receipt is shown once, typed back once, never stored, and never in a cookie, an address or a log.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
import unicodedata
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrity.vault.passphrase import derive, receipt_cost
from integrity.vault.seal import SEED_LENGTH, PrivateKey

DIGITS: Final = 24
GROUP: Final = 4
SECRET_LENGTH: Final = 32


class NotAReceipt(ValueError):
    """What was typed has not the form of a receipt; `sentence` says so to the person and repeats no digit."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Receipt:
    """Twenty-four ASCII digits. Never shown in a `repr`, and equal receipts are told in constant time."""

    digits: str = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.digits) != DIGITS or not (self.digits.isascii() and self.digits.isdigit()):
            raise ValueError(f"A receipt is {DIGITS} ASCII digits.")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Receipt) and hmac.compare_digest(self.digits, other.digits)

    def __hash__(self) -> int:
        return hash(self.digits)

    @classmethod
    def new(cls) -> Receipt:
        """A receipt from the operating system's randomness."""
        return cls(f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}")

    @classmethod
    def from_page_secret(cls, secret: bytes) -> Receipt:
        """The receipt of the form page that holds this 32-byte secret: the same page, the same receipt.

        HKDF-SHA256 (RFC 5869) salted with RECEIPT_PEPPER; the remainder of 256 bits has no bias that shows.
        """
        if len(secret) != SECRET_LENGTH:
            raise ValueError(f"A page secret has {SECRET_LENGTH} bytes, this one has {len(secret)}.")
        stretched = HKDF(hashes.SHA256(), 32, salt=_pepper(), info=b"integrity receipt from page v1").derive(secret)
        return cls(f"{int.from_bytes(stretched, 'big') % 10**DIGITS:0{DIGITS}d}")

    @classmethod
    def parse(cls, text: str) -> Receipt:
        """A receipt as people type it: in any script's digits, with any spaces, dashes or other signs between.

        Raises NotAReceipt with a sentence that tells how many digits there were.
        """
        found = [unicodedata.decimal(character, None) for character in text]
        digits = "".join(str(digit) for digit in found if digit is not None)
        if not digits:
            raise NotAReceipt(_("Type the 24 digits of your receipt."))
        if len(digits) != DIGITS:
            raise NotAReceipt(
                ngettext(
                    "A receipt has 24 digits. What you typed has %(count)d digit.",
                    "A receipt has 24 digits. What you typed has %(count)d digits.",
                    len(digits),
                )
                % {"count": len(digits)}
            )
        return cls(digits)

    @property
    def groups(self) -> tuple[str, ...]:
        """Six groups of four, as it is shown and written down."""
        return tuple(self.digits[start : start + GROUP] for start in range(0, DIGITS, GROUP))

    @property
    def spaced(self) -> str:
        """The groups with spaces between, on one line."""
        return " ".join(self.groups)


@dataclass(frozen=True)
class ReporterSecret:
    """What a receipt opens: `lookup` (32 bytes) finds the report, `private` is the reporting person's key."""

    lookup: bytes = field(repr=False)
    private: PrivateKey

    @classmethod
    def of(cls, receipt: Receipt) -> ReporterSecret:
        """One Argon2id call, salted by the pepper. Raises TooBusy, and InsideTransaction in a transaction."""
        salt = HKDF(hashes.SHA256(), 32, salt=None, info=b"integrity receipt salt v1").derive(_pepper())
        both = derive(receipt.digits, salt=salt, cost=receipt_cost(), length=2 * SEED_LENGTH)
        return cls(lookup=both[:SEED_LENGTH], private=PrivateKey(both[SEED_LENGTH:]))


@dataclass(frozen=True)
class PageSecret:
    """Thirty-two random bytes in a hidden field of one page, from which everything sent by it is told again.

    A page for writing a report has a stamp behind them (`stamps.py`), which is no part of the secret.
    """

    raw: bytes = field(repr=False)
    stamp: str = field(default="", repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.raw) != SECRET_LENGTH:
            raise ValueError(f"A page secret has {SECRET_LENGTH} bytes, this one has {len(self.raw)}.")

    @classmethod
    def new(cls) -> PageSecret:
        """For a page that is shown for the first time."""
        return cls(secrets.token_bytes(SECRET_LENGTH))

    @classmethod
    def parse(cls, text: str) -> PageSecret | None:
        """The secret that a page sent back, or None for anything else."""
        secret, _dot, stamp = text.partition(".")
        try:
            raw = base64.b64decode(secret + "=" * (-len(secret) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        return cls(raw, stamp) if len(raw) == SECRET_LENGTH else None

    @property
    def text(self) -> str:
        """For the hidden field: base64url, and the stamp behind a full stop."""
        secret = base64.urlsafe_b64encode(self.raw).decode("ascii").rstrip("=")
        return f"{secret}.{self.stamp}" if self.stamp else secret

    @property
    def receipt(self) -> Receipt:
        """The receipt of what this page sends."""
        return Receipt.from_page_secret(self.raw)

    def nonce(self, *parts: str) -> bytes:
        """Thirty-two bytes that are the same when this page sends the same again, and tell nothing of it."""
        encoded = [part.encode("utf-8", "surrogatepass") for part in parts]
        content = b"".join(len(part).to_bytes(8, "big") + part for part in encoded)
        return hmac.digest(self.raw, b"integrity page nonce v1" + content, "sha256")


def _pepper() -> bytes:
    return str(settings.RECEIPT_PEPPER).encode()
