"""A review after a rejection: once, in time, and never by who closed the report."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from audit import clock
from cases.triage import actions
from cases.triage.models import Ground, Rejection
from cases.triage.reviewing import name_reviewer, reopen, uphold_rejection
from cases.triage.waiting import due_of, late
from cases.worklist import work_of
from intake.followup.actions import request_review, review_until
from intake.portal.models import MessageKind, Report
from intake.portal.states import ReportState
from integrity.action import Actor, NotPermitted, WrongState
from integrity.people.roles import Role
from tests.cases.test_triage_steps import REASONS
from tests.desk import at_desk, entries
from tests.intake import pages
from tests.walks import triage as walk
from tests.walks.portal import send_report
from tests.world import World

pytestmark = pytest.mark.django_db
DECISION = {"reasons": "I read it anew.", "message": "We looked again."}


def rejected(world: World, **overrides: Any) -> tuple[Report, Any]:
    """A report that triage closed, and its receipt."""
    report, receipt = send_report(world, **overrides)
    actions.acknowledge(actor=world.actor("triage2"), subject=report)
    walk.assess(world, report, triage="triage2" if overrides else "triage")
    by = world.actor("triage2" if overrides else "triage")
    actions.reject(actor=by, subject=report, ground=Ground.NOT_ENOUGH, **REASONS)
    return Report.objects.get(pk=report.pk), receipt


def ask(client: Client, receipt: Any, **fields: Any) -> Any:
    """Ask for the review through the page."""
    inbox = pages.enter(client, receipt.digits)
    form = client.post("/inbox/review/", {"sitting": pages.hidden(inbox, "sitting")})
    sent = {name: pages.hidden(form, name) for name in ("sitting", "page")}
    return client.post("/inbox/review/send/", {**sent, **fields}), sent


def test_a_review_is_asked_for_once_with_reasons_and_files_and_told_in_the_inbox(world: World, client: Client) -> None:
    report, receipt = rejected(world)
    assert "Ask for a review" in pages.text_of(pages.enter(client, receipt.digits))
    empty, _sent = ask(client, receipt, text="")
    assert empty.status_code == 422
    asked, sent = ask(client, receipt, text="You read the wrong day.", files=[pages.a_file()])
    text = pages.text_of(asked)
    assert "You asked for a review." in text
    assert "Your report is being looked at again" in text
    assert "plates.txt" in text
    assert "Request for a review" in text
    again = client.post("/inbox/review/send/", {**sent, "text": "You read the wrong day.", "files": [pages.a_file()]})
    assert "Your report is being looked at again" in pages.text_of(again)
    other = client.post("/inbox/review/send/", {**sent, "text": "And another thing."})
    assert "You asked for a review already." in pages.text_of(other)
    report.refresh_from_db()
    assert (report.state, report.has_news) == (ReportState.REVIEW, True)
    assert report.review_due == clock.today() + timedelta(days=30) == due_of(report)
    assert report.messages.filter(kind=MessageKind.REVIEW).count() == 1
    assert len(entries("report.review_requested")) == 1
    assert ":" not in entries("report.review_requested")[0]["time"]
    assert not entries("action.refused")


def test_who_closed_it_does_not_review_it_and_somebody_else_upholds_it(world: World, client: Client) -> None:
    report, receipt = rejected(world)
    ask(client, receipt, text="Read it again.")
    for nobody in ("triage", "intake", "supervisor", "protection"):
        with pytest.raises(NotPermitted):
            uphold_rejection(actor=world.actor(nobody), subject=report, **DECISION)
    items = {name: [i.action for i in work_of(world.actor(name))] for name in ("triage", "triage2")}
    assert [str(each) for each in items["triage2"]] == ["Review why it was closed"]
    assert [str(each) for each in items["triage"]] == ["Read the new message"]
    assert at_desk("triage2").get(f"/desk/reports/{report.reference}/").status_code == 200
    with clock.at(clock.now() + timedelta(days=31)):
        assert late(Report.objects.all()).exists()
    uphold_rejection(actor=world.actor("triage2"), subject=report, **DECISION)
    text = pages.text_of(pages.enter(client, receipt.digits))
    assert "Somebody who did not close your report looked at it again. It stays closed" in text
    assert "We looked again." in text
    assert "I read it anew." not in text
    assert "Ask for a review" not in text
    report.refresh_from_db()
    with pytest.raises(WrongState):
        request_review(actor=Actor.reporter(report.pk), report=report, text="Once more.", nonce=b"2" * 32)


def test_a_report_that_was_opened_again_can_be_closed_again(world: World) -> None:
    report, _receipt = rejected(world)
    request_review(actor=Actor.reporter(report.pk), report=report, text="Again.", nonce=b"1" * 32)
    reopen(actor=world.actor("triage2"), subject=report, **DECISION)
    report.refresh_from_db()
    assert report.state == ReportState.ASSESSED
    actions.reject(actor=world.actor("triage"), subject=report, ground=Ground.NO_BREACH, **REASONS)
    assert [row.number for row in Rejection.objects.order_by("number")] == [1, 2]
    assert review_until(Report.objects.get(pk=report.pk)) is None


def test_after_the_days_for_it_nothing_is_offered_or_taken(world: World, client: Client) -> None:
    report, receipt = rejected(world)
    with clock.at(clock.now() + timedelta(days=31)):
        assert "Ask for a review" not in pages.text_of(pages.enter(client, receipt.digits))
        with pytest.raises(WrongState):
            request_review(actor=Actor.reporter(report.pk), report=report, text="Late.", nonce=b"1" * 32)
    open_report, _receipt = send_report(world)
    with pytest.raises(WrongState):
        request_review(actor=Actor.reporter(open_report.pk), report=open_report, text="No.", nonce=b"1" * 32)


def test_where_nobody_else_has_the_report_another_officer_is_named(world: World) -> None:
    report, _receipt = rejected(world, channel=world.independent)
    request_review(actor=Actor.reporter(report.pk), report=report, text="Again.", nonce=b"1" * 32)
    with pytest.raises(NotPermitted):
        uphold_rejection(actor=world.actor("triage2"), subject=report, **DECISION)
    with pytest.raises(NotPermitted):
        name_reviewer(actor=world.actor("triage"), subject=report, reviewer=world.person("triage"))
    name_reviewer(actor=world.actor("triage2"), subject=report, reviewer=world.person("triage"))
    world.add("triage3", Role.TRIAGE)
    with pytest.raises(NotPermitted):
        name_reviewer(actor=world.actor("triage2"), subject=report, reviewer=world.person("triage3"))
    reopen(actor=world.actor("triage"), subject=report, **DECISION)
    assert report.open(world.actor("triage").keys, "answers")["what"]
