"""The pages of triage: the list, a report, its steps, downloads, and the case page's panels."""

from __future__ import annotations

import html
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit import clock
from audit.log.models import Entry
from cases.models import Case
from cases.triage import actions
from intake.portal.models import Report
from integrity.people.models import User
from tests.desk import at_desk
from tests.integrity.vault_scene import arrived
from tests.walks import triage as walk
from tests.world import World


def text(response: Any) -> str:
    """What the page says."""
    return html.unescape(response.content.decode())


def events() -> list[str]:
    """The types of all entries in the log, in order."""
    return [json.loads(bytes(entry.leaf))["type"] for entry in Entry.objects.order_by("pk")]


def report_url(report: Report) -> str:
    return reverse("triage:report", args=[report.reference])


def step_url(report: Report, name: str) -> str:
    return reverse("triage:transition", args=[report.reference, name])


def convert_form(**changes: str) -> dict[str, str]:
    return {
        "title": "Money at the gate",
        "predication": "A witness saw money change hands.",
        "subject1_name": "Kofi Subject",
        "subject1_staff_number": "S-1001",
        "subject1_office": "PORT",
        "subject1_grade_band": "C",
        "subject1_gender": "u",
        "allegation1_subject": "1",
        "allegation1_offence": "speed-money",
        "allegation1_gravity": "",
        "allegation1_statement": "Took money at gate 3.",
        "supervisor": str(User.objects.get(username="supervisor").pk),
        **changes,
    }


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_the_list_costs_the_same_with_five_and_with_thirty_reports(world: World):
    client = at_desk("triage")
    for _each in range(5):
        walk.assessed_report(world)
    few = queries(client, reverse("triage:list"))
    for _each in range(25):
        walk.received_report(world)
    assert queries(client, reverse("triage:list")) == few
    assert few <= 8


def test_the_work_list_costs_the_same_with_more_reports_and_cases(world: World):
    client = at_desk("triage")
    for _each in range(2):
        walk.open_case(world)
        walk.received_report(world)
    few = queries(client, reverse("desk"))
    for _each in range(6):
        walk.open_case(world)
        walk.received_report(world)
    assert queries(client, reverse("desk")) == few


def test_the_list_pages_and_filters(world: World):
    client = at_desk("triage")
    with clock.at(datetime(2026, 1, 5, 9, tzinfo=UTC)):
        old = walk.received_report(world)
    done = walk.assessed_report(world)
    for _each in range(25):
        walk.received_report(world)
    first = client.get(reverse("triage:list"))
    assert old.reference not in text(first)
    second = client.get(reverse("triage:list") + first.context["page"].next)
    assert old.reference in text(second)
    late = client.get(reverse("triage:list"), {"show": "late"})
    assert [item["report"] for item in late.context["reports"]] == [old]
    assert done.reference in text(client.get(reverse("triage:list"), {"state": "assessed"}))
    actions.open_report(actor=world.actor("triage"), report=done)
    assert done.reference not in text(client.get(reverse("triage:list"), {"show": "news"}))


def test_the_list_is_for_those_who_receive_reports_and_shows_only_theirs(world: World):
    independent = walk.received_report(world, channel=world.independent)
    assert independent.reference not in text(at_desk("triage").get(reverse("triage:list")))
    assert independent.reference in text(at_desk("triage2").get(reverse("triage:list")))
    assert at_desk("supervisor").get(reverse("triage:list")).status_code == 403


def test_a_report_is_read_with_its_answers_conversation_and_assessment(world: World):
    report = walk.assessed_report(world, answers={"what": "Money in an envelope."}, remarks="Sounds firm.")
    actions.ask_more(actor=world.actor("triage"), subject=report, body="Which day was it?")
    page = at_desk("triage").get(report_url(report))
    for words in ("Money in an envelope.", "Sounds firm.", "Which day was it?", "Open a case", "Answer awaited"):
        assert words in text(page), words
    assert events().count("report.opened") == 1


