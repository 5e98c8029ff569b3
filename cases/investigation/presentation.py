"""What is sealed in the room's records, opened for a page or a document. Each thing shown is opened once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext_lazy as _

from cases.investigation import custody
from cases.investigation.custody import ChainCheck
from cases.investigation.file_views import EVIDENCE_FILES
from cases.investigation.models import (
    Capacity,
    Confirmation,
    CustodyEvent,
    CustodyKind,
    EvidenceItem,
    Finding,
    FindingsReview,
    Interview,
    InvestigationPlan,
)
from cases.models import Case
from cases.outcomes import Outcome
from integrity.inspection.presentation import FileAddresses, ShownFile, shown
from integrity.vault.keyring import Keyring

PLAN_PARTS = (
    ("questions", _("Questions to answer")),
    ("sources", _("Sources and steps")),
    ("interviews", _("Persons to interview")),
    ("risks", _("Risks")),
)
CUSTODY_TONES = {
    CustodyKind.RECEIVED: "active",
    CustodyKind.SEALED: "good",
    CustodyKind.HANDED_OVER: "warning",
    CustodyKind.RETURNED: "warning",
}
OUTCOME_TONES = {
    Outcome.SUBSTANTIATED: "danger",
    Outcome.PARTLY: "warning",
    Outcome.UNSUBSTANTIATED: "neutral",
    Outcome.UNFOUNDED: "good",
    Outcome.INCONCLUSIVE: "neutral",
}


@dataclass(frozen=True)
class OpenedItem:
    """An item of evidence with its details, its file's name and digests, and its chain of custody."""

    item: EvidenceItem
    title: str
    description: str
    facts: Sequence[tuple[Any, Any]]
    file: ShownFile | None
    chain: ChainCheck
    custody: Sequence[dict[str, Any]]
    earlier: int


@dataclass(frozen=True)
class OpenedInterview:
    """An interview with its record; `capacity` and `confirmation` in words."""

    interview: Interview
    who: str
    capacity: Any
    on: date
    facts: Sequence[tuple[Any, Any]]
    text: str
    recording: ShownFile | None


@dataclass(frozen=True)
class OpenedFinding:
    """The finding on one allegation."""

    finding: Finding
    outcome: Outcome
    tone: str
    reasons: str
    relied_on: Sequence[str]


@dataclass(frozen=True)
class OpenedReview:
    """The review of a round of findings."""

    review: FindingsReview
    reasons: str
    allegations: Sequence[int]


def plan_parts(plan: InvestigationPlan, keyring: Keyring) -> list[tuple[Any, str]]:
    """Headings and texts of a plan. One private-key operation."""
    content = plan.open(keyring, "content")
    return [(title, content.get(name, "")) for name, title in PLAN_PARTS]


def evidence_of(items: Iterable[EvidenceItem], keyring: Keyring, *, events: int | None = None) -> list[OpenedItem]:
    """Items with their chains checked; of each chain the last `events` (all when None) are opened.

    Private-key operations: two for each item, one for its file, one for each event shown.
    """
    return [_item(item, keyring, events) for item in items]


def with_custody(case: Case) -> Any:
    """The evidence of a case, newest first, with all that a page needs of it, in two queries."""
    return (
        case.evidence.select_related("file__owner_key", "added_by")
        .prefetch_related("custody__person")
        .order_by("-number")
    )


def _item(item: EvidenceItem, keyring: Keyring, shown: int | None) -> OpenedItem:
    details = item.open(keyring, "details")
    chain = list(item.custody.all())
    first = 0 if shown is None else max(0, len(chain) - shown)
    return OpenedItem(
        item=item,
        title=details["title"],
        description=details["description"],
        facts=[
            (_("Kind"), item.get_kind_display()),
            (_("Obtained on"), date_format(item.obtained_on, "DATE_FORMAT")),
            (_("Where it comes from"), details["source"]),
            (_("How it was obtained"), details["how"]),
            (_("Where it is kept"), item.open(keyring, "place_kept")),
            (_("Added by"), item.added_by.name),
        ],
        file=_file(item.file, keyring, EVIDENCE_FILES.addresses(item.case.reference, item.number)),
        chain=custody.check(item, chain),
        custody=[_event(event, keyring) for event in chain[first:]],
        earlier=first,
    )


def _file(stored: Any, keyring: Keyring, addresses: FileAddresses) -> ShownFile | None:
    return shown(stored, keyring, addresses) if stored is not None else None


def _recording_address(interview: Interview) -> FileAddresses:
    fetch = reverse("investigation:recording", args=[interview.case.reference, interview.number])
    return FileAddresses(fetch=fetch, look="")


def _event(event: CustodyEvent, keyring: Keyring) -> dict[str, Any]:
    details = event.open(keyring, "details")
    way = f"{details['from'] or '…'} → {details['to'] or '…'}" if details["from"] or details["to"] else ""
    return {
        "when": event.on,
        "title": event.get_kind_display(),
        "text": "\n".join(part for part in (way, details["remark"]) if part),
        "who": event.person.name,
        "tone": CUSTODY_TONES.get(CustodyKind(event.kind), "neutral"),
        "digest": event.digest,
        "number": event.number,
    }


def interview_of(interview: Interview, keyring: Keyring) -> OpenedInterview:
    """An interview with its record. One private-key operation, and one for a recording."""
    record = interview.open(keyring, "record")
    on = date.fromisoformat(record["on"])
    when = date_format(on, "DATE_FORMAT")
    if record["time"]:
        when = f"{when}, {time_format(time.fromisoformat(record['time']))}"
    return OpenedInterview(
        interview=interview,
        who=record["who"],
        capacity=Capacity(record["capacity"]).label,
        on=on,
        facts=[
            (_("When"), when),
            (_("Where"), record["place"]),
            (_("Who else was there"), record["present"]),
            (_("Told of their rights"), _("Yes") if record["caution"] else _("No")),
            (_("Confirmation"), Confirmation(record["confirmation"]).label),
            (_("Recorded by"), interview.recorded_by.name),
        ],
        text=record["text"],
        recording=_file(interview.recording, keyring, _recording_address(interview)),
    )


def finding_of(finding: Finding, keyring: Keyring) -> OpenedFinding:
    """A finding. Two private-key operations."""
    outcome = Outcome(finding.open(keyring, "outcome"))
    grounds = finding.open(keyring, "grounds")
    return OpenedFinding(
        finding=finding,
        outcome=outcome,
        tone=OUTCOME_TONES[outcome],
        reasons=grounds["reasons"],
        relied_on=grounds["relied_on"],
    )


def review_of(case: Case, number: int, keyring: Keyring) -> OpenedReview | None:
    """The review of a round of findings, None while it is awaited. One private-key operation."""
    review = case.findings_reviews.select_related("reviewed_by").filter(round=number).first()
    if review is None:
        return None
    remarks = review.open(keyring, "remarks")
    return OpenedReview(review=review, reasons=remarks["reasons"], allegations=remarks["allegations"])
