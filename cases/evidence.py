"""What the log calls a case that people call by its reference, for evidence (`integrity audit prove`)."""

from __future__ import annotations

from audit.log.evidence import resolved_by
from cases.models import Case


@resolved_by
def case_of(reference: str) -> list[str]:
    """The pseudonym of the case with this reference."""
    return [case.pseudonym for case in Case.objects.filter(reference=reference)]
