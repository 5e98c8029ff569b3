"""The steps of a report: who may take them, when, and what the reporting person sees of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from audit.log.models import Entry
from cases.actions import NewAllegation
from cases.engine import available
from cases.models import Case
from cases.states import Track
from cases.triage import actions
from cases.triage.models import Assessment, Ground, Rejection
from intake.portal.models import MessageKind, Report
from intake.portal.receipt import Receipt, ReporterSecret
from intake.portal.states import ReportState
from intake.portal.telling import sentence_for
from integrity.action import ConflictOfInterest, Incomplete, NotPermitted, Refusal, WrongState
from integrity.vault.keyring import Keyring, NoGrant
from tests.walks import triage as walk
from tests.walks.portal import send_report

REASONS = {"reasons": "It is about another institution.", "message": "Please turn to the port authority."}


def entries(event: str) -> list[dict[str, Any]]:
    """The entries of a type in the log."""
    leaves = [json.loads(bytes(entry.leaf)) for entry in Entry.objects.order_by("pk")]
    return [leaf for leaf in leaves if leaf["type"] == event]


def reader(report: Report, receipt: Receipt) -> Keyring:
    """The reporting person's keys, from the receipt alone."""
    return Keyring(report.reporter_key, ReporterSecret.of(receipt).private)


def reload(report: Report) -> Report:
    """The report as the database has it."""
    return Report.objects.select_related("key", "reporter_key").get(pk=report.pk)


def convert_data(world, **changes: Any) -> dict[str, Any]:
    return {
        "title": "Money at the gate",
        "predication": "A witness saw it.",
        "subjects": [walk.subject()],
        "allegations": [NewAllegation(subject=1, offence="speed-money", gravity="serious", statement="Took money.")],
        "supervisor": world.person("supervisor"),
        **changes,
    }


def test_acknowledging_meets_the_first_clock_and_starts_the_second(world):
    report = walk.acknowledged_report(world)
    held = reload(report)
    assert held.state == ReportState.ACKNOWLEDGED
    assert held.acknowledged_on is not None
    assert held.feedback_due == world.pack.pack.due("feedback", held.acknowledged_on)


def test_an_intake_officer_acknowledges_but_does_not_assess(world):
    report = walk.acknowledged_report(world)
    with pytest.raises(NotPermitted):
        walk.assess(world, report, triage="intake")
    assert not Assessment.objects.exists()
    assert entries("action.refused")[-1]["facts"]["action"] == "report.assess"


def test_a_step_cannot_be_taken_twice(world):
    report = walk.assessed_report(world)
    with pytest.raises(WrongState):
        actions.acknowledge(actor=world.actor("intake"), subject=report)
    actions.reject(actor=world.actor("triage"), subject=report, ground=Ground.OUTSIDE_SCOPE, **REASONS)
    with pytest.raises(WrongState):
        actions.reject(actor=world.actor("triage"), subject=report, ground=Ground.OUTSIDE_SCOPE, **REASONS)
    assert Rejection.objects.count() == 1


def test_a_report_is_not_decided_before_it_was_assessed(world):
    report = walk.acknowledged_report(world)
    with pytest.raises(WrongState):
        actions.reject(actor=world.actor("triage"), subject=report, ground=Ground.OUTSIDE_SCOPE, **REASONS)
    with pytest.raises(WrongState):
        actions.convert(actor=world.actor("triage"), subject=report, **convert_data(world))
    assert not Case.objects.exists()


def test_who_did_not_receive_the_report_can_do_nothing_with_it(world):
    report = walk.received_report(world, channel=world.independent)
    with pytest.raises(NotPermitted):
        actions.acknowledge(actor=world.actor("triage"), subject=report)
    with pytest.raises(NotPermitted):
        actions.open_report(actor=world.actor("triage"), report=report)
    with pytest.raises(NotPermitted):
        actions.open_report(actor=world.actor("supervisor"), report=report)
    with pytest.raises(NotPermitted):
        actions.open_report(actor=world.actor("admin"), report=report)
    with pytest.raises(NoGrant):
        report.open(world.actor("triage").keys, "answers")
    assert available(Track.REPORT, report, world.actor("triage")) == []


