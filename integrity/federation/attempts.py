"""One way to the provider and back, tied to one browser.

The secret exists only in the cookie `elsewhere`: the table keeps its hash, and what the provider is sent (state,
nonce, PKCE challenge) is derived from it, so that a copy of the table finishes nobody's sign-in. On the way there the
cookie is SameSite=Lax, because the way back comes from another site; what comes back gets a new secret, in a cookie
that is Strict like all others of the desk.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import get_language

from audit import clock
from integrity.federation.failures import NotIdentified, Reason
from integrity.federation.models import LIFETIME, Attempt, Purpose, Stage
from integrity.federation.provider import Proof, Subject
from integrity.people.models import User

COOKIE: Final = "elsewhere"


def begin(*, purpose: Purpose, person: User | None = None, next: str = "") -> tuple[Attempt, bytes]:
    """Start on the way to the provider; the secret goes into the browser's cookie and nowhere else."""
    secret = secrets.token_bytes(32)
    attempt = Attempt.objects.create(
        secret_hash=_hash(secret),
        purpose=purpose,
        person=person,
        language=get_language() or settings.LANGUAGE_CODE,
        next=next if len(next) <= 500 else "",
        at=clock.now(),
    )
    return attempt, secret


def proof(secret: bytes) -> Proof:
    """What ties the provider's answer to this browser."""
    return Proof(*(_derived(secret, name) for name in ("state", "nonce", "verifier")))


def come_back(request: HttpRequest) -> tuple[Attempt, Proof]:
    """The attempt that this browser began, taken once: whoever comes a second time finds it used.

    Raises NotIdentified (not begun, too late, used already, state).
    """
    secret = _secret(request)
    attempt = _of(secret)
    if attempt is None or secret is None:
        raise NotIdentified(Reason.NOT_BEGUN)
    if not Attempt.objects.filter(pk=attempt.pk, stage=Stage.BEGUN).update(stage=Stage.BACK):
        raise NotIdentified(Reason.USED_ALREADY)
    if attempt.is_over:
        raise NotIdentified(Reason.TOO_LATE)
    known = proof(secret)
    states = request.GET.getlist("state")
    if len(states) != 1 or not hmac.compare_digest(states[0].encode(), known.state.encode()):
        raise NotIdentified(Reason.STATE)
    return attempt, known


def answer(attempt: Attempt, *, person: User, subject: Subject, by_claim: bool) -> bytes:
    """Keep for ten minutes who was identified, under a new secret."""
    secret = secrets.token_bytes(32)
    Attempt.objects.filter(pk=attempt.pk, stage=Stage.BACK).update(
        stage=Stage.ANSWERED,
        secret_hash=_hash(secret),
        person=person,
        issuer=subject.issuer,
        subject=subject.identifier,
        by_claim=by_claim,
        at=clock.now(),
    )
    return secret


def answered(request: HttpRequest, purpose: Purpose) -> Attempt | None:
    """What this browser brought back from the provider and has not used, or None when there is nothing."""
    attempt = _of(_secret(request))
    if attempt is None or attempt.stage != Stage.ANSWERED or attempt.purpose != purpose or attempt.is_over:
        return None
    # A provider that is not this system's any more identifies nobody.
    if attempt.issuer != settings.OIDC_ISSUER or attempt.person is None or not attempt.person.is_active:
        return None
    return attempt


def use(attempt: Attempt) -> bool:
    """End it; False when somebody ended it a moment before."""
    return bool(Attempt.objects.filter(pk=attempt.pk, stage=Stage.ANSWERED).update(stage=Stage.ENDED))


def forget(request: HttpRequest) -> None:
    """End what this browser brought back."""
    attempt = _of(_secret(request))
    if attempt is not None:
        Attempt.objects.filter(pk=attempt.pk).update(stage=Stage.ENDED)


def sweep() -> None:
    """Remove what is over."""
    Attempt.objects.filter(Q(stage=Stage.ENDED) | Q(at__lt=clock.now() - timedelta(seconds=LIFETIME))).delete()


def give_cookie(response: HttpResponseBase, secret: bytes, *, back: bool) -> None:
    """Put the secret into the browser's cookie, out of reach of scripts; `back` from the provider, Strict."""
    response.set_cookie(
        COOKIE,
        base64.urlsafe_b64encode(secret).decode("ascii"),
        max_age=LIFETIME,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Strict" if back else "Lax",
    )


def take_cookie(response: HttpResponseBase) -> None:
    """Remove the cookie."""
    response.delete_cookie(COOKIE, samesite="Strict")


def _secret(request: HttpRequest) -> bytes | None:
    try:
        return base64.urlsafe_b64decode(request.COOKIES.get(COOKIE, "")) or None
    except ValueError:
        return None


def _of(secret: bytes | None) -> Attempt | None:
    if secret is None:
        return None
    return Attempt.objects.select_related("person__key").filter(secret_hash=_hash(secret)).first()


def _hash(secret: bytes) -> bytes:
    return hashlib.sha256(secret).digest()


def _derived(secret: bytes, name: str) -> str:
    """43 characters that fit a URL and RFC 7636, from which neither the secret nor the others can be computed."""
    info = b"integrity sign-in elsewhere v1 " + name.encode("ascii")
    return base64.urlsafe_b64encode(HKDF(hashes.SHA256(), 32, salt=None, info=info).derive(secret)).decode().rstrip("=")
