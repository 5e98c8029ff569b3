"""The API for reporting persons."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from django.http import HttpResponse
from django.test import Client

from audit.log.models import Entry
from intake.portal.models import Message, MessageKind, Origin, Report
from intake.portal.receipt import PageSecret, Receipt
from integrity.action import Actor
from integrity.vault import passphrase
from tests.intake import pages
from tests.intake.office import office_writes
from tests.integrity.vault_scene import arrived
from tests.walks.portal import ANSWERS, send_report
from tests.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.intake.api_addresses")]

REPORT = {"path": "partner", **ANSWERS}


def post(client: Client, address: str, data: dict[str, Any], **headers: str) -> HttpResponse:
    """Send JSON."""
    return client.post(f"/api/v1/{address}", data, content_type="application/json", headers=headers)


def by(receipt: Receipt) -> dict[str, str]:
    """The header that opens an inbox."""
    return {"Authorization": f"Receipt {receipt.spaced}"}


def test_a_report_is_sent_and_its_inbox_read(world: World, client: Client) -> None:
    sent = post(client, "reports/", REPORT)
    assert sent.status_code == 201
    receipt = Receipt(sent.json()["receipt"])
    assert sent.json()["groups"] == list(receipt.groups)
    report = Report.objects.get()
    assert report.origin == Origin.API
    office_writes(actor=Actor.system(), report=report, body="When?", kind=MessageKind.QUESTION)
    read = client.get("/api/v1/inbox/", headers=by(receipt)).json()
    assert (read["state"], read["title"]) == ("received", "Your report has arrived")
    assert read["answers"] == ANSWERS
    assert [step["title"] for step in read["steps"]] == ["Your report arrived and was sealed."]
    assert [(each["from_office"], each["kind"], each["body"]) for each in read["messages"]] == [
        (True, "question", "When?")
    ]
    assert read["awaits_answer"]
    assert Entry.objects.filter(type="inbox.opened").count() == 1


def test_files_are_sent_and_fetched(world: World, client: Client) -> None:
    sent = client.post("/api/v1/reports/", {**REPORT, "files": [pages.a_file(b"one"), pages.a_file(b"two")]})
    receipt = Receipt(sent.json()["receipt"])
    answered = client.post(
        "/api/v1/inbox/messages/", {"text": "More", "files": [pages.a_file(b"three")]}, headers=by(receipt)
    )
    assert answered.status_code == 201
    read = client.get("/api/v1/inbox/", headers=by(receipt)).json()
    numbers = [file["number"] for file in [*read["files"], *read["messages"][0]["files"]]]
    contents = [
        b"".join(client.get(f"/api/v1/inbox/files/{number}/", headers=by(receipt)).streaming_content)
        for number in numbers
    ]
    assert contents == [b"one", b"two", b"three"]


def test_another_reports_file_is_not_there(world: World, client: Client) -> None:
    other, _receipt = send_report(world, files=[arrived(b"not yours")])
    _report, receipt = send_report(world)
    response = client.get(f"/api/v1/inbox/files/{other.attachments.get().pk}/", headers=by(receipt))
    assert response.status_code == 404
    assert response.json() == {"detail": ["This file is not part of your report."]}


def test_the_same_key_makes_one_report_with_one_receipt(world: World, client: Client) -> None:
    key = {"Idempotency-Key": PageSecret.new().text}
    first, second = (post(client, "reports/", REPORT, **key) for _again in range(2))
    assert first.json() == second.json()
    assert Report.objects.count() == 1
    receipt = Receipt(first.json()["receipt"])
    for _again in range(2):
        assert post(client, "inbox/messages/", {"text": "More"}, **by(receipt), **key).status_code == 201
    assert Message.objects.count() == 1


def test_a_weak_key_is_refused_with_a_sentence(world: World, client: Client) -> None:
    refused = post(client, "reports/", REPORT, **{"Idempotency-Key": "1"})
    assert refused.status_code == 400
    assert "32 random bytes" in refused.json()["detail"][0]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"path": "partner", "concerns": "others"}, "what"),
        ({**REPORT, "concerns": "perhaps"}, "concerns"),
        ({**REPORT, "where": "x" * 2_001}, "where"),
    ],
)
def test_errors_are_sentences_by_field(world: World, client: Client, data: dict[str, Any], field: str) -> None:
    refused = post(client, "reports/", data)
    assert refused.status_code == 400
    assert list(refused.json()) == [field]
    assert isinstance(refused.json()[field][0], str)


def test_a_file_that_is_not_taken_is_named(world: World, client: Client, settings) -> None:
    settings.VAULT_FILE_LIMIT = 3
    refused = client.post("/api/v1/reports/", {**REPORT, "files": [pages.a_file(b"four")]})
    assert refused.status_code == 400
    assert "plates.txt" in refused.json()["files"][0]
    assert Report.objects.count() == 0


@pytest.mark.parametrize("header", ["", "Receipt", "Receipt 12", f"Receipt {'1' * 24}", f"Bearer {'1' * 24}"])
def test_without_the_right_receipt_there_is_no_inbox(world: World, client: Client, header: str) -> None:
    refused = client.get("/api/v1/inbox/", headers={"Authorization": header})
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == "Receipt"
    assert isinstance(refused.json()["detail"][0], str)


def test_text_that_is_no_unicode_is_taken_as_it_is(world: World, client: Client) -> None:
    _report, receipt = send_report(world)
    body = b'{"text": "half \\ud800 a sign"}'
    answered = client.post("/api/v1/inbox/messages/", body, content_type="application/json", headers=by(receipt))
    assert answered.status_code in {201, 400}


def test_an_empty_message_is_refused(world: World, client: Client) -> None:
    _report, receipt = send_report(world)
    refused = post(client, "inbox/messages/", {"text": ""}, **by(receipt))
    assert refused.json() == {"text": ["Write something, or choose a file."]}


def test_a_channel_without_readers_refuses(world: World, client: Client) -> None:
    world.independent.recipients.clear()
    refused = post(client, "reports/", {**REPORT, "concerns": "office"})
    assert refused.status_code == 503
    assert "independent channel" in refused.json()["detail"][0]


def test_too_busy_is_told_with_when_to_come_back(world: World, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passphrase, "_gate", lambda at_once, cost: _Full())
    refused = post(client, "reports/", REPORT)
    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "60"


class _Full:
    """A queue that never has room."""

    def acquire(self, timeout: float) -> bool:
        """Never."""
        return False


def test_no_answer_sets_a_cookie(world: World, client: Client) -> None:
    sent = post(client, "reports/", REPORT)
    read = client.get("/api/v1/inbox/", headers=by(Receipt(sent.json()["receipt"])))
    for response in (sent, read):
        assert not response.cookies
        assert response.headers["Cache-Control"] == "no-store"


def test_the_description_tells_of_every_address_and_of_the_receipt(client: Client) -> None:
    schema = yaml.safe_load(client.get("/api/v1/schema/").content)
    assert set(schema["paths"]) >= {"/api/v1/reports/", "/api/v1/inbox/", "/api/v1/inbox/messages/"}
    assert schema["components"]["securitySchemes"]["receipt"]["name"] == "Authorization"
    assert {"what", "concerns", "files"} <= set(schema["components"]["schemas"]["SentReport"]["properties"])