def test_to_others_a_report_does_not_exist_and_their_attempt_is_in_the_log(world: World):
    report = walk.received_report(world, channel=world.independent)
    client = at_desk("triage")
    assert client.get(report_url(report)).status_code == 404
    assert client.get(step_url(report, "acknowledge")).status_code == 404
    assert client.get(reverse("triage:report", args=["R-NONE-NONE"])).status_code == 404
    assert events()[-1] == "action.refused"


@pytest.mark.parametrize(
    "name", ["assess", "ask_more", "write_to_reporter", "give_feedback", "reject", "refer", "merge", "convert"]
)
def test_every_step_has_a_page_that_shows_what_was_reported(world: World, name: str):
    report = walk.assessed_report(world, answers={"what": "Money in an envelope."})
    page = at_desk("triage").get(step_url(report, name))
    assert page.status_code == 200
    assert "Money in an envelope." in text(page)


def test_assessing_by_the_page(world: World):
    report = walk.acknowledged_report(world)
    client = at_desk("triage")
    answer = client.post(step_url(report, "assess"), {"seriousness": "3", "remarks": "Typed with care."})
    assert answer.status_code == 422
    assert "Typed with care." in text(answer)
    scale = {"seriousness": "3", "credibility": "2", "completeness": "1", "urgency": "2"}
    assert client.post(step_url(report, "assess"), scale).url == report_url(report)
    assert report.assessments.get().priority == "urgent"
    assert "checked" in text(client.get(step_url(report, "assess")))


def test_converting_by_the_page_opens_the_case(world: World):
    report = walk.assessed_report(world)
    second = {
        "subject3_name": "Ama Other",
        "subject3_office": "HQ",
        "subject3_grade_band": "B",
        "allegation2_subject": "3",
        "allegation2_offence": "bribe-solicited",
        "allegation2_statement": "Shared in it.",
    }
    answer = at_desk("triage").post(step_url(report, "convert"), convert_form(**second))
    assert answer.status_code == 302
    case = Case.objects.get(reports=report)
    keys = world.actor("supervisor").keys
    assert [subject.open(keys, "profile")["name"] for subject in case.subjects.all()] == ["Kofi Subject", "Ama Other"]
    assert [(each.subject.number, each.gravity) for each in case.allegations.all()] == [(1, "serious"), (2, "gross")]
    assert case.gravity == "gross"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": ""}, "This field is required."),
        ({"subject2_name": "Ama Other"}, "leave everything about subject 2 empty"),
        ({"allegation1_offence": "bribe-solicited", "allegation1_gravity": "minor"}, "the rules allow: Gross."),
        ({"allegation1_subject": "2"}, "Subject 2 is not filled in."),
        ({"subject1_account": "nobody-like-that"}, "Nobody has this user name."),
        ({"subject1_account": "supervisor2", "subject1_staff_number": "S-9"}, "another staff number"),
        ({"allegation3_statement": "Something else."}, "leave everything about allegation 3 empty"),
        ({"supervisor": ""}, "This field is required."),
        ({"subject1_staff_number": "S-triage"}, "is the subject of this case"),
        ({"subject1_account": "supervisor", "subject1_staff_number": ""}, "is the subject of this case"),
    ],
)
def test_wrong_input_opens_no_case_and_keeps_what_was_typed(world: World, changes: dict[str, str], sentence: str):
    report = walk.assessed_report(world)
    sent = convert_form(**changes)
    page = at_desk("triage").post(step_url(report, "convert"), sent)
    assert page.status_code == 422
    assert sentence in text(page)
    for name in ("predication", "subject1_name", "allegation1_statement", "title", "subject1_staff_number"):
        assert sent[name] in text(page)
    for name, value in changes.items():
        assert page.context["form"][name].value() == value
    assert not Case.objects.exists()


def test_a_staff_number_finds_the_account_so_that_the_superior_is_kept_out(world: World):
    from integrity.people.roles import Role

    world.add("accused", Role.MANAGER, superior=world.person("supervisor"))
    report = walk.assessed_report(world)
    page = at_desk("triage").post(step_url(report, "convert"), convert_form(subject1_staff_number="S-accused"))
    assert page.status_code == 422
    assert "subordinate of Supervisor" in text(page)


