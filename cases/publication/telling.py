"""Telling those who reported a matter that its decision was published."""

from __future__ import annotations

from django.urls import reverse

from cases.publication.models import Publication
from intake.portal.outcomes import add_entry, declare_register


def tell_reporters(publication: Publication) -> None:
    """Seal the entry's reference to every report of its case, inside the action that publishes it.

    Whoever approves opens neither case nor report: the reports' public keys are enough.
    """
    if publication.case is None:
        return
    for report in publication.case.reports.filter(key__destroyed_on__isnull=True).select_related("key"):
        add_entry(report, publication.reference)


@declare_register
def address_of(reference: str) -> str:
    """Where anybody reads the entry, or "" when it expired."""
    found = Publication.objects.public().filter(reference=reference)
    return reverse("publication:decision", args=[reference]) if found.exists() else ""
