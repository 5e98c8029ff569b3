"""An open inbox: the reporting person's key, wrapped by a token that exists only in their page.

The token goes into a hidden field and comes back with each form; there is no cookie. The table of sittings
alone opens nothing: its key is a hash of the token, and `wrapped` is AES-256-GCM under another one.

A token comes from the door's secret and from the receipt together: the same door with the same receipt leads to the
same sitting, and who has seen the door without the receipt has no token.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from audit import clock
from intake.portal import spent
from intake.portal.models import InboxSitting, Report
from intake.portal.receipt import PageSecret, ReporterSecret
from integrity.action import Actor
from integrity.vault.keyring import Keyring
from integrity.vault.seal import CannotOpen, Place, PrivateKey
from integrity.vault.wrap import unwrap, wrap

# Ends are rounded up to this, so that the table does not tell the minute at which somebody came.
STEP: Final = timedelta(minutes=10)
_HALF: Final = 32


@dataclass(frozen=True)
class OpenInbox:
    """A report and the keys of the person who sent it, for one sitting; `token` is what the page holds."""

    report: Report
    keyring: Keyring = field(repr=False)
    token: str = field(default="", repr=False)

    @property
    def actor(self) -> Actor:
        """The reporting person, who is known by nothing but the report."""
        return Actor.reporter(self.report.pk, self.keyring)


def begin(report: Report, secret: ReporterSecret, door: PageSecret) -> OpenInbox:
    """Open a sitting for the person whose receipt was just typed at a door, which opens no other. Inside an action.

    Raises IntegrityError when the door was used up before.
    """
    spent.spend(door, spent.Use.OPENED, days=spent.DOOR_DAYS)
    token, private = _token(door, secret), secret.private
    identifier, key = _halves(token)
    InboxSitting.objects.filter(ends_at__lte=clock.now()).delete()
    InboxSitting.objects.create(
        id=identifier,
        report=report,
        wrapped=wrap(private.seed, secret=key, place=_place(identifier)),
        ends_at=_end(),
    )
    return OpenInbox(report=report, keyring=Keyring(report.reporter_key, private), token=token.text)


def resume_by_door(door: PageSecret, secret: ReporterSecret) -> OpenInbox | None:
    """The inbox that the same door opened with the same receipt, as long as it is open."""
    return resume(_token(door, secret).text)


def resume(text: str) -> OpenInbox | None:
    """The inbox that a page's token opens, or None when it is over. Being used, it stays open longer."""
    token = PageSecret.parse(text)
    if token is None:
        return None
    identifier, secret = _halves(token)
    sitting = (
        InboxSitting.objects.select_related("report__key", "report__reporter_key", "report__channel")
        .defer("report__identity", "report__identity_key")
        .filter(pk=identifier, ends_at__gt=clock.now(), report__left_on__isnull=True)
        .first()
    )
    if sitting is None:
        return None
    try:
        private = PrivateKey(unwrap(bytes(sitting.wrapped), secret=secret, place=_place(identifier)))
        keyring = Keyring(sitting.report.reporter_key, private)
    except CannotOpen:
        return None
    if sitting.ends_at < _end():
        InboxSitting.objects.filter(pk=identifier).update(ends_at=_end())
    return OpenInbox(report=sitting.report, keyring=keyring, token=token.text)


def end(inbox: OpenInbox) -> None:
    """Close a sitting. Runs inside an action."""
    token = PageSecret.parse(inbox.token)
    if token is not None:
        InboxSitting.objects.filter(pk=_halves(token)[0]).delete()


def sweep() -> int:
    """Remove the sittings that are over. Returns how many."""
    return InboxSitting.objects.filter(ends_at__lte=clock.now()).delete()[0]


def _token(door: PageSecret, secret: ReporterSecret) -> PageSecret:
    kdf = HKDF(hashes.SHA256(), _HALF, salt=None, info=b"integrity inbox token v1")
    return PageSecret(kdf.derive(door.raw + secret.private.seed))


def _halves(token: PageSecret) -> tuple[bytes, bytes]:
    both = HKDF(hashes.SHA256(), 2 * _HALF, salt=None, info=b"integrity inbox sitting v1").derive(token.raw)
    return both[:_HALF], both[_HALF:]


def _place(identifier: bytes) -> Place:
    return Place(InboxSitting._meta.db_table, "wrapped", identifier.hex())


def _end() -> datetime:
    earliest = clock.now() + timedelta(minutes=settings.INBOX_IDLE_MINUTES)
    return earliest + (datetime.min.replace(tzinfo=earliest.tzinfo) - earliest) % STEP