def test_merging_offers_only_the_cases_that_the_officer_works_on(world: World):
    mine, other = walk.open_case(world), walk.open_case(world, triage="triage2")
    report = walk.assessed_report(world)
    client = at_desk("triage")
    page = client.get(step_url(report, "merge"))
    assert mine.reference in text(page)
    assert other.reference not in text(page)
    refused = client.post(step_url(report, "merge"), {"case": "", "reference": other.reference, "message": "Hello"})
    assert refused.status_code == 422
    assert "no open case with this reference" in text(refused)
    assert client.post(step_url(report, "merge"), {"case": ""}).status_code == 422
    assert client.post(step_url(report, "merge"), {"reference": mine.reference.lower()}).status_code == 302
    assert mine.reports.count() == 2


def test_files_are_downloaded_by_the_report_and_by_the_case_and_each_time_is_in_the_log(world: World):
    report = walk.assessed_report(world, files=[arrived(b"%PDF envelope", "envelope.pdf")])
    attachment = report.attachments.get()
    url = reverse("triage:attachment", args=[report.reference, attachment.pk])
    intake = at_desk("intake")
    assert "envelope.pdf" in text(intake.get(report_url(report)))
    answer = intake.get(url)
    assert b"".join(answer.streaming_content) == b"%PDF envelope"
    assert events()[-1] == "report.file_opened"
    rest = intake.get(url, headers={"range": "bytes=5-"})
    assert (rest.status_code, b"".join(rest.streaming_content)) == (206, b"envelope"), "goes on on a bad line"
    assert at_desk("investigator").get(url).status_code == 404
    case = walk.open_case(world, report=report)
    by_case = reverse("triage:case_attachment", args=[case.reference, attachment.pk])
    supervisor = at_desk("supervisor")
    answer = supervisor.get(by_case)
    assert b"".join(answer.streaming_content) == b"%PDF envelope"
    assert events()[-1] == "case.report_file_opened"
    assert supervisor.get(url).status_code == 404
    assert intake.get(by_case).status_code == 404


def test_a_file_that_the_store_lost_is_said_to_be_lost(world: World, data_folder: Path):
    report = walk.received_report(world, files=[arrived(b"%PDF envelope", "envelope.pdf")])
    for path in (data_folder / "files").rglob("*"):
        if path.is_file():
            path.unlink()
    url = reverse("triage:attachment", args=[report.reference, report.attachments.get().pk])
    answer = at_desk("intake").get(url, follow=True)
    assert answer.redirect_chain == [(report_url(report), 302)]
    assert "damaged or missing" in text(answer)


def test_an_urgent_report_says_so_on_the_work_list(world: World):
    report = walk.acknowledged_report(world)
    walk.assess(world, report, urgency=3)
    assert "Report · Urgent" in text(at_desk("triage").get(reverse("desk")))
    assert "Decide what becomes of it" not in text(at_desk("intake").get(reverse("desk")))


def test_the_case_page_shows_allegations_reports_and_conversation_to_its_members(world: World):
    case = walk.open_case(world, name="Ama Subject")
    actions.write_to_reporter(actor=world.actor("triage"), subject=case.reports.get(), body="Are you well?")
    page = at_desk("supervisor").get(reverse("cases:file", args=[case.reference]))
    for words in ("Ama Subject", "Sea port", "Taking speed money", "Took money to open gate 3", "Are you well?"):
        assert words in text(page), words
    assert "What was reported" in text(page)
    assert at_desk("intake").get(reverse("cases:file", args=[case.reference])).status_code == 404


def test_the_work_list_says_what_comes_next_and_when(world: World):
    received = walk.received_report(world)
    case = walk.open_case(world)
    converted = case.reports.get()
    actions.open_report(actor=world.actor("triage"), report=converted)
    page = text(at_desk("triage").get(reverse("desk")))
    for words in (received.reference, "Acknowledge receipt", converted.reference, "Give feedback", case.reference):
        assert words in page, words
    supervisor = text(at_desk("supervisor").get(reverse("desk")))
    assert case.reference in supervisor
    assert "Declare that I have no conflict" in supervisor
    assert received.reference not in supervisor
