"""What the case floor puts on the work list: open cases, with the next step that the person can take."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db.models import F, Min, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cases.engine import Standing, refusal
from cases.models import Case, ConflictDeclaration, Membership, Step
from cases.states import Track
from cases.workflow import CASE_TRANSITIONS, Transition, find
from cases.worklist import LIMIT, WorkItem, work_source
from integrity.action import Actor

if TYPE_CHECKING:
    from uuid import UUID

    from django.utils.functional import _StrPromise as StrPromise

MAIN = tuple(row for row in CASE_TRANSITIONS if row.main)


@work_source
def cases(actor: Actor) -> Iterable[WorkItem]:
    """The open cases this person is a member of, soonest clock first, in five queries. Opens nothing sealed.

    The next step comes from the table: state, capacity, and what the person did on the case before.
    """
    person = actor.user
    held = {str(role) for role in person.roles()}
    rows = list(
        Case.objects.seen_by(person)
        .open()
        .annotate(next_due=Min("deadlines__due", filter=Q(deadlines__met_on__isnull=True)))
        .order_by(F("next_due").asc(nulls_last=True), "opened_on", "pk")[: LIMIT + 1]
    )
    capacities: dict[UUID, set[str]] = {case.pk: set() for case in rows}
    for case, capacity in Membership.objects.filter(case__in=rows, person=person, until__isnull=True).values_list(
        "case", "capacity"
    ):
        capacities[case] |= {capacity} & held
    done: dict[UUID, set[str]] = {case.pk: set() for case in rows}
    for case, name in Step.objects.filter(case__in=rows, person=person).values_list("case", "transition"):
        done[case].add(name)
    declared = set(
        ConflictDeclaration.objects.filter(case__in=rows, person=person, has_conflict=False).values_list(
            "case", flat=True
        )
    )
    return [
        WorkItem(
            reference=case.reference,
            kind=_("Case"),
            title="",
            url=reverse("cases:file", args=[case.reference]),
            state=case.get_state_display(),
            action=_step(
                case,
                capacities=frozenset(capacities[case.pk]),
                done=frozenset(done[case.pk]),
                has_declared=case.pk in declared,
            ),
            due=case.next_due,
        )
        for case in rows
    ]


def _step(case: Case, *, capacities: frozenset[str], done: frozenset[str], has_declared: bool) -> StrPromise | str:
    """The first main step that the table allows, or the declaration that must come before it."""
    for row in MAIN:
        if _allows(row, case, capacities, done):
            return row.label if has_declared or not row.declared else find(Track.CASE, "declare_no_conflict").label
    return ""


def _allows(row: Transition, case: Case, capacities: frozenset[str], done: frozenset[str]) -> bool:
    refused = refusal(
        row, state=case.state, state_label="", capacities=capacities, done=done, standing=Standing(declared=True)
    )
    return refused is None
