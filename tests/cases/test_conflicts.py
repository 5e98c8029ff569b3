"""Conflicts of interest: nobody works on a matter that is their own, their superior's or their subordinate's."""

from __future__ import annotations

import pytest
from django.urls import reverse

from audit.log.models import Entry
from cases import actions
from cases.access import give_access, may_be_given
from cases.conflicts import reason
from cases.consistency import differences
from cases.engine import available, performer
from cases.investigation import actions as investigating
from cases.models import Case, ConflictDeclaration, Membership
from cases.states import Track
from integrity.action import Actor, ConflictOfInterest, Incomplete, NotPermitted, action, record
from integrity.people.models import Appointment, User
from integrity.people.roles import Role
from integrity.policy import ANYBODY
from tests.desk import at_desk, entries, words_of
from tests.walks import appeals, investigation, triage
from tests.world import World


@action("test.brought_in", by=ANYBODY, description="A test brought somebody into a case.")
def bring_in(*, actor: Actor, case: Case, person: User, capacity: Role) -> None:
    give_access(actor=actor, case=case, person=person, capacity=capacity)
    record(object=case.pseudonym)


def lines_of(world: World, *pairs: tuple[str, str]) -> None:
    """Reporting lines: each first name reports to the second."""
    for below, above in pairs:
        User.objects.filter(pk=world.person(below).pk).update(superior=world.person(above))
    for name in world.people:
        world.people[name] = User.objects.get(pk=world.people[name].pk)


def why(world: World, case: Case, username: str) -> str:
    """What speaks against this person, as the case's supervisor sees it."""
    return reason(case, User.objects.get(username=username), world.actor("supervisor").keys)


def test_the_subject_and_those_above_and_below_are_not_free(world: World):
    lines_of(
        world, ("investigator", "council"), ("council", "board1"), ("board1", "board2"), ("auditor", "investigator")
    )
    case = triage.open_case(world, person=world.person("council"))
    assert "is the subject" in why(world, case, "council")
    assert "superior of Investigator" in why(world, case, "investigator")
    assert "superior of Auditor" in why(world, case, "auditor"), "two steps below is below"
    assert "subordinate of Board1" in why(world, case, "board1")
    assert "subordinate of Board2" in why(world, case, "board2"), "two steps above is above"
    assert why(world, case, "investigator2") == ""


def test_a_subject_known_by_staff_number_alone_is_recognised_with_their_line(world: World):
    """The triage officer typed the number and chose no account; typed it carelessly, even."""
    lines_of(world, ("investigator", "council"))
    for number in ("S-council", "s-COUNCIL", " S-council "):
        case = triage.open_case(world, staff_number=number)
        assert "is the subject" in why(world, case, "council"), number
        assert "superior of Investigator" in why(world, case, "investigator"), number


def test_nobody_is_taken_for_a_subject_without_a_number(world: World):
    User.objects.filter(username="investigator").update(staff_number="")
    case = triage.open_case(world, staff_number="")
    assert why(world, case, "investigator") == ""


def test_two_accounts_with_the_number_of_the_subject_are_both_kept_away(world: World):
    User.objects.filter(username="investigator2").update(staff_number="S-investigator")
    case = triage.open_case(world, person=world.person("investigator"))
    assert why(world, case, "investigator")
    assert why(world, case, "investigator2")


def test_a_case_is_neither_opened_by_nor_given_to_somebody_in_conflict(world: World):
    lines_of(world, ("triage", "council"), ("supervisor2", "council"), ("investigator", "council"))
    cases = Case.objects.count()
    with pytest.raises(ConflictOfInterest):
        triage.open_case(world, triage="triage", person=world.person("council"))
    with pytest.raises(ConflictOfInterest):
        triage.open_case(world, triage="triage2", supervisor="supervisor2", person=world.person("council"))
    assert Case.objects.count() == cases
    case = triage.open_case(world, triage="triage2", person=world.person("council"))
    investigation.declare(world, case, "supervisor")
    with pytest.raises(ConflictOfInterest, match="superior"):
        investigating.assign(
            actor=world.actor("supervisor"), subject=case, investigators=[world.person("investigator")]
        )
    assert not Membership.objects.filter(person=world.person("investigator")).exists()
    assert entries("action.refused")[-1]["facts"] == {"action": "case.assign", "reason": "ConflictOfInterest"}
    assert differences() == []


def test_a_member_who_becomes_the_subjects_subordinate_reads_and_does_nothing_more(world: World):
    case = investigation.to_assigned(world, triage.open_case(world, person=world.person("council")))
    browser = at_desk("investigator")
    url = reverse("cases:file", args=[case.reference])
    assert browser.get(url).status_code == 200
    lines_of(world, ("investigator", "council"))
    refused = browser.get(url)
    assert refused.status_code == 403
    assert "Money at the gate" not in words_of(refused)
    with pytest.raises(ConflictOfInterest):
        investigating.propose_plan(actor=world.actor("investigator"), subject=case, **investigation.PLAN)
    offered = [item.row.name for item in available(Track.CASE, case, world.actor("investigator"))]
    assert offered == ["declare_conflict"]


