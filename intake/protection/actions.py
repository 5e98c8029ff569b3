"""What a reporting person does about a detriment. Each leaves its entry by day only."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError
from django.db.models import Max

from audit import clock
from intake.portal.models import Report
from intake.protection.models import Detriment, DetrimentKind, DetrimentMessage
from intake.protection.recipients import protection_key
from integrity.action import Actor, action, record
from integrity.people.models import User
from integrity.policy import Party
from integrity.references import new_reference
from integrity.vault import actions as vault
from integrity.vault.models import KeyKind

WITH_RECEIPT = "with the receipt"


@dataclass(frozen=True)
class Told:
    """What a reporting person tells of a detriment, in their own words."""

    what: str
    kinds: tuple[str, ...] = ()
    since: str = ""
    who: str = ""

    def to_json(self) -> dict[str, object]:
        """As it is sealed."""
        return {**asdict(self), "kinds": list(self.kinds)}

    @property
    def labels(self) -> list[str]:
        """What is done to them, in words."""
        return [str(DetrimentKind(kind).label) for kind in self.kinds]


def report_detriment(
    *, actor: Actor, report: Report, told: Told, nonce: bytes, about_officers: bool = False
) -> Detriment:
    """Tell the protection officers of a detriment; those who have the report, when it is about an officer.

    The same nonce (32 bytes) again, even at the same moment, gives the one that is there already.
    """
    existing = report.detriments.filter(nonce=nonce).first()
    if existing is not None:
        return existing
    try:
        return _report(actor=actor, report=report, told=told, nonce=nonce, about_officers=about_officers)
    except IntegrityError:
        existing = report.detriments.filter(nonce=nonce).first()
        if existing is None:
            raise
        return existing


@action(
    "detriment.reported",
    by=(Party.REPORTER,),
    limit=WITH_RECEIPT,
    facts=("to",),
    by_day=True,
    description="A reporting person told that they are treated worse for reporting.",
)
def _report(*, actor: Actor, report: Report, told: Told, nonce: bytes, about_officers: bool) -> Detriment:
    protectors = None if about_officers else protection_key(report)
    own_key = None
    if protectors is not None:
        own_key, _private = vault.make_key(KeyKind.DETRIMENT, protectors, report.reporter_key)
    today = clock.today()
    detriment = Detriment(
        reference=new_reference("P"),
        report=report,
        own_key=own_key,
        received_on=today,
        confirm_due=today + timedelta(days=settings.DETRIMENT_CONFIRM_DAYS),
        nonce=nonce,
    )
    detriment.seal(told=told.to_json())
    detriment.save(force_insert=True)
    record(object=detriment.pseudonym, to="recipients" if own_key is None else "protection")
    return detriment


def reporter_writes(*, actor: Actor, detriment: Detriment, text: str, nonce: bytes) -> None:
    """Add the reporting person's words to the conversation about a detriment; the same nonce again adds nothing."""
    if detriment.messages.filter(nonce=nonce).exists():
        return
    try:
        _write(actor=actor, detriment=detriment, text=text, nonce=nonce)
    except IntegrityError:
        if not detriment.messages.filter(nonce=nonce).exists():
            raise


@action(
    "detriment.reporter_wrote",
    by=(Party.REPORTER,),
    limit=WITH_RECEIPT,
    facts=("number",),
    by_day=True,
    description="The reporting person wrote about a detriment.",
)
def _write(*, actor: Actor, detriment: Detriment, text: str, nonce: bytes) -> None:
    message = write_message(detriment=detriment, body=text, nonce=nonce)
    record(object=detriment.pseudonym, number=message.number)


def write_message(
    *, detriment: Detriment, body: str, author: User | None = None, nonce: bytes | None = None
) -> DetrimentMessage:
    """Add a sealed message, inside an action; without an author it is the reporting person's, and is news."""
    rows = Detriment.objects.select_for_update(of=("self",)).select_related("own_key", "report__key")
    rows = rows.defer("report__identity", "report__identity_key")
    held = rows.get(pk=detriment.pk)
    last = held.messages.aggregate(last=Max("number"))["last"] or 0
    message = DetrimentMessage(
        detriment=held,
        number=last + 1,
        from_office=author is not None,
        author=author,
        sent_on=clock.today(),
        nonce=nonce,
    )
    message.seal(body=body)
    message.save(force_insert=True)
    held.has_news = author is None
    held.save(update_fields=["has_news"])
    return message
