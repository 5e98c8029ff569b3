"""What the auditor's console, which knows nobody, is told of people: names of staff, and who administered."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from uuid import UUID

from django.db.models import Q

from audit.console import names, patterns
from integrity.people.models import Appointment, User
from integrity.people.roles import Role

PREFIX = "person/"
patterns.refusals_are("action.refused", "factors.refused", "people.passphrase_refused")
patterns.failures_are("people.sign_in_failed")


def people_among(pseudonyms: Collection[str]) -> dict[UUID, str]:
    """Those pseudonyms that are a person's, by the person's identifier; whatever else stands there is passed over."""
    found = {}
    for pseudonym in pseudonyms:
        if pseudonym.startswith(PREFIX):
            try:
                found[UUID(pseudonym.removeprefix(PREFIX))] = pseudonym
            except ValueError:
                continue
    return found


@names.declare
def names_of_staff(pseudonyms: Collection[str]) -> dict[str, str]:
    """The names of staff at the desk and in the directory."""
    people = people_among(pseudonyms)
    if not people:
        return {}
    return {people[pk]: name for pk, name in User.objects.filter(pk__in=people).values_list("pk", "name")}


@patterns.administering
def administrators(pseudonyms: Collection[str], since: date, until: date) -> set[str]:
    """Who of them was an administrator on any day from `since` to `until`."""
    people = people_among(pseudonyms)
    if not people:
        return set()
    held = Appointment.objects.filter(
        Q(until__isnull=True) | Q(until__gt=since), role=Role.ADMINISTRATOR, since__lte=until, person__in=people
    )
    return {people[pk] for pk in held.values_list("person", flat=True)}
