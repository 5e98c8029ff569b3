"""Assigning a case, planning it, and adding to it: what is done, and what is refused."""

from __future__ import annotations

from datetime import date

import pytest

from cases.engine import performer
from cases.investigation import actions
from cases.investigation.models import PlanStatus
from cases.models import Case, Deadline, Membership
from cases.states import CaseState, Track
from cases.workflow import find
from integrity.action import ConflictOfInterest, Incomplete, NotPermitted, WrongState
from integrity.people import actions as people
from integrity.people.roles import Role
from integrity.rules.terms import Gravity
from integrity.vault.keyring import NoGrant
from tests.cases.investigation_scene import CRIMINAL, a_case, last_entry, made_member, refused
from tests.walks import investigation as walk
from tests.world import SYSTEM, World

ROWS = [
    "assign",
    "add_investigator",
    "propose_plan",
    "approve_plan",
    "return_plan",
    "add_note",
    "add_evidence",
    "record_custody",
    "record_interview",
    "add_allegation",
    "submit_findings",
    "return_findings",
    "approve_findings",
    "decide_referral",
    "close_without_charge",
]


def reach(world: World, state: CaseState) -> Case:
    """A case that stands at one of the states of this room."""
    case = a_case(world)
    walk.declare(world, case, "supervisor", "triage")
    way = {
        CaseState.ASSIGNED: walk.to_assigned,
        CaseState.PLANNED: walk.to_planned,
        CaseState.INVESTIGATING: walk.to_investigating,
        CaseState.FINDINGS: walk.to_findings,
        CaseState.REVIEWED: walk.to_reviewed,
        CaseState.CLOSED: walk.to_closed_without_charge,
    }
    if state in way:
        way[state](world, case)
    assert case.state == state
    return case


@pytest.mark.parametrize(
    "state",
    [
        CaseState.OPENED,
        CaseState.ASSIGNED,
        CaseState.PLANNED,
        CaseState.INVESTIGATING,
        CaseState.FINDINGS,
        CaseState.REVIEWED,
        CaseState.CLOSED,
    ],
)
def test_it_refuses_each_step_to_the_wrong_role_and_in_the_wrong_state(world: World, state: CaseState) -> None:
    case = reach(world, state)
    investigator = "investigator" if state != CaseState.OPENED else None
    for name in ROWS:
        row = find(Track.CASE, name)
        run = performer(Track.CASE, name).run
        with refused(NotPermitted, case):
            run(actor=world.actor("triage"), subject=case)
        with refused(NotPermitted, case):
            run(actor=world.actor("supervisor2"), subject=case)
        actors = {"supervisor": Role.SUPERVISOR} | ({investigator: Role.INVESTIGATOR} if investigator else {})
        for username, role in actors.items():
            if role not in row.by:
                with refused(NotPermitted, case):
                    run(actor=world.actor(username), subject=case)
            elif state not in row.sources:
                with refused(WrongState, case):
                    run(actor=world.actor(username), subject=case)


def test_the_supervisor_assigns_an_investigator_who_can_then_open_the_file(world: World) -> None:
    case = a_case(world)
    with pytest.raises(NoGrant):
        case.open(world.actor("investigator").keys, "title")
    walk.to_assigned(world, case)
    assert case.state == CaseState.ASSIGNED
    assert case.members(Role.INVESTIGATOR) == [world.person("investigator")]
    assert case.open(world.actor("investigator").keys, "title") == "Money at the gate"
    assert last_entry("case.assign")["facts"]["investigators"] == [f"person/{world.person('investigator').pk}"]


def test_assigning_starts_the_clocks_of_the_plan_and_the_investigation(world: World) -> None:
    case = walk.to_planned(world, a_case(world))
    running = Deadline.objects.filter(case=case, met_on__isnull=True)
    assert set(running.values_list("name", flat=True)) == {"investigation", "investigation-plan"}
    actions.approve_plan(actor=world.actor("supervisor"), subject=case)
    assert Deadline.objects.get(case=case, name="investigation-plan").met_on is not None


def test_several_investigators_can_be_assigned_and_another_joins_later(world: World) -> None:
    third = world.add("investigator3", Role.INVESTIGATOR)
    case = a_case(world)
    walk.declare(world, case, "supervisor")
    both = [world.person("investigator"), world.person("investigator2")]
    actions.assign(actor=world.actor("supervisor"), subject=case, investigators=both)
    actions.add_investigator(actor=world.actor("supervisor"), subject=case, investigators=[third])
    assert case.members(Role.INVESTIGATOR) == [*both, third]
    with refused(Incomplete, case, says="on this case already"):
        actions.add_investigator(actor=world.actor("supervisor"), subject=case, investigators=[third])


