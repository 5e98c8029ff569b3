"""The hearing, the decision inside the matrix, the second signature, service and implementation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from audit import clock
from cases.actions import NewAllegation, declare_conflict
from cases.discipline import actions, deciding, decisions
from cases.discipline.decisions import decision_in_force, outcomes_of, ruling_of, sanction_in_force
from cases.discipline.models import ServiceMethod
from cases.models import Case, Deadline, Membership, Step
from cases.outcomes import Outcome
from cases.states import CaseState
from cases.triage.actions import convert
from integrity.action import Actor, Incomplete, NotPermitted, WrongState
from integrity.people import actions as people
from integrity.people.models import Appointment, User
from integrity.people.roles import Role
from integrity.rules.terms import ClockName, Gravity
from tests.walks import discipline as walk
from tests.walks import investigation, triage
from tests.world import SYSTEM, World

FOUND = {1: Outcome.SUBSTANTIATED}
START = datetime(2026, 3, 2, 3, tzinfo=UTC)


def answered(world: World, *, offence: str = "gift-accepted", wishes_hearing: bool = False, **case: Any) -> Case:
    """A case that is ready to be decided, of serious gravity and against an officer unless told otherwise."""
    return walk.to_answered(world, triage.open_case(world, offence=offence, **case), wishes_hearing=wishes_hearing)


def decide(actor: Actor, case: Case, *, outcomes: Mapping[int, Outcome] = FOUND, **given: Any) -> None:
    deciding.decide(actor=actor, subject=case, outcomes=outcomes, reasons="The witnesses are believed.", **given)


def test_a_gross_charge_is_not_decided_before_a_hearing(world: World):
    case = answered(world, offence="bribe-solicited")
    actor = walk.deciding_as(world, case)
    with pytest.raises(Incomplete, match="every charge of gravity “Gross”"):
        decide(actor, case, sanction="dismissal", endorser=world.person("authority2"))
    walk.hear(world, case)
    decide(actor, case, sanction="dismissal", endorser=world.person("authority2"))
    assert case.state == CaseState.DECIDED


def test_a_hearing_that_the_respondent_asked_for_comes_first(world: World):
    case = answered(world, wishes_hearing=True)
    actor = walk.deciding_as(world, case)
    with pytest.raises(Incomplete, match="asked for one"):
        decide(actor, case, sanction="written-reprimand")
    with pytest.raises(Incomplete, match="future"):
        actions.record_hearing(
            actor=actor,
            subject=case,
            held_on=clock.today() + timedelta(days=1),
            place="Room",
            present="All",
            transcript="Said.",
            signature="signed",
        )
    walk.hear(world, case)
    decide(actor, case, sanction="written-reprimand")
    assert case.state == CaseState.DECIDED


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"sanction": "dismissal"}, "Allowed are: Written reprimand, Fine"),
        ({"sanction": "fine", "amount": 2}, "3 to 7 days of pay"),
        ({"sanction": "fine", "amount": 8}, "not 8 days of pay"),
        ({"sanction": "fine"}, "needs an amount"),
        ({"sanction": "written-reprimand", "amount": 3}, "has no amount"),
        ({"sanction": "hard-labour"}, "know no such sanction"),
        ({"sanction": ""}, "Choose a sanction"),
        ({"sanction": "fine", "amount": 3, "factors": ["bad-luck"]}, "know no such factor"),
        ({"sanction": "fine", "amount": 3, "outcomes": {}}, "Every charge needs a finding"),
        ({"sanction": "fine", "amount": 3, "outcomes": {1: Outcome.UNFOUNDED}}, "No sanction is possible"),
        ({"sanction": "", "amount": 3, "outcomes": {1: Outcome.UNFOUNDED}}, "there is no amount"),
    ],
)
def test_a_sanction_that_the_rules_do_not_allow_is_refused_with_what_they_allow(
    world: World, given: dict[str, Any], sentence: str
):
    case = answered(world)
    with pytest.raises(Incomplete, match=sentence):
        decide(walk.deciding_as(world, case), case, **given)
    assert case.state == CaseState.ANSWERED
    assert decision_in_force(case) is None


def test_a_decision_keeps_findings_factors_sanction_and_reasons(world: World):
    case = answered(world)
    decide(walk.deciding_as(world, case), case, sanction="fine", amount=5, factors=["personal-gain", "admitted"])
    decision = decision_in_force(case)
    assert decision is not None
    keyring = world.actor("supervisor").keys
    ruling = ruling_of(decision, keyring)
    assert keyring.count <= 5, "the case's key, and one for each of four fields"
    assert outcomes_of(decision, keyring) == FOUND
    assert decision.open(keyring, "sanction") == {"code": "fine", "amount": 5}
    assert ruling.sanction == "Fine: 5 days of pay"
    assert [factor.code for factor in ruling.aggravating] == ["personal-gain"]
    assert [factor.code for factor in ruling.mitigating] == ["admitted"]
    assert (decision.round, decision.authority_code, decision.gravity) == (1, "director-general", Gravity.SERIOUS)
    assert decision.endorser is None


def test_when_nothing_is_found_there_is_no_sanction(world: World):
    case = answered(world)
    decide(walk.deciding_as(world, case), case, outcomes={1: Outcome.INCONCLUSIVE})
    decision = decision_in_force(case)
    assert decision is not None
    assert decision.open(world.actor("supervisor").keys, "sanction") == {}
    assert decision.gravity == Gravity.SERIOUS, "the clear gravity does not tell that nothing was found"


def test_an_authority_whose_mandate_shrank_imposes_only_what_is_left_to_it(world: World):
    case = answered(world)
    Appointment.objects.filter(person=world.person("authority")).update(mandate="disciplinary-authority")
    actor = walk.deciding_as(world, case)
    with pytest.raises(Incomplete, match="“Director-General” may"):
        decide(actor, case, sanction="suspension", amount=60)
    decide(actor, case, sanction="pay-cut", amount=12)
    assert case.state == CaseState.DECIDED


def test_an_authority_without_a_mandate_of_the_rules_decides_nothing(world: World):
    case = answered(world)
    Appointment.objects.filter(person=world.person("authority")).update(mandate="harbour-master")
    with pytest.raises(NotPermitted, match="no mandate"):
        decide(walk.deciding_as(world, case), case, sanction="fine", amount=3)


@pytest.mark.parametrize("username", ["investigator", "supervisor", "triage", "authority2", "board1", "auditor"])
def test_nobody_but_the_authority_decides(world: World, username: str):
    case = answered(world)
    with pytest.raises(NotPermitted):
        decide(world.actor(username), case, sanction="fine", amount=3)


def test_the_sanction_follows_the_gravest_charge_that_was_found(world: World):
    report = triage.assessed_report(world)
    convert(
        actor=world.actor("triage"),
        subject=report,
        title="Gate",
        predication="Seen.",
        subjects=[triage.subject()],
        allegations=[
            NewAllegation(subject=1, offence="absence", gravity=Gravity.MINOR, statement="Left the post."),
            NewAllegation(subject=1, offence="gift-accepted", gravity=Gravity.SERIOUS, statement="Took a watch."),
        ],
        supervisor=world.person("supervisor"),
    )
    case = walk.to_answered(world, Case.objects.get(reports=report))
    actor = walk.deciding_as(world, case)
    found = {1: Outcome.SUBSTANTIATED, 2: Outcome.UNSUBSTANTIATED}
    with pytest.raises(Incomplete, match="gravity “Minor”"):
        decide(actor, case, outcomes=found, sanction="fine", amount=7)
    decide(actor, case, outcomes=found, sanction="fine", amount=3)
    decision = decision_in_force(case)
    assert decision is not None
    assert decision.gravity == Gravity.MINOR


def gross(world: World) -> tuple[Case, Actor]:
    """A gross case that was heard, and its authority."""
    case = walk.hear(world, answered(world, offence="bribe-solicited"))
    return case, walk.deciding_as(world, case)


def serve(world: World, case: Case, *, days: int = 0) -> None:
    deciding.serve_decision(
        actor=world.actor("supervisor"),
        subject=case,
        served_on=clock.today() + timedelta(days=days),
        method=ServiceMethod.LAST_ADDRESS,
        received_by="A neighbour",
    )


def test_a_gross_decision_needs_two_people(world: World):
    case, actor = gross(world)
    with pytest.raises(Incomplete, match="two signatures"):
        decide(actor, case, sanction="dismissal")
    with pytest.raises(NotPermitted):
        decide(actor, case, sanction="dismissal", endorser=actor.user)
    with pytest.raises(NotPermitted, match="may not decide here"):
        decide(actor, case, sanction="dismissal", endorser=world.person("board1"))
    decide(actor, case, sanction="dismissal", endorser=world.person("authority2"))
    assert world.actor("authority2").keys.holds(case.key)
    with pytest.raises(Incomplete, match="must endorse it first"):
        serve(world, case)
    with pytest.raises(NotPermitted, match="You did “Decide” here yourself"):
        deciding.endorse_decision(actor=actor, subject=case)
    second = walk.declared(world, world.person("authority2"), case)
    deciding.endorse_decision(actor=second, subject=case, remark="Agreed.")
    with pytest.raises(Incomplete, match="endorsed already"):
        deciding.endorse_decision(actor=second, subject=case)
    serve(world, case)
    assert case.state == CaseState.NOTIFIED


def test_only_who_was_asked_endorses_and_who_steps_aside_is_replaced(world: World):
    case, actor = gross(world)
    decide(actor, case, sanction="dismissal", endorser=world.person("authority2"))
    supervisor = world.actor("supervisor")
    with pytest.raises(NotPermitted, match="named already"):
        actions.replace_authority(actor=supervisor, subject=case, authority=world.person("council"), reasons="Higher.")
    declare_conflict(actor=world.actor("authority2"), subject=case, statement="A neighbour.")
    actions.replace_authority(actor=supervisor, subject=case, authority=world.person("council"), reasons="A neighbour.")
    deciding.endorse_decision(actor=walk.declared(world, world.person("council"), case), subject=case)
    with pytest.raises(Incomplete, match="nobody's endorsement"):
        actions.replace_authority(
            actor=supervisor, subject=case, authority=world.person("authority2"), reasons="Again."
        )
    serve(world, case)
    assert case.state == CaseState.NOTIFIED


def test_a_decision_that_needs_no_second_signature_takes_none(world: World):
    case = answered(world)
    decide(walk.deciding_as(world, case), case, sanction="fine", amount=3)
    with pytest.raises(NotPermitted):
        deciding.endorse_decision(actor=world.actor("authority2"), subject=case)
    with pytest.raises(Incomplete, match="nobody's endorsement"):
        actions.replace_authority(
            actor=world.actor("supervisor"), subject=case, authority=world.person("authority2"), reasons="More."
        )


def test_the_time_to_appeal_runs_from_the_day_of_service(world: World):
    with clock.at(START):
        case = walk.to_decided(world, triage.open_case(world, offence="gift-accepted"))
    with clock.at(START + timedelta(days=5)):
        with pytest.raises(Incomplete, match="future"):
            serve(world, case, days=1)
        with pytest.raises(Incomplete, match="not there yet"):
            serve(world, case, days=-6)
        serve(world, case, days=-2)
        day = clock.today() - timedelta(days=2)
        with pytest.raises(WrongState):
            serve(world, case)
    window = Deadline.objects.get(case=case, name=ClockName.APPEAL)
    assert (window.started_on, window.due) == (day, case.pack.pack.due(ClockName.APPEAL, day))
    assert Deadline.objects.get(case=case, name=ClockName.NOTIFICATION).met_on is not None


def remitted(world: World) -> Case:
    """A gross case that a board sent back: set by hand, because the board belongs to the next room."""
    case = walk.to_notified(world, triage.open_case(world, offence="bribe-solicited"))
    Step.objects.create(case=case, transition="remit", at=clock.now(), from_state="transmitted", to_state="remitted")
    Case.objects.filter(pk=case.pk).update(state=CaseState.ANSWERED)
    case.refresh_from_db()
    return case


def test_a_remitted_case_goes_to_somebody_who_had_no_part_in_the_first_round(world: World):
    case = remitted(world)
    assert decision_in_force(case) is None
    for username in ("authority", "authority2"):
        with pytest.raises(NotPermitted, match="before it was remitted"):
            decide(world.actor(username), case, sanction="dismissal", endorser=world.person("council"))
    actions.replace_authority(
        actor=world.actor("supervisor"), subject=case, authority=world.person("council"), reasons="Remitted."
    )
    walk.to_decided(world, case, "suspension", 90)
    decision = decision_in_force(case)
    assert decision is not None
    assert (decision.round, decision.authority.username) == (2, "council")
    assert decision.endorser is not None
    assert decision.endorser.username not in {"authority", "authority2", "council"}


def final(world: World, **more: Any) -> Case:
    """A decision that nobody appealed against, final five days later."""
    with clock.at(START):
        case = walk.to_notified(world, triage.open_case(world, offence="gift-accepted"), **more)
    Case.objects.filter(pk=case.pk).update(state=CaseState.FINAL, final_on=(START + timedelta(days=30)).date())
    case.refresh_from_db()
    return case


def implement(world: World, case: Case, day: Any) -> None:
    deciding.implement(actor=world.actor("supervisor"), subject=case, implemented_on=day, remark="Told to payroll.")


def test_a_sanction_is_carried_out_when_it_is_final_and_not_before(world: World):
    case = final(world, sanction="fine", amount=3)
    with clock.at(START + timedelta(days=40)):
        with pytest.raises(Incomplete, match="future"):
            implement(world, case, clock.today() + timedelta(days=1))
        with pytest.raises(Incomplete, match="stayed until"):
            implement(world, case, (START + timedelta(days=29)).date())
        walk.to_implemented(world, case)
    assert case.state == CaseState.IMPLEMENTED


def test_there_is_nothing_to_carry_out_when_nothing_was_found(world: World):
    case = final(world, outcome=Outcome.UNFOUNDED)
    with pytest.raises(Incomplete, match="no sanction in force"):
        implement(world, case, clock.today())


def test_what_an_appeal_made_of_the_sanction_takes_its_place(world: World, monkeypatch: pytest.MonkeyPatch):
    case = final(world, sanction="fine", amount=3)
    keyring = world.actor("supervisor").keys
    monkeypatch.setattr(decisions, "_results", [])
    assert sanction_in_force(case, keyring) == {"code": "fine", "amount": 3}
    decisions.declare_result(lambda _case, _keyring: None)
    assert sanction_in_force(case, keyring) == {"code": "fine", "amount": 3}
    decisions.declare_result(lambda _case, _keyring: {})
    assert sanction_in_force(case, keyring) == {}
    with pytest.raises(Incomplete, match="no sanction in force"):
        implement(world, case, clock.today())


def test_an_investigator_who_became_an_authority_still_does_not_decide(world: World):
    case = answered(world)
    investigator = User.objects.get(username="investigator")
    people.appoint(actor=SYSTEM, person=investigator, role=Role.AUTHORITY, mandate="council", since=date(2020, 1, 1))
    Membership.objects.create(case=case, person=investigator, capacity=Role.AUTHORITY, since=clock.today())
    with pytest.raises(NotPermitted, match="You did “"):
        decide(world.actor("investigator"), case, sanction="fine", amount=3)


def test_findings_in_force_are_only_a_proposal_to_the_authority(world: World):
    case = investigation.to_reviewed(world, triage.open_case(world, offence="gift-accepted"))
    walk.to_decided(world, case, outcome=Outcome.PARTLY)
    decision = decision_in_force(case)
    assert decision is not None
    assert outcomes_of(decision, world.actor("supervisor").keys) == {1: Outcome.PARTLY}