def test_whoever_is_in_conflict_can_step_aside(world: World):
    case = investigation.to_assigned(world, triage.open_case(world, person=world.person("council")))
    lines_of(world, ("investigator", "council"))
    browser = at_desk("investigator")
    url = reverse("cases:transition", args=[case.reference, "declare_conflict"])
    assert browser.get(url).status_code == 200
    answer = browser.post(url, {"statement": "He is my superior since yesterday."})
    assert answer.status_code == 302
    assert not Membership.objects.filter(case=case, person=world.person("investigator"), until=None).exists()
    assert differences() == []
    assert browser.get(answer["Location"]).status_code == 404


def test_stepping_aside_ends_everything_and_for_good(world: World):
    case = investigation.to_assigned(world, triage.open_case(world))
    investigating.add_investigator(
        actor=world.actor("supervisor"), subject=case, investigators=[world.person("investigator2")]
    )
    actions.declare_conflict(actor=world.actor("investigator"), subject=case, statement="A cousin.")
    person = world.person("investigator")
    actor = world.actor("investigator")
    assert not actor.keys.holds(case.key)
    assert not actor.user.has_perm("work_case", case)
    with pytest.raises(NotPermitted):
        actions.open_file(actor=actor, case=case)
    for name in ("add_note", "declare_no_conflict", "declare_conflict"):
        with pytest.raises(NotPermitted):
            performer(Track.CASE, name).run(actor=actor, subject=case)
    assert person not in may_be_given(case, Role.INVESTIGATOR)
    with pytest.raises(ConflictOfInterest, match="declared"):
        investigating.add_investigator(actor=world.actor("supervisor"), subject=case, investigators=[person])
    declaration = ConflictDeclaration.objects.get(case=case, person=person)
    assert declaration.open(world.actor("supervisor").keys, "statement") == "A cousin."
    assert not Entry.objects.filter(leaf__contains=b"cousin").exists()
    assert differences() == []


def test_somebody_who_declared_no_conflict_may_still_find_one(world: World):
    case = investigation.to_assigned(world, triage.open_case(world))
    actions.declare_conflict(actor=world.actor("investigator"), subject=case, statement="I know him after all.")
    assert ConflictDeclaration.objects.get(case=case, person=world.person("investigator")).has_conflict


def test_a_board_member_can_step_aside(world: World):
    case = triage.open_case(world)
    appeals.to_transmitted(world, case)
    actions.declare_conflict(actor=world.actor("board2"), subject=case, statement="A friend of the respondent.")
    assert [person.username for person in case.members(Role.BOARD)] == ["board1", "board3"]
    assert not world.actor("board2").keys.holds(case.appeals.get().key)
    assert differences() == []


def test_the_last_who_can_open_the_case_cannot_leave_it(world: World):
    case = triage.open_case(world)
    appeals.to_transmitted(world, case)
    openers = [row.person.username for row in case.memberships.filter(until=None).exclude(capacity=Role.BOARD)]
    for username in openers[:-1]:
        actions.declare_conflict(actor=world.actor(username), subject=case, statement="Me too.")
    with pytest.raises(Incomplete, match="only member"):
        actions.declare_conflict(actor=world.actor(openers[-1]), subject=case, statement="Me too.")
    assert world.actor(openers[-1]).keys.holds(case.key)
    assert differences() == []


def test_a_case_whose_supervisor_stepped_aside_gets_another(world: World):
    case = triage.open_case(world)
    name = performer(Track.CASE, "name_supervisor")
    investigation.declare(world, case, "triage")
    with pytest.raises(NotPermitted, match="has not stepped aside"):
        name.run(actor=world.actor("triage"), subject=case, supervisor=world.person("supervisor2"))
    actions.declare_conflict(actor=world.actor("supervisor"), subject=case, statement="My brother.")
    with pytest.raises(NotPermitted, match="does not hold the role"):
        name.run(actor=world.actor("triage"), subject=case, supervisor=world.person("investigator"))
    with pytest.raises(ConflictOfInterest, match="declared"):
        name.run(actor=world.actor("triage"), subject=case, supervisor=world.person("supervisor"))
    browser = at_desk("triage")
    url = reverse("cases:transition", args=[case.reference, "name_supervisor"])
    assert "Supervisor2" in words_of(browser.get(url))
    assert browser.post(url, {"supervisor": str(world.person("supervisor2").pk)}).status_code == 302
    assert [person.username for person in case.members(Role.SUPERVISOR)] == ["supervisor2"]
    investigation.to_assigned(world, case, supervisor="supervisor2")
    assert differences() == []


def test_a_supervisor_who_left_office_is_replaced_and_loses_the_key(world: World):
    case = triage.open_case(world)
    investigation.declare(world, case, "triage")
    Appointment.objects.filter(person=world.person("supervisor")).update(until="2021-01-01")
    actions.name_supervisor(actor=world.actor("triage"), subject=case, supervisor=world.person("supervisor2"))
    assert not world.actor("supervisor").keys.holds(case.key)
    assert differences() == []
