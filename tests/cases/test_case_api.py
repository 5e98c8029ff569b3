"""The API of cases: what the desk can do, a program at the desk can do, by the same rules."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.management import call_command
from django.test import Client

from audit.log.models import Entry
from cases.models import Case
from cases.states import CaseState
from tests.cases.test_case_pages import open_cases
from tests.desk import at_desk, entries, words_of
from tests.integrity.test_keyset import HOSTILE
from tests.walks import investigation, triage
from tests.world import World

CASES = "/api/v1/cases/"


def file_of(case: Case) -> str:
    return f"{CASES}{case.reference}/"


def perform(browser: Client, case: Case, name: str, data: Any = None, **more: Any) -> Any:
    """What the API answers to a transition."""
    return browser.post(
        f"{file_of(case)}transitions/{name}/", json.dumps({} if data is None else data), "application/json", **more
    )


def test_without_a_sitting_the_api_shows_nothing(world: World):
    case = triage.open_case(world)
    logged = Entry.objects.count()
    for browser in (Client(), Client(headers={"Authorization": "Receipt 123456789012345678901234"})):
        for answer in (browser.get(CASES), browser.get(file_of(case)), perform(browser, case, "assign")):
            assert answer.status_code == 403
            assert "Sign in" in answer.json()["detail"]
    assert Entry.objects.count() == logged


def test_a_session_without_the_sittings_secret_is_no_sitting(world: World):
    browser = at_desk("supervisor")
    del browser.cookies["sitting"]
    assert browser.get(CASES).status_code == 403


def test_the_list_holds_the_callers_cases_alone(world: World):
    mine, other = (
        triage.open_case(world, title="Mine"),
        triage.open_case(world, triage="triage2", supervisor="supervisor2"),
    )
    listed = at_desk("supervisor").get(CASES).json()
    assert [line["reference"] for line in listed["results"]] == [mine.reference]
    assert listed["results"][0] == {
        "reference": mine.reference,
        "state": "opened",
        "gravity": mine.gravity,
        "opened_on": mine.opened_on.isoformat(),
        "title": "Mine",
    }
    assert at_desk("admin").get(CASES).json()["results"] == []
    assert other.reference not in str(listed)


def test_the_list_has_pages_and_made_up_positions_give_the_first(world: World):
    made = {case.reference for case in open_cases(world, range(52))}
    browser = at_desk("supervisor")
    first = browser.get(CASES).json()
    second = browser.get(first["next"]).json()
    assert (len(first["results"]), len(second["results"])) == (50, 2)
    assert {line["reference"] for line in first["results"] + second["results"]} == made
    assert first["previous"] is None
    assert second["next"] is None
    assert browser.get(second["previous"]).json()["results"] == first["results"]
    for made_up in HOSTILE:
        answer = browser.get(f"{CASES}?{urlencode({'after': made_up})}")
        assert answer.json()["results"] == first["results"], made_up[:40]


def test_opening_a_case_shows_what_can_be_done_and_leaves_an_entry(world: World):
    case = triage.open_case(world)
    file = at_desk("supervisor").get(file_of(case)).json()
    assert file["title"] == "Money at the gate"
    assert file["finality"] is None
    assert file["allegations"] == [{"number": 1, "offence": "speed-money", "gravity": case.gravity}]
    assert [item["name"] for item in file["available"]] == ["declare_no_conflict", "declare_conflict"]
    (field,) = file["available"][1]["fields"]
    assert field == {
        "name": "statement",
        "label": "What is the conflict?",
        "type": "char",
        "required": True,
        "choices": [],
    }
    assert entries("case.file_opened")[-1]["object"] == case.pseudonym


def test_a_case_of_others_is_like_a_case_that_does_not_exist_but_the_try_is_in_the_log(world: World):
    case = triage.open_case(world)
    browser = at_desk("admin")
    missing = browser.get(f"{CASES}C-0000-0000/")
    refused = browser.get(file_of(case))
    assert refused.status_code == missing.status_code == 404
    assert case.reference not in words_of(refused)
    for name in ("assign", "no_such_step"):
        assert perform(browser, case, name).status_code == 404
    tried = [entry["facts"]["action"] for entry in entries("action.refused")]
    assert tried == ["case.file_opened", "case.assign"]


def test_a_case_can_be_taken_on_by_the_api_alone(world: World):
    case = triage.open_case(world)
    supervisor, investigator = at_desk("supervisor"), at_desk("investigator")
    assert perform(supervisor, case, "declare_no_conflict", {"confirmed": True}).status_code == 200
    answer = perform(supervisor, case, "assign", {"investigators": [str(world.person("investigator").pk)]})
    assert answer.status_code == 200
    assert answer.json()["state"] == "assigned"
    assert {row["name"] for row in answer.json()["deadlines"]} >= {"investigation", "investigation-plan"}
    assert perform(investigator, case, "declare_no_conflict", {"confirmed": True}).status_code == 200
    assert perform(investigator, case, "propose_plan", investigation.PLAN).json()["state"] == "planned"
    assert perform(supervisor, case, "approve_plan").json()["state"] == "investigating"
    steps = list(case.steps.values_list("transition", flat=True))
    assert steps == ["declare_no_conflict", "assign", "declare_no_conflict", "propose_plan", "approve_plan"]


def test_what_the_table_refuses_is_409_with_its_sentence(world: World):
    case = investigation.to_assigned(world, triage.open_case(world))
    browser = at_desk("investigator")
    wrong_state = perform(browser, case, "submit_findings")
    assert wrong_state.status_code == 409
    assert "is not possible now" in wrong_state.json()["detail"]
    not_mine = perform(browser, case, "approve_plan", {"anything": "at all"})
    assert not_mine.status_code == 409
    assert "Your part in this matter" in not_mine.json()["detail"]
    by_system = perform(browser, case, "become_final")
    assert by_system.status_code == 409
    assert [entry["facts"]["reason"] for entry in entries("action.refused")] == [
        "WrongState",
        "NotPermitted",
        "NotPermitted",
    ]
    case.refresh_from_db()
    assert case.state == CaseState.ASSIGNED


def test_what_does_not_fit_the_form_is_422_with_the_field(world: World):
    case = investigation.to_assigned(world, triage.open_case(world))
    browser = at_desk("investigator")
    missing = perform(browser, case, "propose_plan", {"questions": "Who?"})
    assert missing.status_code == 422
    assert "sources" in missing.json()
    assert "questions" not in missing.json()
    assert perform(browser, case, "add_note", {"body": None}).status_code == 422
    assert perform(browser, case, "add_note", {"body": "x" * 100_000}).status_code == 422
    case.refresh_from_db()
    assert case.state == CaseState.ASSIGNED
    assert not case.notes.exists()


def test_a_body_that_is_no_object_is_a_mistake_of_the_caller(world: World):
    case = investigation.to_assigned(world, triage.open_case(world))
    browser = at_desk("investigator")
    for data in ([], [1, 2], "text", 7, True):
        answer = perform(browser, case, "add_note", data)
        assert answer.status_code == 400, data
    url = f"{file_of(case)}transitions/add_note/"
    assert browser.post(url, "{", "application/json").status_code == 400
    assert browser.post(url, "<a/>", "text/xml").status_code == 415
    assert perform(browser, case, "add_note", {"body": {"deep": ["x"]}}).status_code == 200
    assert browser.post(url, {"body": "As a form."}).status_code == 200


def test_what_a_caller_adds_to_the_fields_changes_nothing(world: World):
    case = investigation.to_assigned(world, triage.open_case(world))
    extra = {"body": "A note.", "actor": "admin", "subject": "x", "state": "closed", "pk": 1, "closed_on": "2026-01-01"}
    assert perform(at_desk("investigator"), case, "add_note", extra).status_code == 200
    case.refresh_from_db()
    assert (case.state, case.closed_on) == (CaseState.ASSIGNED, None)


def test_stepping_aside_by_the_api_shows_no_more_of_the_case(world: World):
    case = investigation.to_assigned(world, triage.open_case(world))
    answer = perform(at_desk("investigator"), case, "declare_conflict", {"statement": "A cousin."})
    assert answer.json() == {"reference": case.reference, "state": "assigned"}


def test_a_request_from_another_site_is_refused(world: World):
    case = investigation.to_assigned(world, triage.open_case(world))
    browser = Client(enforce_csrf_checks=True)
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', words_of(browser.get("/desk/sign-in/")))
    assert token is not None
    mine = at_desk("investigator")
    for name in (settings.SESSION_COOKIE_NAME, "sitting"):
        browser.cookies[name] = mine.cookies[name].value
    refused = perform(browser, case, "add_note", {"body": "From elsewhere."})
    assert refused.status_code == 403
    assert not case.notes.exists()
    assert perform(browser, case, "add_note", {"body": "Mine."}, headers={"X-CSRFToken": token[1]}).status_code == 200


def test_only_the_methods_that_mean_something_are_answered(world: World):
    case = triage.open_case(world)
    browser = at_desk("supervisor")
    assert browser.get(f"{file_of(case)}transitions/assign/").status_code == 405
    for method in (browser.put, browser.patch, browser.delete):
        assert method(file_of(case)).status_code == 405
    assert browser.post(CASES).status_code == 405


def test_the_description_is_complete_and_without_a_warning(tmp_path: Path):
    target = tmp_path / "schema.yml"
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(target))
    text = target.read_text()
    for operation in ("cases_list", "cases_open", "cases_perform"):
        assert operation in text


def test_the_description_can_be_read_by_people_and_programs(db: None):
    browser = Client()
    schema = browser.get("/api/v1/schema/?format=json")
    assert schema.status_code == 200
    paths = schema.json()["paths"]
    assert "/api/v1/cases/{reference}/transitions/{name}/" in paths
    page = words_of(browser.get("/api/v1/"))
    for path in paths:
        assert path in page
    assert "<script" not in page
    assert page.count("<h1") == 1
