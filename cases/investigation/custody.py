"""The chain of custody: each event carries a digest over the one before it, so that a gap or a change shows.

    digest(0) = SHA-256(JCS(the item))
    digest(n) = SHA-256(digest(n-1) ‖ JCS(event n))

JCS is RFC 8785. Sealed parts enter as the SHA-256 of their ciphertext: nothing about them can be guessed from a
digest, and the chain is checked without opening a key. The item keeps length and head, and the audit log keeps
the head of each step, so cutting events off the end, or rewriting the whole chain, shows as well.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date

import rfc8785

from audit import clock
from cases.investigation.models import CustodyEvent, CustodyKind, EvidenceItem
from integrity.people.models import User


@dataclass(frozen=True)
class ChainCheck:
    """Whether a chain of custody is whole; otherwise the number of the first event that does not fit."""

    broken_at: int | None = None

    @property
    def is_whole(self) -> bool:
        """True when every link fits and none is missing."""
        return self.broken_at is None


def beginning(item: EvidenceItem) -> str:
    """The digest that the first event builds on: what the item is, its sealed details and its file."""
    return hashlib.sha256(
        rfc8785.dumps(
            {
                "case": str(item.case_id),
                "evidence": str(item.pk),
                "number": item.number,
                "kind": str(item.kind),
                "obtained_on": item.obtained_on.isoformat(),
                "added_by": str(item.added_by_id),
                "details": item.digest_of("details"),
                "file": item.file.ciphertext_sha256 if item.file is not None else "",
            }
        )
    ).hexdigest()


def link(previous: str, event: CustodyEvent) -> str:
    """The digest of an event that follows the one with digest `previous` (both hexadecimal)."""
    content = rfc8785.dumps(
        {
            "evidence": str(event.evidence_id),
            "number": event.number,
            "kind": str(event.kind),
            "on": event.on.isoformat(),
            "person": str(event.person_id),
            "recorded_at": event.recorded_at.astimezone(UTC).isoformat(timespec="microseconds"),
            "details": event.digest_of("details"),
        }
    )
    return hashlib.sha256(bytes.fromhex(previous) + content).hexdigest()


def check(item: EvidenceItem, events: Iterable[CustodyEvent]) -> ChainCheck:
    """Follow the chain through all events of the item, in order. Opens no key."""
    digest, number = beginning(item), 0
    for number, event in enumerate(events, start=1):
        if event.number != number or event.digest != link(digest, event):
            return ChainCheck(broken_at=number)
        digest = event.digest
    if number != item.custody_length or (number and digest != item.custody_head):
        return ChainCheck(broken_at=min(number, item.custody_length) + 1)
    return ChainCheck()


def append(
    *,
    item: EvidenceItem,
    kind: CustodyKind,
    on: date,
    person: User,
    handed_from: str = "",
    handed_to: str = "",
    remark: str = "",
) -> CustodyEvent:
    """Add an event to the chain of a saved item. Runs inside an action, whose entry names the digest."""
    held = EvidenceItem.objects.select_for_update().get(pk=item.pk)
    event = CustodyEvent(
        evidence=item,
        number=held.custody_length + 1,
        kind=kind,
        on=on,
        person=person,
        recorded_at=clock.now(),
    )
    event.seal(details={"from": handed_from, "to": handed_to, "remark": remark})
    event.digest = link(held.custody_head or beginning(item), event)
    event.save(force_insert=True)
    item.custody_length, item.custody_head = event.number, event.digest
    item.save(update_fields=["custody_length", "custody_head"])
    return event