def test_it_refuses_to_assign_nobody_or_somebody_without_the_role(world: World) -> None:
    case = a_case(world)
    walk.declare(world, case, "supervisor")
    with refused(Incomplete, case, says="at least one"):
        actions.assign(actor=world.actor("supervisor"), subject=case, investigators=[])
    with refused(NotPermitted, case, says="does not hold the role"):
        actions.assign(actor=world.actor("supervisor"), subject=case, investigators=[world.person("editor")])
    assert not Membership.objects.filter(case=case, capacity=Role.INVESTIGATOR).exists()


def test_the_supervisor_cannot_assign_themselves(world: World) -> None:
    people.appoint(actor=SYSTEM, person=world.person("supervisor"), role=Role.INVESTIGATOR, since=date(2020, 1, 1))
    case = a_case(world)
    walk.declare(world, case, "supervisor")
    with refused(NotPermitted, case, says="themselves"):
        actions.assign(actor=world.actor("supervisor"), subject=case, investigators=[world.person("supervisor")])


def test_a_superior_or_subordinate_of_the_subject_cannot_investigate(world: World) -> None:
    chief = world.add("chief", Role.INVESTIGATOR)
    accused = world.add("accused", Role.EDITOR, superior=chief)
    below = world.add("below", Role.INVESTIGATOR, superior=accused)
    case = a_case(world, person=accused)
    walk.declare(world, case, "supervisor")
    for person in (chief, below):
        with refused(ConflictOfInterest, case, says="The subject of this case is a"):
            actions.assign(
                actor=world.actor("supervisor"), subject=case, investigators=[world.person("investigator"), person]
            )
        assert not Membership.objects.filter(case=case, capacity=Role.INVESTIGATOR).exists()


def test_nothing_is_done_before_the_conflict_declaration(world: World) -> None:
    case = a_case(world)
    with refused(ConflictOfInterest, case, says="Declare first"):
        actions.assign(actor=world.actor("supervisor"), subject=case, investigators=[world.person("investigator")])
    walk.declare(world, case, "supervisor")
    actions.assign(actor=world.actor("supervisor"), subject=case, investigators=[world.person("investigator")])
    with refused(ConflictOfInterest, case, says="Declare first"):
        actions.propose_plan(actor=world.actor("investigator"), subject=case, **walk.PLAN)


def test_a_plan_is_returned_with_reasons_and_proposed_again(world: World) -> None:
    case = walk.to_planned(world, a_case(world))
    with refused(WrongState, case):
        actions.propose_plan(actor=world.actor("investigator"), subject=case, **walk.PLAN)
    actions.return_plan(actor=world.actor("supervisor"), subject=case, reasons="Secure the gate log first.")
    assert case.state == CaseState.ASSIGNED
    actions.propose_plan(
        actor=world.actor("investigator"), subject=case, **{**walk.PLAN, "sources": "The gate log, today."}
    )
    actions.approve_plan(actor=world.actor("supervisor"), subject=case)
    assert case.state == CaseState.INVESTIGATING
    first, second = case.plans.all()
    keys = world.actor("investigator").keys
    assert (first.version, first.status, first.decided_by) == (1, PlanStatus.RETURNED, world.person("supervisor"))
    assert first.open(keys, "return_reasons") == "Secure the gate log first."
    assert (second.version, second.status) == (2, PlanStatus.APPROVED)
    assert second.open(keys, "content")["sources"] == "The gate log, today."
    assert first.open(keys, "content")["sources"] == walk.PLAN["sources"]
    with refused(WrongState, case):
        actions.approve_plan(actor=world.actor("supervisor"), subject=case)


def test_whoever_proposed_the_plan_does_not_decide_on_it(world: World) -> None:
    both = world.add("both", Role.INVESTIGATOR)
    people.appoint(actor=SYSTEM, person=both, role=Role.SUPERVISOR, since=date(2020, 1, 1))
    case = walk.to_planned(world, a_case(world), investigator="both")
    made_member(actor=world.actor("supervisor"), case=case, person=both, capacity=Role.SUPERVISOR)
    assert case.capacities(both) == {"investigator", "supervisor"}
    for decide in (
        lambda: actions.approve_plan(actor=world.actor("both"), subject=case),
        lambda: actions.return_plan(actor=world.actor("both"), subject=case, reasons="Mine."),
    ):
        with refused(NotPermitted, case, says="somebody else"):
            decide()


