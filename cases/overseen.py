"""What the auditor's console, which knows no case, is told: what counts as reading, and who belonged to a case."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date, datetime
from uuid import UUID

from django.utils import timezone

from audit.console import patterns
from audit.console.patterns import Opened
from cases.models import Case, Membership
from integrity.people.overseen import people_among

PREFIX = "case/"
READINGS = (
    "appeals.record_opened",
    "case.evidence_opened",
    "case.file_opened",
    "case.recording_opened",
    "case.report_file_opened",
    "case.step_opened",
    "detriment.opened",
    "discipline.document_opened",
    "discipline.file_opened",
    "identity.openings_read",
    "identity.read",
    "identity.request_opened",
    "investigation.document_opened",
    "publication.entry_opened",
    "report.file_opened",
    "report.identity_opened",
    "report.opened",
)
patterns.readings_are(*READINGS)


@patterns.outside
def outside_the_team(opened: Collection[Opened]) -> Iterator[Opened]:
    """The readings of a case whose first or last was made by somebody who had no part in it that day.

    A case that is gone, and whatever is no case, is not judged.
    """
    cases = _cases_among({each.object for each in opened})
    people = {pseudonym: pk for pk, pseudonym in people_among({each.actor for each in opened}).items()}
    parts: dict[tuple[UUID, UUID], list[tuple[date, date | None]]] = defaultdict(list)
    rows = Membership.objects.filter(case__in=cases.values(), person__in=people.values())
    for case, person, since, until in rows.values_list("case", "person", "since", "until"):
        parts[case, person].append((since, until))
    for each in opened:
        if each.object in cases and each.actor in people:
            had = parts[cases[each.object], people[each.actor]]
            if not all(_within(_day(moment), had) for moment in (each.first, each.last)):
                yield each


def _cases_among(pseudonyms: Collection[str]) -> dict[str, UUID]:
    """The cases that there are, by pseudonym."""
    asked = []
    for pseudonym in pseudonyms:
        if pseudonym.startswith(PREFIX):
            try:
                asked.append(UUID(pseudonym.removeprefix(PREFIX)))
            except ValueError:
                continue
    return {f"{PREFIX}{pk}": pk for pk in Case.objects.filter(pk__in=asked).values_list("pk", flat=True)}


def _day(moment: datetime) -> date:
    return timezone.localdate(moment, timezone.get_default_timezone())


def _within(day: date, had: list[tuple[date, date | None]]) -> bool:
    return any(since <= day and (until is None or day <= until) for since, until in had)
