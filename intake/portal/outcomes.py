"""What a closed case came to, told in the inbox, with the way to its entry in the public register.

Whoever closes a case or publishes its decision seals it to the report's key, for which nobody needs a key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from audit import clock
from intake.portal.models import Outcome, Report
from intake.portal.sections import inbox_section
from intake.portal.sittings import OpenInbox


class OutcomeCategory(TextChoices):
    """How a case ended, as far as it may be told: nobody is named, and no sanction."""

    SANCTIONED = "sanctioned", _("Something that was reported was established, and it had consequences.")
    ESTABLISHED = "established", _("Something that was reported was established. No sanction followed.")
    NOT_ESTABLISHED = (
        "not_established",
        _("What was reported could not be established. That does not mean that you were wrong to report it."),
    )


@dataclass(frozen=True)
class ShownOutcome:
    """An outcome in clear, for one page; `address` is that of the published decision, or ""."""

    category: str
    text: str
    address: str


_address: list[Callable[[str], str]] = []


def declare_register(address: Callable[[str], str]) -> Callable[[str], str]:
    """Register a function that gives the address of an entry of the register, "" while nobody can read it."""
    _address[:] = [address]
    return address


def write_outcome(report: Report, category: OutcomeCategory) -> None:
    """Tell what the case came to, inside the action that closes it."""
    outcome = _row(report)
    outcome.closed_on = clock.today()
    outcome.seal(category=category.value)
    outcome.save()


def add_entry(report: Report, reference: str) -> None:
    """Tell that a decision was published, inside the action that publishes it, before or after the case closes."""
    outcome = _row(report)
    outcome.seal(entry=reference)
    outcome.save()


def is_closed(report: Report) -> bool:
    """Whether a case that the report is part of has ended. One query."""
    return Outcome.objects.filter(report=report, closed_on__isnull=False).exists()


@inbox_section("portal/outcome.html", order=5)
def outcome_section(inbox: OpenInbox) -> Mapping[str, Any] | None:
    """The outcome, once there is one."""
    shown = outcome_of(inbox)
    return {"outcome": shown} if shown else None


def outcome_of(inbox: OpenInbox) -> ShownOutcome | None:
    """The outcome of a report, or None while its case is open. One query, two openings at most."""
    row = Outcome.objects.filter(report=inbox.report).first()
    if row is None:
        return None
    row.report = inbox.report
    category, entry = row.open(inbox.keyring, "category"), row.open(inbox.keyring, "entry")
    address = _address[0](entry) if entry and _address else ""
    if not category and not address:
        return None
    text = str(OutcomeCategory(category).label) if category else ""
    return ShownOutcome(category=category, text=text, address=address)


def _row(report: Report) -> Outcome:
    row = Outcome.objects.select_for_update().filter(report=report).first() or Outcome()
    row.report = report
    return row
