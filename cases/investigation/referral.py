"""Criminal offences must be referred, or not referred for a reason, before a case can close (R4)."""

from __future__ import annotations

from dataclasses import dataclass

from cases.investigation.models import ProsecutorReferral
from cases.models import Allegation, Case


@dataclass(frozen=True)
class Standing:
    """A criminal allegation and the last decision on referring it, None while it is open."""

    allegation: Allegation
    decision: ProsecutorReferral | None


def criminal(case: Case) -> list[Allegation]:
    """The allegations whose offence the rule pack of the case marks criminal."""
    pack = case.pack.pack
    return [row for row in case.allegations.select_related("subject") if pack.offence(row.offence).criminal]


def standings(case: Case) -> list[Standing]:
    """Each criminal allegation with the decision that stands, in two queries."""
    alleged = criminal(case)
    if not alleged:
        return []
    last = {row.allegation_id: row for row in case.referrals.select_related("decided_by").order_by("number")}
    return [Standing(allegation=row, decision=last.get(row.pk)) for row in alleged]


def undecided(case: Case) -> list[Allegation]:
    """Criminal allegations on which nobody has decided yet; the case cannot close while there is one."""
    return [standing.allegation for standing in standings(case) if standing.decision is None]
