"""Findings, their review by somebody else, referral to the prosecutor, and the end without a charge."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from audit import clock
from cases import actions as case_actions
from cases.investigation import actions
from cases.investigation.findings import outcomes
from cases.investigation.models import NoCaseToAnswer, ReferralDecision
from cases.investigation.referral import undecided
from cases.models import Case
from cases.outcomes import Outcome
from cases.states import CaseState
from intake.portal.models import MessageKind
from integrity.action import ConflictOfInterest, Incomplete, NotPermitted, WrongState
from integrity.people import actions as people
from integrity.people.roles import Role
from integrity.rules.terms import Gravity
from integrity.vault.keyring import NoGrant
from tests.cases.investigation_scene import CRIMINAL, NOT_CRIMINAL, a_case, last_entry, made_member, refused
from tests.walks import investigation as walk
from tests.world import SYSTEM, World

TWO = ((NOT_CRIMINAL, Gravity.MINOR),)


def approve(world: World, case: Case, *, who: str = "supervisor", allegations: tuple[int, ...] = (1,)) -> None:
    actions.approve_findings(
        actor=world.actor(who), subject=case, allegations=allegations, reasons="Checked against the file."
    )


def close(world: World, case: Case) -> None:
    actions.close_without_charge(
        actor=world.actor("supervisor"), subject=case, reasons="Nothing was proved.", message="It is closed."
    )


def test_approved_findings_are_in_force_one_for_each_allegation(world: World) -> None:
    case = a_case(world, also=TWO)
    walk.to_findings(world, case, outcomes={2: Outcome.INCONCLUSIVE})
    keys = world.actor("supervisor").keys
    assert outcomes(case, keys) == {}
    approve(world, case, allegations=(1, 2))
    assert case.state == CaseState.REVIEWED
    assert outcomes(case, keys) == {1: Outcome.SUBSTANTIATED, 2: Outcome.INCONCLUSIVE}
    with pytest.raises(NoGrant):
        outcomes(case, world.actor("editor").keys)


def test_every_allegation_needs_a_finding_with_reasons_and_evidence(world: World) -> None:
    case = walk.to_investigating(world, a_case(world, also=TWO))
    walk.gather(world, case)
    first, second = walk.proposed(case)

    def submit(*findings: object) -> None:
        actions.submit_findings(actor=world.actor("investigator"), subject=case, findings=findings)

    with refused(Incomplete, case, says="Every allegation"):
        submit(first)
    with refused(Incomplete, case, says="Every allegation"):
        submit(first, second, replace(second, allegation=3))
    with refused(Incomplete, case, says="allegation 2 has no reasons"):
        submit(first, replace(second, reasons="  "))
    with refused(Incomplete, case, says="not in the file"):
        submit(first, replace(second, relied_on=("E-9",)))
    with refused(Incomplete, case, says="must name the evidence"):
        submit(first, replace(second, relied_on=()))
    assert not case.findings.exists()
    submit(first, replace(second, outcome=Outcome.UNFOUNDED, relied_on=()))
    assert case.state == CaseState.FINDINGS


def test_findings_may_rely_on_an_interview(world: World) -> None:
    case = walk.to_investigating(world, a_case(world))
    walk.gather(world, case)
    (finding,) = walk.proposed(case)
    actions.submit_findings(
        actor=world.actor("investigator"), subject=case, findings=[replace(finding, relied_on=("I-1",))]
    )
    assert case.findings.get().open(world.actor("supervisor").keys, "grounds")["relied_on"] == ["I-1"]


def test_returned_findings_are_submitted_again_as_a_new_round(world: World) -> None:
    case = walk.to_findings(world, a_case(world))
    actions.return_findings(
        actor=world.actor("supervisor"), subject=case, allegations=[1], reasons="Ask the second officer."
    )
    assert case.state == CaseState.INVESTIGATING
    with refused(WrongState, case):
        approve(world, case)
    actions.submit_findings(
        actor=world.actor("investigator"), subject=case, findings=walk.proposed(case, Outcome.PARTLY)
    )
    approve(world, case)
    assert outcomes(case, world.actor("supervisor").keys) == {1: Outcome.PARTLY}
    assert sorted(case.findings.values_list("round", flat=True)) == [1, 2]
    assert list(case.findings_reviews.values_list("round", "approved")) == [(1, False), (2, True)]
    remarks = case.findings_reviews.get(round=1).open(world.actor("investigator").keys, "remarks")
    assert remarks == {"reasons": "Ask the second officer.", "allegations": [1]}
    with refused(WrongState, case):
        approve(world, case)


def test_the_reviewer_checks_every_allegation(world: World) -> None:
    case = walk.to_findings(world, a_case(world, also=TWO))
    for numbers in ((), (1,), (1, 2, 3)):
        with refused(Incomplete, case, says="every allegation"):
            approve(world, case, allegations=numbers)
    for numbers in ([], [5]):
        with refused(Incomplete, case, says="Name the allegations"):
            actions.return_findings(actor=world.actor("supervisor"), subject=case, allegations=numbers, reasons="More.")
    approve(world, case, allegations=(1, 2))


def test_nobody_reviews_their_own_findings(world: World) -> None:
    both = world.add("both", Role.INVESTIGATOR)
    people.appoint(actor=SYSTEM, person=both, role=Role.SUPERVISOR, since=date(2020, 1, 1))
    case = walk.to_findings(world, a_case(world), investigator="both")
    made_member(actor=world.actor("supervisor"), case=case, person=both, capacity=Role.SUPERVISOR)
    with refused(NotPermitted, case, says="somebody else"):
        approve(world, case, who="both")
    with refused(NotPermitted, case, says="somebody else"):
        actions.return_findings(actor=world.actor("both"), subject=case, allegations=[1], reasons="Mine.")
    approve(world, case)


def test_a_reviewer_who_has_not_declared_or_has_a_conflict_cannot_approve(world: World) -> None:
    case = walk.to_findings(world, a_case(world))
    made_member(
        actor=world.actor("supervisor"), case=case, person=world.person("supervisor2"), capacity=Role.SUPERVISOR
    )
    with refused(ConflictOfInterest, case, says="Declare first"):
        approve(world, case, who="supervisor2")
    case_actions.declare_conflict(actor=world.actor("supervisor2"), subject=case, statement="He is my cousin.")
    with refused(NotPermitted, case):
        approve(world, case, who="supervisor2")
    assert not case.findings_reviews.exists()


def test_a_reviewer_who_became_the_subjects_superior_cannot_approve(world: World) -> None:
    accused = world.add("accused", Role.EDITOR)
    case = walk.to_findings(world, a_case(world, person=accused))
    accused.superior = world.person("supervisor")
    accused.save()
    with refused(ConflictOfInterest, case, says="subordinate"):
        approve(world, case)


def test_an_investigator_who_once_gave_up_the_case_still_does_not_review_it(world: World) -> None:
    people.appoint(actor=SYSTEM, person=world.person("investigator2"), role=Role.SUPERVISOR, since=date(2020, 1, 1))
    case = walk.to_planned(world, a_case(world), investigator="investigator2")
    actions.approve_plan(actor=world.actor("supervisor"), subject=case)
    actions.add_investigator(
        actor=world.actor("supervisor"), subject=case, investigators=[world.person("investigator")]
    )
    walk.declare(world, case, "investigator")
    walk.gather(world, case)
    actions.submit_findings(actor=world.actor("investigator"), subject=case, findings=walk.proposed(case))
    made_member(
        actor=world.actor("supervisor"), case=case, person=world.person("investigator2"), capacity=Role.SUPERVISOR
    )
    with refused(NotPermitted, case, says="somebody else"):
        approve(world, case, who="investigator2")


def test_a_criminal_offence_is_referred_or_declined_with_reasons(world: World) -> None:
    case = a_case(world, offence=CRIMINAL, also=TWO)
    walk.declare(world, case, "supervisor")
    assert [row.number for row in undecided(case)] == [1]

    def decide(allegation: int, decision: ReferralDecision, body: str = "") -> None:
        actions.decide_referral(
            actor=world.actor("supervisor"),
            subject=case,
            allegation=allegation,
            decision=decision,
            body=body,
            reasons="Nothing to hand over yet.",
        )

    with refused(Incomplete, case, says="not a criminal offence"):
        decide(2, ReferralDecision.DECLINED)
    with refused(Incomplete, case, says="Name the body"):
        decide(1, ReferralDecision.REFERRED)
    decide(1, ReferralDecision.DECLINED)
    assert undecided(case) == []
    with refused(Incomplete, case, says="decided already"):
        decide(1, ReferralDecision.DECLINED)
    decide(1, ReferralDecision.REFERRED, "Public prosecutor")
    with refused(Incomplete, case, says="decided already"):
        decide(1, ReferralDecision.DECLINED)
    last = case.referrals.order_by("number").last()
    assert last.open(world.actor("supervisor").keys, "grounds")["body"] == "Public prosecutor"
    assert last_entry("case.decide_referral")["facts"]["decision"] == "referred"


def test_there_is_nothing_to_refer_without_a_criminal_offence(world: World) -> None:
    case = a_case(world)
    walk.declare(world, case, "supervisor")
    with refused(Incomplete, case, says="No allegation"):
        walk.actions.decide_referral(
            actor=world.actor("supervisor"), subject=case, allegation=1, decision="declined", reasons="x"
        )


def test_an_undecided_referral_keeps_the_case_open(world: World) -> None:
    case = walk.to_reviewed(world, a_case(world, offence=CRIMINAL), Outcome.UNFOUNDED, referrals=False)
    with refused(Incomplete, case, says="referred to the prosecutor"):
        close(world, case)
    walk.decide_referrals(world, case, decision=ReferralDecision.DECLINED)
    close(world, case)
    assert case.state == CaseState.CLOSED


def test_a_substantiated_allegation_is_not_closed_without_a_charge(world: World) -> None:
    case = a_case(world, also=TWO)
    walk.to_reviewed(world, case, Outcome.UNSUBSTANTIATED, outcomes={2: Outcome.PARTLY})
    with refused(Incomplete, case, says="deciding authority"):
        close(world, case)
    assert not NoCaseToAnswer.objects.exists()
    assert not case.reports.get().messages.filter(kind=MessageKind.FEEDBACK).exists()


def test_closing_without_a_charge_tells_the_reporting_person(world: World) -> None:
    case = walk.to_reviewed(world, a_case(world), Outcome.UNSUBSTANTIATED)
    with refused(Incomplete, case, says="Tell the reporting person"):
        actions.close_without_charge(actor=world.actor("supervisor"), subject=case, reasons="None.", message=" ")
    close(world, case)
    stored = Case.objects.get(pk=case.pk)
    assert (stored.state, stored.closed_on) == (CaseState.CLOSED, clock.today())
    report = case.reports.get()
    message = report.messages.get(kind=MessageKind.FEEDBACK)
    assert message.open(world.actor("supervisor").keys, "body") == "It is closed."
    assert report.feedback_on == clock.today()
    closing = NoCaseToAnswer.objects.get(case=case)
    assert closing.open(world.actor("investigator").keys, "reasons") == "Nothing was proved."
    assert last_entry("case.close_without_charge")["facts"]["reports"] == [report.pseudonym]
    with refused(WrongState, case):
        close(world, case)


def test_whoever_investigated_does_not_close_the_case(world: World) -> None:
    both = world.add("both", Role.INVESTIGATOR)
    people.appoint(actor=SYSTEM, person=both, role=Role.SUPERVISOR, since=date(2020, 1, 1))
    case = walk.to_reviewed(world, a_case(world), Outcome.UNFOUNDED, investigator="both")
    made_member(actor=world.actor("supervisor"), case=case, person=both, capacity=Role.SUPERVISOR)
    with refused(NotPermitted, case, says="somebody else"):
        actions.close_without_charge(actor=world.actor("both"), subject=case, reasons="x", message="x")
