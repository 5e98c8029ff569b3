"""Sittings: between sign-in and sign-out a person's key is open, wrapped by a secret only their browser holds.

The table of sittings alone opens nothing: each row's `wrapped` is AES-256-GCM under a key derived from 32
random bytes that exist only in the cookie `sitting`.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase

from audit import clock
from integrity.people.models import Sitting, User
from integrity.vault.keyring import Keyring
from integrity.vault.seal import PrivateKey

COOKIE = "sitting"
SESSION_NAME = "sitting"


@dataclass(frozen=True)
class OpenSitting:
    """A sitting and the secret that opens it; the secret goes to the browser and nowhere else."""

    sitting: Sitting
    secret: bytes

    @property
    def cookie(self) -> str:
        """The secret as text for the cookie."""
        return base64.urlsafe_b64encode(self.secret).decode("ascii")


def _cipher(secret: bytes, sitting: UUID) -> AESGCM:
    key = HKDF(hashes.SHA256(), 32, salt=sitting.bytes, info=b"integrity sitting v1").derive(secret)
    return AESGCM(key)


def wrap(person: User, keyring: Keyring) -> OpenSitting:
    """Make (not save) a sitting for a person whose key has just been opened."""
    secret = secrets.token_bytes(32)
    now = clock.now()
    sitting = Sitting(person=person, opened_at=now, seen_at=now)
    nonce = secrets.token_bytes(12)
    seed = keyring.own.seed
    sitting.wrapped = nonce + _cipher(secret, sitting.pk).encrypt(nonce, seed, person.pk.bytes)
    return OpenSitting(sitting=sitting, secret=secret)


@dataclass(frozen=True)
class Held:
    """The sitting that a browser holds, with the person's keys open."""

    sitting: Sitting
    keyring: Keyring

    @property
    def is_confirmed(self) -> bool:
        """Whether a second factor was ever given in this sitting."""
        return self.sitting.confirmed_at is not None

    @property
    def is_fresh(self) -> bool:
        """Whether the second factor was given a moment ago: who begins something grave is asked again after it."""
        return self.sitting.was_confirmed_within(settings.STEP_UP_MINUTES, now=clock.now())

    @property
    def may_finish(self) -> bool:
        """Whether it was given recently enough to send a form that was begun while it was fresh."""
        return self.sitting.was_confirmed_within(2 * settings.STEP_UP_MINUTES, now=clock.now())


def held_by(request: HttpRequest) -> Held | None:
    """The sitting that this browser holds, with its person's keys, or None when it is over or not theirs."""
    identifier = request.session.get(SESSION_NAME)
    cookie = request.COOKIES.get(COOKIE, "")
    person = request.user
    if not identifier or not cookie or not isinstance(person, User) or person.key is None:
        return None
    sitting = Sitting.objects.filter(pk=identifier, person=person).first()
    if sitting is None:
        return None
    now = clock.now()
    limit = settings.SITTING_LIMIT_MINUTES if sitting.confirmed_at else settings.STEP_UP_MINUTES
    if sitting.is_over(now=now, idle_minutes=settings.SITTING_IDLE_MINUTES, limit_minutes=limit):
        Sitting.objects.filter(pk=sitting.pk).delete()
        return None
    try:
        secret = base64.urlsafe_b64decode(cookie)
        wrapped = bytes(sitting.wrapped)
        seed = _cipher(secret, sitting.pk).decrypt(wrapped[:12], wrapped[12:], person.pk.bytes)
    except (ValueError, InvalidTag):
        return None
    if now - sitting.seen_at > timedelta(minutes=1):
        Sitting.objects.filter(pk=sitting.pk).update(seen_at=now)
    return Held(sitting, Keyring(person.key, PrivateKey(seed)))


def sweep_sittings() -> None:
    """Forget the sittings that ended by themselves."""
    now = clock.now()
    idle = Q(seen_at__lt=now - timedelta(minutes=settings.SITTING_IDLE_MINUTES))
    limit = Q(opened_at__lt=now - timedelta(minutes=settings.SITTING_LIMIT_MINUTES))
    begun = Q(confirmed_at__isnull=True, opened_at__lt=now - timedelta(minutes=settings.STEP_UP_MINUTES))
    Sitting.objects.filter(idle | limit | begun).delete()


def give_cookie(response: HttpResponseBase, opened: OpenSitting) -> None:
    """Put the sitting's secret into the browser's cookie, out of reach of scripts and other sites."""
    response.set_cookie(COOKIE, opened.cookie, httponly=True, secure=settings.SESSION_COOKIE_SECURE, samesite="Strict")
