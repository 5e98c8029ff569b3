"""The API's inbox at the end: the transcript, the survey and giving up the receipt, as on the pages."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, connections
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cases.statistics.models import SurveyTally
from cases.triage.transcripts import write_transcript
from config.tasks import sweep
from intake.api import end_views
from intake.followup.models import Transcript
from intake.portal.models import Origin, Report, ReportStep
from intake.portal.receipt import PageSecret, Receipt
from tests.desk import entries
from tests.intake import pages
from tests.intake.questioning import published
from tests.intake.test_api import REPORT, by, post
from tests.walks.portal import ANSWERS, send_report
from tests.world import World

pytestmark = pytest.mark.django_db

WRONG = Receipt("1" * 24)


def told_by_mouth(world: World, *versions: str) -> tuple[Report, Receipt]:
    """A report by telephone, and what the office wrote down of it."""
    report, receipt = send_report(world, origin=Origin.PHONE)
    for text in versions:
        write_transcript(actor=world.actor("intake"), subject=report, text=text)
    return report, receipt


def read(client: Client, receipt: Receipt) -> dict[str, Any]:
    """The inbox."""
    answer = client.get("/api/v1/inbox/", headers=by(receipt))
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def answered(client: Client, receipt: Receipt, number: int, **fields: Any) -> HttpResponse:
    """An answer to a transcript."""
    return post(client, f"inbox/transcripts/{number}/", fields, **by(receipt))


def ask(client: Client, address: str, sent: dict[str, Any] | None, receipt: Receipt) -> HttpResponse:
    """Read an address, or send something to it."""
    if sent is None:
        return client.get(f"/api/v1/{address}", headers=by(receipt))
    return post(client, address, sent, **by(receipt))


def refusal(response: HttpResponse) -> tuple[int, Any]:
    """The status and what is told."""
    return response.status_code, response.json()


# The transcript


def test_a_transcript_is_read_corrected_and_agreed_to_and_every_version_stays(world: World, client: Client) -> None:
    report, receipt = told_by_mouth(world, "At gate 5.")
    inbox = read(client, receipt)
    assert inbox["awaits_answer"]
    (shown,) = inbox["transcripts"]
    assert (shown["number"], shown["state"], shown["text"], shown["corrected"]) == (1, "open", "At gate 5.", "")
    assert answered(client, receipt, 1, answer="corrected", corrected="At gate 3.").status_code == 204
    inbox = read(client, receipt)
    assert not inbox["awaits_answer"]
    (shown,) = inbox["transcripts"]
    assert (shown["state"], shown["text"], shown["corrected"]) == ("corrected", "At gate 5.", "At gate 3.")
    assert shown["answered_on"] is not None
    write_transcript(actor=world.actor("intake"), subject=report, text="At gate 3, in the morning.")
    assert [(each["number"], each["state"]) for each in read(client, receipt)["transcripts"]] == [
        (2, "open"),
        (1, "corrected"),
    ]
    assert answered(client, receipt, 2, answer="declined").status_code == 204
    said = entries("report.transcript_answered")
    assert {each["object"] for each in said} == {report.pseudonym}
    assert [(each["facts"]["number"], each["facts"]["answer"]) for each in said] == [(1, "corrected"), (2, "declined")]
    assert {len(each["time"]) for each in said} == {len("2026-11-22")}


def test_what_was_answered_by_the_api_is_on_the_page_and_the_other_way_round(world: World, client: Client) -> None:
    report, receipt = told_by_mouth(world, "At gate 5.")
    answered(client, receipt, 1, answer="signed")
    inbox = pages.enter(client, receipt.digits)
    assert "Agreed to as it stands" in pages.text_of(inbox)
    write_transcript(actor=world.actor("intake"), subject=report, text="At gate 3.")
    fields = {"sitting": pages.hidden(inbox, "sitting"), "number": "2", "agrees": "declined", "corrected": ""}
    client.post("/inbox/transcript/send/", fields)
    assert read(client, receipt)["transcripts"][0]["state"] == "declined"


def test_the_same_agreement_again_changes_nothing_and_another_answer_is_refused(world: World, client: Client) -> None:
    _report, receipt = told_by_mouth(world, "At gate 5.")
    assert [answered(client, receipt, 1, answer="signed").status_code for _again in range(2)] == [204, 204]
    assert len(entries("report.transcript_answered")) == 1
    already = (409, {"detail": ["You answered this transcript already."]})
    assert refusal(answered(client, receipt, 1, answer="declined")) == already
    assert refusal(answered(client, receipt, 1, answer="corrected", corrected="No.")) == already
    assert [(row.state, bytes(row.corrected)) for row in Transcript.objects.all()] == [("signed", b"")]


def test_an_older_version_is_refused_and_one_of_another_report_is_not_there(world: World, client: Client) -> None:
    _report, receipt = told_by_mouth(world, "At gate 5.", "At gate 3.")
    _other, stranger = told_by_mouth(world)
    newer = (409, {"detail": ["There is a newer version. Read that one."]})
    for answer in ({"answer": "signed"}, {"answer": "corrected", "corrected": "At gate 4."}):
        assert refusal(answered(client, receipt, 1, **answer)) == newer
    for number, of in ((2, stranger), (3, receipt), (0, receipt), (10**30, receipt)):
        assert refusal(answered(client, of, number, answer="signed")) == (404, {"detail": ["There is no transcript."]})
    assert {row.state for row in Transcript.objects.all()} == {"open"}


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "answer"),
        ({"answer": "open"}, "answer"),
        ({"answer": ["signed"]}, "answer"),
        ({"answer": None}, "answer"),
        ({"answer": {"signed": True}}, "answer"),
        ({"answer": "corrected"}, "corrected"),
        ({"answer": "corrected", "corrected": " \n\t "}, "corrected"),
        ({"answer": "corrected", "corrected": ["At gate 3."]}, "corrected"),
        ({"answer": "corrected", "corrected": None}, "corrected"),
        ({"answer": "corrected", "corrected": "x" * 50_001}, "corrected"),
        (["signed"], "non_field_errors"),
        ('"signed"', "non_field_errors"),
        ("null", "non_field_errors"),
        ("signed", "detail"),
    ],
)
def test_what_is_no_answer_to_a_transcript_is_refused_by_its_field(
    world: World, client: Client, sent: Any, field: str
) -> None:
    _report, receipt = told_by_mouth(world, "At gate 5.")
    refused = post(client, "inbox/transcripts/1/", sent, **by(receipt))
    assert (refused.status_code, list(refused.json())) == (400, [field])
    assert isinstance(refused.json()[field][0], str)
    assert Transcript.objects.get().state == "open"


def test_a_transcript_is_answered_in_a_form_as_in_json(world: World, client: Client) -> None:
    _report, receipt = told_by_mouth(world, "At gate 5.")
    sent = {"answer": "corrected", "corrected": "At gate 3."}
    assert client.post("/api/v1/inbox/transcripts/1/", sent, headers=by(receipt)).status_code == 204
    assert Transcript.objects.get().state == "corrected"


# The survey


def test_the_survey_is_offered_at_the_end_taken_once_and_only_counted(world: World, client: Client) -> None:
    report, receipt = send_report(world)
    early = (409, {"detail": ["The survey can be answered once, when everything has ended."]})
    assert read(client, receipt)["survey"] == []
    assert refusal(post(client, "inbox/survey/", {"easy": "4"}, **by(receipt))) == early
    assert not SurveyTally.objects.exists()
    Report.objects.filter(pk=report.pk).update(state="referred")
    asked = read(client, receipt)["survey"]
    assert [each["name"] for each in asked] == ["easy", "informed", "safe", "again"]
    assert [each["code"] for each in asked[0]["choices"]] == ["4", "3", "2", "1"]
    assert {each["kind"] for each in asked} == {"choice"}
    assert post(client, "inbox/survey/", {"easy": "4", "safe": "1"}, **by(receipt)).status_code == 204
    assert read(client, receipt)["survey"] == []
    assert refusal(post(client, "inbox/survey/", {"easy": "1"}, **by(receipt))) == early
    counted = {(row.question, row.answer): row.count for row in SurveyTally.objects.all() if row.count}
    assert counted == {("taken", ""): 1, ("easy", "4"): 1, ("safe", "1"): 1}
    (entry,) = entries("survey.taken")
    assert (entry["object"], entry["actor"]) == ("survey", "reporter/somebody")


def test_the_survey_is_taken_once_by_page_or_program(world: World, client: Client) -> None:
    report, receipt = send_report(world)
    Report.objects.filter(pk=report.pk).update(state="referred")
    inbox = pages.enter(client, receipt.digits)
    client.post("/inbox/survey/", {"sitting": pages.hidden(inbox, "sitting"), "send": "1", "easy": "4"})
    assert post(client, "inbox/survey/", {"easy": "1"}, **by(receipt)).status_code == 409
    assert not [row for row in SurveyTally.objects.filter(question="easy", answer="1") if row.count]


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "detail"),
        ({"easy": "5"}, "easy"),
        ({"easy": ""}, "easy"),
        ({"easy": None}, "easy"),
        ({"easy": ["4"]}, "easy"),
        ({"easy": True}, "easy"),
        ({"easy": "4", "again": "yes"}, "again"),
        ({"easy": "4", "eazy": "4"}, "eazy"),
        (["4"], "non_field_errors"),
    ],
)
def test_what_is_no_answer_to_the_survey_is_refused_by_its_field_and_not_counted(
    world: World, client: Client, sent: Any, field: str
) -> None:
    report, receipt = send_report(world)
    Report.objects.filter(pk=report.pk).update(state="referred")
    refused = post(client, "inbox/survey/", sent, **by(receipt))
    assert (refused.status_code, list(refused.json())) == (400, [field])
    assert not SurveyTally.objects.exists()
    assert post(client, "inbox/survey/", {"easy": "4"}, **by(receipt)).status_code == 204


# Giving up the receipt


def test_who_gives_up_the_receipt_is_answered_like_somebody_with_a_wrong_one(world: World, client: Client) -> None:
    report, receipt = told_by_mouth(world, "At gate 5.")
    sitting = pages.hidden(pages.enter(client, receipt.digits), "sitting")
    given_up = post(client, "inbox/give-up/", {"understood": True}, **by(receipt))
    assert (given_up.status_code, given_up.content) == (204, b"")
    asked: list[tuple[str, Any]] = [
        ("inbox/", None),
        ("inbox/files/1/", None),
        ("inbox/messages/", {"text": "x"}),
        ("inbox/transcripts/1/", {"answer": "signed"}),
        ("inbox/survey/", {"easy": "4"}),
        ("inbox/give-up/", {"understood": True}),
        ("inbox/give-up/", {}),
    ]
    for _before_and_after in range(2):
        for address, sent in asked:
            mine, wrong = (
                client.get(f"/api/v1/{address}", headers=by(each))
                if sent is None
                else post(client, address, sent, **by(each))
                for each in (receipt, WRONG)
            )
            assert mine.status_code == 401
            assert (mine.content, dict(mine.headers)) == (wrong.content, dict(wrong.headers))
        sweep()
    assert client.post("/inbox/report/", {"sitting": sitting}).status_code == 403
    assert "No report opens with this receipt" in pages.text_of(pages.enter(client, receipt.digits))
    held = Report.objects.get(pk=report.pk)
    assert held.open(world.actor("intake").keys, "answers")["what"] == ANSWERS["what"]
    assert len(entries("report.left")) == len(entries("report.cut_off")) == 1


@pytest.mark.parametrize("said", [False, None, "no", "perhaps", ["true"], {"yes": True}, 2])
def test_nobody_gives_up_a_receipt_without_saying_that_they_understand(world: World, client: Client, said: Any) -> None:
    _report, receipt = send_report(world)
    unconfirmed = (400, {"understood": ["Confirm that you understand, or go back to your inbox."]})
    for sent in ({"understood": said}, {"send": "1"}, {}):
        assert refusal(post(client, "inbox/give-up/", sent, **by(receipt))) == unconfirmed
    assert refusal(client.post("/api/v1/inbox/give-up/", {"send": "1"}, headers=by(receipt))) == unconfirmed
    assert read(client, receipt)["state"] == "received"


def test_looking_at_the_address_gives_up_nothing(world: World, client: Client) -> None:
    _report, receipt = send_report(world)
    for method in (client.get, client.put, client.delete):
        assert method("/api/v1/inbox/give-up/", headers=by(receipt)).status_code == 405
    assert read(client, receipt)["state"] == "received"


def test_a_key_whose_receipt_was_given_up_makes_no_second_report_with_it(world: World, client: Client) -> None:
    """Within the hour in which the receipt is still known, page and program are told so, and nothing breaks."""
    page = PageSecret.new()
    once = {"Idempotency-Key": page.text}
    receipt = Receipt(post(client, "reports/", REPORT, **once).json()["receipt"])
    post(client, "inbox/give-up/", {"understood": True}, **by(receipt))
    told = (409, {"detail": ["Your receipt opens nothing any more"]})
    assert refusal(post(client, "reports/", REPORT, **once)) == told
    again = pages.send(client, page.text)
    assert again.status_code == 422
    assert "Your receipt opens nothing any more" in pages.text_of(again)
    assert pages.REPORT["what"] in pages.text_of(again)
    assert Report.objects.count() == 1


def test_the_inbox_asks_as_often_however_much_there_is_to_tell(world: World, client: Client) -> None:
    few, few_receipt = told_by_mouth(world, "One.")
    many, many_receipt = told_by_mouth(world, *(f"Version {each}." for each in range(7)))
    Report.objects.filter(pk__in=[few.pk, many.pk]).update(state="merged")

    def asks(receipt: Receipt) -> int:
        read(client, receipt)
        with CaptureQueriesContext(connection) as queries:
            inbox = read(client, receipt)
        assert len(inbox["transcripts"]) <= 5
        return len(queries)

    assert asks(few_receipt) == asks(many_receipt)


def test_what_was_sent_is_told_in_the_words_in_which_it_was_asked(world: World, client: Client) -> None:
    published(world.channel)
    answers = {"concerns": "others", "what": "x", "paid": "yes", "how_much": {"amount": "1500", "currency": "IDR"}}
    named = {"path": "partner", "channel": "office", "name": "Somebody", **answers}
    receipt = Receipt(post(client, "reports/", named).json()["receipt"])
    with CaptureQueriesContext(connection) as queries:
        sent = read(client, receipt)["sent"]
    assert (sent["channel"], sent["path"], sent["named"]) == (world.channel.public_name, "partner", True)
    page = pages.enter(client, receipt.digits)
    with CaptureQueriesContext(connection) as more:
        shown = pages.text_of(client.post("/inbox/report/", {"sitting": pages.hidden(page, "sitting")}))
    asked_for = [each["sql"] for each in (*queries, *more) if "channels_channelquestions" in each["sql"]]
    assert len(asked_for) == 2
    assert not any("made_by" in sql for sql in asked_for), "the portal's account may not read who made the questions"
    for asked in sent["asked"]:
        assert asked["label"] in shown
        assert asked["words"] in shown
    assert len(sent["asked"]) == len(answers)
    assert "Somebody" not in str(read(client, receipt))


# At the same time


@contextmanager
def meeting(monkeypatch: pytest.MonkeyPatch, target: Any, name: str) -> Iterator[None]:
    """Two requests that both passed every check before either acts."""
    both, act = threading.Barrier(2, timeout=60), getattr(target, name)

    def acts(**named: Any) -> None:
        both.wait()
        act(**named)

    with monkeypatch.context() as patched:
        patched.setattr(target, name, acts)
        yield


def at_once(address: str, sent: dict[str, Any], receipt: Receipt) -> list[int]:
    """The answers to the same request twice at the same moment."""

    def one() -> int:
        try:
            return post(Client(), address, sent, **by(receipt)).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as threads:
        return sorted(each.result() for each in [threads.submit(one) for _each in range(2)])


@pytest.mark.django_db(transaction=True)
def test_given_up_twice_at_the_same_moment_is_given_up_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    report, receipt = send_report(world)
    with meeting(monkeypatch, end_views.actions, "leave_for_good"):
        assert at_once("inbox/give-up/", {"understood": True}, receipt) == [204, 204]
    assert ReportStep.objects.filter(report=report, transition="leave").count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_survey_taken_twice_at_the_same_moment_counts_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    report, receipt = send_report(world)
    Report.objects.filter(pk=report.pk).update(state="referred")
    with meeting(monkeypatch, end_views.survey, "take"):
        assert at_once("inbox/survey/", {"easy": "4"}, receipt) == [204, 409]
    assert [row.count for row in SurveyTally.objects.filter(question="taken")] == [1]


@pytest.mark.django_db(transaction=True)
def test_a_transcript_corrected_twice_at_the_same_moment_keeps_one_correction(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _report, receipt = told_by_mouth(world, "At gate 5.")
    with meeting(monkeypatch, end_views.actions, "answer_transcript"):
        sent = {"answer": "corrected", "corrected": "At gate 3."}
        assert at_once("inbox/transcripts/1/", sent, receipt) == [204, 409]
    assert len(entries("report.transcript_answered")) == 1
