"""What a person's parts in cases leave behind when a role or an account ends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import partial
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from guardian.shortcuts import remove_perm

from audit import clock
from cases.access import PERMISSION, end_access, keys_of
from cases.models import Case, Membership
from cases.states import CaseState
from integrity.people.leaving import Holding, declare_leaving
from integrity.people.models import Appointment, User
from integrity.people.roles import Role
from integrity.vault.models import Grant


@declare_leaving
def cases_of(person: User, kept: frozenset[Role]) -> Iterable[Holding]:
    """The cases in which the person has a part by none of the kept roles; five queries, however many cases."""
    mine = Membership.objects.filter(person=person, until__isnull=True)
    going = mine.exclude(capacity__in=kept)
    cases = list(Case.objects.filter(pk__in=going.values("case")).select_related("key").order_by("reference"))
    staying: dict[UUID, set[str]] = defaultdict(set)
    for stays, capacity in mine.filter(case__in=cases, capacity__in=kept).values_list("case", "capacity"):
        staying[stays].add(capacity)
    others = _others(cases, person)
    holders = set(Grant.objects.filter(key__in=[case.key_id for case in cases]).values_list("key", "holder__person"))
    for case in cases:
        openers = [each for each, _capacity in others[case.pk] if (case.key_id, each) in holders]
        opens = (case.key_id, person.pk) in holders and not staying[case.pk]
        supervised = any(capacity == Role.SUPERVISOR for _each, capacity in others[case.pk])
        yield Holding(
            kind=gettext_lazy("Case"),
            name=case.reference,
            pseudonym=case.pseudonym,
            end=partial(_end, case=case, person=person, kept=kept),
            is_last=opens and not openers,
            lacks="" if supervised or case.state == CaseState.CLOSED else _("It has no supervisor."),
        )


def _others(cases: list[Case], person: User) -> dict[UUID, list[tuple[UUID, str]]]:
    """For each case, who else can act in it today, and as what."""
    rows = Membership.objects.filter(
        case__in=cases, until__isnull=True, person__is_active=True, person__key__isnull=False
    ).exclude(person=person)
    members = list(rows.values_list("case", "person", "capacity"))
    in_force = set(
        Appointment.objects.in_force()
        .filter(person__in={each for _case, each, _capacity in members})
        .values_list("person", "role")
    )
    found: dict[UUID, list[tuple[UUID, str]]] = defaultdict(list)
    for case, each, capacity in members:
        if (each, capacity) in in_force:
            found[case].append((each, capacity))
    return found


def _end(*, case: Case, person: User, kept: frozenset[Role]) -> None:
    going = Membership.objects.filter(case=case, person=person, until__isnull=True).exclude(capacity__in=kept)
    if Membership.objects.filter(case=case, person=person, until__isnull=True, capacity__in=kept).exists():
        going.update(until=clock.today())
    elif person.key is not None and keys_of(case).filter(grants__holder=person.key).exists():
        end_access(case=case, person=person)
    else:
        # Somebody with a new key that was not given the case again holds nothing that could be taken.
        going.update(until=clock.today())
        remove_perm(PERMISSION, person, case)
