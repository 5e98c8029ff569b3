"""What waits for a member of an appeal board."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from cases.appeals.models import Appeal, Opinion
from cases.models import Case, Membership
from cases.states import CaseState, Track
from cases.work import next_steps
from cases.workflow import find
from integrity.people.roles import Role

if TYPE_CHECKING:
    from uuid import UUID

    from django.utils.functional import _StrPromise as StrPromise

    from integrity.people.models import User


@next_steps(CaseState.TRANSMITTED)
def opinions(cases: Sequence[Case], person: User) -> Mapping[UUID, StrPromise | str]:
    """An opinion to be given; when all are given, the board's decision; else nothing."""
    appeals = {
        appeal.case_id: appeal
        for appeal in Appeal.objects.filter(case__in=cases).select_related("case__pack").order_by("number")
    }
    given: dict[UUID, set[UUID]] = {appeal.pk: set() for appeal in appeals.values()}
    for appeal, member in Opinion.objects.filter(appeal__in=given).values_list("appeal", "member"):
        given[appeal].add(member)
    mine = set(
        Membership.objects.filter(case__in=cases, person=person, capacity=Role.BOARD, until__isnull=True).values_list(
            "case", flat=True
        )
    )
    found: dict[UUID, StrPromise | str] = {}
    for case in cases:
        if case.pk not in mine:
            continue
        members = given[appeals[case.pk].pk]
        if person.pk not in members:
            found[case.pk] = find(Track.CASE, "vote").label
        else:
            is_complete = len(members) >= case.pack.pack.settings.board_quorum
            found[case.pk] = _("Record the board's decision") if is_complete else ""
    return found