def test_opening_a_report_is_in_the_log_and_ends_its_news(world):
    report = walk.received_report(world)
    assert report.has_news
    actions.open_report(actor=world.actor("intake"), report=report)
    assert not reload(report).has_news
    entry = entries("report.opened")[-1]
    assert entry["object"] == f"report/{report.pk}"
    assert entry["actor"] == f"person/{world.person('intake').pk}"


def test_an_assessment_can_be_made_again_and_the_last_one_counts(world):
    report = walk.assessed_report(world)
    walk.assess(world, report, urgency=3, remarks="The goods leave tomorrow.")
    assert [row.number for row in report.assessments.all()] == [2, 1]
    last = report.assessments.first()
    assert last.priority == "urgent"
    assert last.open(world.actor("triage").keys, "remarks") == "The goods leave tomorrow."
    assert entries("report.assess")[-1]["facts"]["priority"] == "urgent"


def test_an_answer_outside_the_scale_is_refused_by_the_database(world):
    from django.db import IntegrityError, transaction

    report = walk.acknowledged_report(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        walk.assess(world, report, urgency=4)


def test_the_reporting_person_reads_each_step_in_the_inbox(world):
    report, receipt = send_report(world)
    actions.acknowledge(actor=world.actor("intake"), subject=report, message="Thank you.")
    walk.assess(world, report)
    actions.ask_more(actor=world.actor("triage"), subject=report, body="Which gate was it?")
    assert reload(report).awaits_answer
    actions.reject(actor=world.actor("triage"), subject=report, ground=Ground.NOT_ENOUGH, **REASONS)
    keys = reader(report, receipt)
    told = [sentence_for(step.transition) for step in report.steps.all()]
    assert [str(sentence) for sentence in told[1:]] == [
        "The integrity office has confirmed that it has your report.",
        "A triage officer has read and assessed your report.",
        "The office has asked you a question. Please read and answer it in the conversation.",
        "Your report was closed without a case. The reasons are below.",
    ]
    assert [(message.kind, message.open(keys, "body")) for message in report.messages.all()] == [
        (MessageKind.MESSAGE, "Thank you."),
        (MessageKind.QUESTION, "Which gate was it?"),
        (MessageKind.REASONS, "Please turn to the port authority."),
    ]


def test_the_reasons_for_the_file_are_sealed_and_the_clock_for_feedback_is_met(world):
    report = walk.assessed_report(world)
    actions.reject(actor=world.actor("triage"), subject=report, ground=Ground.KNOWINGLY_FALSE, **REASONS)
    held = reload(report)
    assert held.state == ReportState.REJECTED
    assert held.feedback_on is not None
    rejection = Rejection.objects.get(report=report)
    assert rejection.open(world.actor("intake").keys, "reasons") == REASONS["reasons"]
    assert REASONS["reasons"].encode() not in bytes(rejection.reasons)


def test_a_report_is_referred_to_a_named_body(world):
    report = walk.assessed_report(world)
    actions.refer(actor=world.actor("triage"), subject=report, body="audit", name="Court of accounts", **REASONS)
    held = reload(report)
    assert held.state == ReportState.REFERRED
    assert held.referral.open(world.actor("triage").keys, "name") == "Court of accounts"
    assert entries("report.refer")[-1]["facts"]["body"] == "audit"
    assert [message.kind for message in report.messages.all()] == [MessageKind.FEEDBACK]


def test_feedback_and_messages_are_possible_after_triage_has_ended(world):
    case = walk.open_case(world)
    report = case.reports.get()
    assert report.feedback_on is None
    actions.give_feedback(actor=world.actor("intake"), subject=report, body="We look into it.")
    assert reload(report).feedback_on is not None
    actions.write_to_reporter(actor=world.actor("triage"), subject=report, body="Are you well?", is_question=True)
    assert reload(report).awaits_answer


def test_a_second_report_of_the_same_matter_joins_the_case(world):
    case = walk.open_case(world)
    second = walk.assessed_report(world, answers={"what": "I saw it as well."})
    with pytest.raises(NoGrant):
        second.open(world.actor("supervisor").keys, "answers")
    actions.merge(actor=world.actor("triage"), subject=second, case=case, message="It is being worked on.")
    assert reload(second).state == ReportState.MERGED
    assert case.reports.count() == 2
    assert second.open(world.actor("supervisor").keys, "answers")["what"] == "I saw it as well."
    assert entries("report.merge")[-1]["facts"]["case"] == f"case/{case.pk}"
    with pytest.raises(WrongState):
        actions.merge(actor=world.actor("triage"), subject=second, case=case)


def test_nobody_merges_a_report_into_a_case_that_they_are_not_on(world):
    case = walk.open_case(world, triage="triage2")
    report = walk.assessed_report(world)
    with pytest.raises(NotPermitted):
        actions.merge(actor=world.actor("triage"), subject=report, case=case)
    assert reload(report).state == ReportState.ASSESSED
    assert case.reports.count() == 1


def test_a_report_does_not_join_a_closed_case(world):
    case = walk.open_case(world)
    Case.objects.filter(pk=case.pk).update(state="closed")
    report = walk.assessed_report(world)
    with pytest.raises(Incomplete):
        actions.merge(actor=world.actor("triage"), subject=report, case=case)


def test_converting_opens_a_case_that_its_members_and_nobody_else_can_read(world):
    case = walk.open_case(world, offence="bribe-solicited", name="Ama Subject", office="HQ")
    assert case.state == "opened"
    assert case.gravity == "gross"
    report = case.reports.get()
    assert report.state == ReportState.CONVERTED
    for member in ("triage", "supervisor"):
        keys = world.actor(member).keys
        assert case.open(keys, "title") == "Money at the gate"
        assert case.subjects.get().open(keys, "profile")["name"] == "Ama Subject"
        assert "gate 3" in report.open(keys, "answers")["what"]
    for other in ("intake", "triage2", "investigator", "admin", "auditor"):
        with pytest.raises(NoGrant):
            case.open(world.actor(other).keys, "title")
    with pytest.raises(NoGrant):
        report.open(world.actor("investigator").keys, "answers")
    assert entries("report.convert")[-1]["facts"]["case"] == f"case/{case.pk}"


def test_an_officer_who_is_the_subject_cannot_open_the_case(world):
    report = walk.assessed_report(world)
    mine = walk.subject(person=world.person("triage"))
    with pytest.raises(ConflictOfInterest):
        actions.convert(actor=world.actor("triage"), subject=report, **convert_data(world, subjects=[mine]))
    assert not Case.objects.exists()
    assert reload(report).state == ReportState.ASSESSED
    refused = entries("action.refused")[-1]
    assert refused["object"] == f"report/{report.pk}"
    assert refused["facts"]["reason"] == "ConflictOfInterest"


@pytest.mark.parametrize("way", ["superior", "subordinate"])
def test_an_officer_above_or_below_the_subject_cannot_open_the_case(world, way):
    from integrity.people.roles import Role

    triage = world.person("triage")
    if way == "subordinate":
        accused = world.add("accused", Role.MANAGER, superior=triage)
    else:
        accused = world.add("accused", Role.MANAGER)
        triage.superior = accused
        triage.save()
    report = walk.assessed_report(world)
    with pytest.raises(ConflictOfInterest):
        actions.convert(
            actor=world.actor("triage"),
            subject=report,
            **convert_data(world, subjects=[walk.subject(person=accused)]),
        )
    actions.convert(
        actor=world.actor("triage2"), subject=report, **convert_data(world, subjects=[walk.subject(person=accused)])
    )
    assert Case.objects.count() == 1


def test_a_supervisor_who_is_the_subject_is_not_brought_in(world):
    report = walk.assessed_report(world)
    accused = walk.subject(person=world.person("supervisor"))
    with pytest.raises(ConflictOfInterest):
        actions.convert(actor=world.actor("triage"), subject=report, **convert_data(world, subjects=[accused]))
    actions.convert(
        actor=world.actor("triage"),
        subject=report,
        **convert_data(world, subjects=[accused], supervisor=world.person("supervisor2")),
    )


def test_a_refused_step_leaves_no_part_of_itself(world):
    report = walk.assessed_report(world)
    with pytest.raises(Refusal):
        actions.convert(actor=world.actor("triage"), subject=report, **convert_data(world, allegations=[]))
    assert not Case.objects.exists()
    assert report.messages.count() == 0
    assert reload(report).state == ReportState.ASSESSED
