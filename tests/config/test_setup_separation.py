"""Which steps of the workflow would get stuck with the people there are."""

from __future__ import annotations

import random
from itertools import product

import pytest

from cases.workflow import SYSTEM, TRANSITIONS
from config.setup.separation import places, stuck
from integrity.people.roles import Role

LEAST = (
    Role.INTAKE, Role.TRIAGE, Role.TRIAGE, Role.INVESTIGATOR, Role.SUPERVISOR, Role.SUPERVISOR,
    Role.AUTHORITY, Role.AUTHORITY, Role.BOARD, Role.BOARD, Role.BOARD, Role.EDITOR, Role.APPROVER,
)  # fmt: skip
BOARD = 3


def names(*people: Role | tuple[Role, ...]) -> list[str]:
    """The steps that are stuck with these people, each in one role or in several."""
    crowd = [{role.value for role in (each if isinstance(each, tuple) else (each,))} for each in people]
    return [each.row.name for each in stuck(crowd, board_members=BOARD)]


def without(role: Role) -> list[Role]:
    """The least that works, less one of a role."""
    people = list(LEAST)
    people.remove(role)
    return people


def test_thirteen_people_are_enough():
    assert names(*LEAST) == []


def test_with_nobody_every_step_is_stuck():
    assert set(names()) == {row.name for row in TRANSITIONS if SYSTEM not in row.by}


@pytest.mark.parametrize(
    ("role", "step"),
    [
        (Role.TRIAGE, "uphold_rejection"),
        (Role.INVESTIGATOR, "propose_plan"),
        (Role.SUPERVISOR, "admit_appeal"),
        (Role.AUTHORITY, "endorse_decision"),
        (Role.BOARD, "vote"),
        (Role.EDITOR, "edit_entry"),
        (Role.APPROVER, "approve_entry"),
    ],
)
def test_one_less_of_a_role_gets_stuck_where_the_table_keeps_people_apart(role: Role, step: str):
    assert step in names(*without(role))


def test_an_intake_officer_is_not_needed_where_triage_receives():
    assert names(*without(Role.INTAKE)) == []


def test_the_step_that_stands_in_the_way_is_named():
    people = [{role.value} for role in without(Role.SUPERVISOR)]
    found = {each.row.name: each for each in stuck(people, board_members=BOARD)}
    assert found["admit_appeal"].people == 1
    assert {row.name for row in found["admit_appeal"].because} & {"approve_findings", "refer_for_discipline"}


def test_two_roles_in_one_person_are_not_two_people():
    assert "approve_entry" in names(*without(Role.APPROVER)[:-1], (Role.EDITOR, Role.APPROVER))
    alone = (Role.INVESTIGATOR, Role.SUPERVISOR)
    people = [role for role in LEAST if role not in alone]
    assert "approve_plan" in names(*people, alone)


def test_an_authority_had_no_part_in_the_matter_before():
    people = [role for role in LEAST if role != Role.AUTHORITY]
    people.remove(Role.TRIAGE)
    assert "issue_notice" in names(*people, (Role.TRIAGE, Role.AUTHORITY))


def test_a_larger_board_needs_more_members():
    crowd = [{role.value} for role in LEAST]
    assert [each.row.name for each in stuck(crowd, board_members=5)] == ["vote"]


def test_every_separation_of_the_table_is_a_separation_of_places():
    apart = {place.key: place.apart_from for place in places(BOARD)}
    for row in TRANSITIONS:
        for name in row.never:
            assert (f"{row.track.value}.{name}", 1) in apart[row.event, 1], (row.name, name)


def test_many_people_and_many_roles_are_quickly_judged():
    """A crowd in which everybody may do a little must not send the search round in circles."""
    chance = random.Random(7)
    crowd = [{role.value for role in chance.sample(list(Role), 3)} for _person in range(60)]
    for board, size in product((3, 15), (10, 25, 60)):
        list(stuck(crowd[:size], board_members=board))
