"""Who gets a report of detriment. The portal asks for no name here: it is not told any."""

from __future__ import annotations

from collections.abc import Callable

from intake.portal.models import Report
from integrity.people.granting import institution_key
from integrity.people.models import Appointment
from integrity.people.roles import Role
from integrity.vault.models import Key, KeyKind

_nobody_free: list[Callable[[Report], bool]] = []


def nobody_is_free_when(question: Callable[[Report], bool]) -> Callable[[Report], bool]:
    """Register a function that knows whether every protection officer has a conflict of interest in a report."""
    _nobody_free.append(question)
    return question


def has_officers() -> bool:
    """Whether anybody is appointed to protect reporting persons today. One query."""
    return Appointment.objects.in_force().filter(role=Role.PROTECTION).exists()


def protection_key(report: Report) -> Key | None:
    """What a report of detriment is given to; None when those who have the report must get it."""
    key = institution_key(KeyKind.PROTECTION)
    if key is None or not has_officers() or any(question(report) for question in _nobody_free):
        return None
    return key
