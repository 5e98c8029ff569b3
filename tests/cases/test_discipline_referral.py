"""Who decides, the charge, its service, and the answer to it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from audit import clock
from audit.log.models import Entry
from cases.actions import NewAllegation, declare_conflict
from cases.discipline import actions, authorities, charges, decisions
from cases.discipline.models import ServiceMethod, ShowCauseNotice
from cases.discipline.papers import answer_of, issued_notice
from cases.models import Case, Deadline
from cases.outcomes import Outcome
from cases.states import CaseState
from cases.triage.actions import convert
from integrity.action import ConflictOfInterest, Incomplete, NotPermitted, WrongState
from integrity.people import actions as people
from integrity.people.models import User
from integrity.people.roles import Role
from integrity.rules.terms import ClockName, Gravity
from tests.walks import discipline as walk
from tests.walks import investigation, triage
from tests.world import SYSTEM, World

START = datetime(2026, 3, 2, 3, tzinfo=UTC)


def reviewed(world: World, *, outcome: Outcome = Outcome.SUBSTANTIATED, **case: object) -> Case:
    """A case whose findings are in force."""
    return investigation.to_reviewed(world, triage.open_case(world, **case), outcome)  # type: ignore[arg-type]


def refer(world: World, case: Case, authority: User, **more: object) -> None:
    actions.refer_for_discipline(actor=world.actor("supervisor"), subject=case, authority=authority, **more)


def two_people(world: World) -> Case:
    """A case against two people, with an allegation of different gravity against each."""
    report = triage.assessed_report(world)
    convert(
        actor=world.actor("triage"),
        subject=report,
        title="Two at the gate",
        predication="Both were seen.",
        subjects=[triage.subject(), triage.subject(name="Ama Second", staff_number="S-1002", grade_band="A")],
        allegations=[
            NewAllegation(subject=1, offence="absence", gravity=Gravity.MINOR, statement="Left the post."),
            NewAllegation(subject=2, offence="speed-money", gravity=Gravity.SERIOUS, statement="Took money."),
        ],
        supervisor=world.person("supervisor"),
    )
    return Case.objects.get(reports=report)


def test_a_case_in_which_nothing_was_found_is_not_referred(world: World):
    case = reviewed(world, outcome=Outcome.UNSUBSTANTIATED)
    with pytest.raises(Incomplete, match="nothing to refer"):
        refer(world, case, world.person("authority"))
    assert case.state == CaseState.REVIEWED


def test_an_executive_answers_to_the_council_and_nobody_below_it(world: World):
    case = reviewed(world, grade_band="A")
    keyring = world.actor("supervisor").keys
    (charge,) = charges.proposed(case, keyring)
    assert [person.username for person in authorities.candidates(case, keyring, charge)] == ["council"]
    with pytest.raises(NotPermitted, match="Public Service Council"):
        refer(world, case, world.person("authority"))
    refer(world, case, world.person("council"))
    assert case.state == CaseState.WITH_AUTHORITY


def test_the_authority_gets_the_file_and_the_log_says_who_was_named(world: World):
    case = reviewed(world)
    assert not world.actor("authority").keys.holds(case.key)
    refer(world, case, world.person("authority"), remark="Please decide soon.")
    assert world.actor("authority").keys.holds(case.key)
    assert case.capacities(world.actor("authority").user) == {Role.AUTHORITY}
    leaf = json.loads(bytes(Entry.objects.order_by("pk").last().leaf))
    assert leaf["type"] == "case.refer_for_discipline"
    assert leaf["facts"]["authority"] == f"person/{world.person('authority').pk}"
    assert leaf["facts"]["mandate"] == "director-general"


def test_somebody_who_investigated_is_neither_offered_nor_accepted(world: World):
    case = reviewed(world)
    for username in ("investigator", "triage"):
        people.appoint(
            actor=SYSTEM,
            person=world.person(username),
            role=Role.AUTHORITY,
            mandate="director-general",
            since=date(2020, 1, 1),
        )
    keyring = world.actor("supervisor").keys
    (charge,) = charges.proposed(case, keyring)
    offered = {person.username for person in authorities.candidates(case, keyring, charge)}
    assert offered == {"authority", "authority2", "council"}
    with pytest.raises(NotPermitted, match="had a part"):
        refer(world, case, world.actor("investigator").user)


def test_the_superior_of_the_respondent_is_neither_offered_nor_accepted(world: World):
    clerk = world.add("clerk", Role.PROGRAMME, superior=world.person("authority"))
    case = reviewed(world, person=clerk)
    keyring = world.actor("supervisor").keys
    (charge,) = charges.proposed(case, keyring)
    assert "authority" not in {person.username for person in authorities.candidates(case, keyring, charge)}
    with pytest.raises(ConflictOfInterest, match="subordinate"):
        refer(world, case, world.person("authority"))


def test_the_choice_of_an_authority_opens_few_things(world: World):
    case = reviewed(world)
    actor = world.actor("supervisor")
    (charge,) = charges.proposed(case, actor.keys)
    authorities.candidates(case, actor.keys, charge)
    assert actor.keys.count <= 8, "the way to the key, the findings, and the profile for each candidate"


def test_with_several_people_found_liable_one_must_be_named(world: World):
    case = investigation.to_reviewed(world, two_people(world))
    with pytest.raises(Incomplete, match="several people"):
        refer(world, case, world.person("council"))
    second = case.subjects.get(number=2)
    refer(world, case, world.person("council"), respondent=second)
    walk.to_charged(world, case)
    notice = issued_notice(case)
    assert charges.respondent(case) == second
    assert notice.gravity == Gravity.SERIOUS
    assert list(notice.open(world.actor("supervisor").keys, "content")["charges"]) == ["2"]


def test_an_authority_who_steps_aside_is_replaced_and_no_other(world: World):
    case = walk.to_referred(world, triage.open_case(world))
    with pytest.raises(NotPermitted, match="Nobody chooses who decides twice"):
        actions.replace_authority(
            actor=world.actor("supervisor"), subject=case, authority=world.person("authority2"), reasons="Faster."
        )
    declare_conflict(actor=world.actor("authority"), subject=case, statement="My cousin.")
    with pytest.raises(NotPermitted, match="had a part"):
        actions.replace_authority(
            actor=world.actor("supervisor"), subject=case, authority=world.person("authority"), reasons="Back."
        )
    actions.replace_authority(
        actor=world.actor("supervisor"), subject=case, authority=world.person("authority2"), reasons="A cousin."
    )
    assert walk.deciding_as(world, case).user.username == "authority2"


def test_the_notice_charges_what_was_found_and_nothing_else(world: World):
    report = triage.assessed_report(world)
    convert(
        actor=world.actor("triage"),
        subject=report,
        title="Gate",
        predication="Seen.",
        subjects=[triage.subject()],
        allegations=[
            NewAllegation(subject=1, offence="absence", gravity=Gravity.MINOR, statement="Left the post."),
            NewAllegation(subject=1, offence="bribe-solicited", gravity=Gravity.GROSS, statement="Asked for money."),
        ],
        supervisor=world.person("supervisor"),
    )
    case = Case.objects.get(reports=report)
    investigation.to_reviewed(world, case, outcomes={2: Outcome.UNFOUNDED})
    walk.to_referred(world, case)
    actor = walk.deciding_as(world, case)
    with pytest.raises(Incomplete, match="each allegation that was found"):
        actions.issue_notice(
            actor=actor,
            subject=case,
            charge_texts={1: "One.", 2: "Two."},
            particulars="P",
            rights="R",
            evidence=["E-1"],
        )
    walk.to_charged(world, case)
    notice = issued_notice(case)
    content = notice.open(actor.keys, "content")
    assert notice.gravity == Gravity.MINOR
    assert "clause 6.4" in content["charges"]["1"]
    assert "Left the post." in content["particulars"]
    assert "Asked for money." not in json.dumps(content)
    assert "14 working days" in content["rights"]


def test_only_the_authority_issues_the_notice_and_only_once(world: World):
    case = walk.to_referred(world, triage.open_case(world))
    given = {"charge_texts": {1: "One."}, "particulars": "P", "rights": "R", "evidence": ["E-1"]}
    with pytest.raises(NotPermitted):
        actions.issue_notice(actor=world.actor("investigator"), subject=case, **given)
    with pytest.raises(NotPermitted):
        actions.issue_notice(actor=world.actor("supervisor"), subject=case, **given)
    with pytest.raises(ConflictOfInterest, match="Declare first"):
        actions.issue_notice(actor=world.actor("authority"), subject=case, **given)
    actor = walk.deciding_as(world, case)
    actions.issue_notice(actor=actor, subject=case, **given)
    with pytest.raises(WrongState):
        actions.issue_notice(actor=actor, subject=case, **given)
    assert ShowCauseNotice.objects.filter(case=case).count() == 1


def serve(world: World, case: Case, day: date) -> None:
    actions.record_service(
        actor=world.actor("supervisor"),
        subject=case,
        served_on=day,
        method=ServiceMethod.IN_PERSON,
        received_by="The respondent",
    )


def test_service_lies_between_the_notice_and_today_and_starts_the_time_to_answer(world: World):
    with clock.at(START):
        case = walk.to_charged(world, triage.open_case(world))
    with clock.at(START + timedelta(days=4)):
        today = clock.today()
        with pytest.raises(Incomplete, match="future"):
            serve(world, case, today + timedelta(days=1))
        with pytest.raises(Incomplete, match="not there yet"):
            serve(world, case, today - timedelta(days=5))
        serve(world, case, today - timedelta(days=2))
    running = Deadline.objects.get(case=case, name=ClockName.REPRESENTATION)
    assert running.started_on == today - timedelta(days=2)
    assert running.due == case.pack.pack.due(ClockName.REPRESENTATION, today - timedelta(days=2))
    assert Deadline.objects.get(case=case, name=ClockName.SHOW_CAUSE).met_on is not None


def test_a_late_answer_is_taken_and_marked_late(world: World):
    with clock.at(START):
        case = walk.to_served(world, triage.open_case(world))
    due = Deadline.objects.get(case=case, name=ClockName.REPRESENTATION).due
    with clock.at(START + timedelta(days=60)):
        given = {"actor": world.actor("supervisor"), "subject": case, "text": "I deny it."}
        with pytest.raises(Incomplete, match="future"):
            actions.record_representation(received_on=clock.today() + timedelta(days=1), **given)
        with pytest.raises(Incomplete, match="older than the service"):
            actions.record_representation(received_on=date(2026, 3, 1), **given)
        actions.record_representation(received_on=due + timedelta(days=1), **given)
    answer = answer_of(case)
    assert answer is not None
    assert answer.late
    assert case.state == CaseState.ANSWERED


def test_an_answer_of_the_last_day_is_in_time_though_recorded_later(world: World):
    with clock.at(START):
        case = walk.to_served(world, triage.open_case(world))
    running = Deadline.objects.get(case=case, name=ClockName.REPRESENTATION)
    with clock.at(START + timedelta(days=60)):
        actions.record_representation(
            actor=world.actor("supervisor"), subject=case, text="I deny it.", received_on=running.due
        )
    answer = answer_of(case)
    assert answer is not None
    assert not answer.late
    running.refresh_from_db()
    assert running.met_on == running.due


def test_that_no_answer_came_is_noted_only_when_the_time_is_over(world: World):
    with clock.at(START):
        case = walk.to_served(world, triage.open_case(world))
    due = Deadline.objects.get(case=case, name=ClockName.REPRESENTATION).due
    last_day = datetime(due.year, due.month, due.day, 3, tzinfo=UTC)
    with clock.at(last_day), pytest.raises(Incomplete, match="may still answer"):
        actions.note_no_representation(actor=world.actor("supervisor"), subject=case)
    with clock.at(last_day + timedelta(days=1)):
        actions.note_no_representation(actor=world.actor("supervisor"), subject=case)
    answer = answer_of(case)
    assert answer is not None
    assert answer.received_on is None
    assert case.state == CaseState.ANSWERED
    assert decisions.decision_in_force(case) is None
