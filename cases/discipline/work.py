"""Who must do what with a decision that was made: sign it as the second, or serve it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cases.discipline.decisions import needs_endorsement
from cases.discipline.models import Decision
from cases.models import Case
from cases.states import CaseState, Track
from cases.work import next_steps
from cases.workflow import find

if TYPE_CHECKING:
    from uuid import UUID

    from django.utils.functional import _StrPromise as StrPromise

    from integrity.people.models import User


@next_steps(CaseState.DECIDED)
def second_signature(cases: Sequence[Case], person: User) -> Mapping[UUID, StrPromise | str]:
    """The endorser signs first; until then there is nothing to serve."""
    found: dict[UUID, StrPromise | str] = {}
    decisions = Decision.objects.filter(case__in=cases).select_related("case__pack", "endorsement").order_by("round")
    latest = {decision.case_id: decision for decision in decisions}
    for case in cases:
        decision = latest.get(case.pk)
        if decision is None or not needs_endorsement(decision) or hasattr(decision, "endorsement"):
            continue
        is_endorser = decision.endorser_id == person.pk
        found[case.pk] = find(Track.CASE, "endorse_decision").label if is_endorser else ""
    return found
