"""The API of reports and of the register at the desk: the same steps, the same refusals."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from cases.publication.models import Publication
from intake.portal.models import Report
from tests.desk import at_desk
from tests.walks.portal import send_report
from tests.walks.publication import to_handed_over
from tests.walks.triage import open_case


def browser(username: str) -> Client:
    """A signed-in browser."""
    return at_desk(username)


def post(client: Client, address: str, **data: object):
    """Send JSON."""
    return client.post(address, json.dumps(data), content_type="application/json")


@pytest.fixture
def report(world) -> Report:
    """A report that arrived."""
    found, _receipt = send_report(world)
    return found


def test_a_report_is_listed_opened_and_worked_by_whoever_was_given_it(report):
    client = browser("triage")
    lines = client.get("/api/v1/desk/reports/").json()["results"]
    assert [line["reference"] for line in lines] == [report.reference]
    assert "answers" not in lines[0]
    opened = client.get(f"/api/v1/desk/reports/{report.reference}/").json()
    assert opened["answers"]["what"]
    assert "acknowledge" in [item["name"] for item in opened["available"]]
    done = post(client, f"/api/v1/desk/reports/{report.reference}/transitions/acknowledge/")
    assert (done.status_code, done.json()["state"]) == (200, "acknowledged")
    again = post(client, f"/api/v1/desk/reports/{report.reference}/transitions/acknowledge/")
    assert again.status_code == 409
    assert "not possible now" in again.json()["detail"]


def test_wrong_data_is_told_field_by_field(report):
    client = browser("triage")
    post(client, f"/api/v1/desk/reports/{report.reference}/transitions/acknowledge/")
    answer = post(client, f"/api/v1/desk/reports/{report.reference}/transitions/assess/", seriousness="9")
    assert answer.status_code == 422
    assert {"seriousness", "credibility"} <= set(answer.json())


@pytest.mark.parametrize("username", ["investigator", "admin", "auditor", "supervisor"])
def test_nobody_else_learns_that_the_report_exists(report, username):
    client = browser(username)
    assert client.get("/api/v1/desk/reports/").json()["results"] == []
    assert client.get(f"/api/v1/desk/reports/{report.reference}/").status_code == 404
    assert post(client, f"/api/v1/desk/reports/{report.reference}/transitions/acknowledge/").status_code == 404


def test_without_a_sitting_there_is_no_answer(report):
    assert Client().get("/api/v1/desk/reports/").status_code == 403
    assert Client().get("/api/v1/register/").status_code == 403


def test_the_register_is_for_editors_and_approvers(world):
    case = open_case(world, offence="gift-accepted")
    to_handed_over(world, case)
    entry = Publication.objects.get()
    (line,) = browser("editor").get("/api/v1/register/").json()["results"]
    assert line["reference"] == entry.reference
    assert [item["name"] for item in line["available"]] == ["edit_entry"]
    assert browser("supervisor").get("/api/v1/register/").status_code == 404
    refused = post(browser("approver"), f"/api/v1/register/{entry.reference}/transitions/edit_entry/")
    assert refused.status_code == 409
