"""Which protection officers are too near to a matter: noted whenever a case shows who is accused."""

from __future__ import annotations

from cases.access import when_subjects_show
from cases.conflicts import reason
from cases.models import Case
from cases.protection.models import KeptOut
from intake.portal.models import Report
from intake.protection.recipients import nobody_is_free_when
from integrity.people.granting import institution_key
from integrity.people.models import Appointment, User
from integrity.people.roles import Role
from integrity.vault.keyring import Keyring
from integrity.vault.models import KeyKind


@when_subjects_show
def keep_out(case: Case, keyring: Keyring) -> None:
    """List the officers who are not free, for every report of the case. Runs inside the action that shows it."""
    key = institution_key(KeyKind.PROTECTION)
    people = _officers()
    if key is None or not people:
        return
    declared = set(case.declarations.filter(has_conflict=True).values_list("person", flat=True))
    # All officers are named, near or not, so that the size of what is sealed tells nothing.
    near = {
        str(person.pk): person.pk in declared or bool(reason(case, person, keyring))
        for person in sorted(people, key=lambda each: str(each.pk))
    }
    for report in case.reports.all():
        row = KeptOut.objects.filter(report=report).first() or KeptOut(report=report)
        row.key, row.nobody_free = key, all(near.values())
        row.seal(people=near)
        row.save()


@nobody_is_free_when
def nobody_free(report: Report) -> bool:
    """Whether every protection officer has a conflict of interest."""
    return KeptOut.objects.filter(report=report, nobody_free=True).exists()


def _officers() -> list[User]:
    in_force = Appointment.objects.in_force().filter(role=Role.PROTECTION)
    return list(User.objects.filter(is_active=True, appointments__in=in_force).select_related("superior").distinct())