def test_notes_are_numbered_and_keep_their_author(world: World) -> None:
    case = walk.to_assigned(world, a_case(world))
    actions.add_note(actor=world.actor("investigator"), subject=case, body="The gate log is kept for thirty days.")
    actions.add_note(actor=world.actor("supervisor"), subject=case, body="Then get it today.")
    assert [(note.number, note.author) for note in case.notes.all()] == [
        (1, world.person("investigator")),
        (2, world.person("supervisor")),
    ]
    assert case.notes.get(number=2).open(world.actor("investigator").keys, "body") == "Then get it today."


def test_an_allegation_is_added_against_the_same_or_a_new_person(world: World) -> None:
    case = walk.to_assigned(world, a_case(world, gravity=Gravity.MINOR))
    actions.add_allegation(
        actor=world.actor("investigator"),
        subject=case,
        against=1,
        offence=CRIMINAL,
        gravity=Gravity.GROSS,
        statement="Asked for money twice more.",
    )
    profile = {
        "name": "Ama New",
        "staff_number": "77",
        "office": "PORT",
        "grade_band": "D",
        "gender": "f",
        "person": "",
    }
    actions.add_allegation(
        actor=world.actor("supervisor"),
        subject=case,
        profile=profile,
        offence=CRIMINAL,
        gravity=Gravity.SERIOUS,
        statement="Held the gate open.",
    )
    assert [row.number for row in case.allegations.all()] == [1, 2, 3]
    assert Case.objects.get(pk=case.pk).gravity == Gravity.GROSS
    assert case.subjects.get(number=2).open(world.actor("investigator").keys, "profile") == profile
    assert case.allegations.get(number=3).subject.number == 2


def test_it_refuses_an_allegation_that_does_not_fit_the_rules(world: World) -> None:
    case = walk.to_assigned(world, a_case(world))
    common = {"actor": world.actor("investigator"), "subject": case, "statement": "x"}
    with refused(Incomplete, case, says="no such offence"):
        actions.add_allegation(**common, against=1, offence="nothing", gravity=Gravity.MINOR)
    with refused(Incomplete, case, says="does not allow this gravity"):
        actions.add_allegation(**common, against=1, offence=CRIMINAL, gravity=Gravity.MINOR)
    with refused(Incomplete, case, says="subject that the case does not have"):
        actions.add_allegation(**common, against=7, offence=CRIMINAL, gravity=Gravity.GROSS)
    with refused(Incomplete, case, says="against whom"):
        actions.add_allegation(**common, offence=CRIMINAL, gravity=Gravity.GROSS)
    assert case.allegations.count() == 1


def test_naming_a_colleague_as_subject_ends_their_access_and_their_superiors(world: World) -> None:
    chief = world.add("chief", Role.INVESTIGATOR)
    world.add("colleague", Role.INVESTIGATOR, superior=chief)
    case = walk.to_assigned(world, a_case(world))
    others = [chief, world.person("colleague")]
    actions.add_investigator(actor=world.actor("supervisor"), subject=case, investigators=others)
    named = {"name": "Colleague", "staff_number": "S-colleague", "person": str(world.person("colleague").pk)}
    actions.add_allegation(
        actor=world.actor("investigator"),
        subject=case,
        profile=named,
        offence=CRIMINAL,
        gravity=Gravity.GROSS,
        statement="Warned the broker.",
    )
    assert case.members(Role.INVESTIGATOR) == [world.person("investigator")]
    with pytest.raises(NoGrant):
        case.open(world.actor("chief").keys, "title")


def test_nobody_names_themselves_and_no_case_is_left_without_a_supervisor(world: World) -> None:
    case = walk.to_assigned(world, a_case(world))
    common = {"subject": case, "offence": CRIMINAL, "gravity": Gravity.GROSS, "statement": "x"}
    mine = {"name": "Me", "staff_number": "S-investigator", "person": ""}
    with refused(ConflictOfInterest, case, says="are the subject"):
        actions.add_allegation(actor=world.actor("investigator"), profile=mine, **common)
    boss = {"name": "Boss", "staff_number": "S-supervisor", "person": ""}
    with refused(Incomplete, case, says="left to supervise"):
        actions.add_allegation(actor=world.actor("investigator"), profile=boss, **common)
    assert case.subjects.count() == 1
    assert case.capacities(world.person("supervisor")) == {"supervisor"}
