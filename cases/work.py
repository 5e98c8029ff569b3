"""What the case floor puts on the work list: open cases, with the next step that the person can take.

The table gives the step; where it cannot know (an opinion given already, a second signature), a room says so
with `next_steps`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from django.db.models import F, Min, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cases.actions import titles_of
from cases.engine import Standing, refusal
from cases.models import Case, ConflictDeclaration, Membership, Step
from cases.states import CaseState, Track
from cases.workflow import CASE_TRANSITIONS, Transition, find
from cases.worklist import LIMIT, WorkItem, work_source
from integrity.action import Actor

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from django.utils.functional import _StrPromise as StrPromise

    from integrity.people.models import User

MAIN = tuple(row for row in CASE_TRANSITIONS if row.main)
Known = Callable[[Sequence[Case], "User"], Mapping["UUID", "StrPromise | str"]]
_known: dict[str, Known] = {}


def next_steps(state: CaseState) -> Callable[[Known], Known]:
    """Register a function that words the next step ("" for none) of cases in a state for a person.

    It asks the database a fixed number of times, and leaves out the cases for which the table is right.
    """

    def decorate(function: Known) -> Known:
        _known[state] = function
        return function

    return decorate


@work_source
def cases(actor: Actor) -> Iterable[WorkItem]:
    """The open cases this person is a member of, soonest clock first, in a fixed number of queries.

    The next step comes from the table: state, capacity, and what the person did on the case before.
    """
    person = actor.user
    held = {str(role) for role in person.roles()}
    # First the keys alone: to sort and group whole rows, sealed columns too, takes three times as long.
    due: dict[UUID, date | None] = dict(
        Case.objects.seen_by(person)
        .open()
        .values("pk")
        .annotate(next_due=Min("deadlines__due", filter=Q(deadlines__met_on__isnull=True)))
        .order_by(F("next_due").asc(nulls_last=True), "opened_on", "pk")
        .values_list("pk", "next_due")[: LIMIT + 1]
    )
    found = Case.objects.select_related("key").in_bulk(list(due))
    rows = [found[key] for key in due]
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
    steps: dict[UUID, StrPromise | str] = {}
    for state, known in _known.items():
        here = [case for case in rows if case.state == state]
        if here:
            steps |= known(here, person)
    # Two private-key operations an item: a tenth of a millisecond each, and nobody knows cases by a code.
    titles = titles_of(actor, rows)
    return [
        WorkItem(
            reference=case.reference,
            kind=_("Case"),
            title=titles.get(case.pk, ""),
            url=reverse("cases:file", args=[case.reference]),
            state=case.get_state_display(),
            action=_step(
                case,
                capacities=frozenset(capacities[case.pk]),
                done=frozenset(done[case.pk]),
                has_declared=case.pk in declared,
                known=steps.get(case.pk),
            ),
            due=due[case.pk],
        )
        for case in rows
    ]


def _step(
    case: Case,
    *,
    capacities: frozenset[str],
    done: frozenset[str],
    has_declared: bool,
    known: StrPromise | str | None,
) -> StrPromise | str:
    """What a room says, else the first main step that the table allows; before it the declaration."""
    declaration = find(Track.CASE, "declare_no_conflict").label
    if known is not None:
        return declaration if known and not has_declared else known
    for row in MAIN:
        if _allows(row, case, capacities, done):
            return row.label if has_declared or not row.declared else declaration
    return ""


def _allows(row: Transition, case: Case, capacities: frozenset[str], done: frozenset[str]) -> bool:
    refused = refusal(
        row, state=case.state, state_label="", capacities=capacities, done=done, standing=Standing(declared=True)
    )
    return refused is None
