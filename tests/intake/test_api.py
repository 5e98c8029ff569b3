"""The API for reporting persons."""

from __future__ import annotations

import json
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
from integrity.vault.queue import Queue
from tests.intake import pages
from tests.intake.office import office_writes
from tests.intake.questioning import published
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


def test_a_channels_own_questions_are_told_and_answered(world: World, client: Client) -> None:
    version = published(world.channel)
    listed = client.get("/api/v1/channels/?path=partner&concerns=others").json()
    assert [(each["code"], each["version"]) for each in listed] == [("office", version.version)]
    asked = {each["name"]: each for each in listed[0]["questions"]}
    assert asked["how_much"]["condition"] == {"question": "paid", "answers": ["yes"]}
    answers = {
        "concerns": "others",
        "what": "x",
        "paid": "yes",
        "how_much": {"amount": "1.500.000", "currency": "IDR"},
        "ways": ["gift", "cash"],
        "when": {"from": "May 2026"},
        "people": [{"name": "A", "role": "clerk"}, {}],
    }
    kept = {
        **answers,
        "how_much": {"amount": "1500000", "currency": "IDR"},
        "ways": ["cash", "gift"],
        "when": {"from": "2026-05-01", "until": "2026-05-31"},
        "people": [{"name": "A", "role": "clerk"}],
    }
    sent = post(client, "reports/", {"path": "partner", "channel": "office", **answers})
    assert sent.status_code == 201, sent.json()
    report = Report.objects.get()
    assert report.questions == version
    receipt = Receipt(sent.json()["receipt"])
    assert client.get("/api/v1/inbox/", headers=by(receipt)).json()["answers"] == kept
    # The same in a form, with a file.
    form = {**answers, "how_much": json.dumps(answers["how_much"]), "when": json.dumps(answers["when"])}
    form |= {"people": json.dumps(answers["people"]), "path": "partner", "files": [pages.a_file()]}
    sent = client.post("/api/v1/reports/", form)
    assert sent.status_code == 201, sent.json()
    receipt = Receipt(sent.json()["receipt"])
    assert client.get("/api/v1/inbox/", headers=by(receipt)).json()["answers"] == kept


@pytest.mark.once
def test_what_a_channel_does_not_ask_is_refused_and_not_lost(world: World, client: Client) -> None:
    published(world.channel)
    base = {"path": "partner", "concerns": "others", "what": "x"}
    hostile: list[tuple[dict[str, Any], str]] = [
        ({"paid": "yes"}, "how_much"),
        ({"paid": "no", "how_much": {"amount": "5"}}, "how_much"),
        ({"shift": "night"}, "shift"),
        ({"where": "North port"}, "where"),
        ({"paid": ["yes"]}, "paid"),
        ({"people": "A"}, "people"),
        ({"people": [{"name": {"x": 1}}]}, "people"),
        ({"when": {"from": {}}}, "when"),
        ({"when": {"from": "sometime"}}, "when"),
        ({"paid": "yes", "how_much": {"amount": "1e9"}}, "how_much"),
        ({"channel": "independent"}, "channel"),
        ({"channel": "../office"}, "channel"),
        ({"what": ""}, "what"),
    ]
    for more, field in hostile:
        refused = post(client, "reports/", {**base, **more})
        assert refused.status_code == 400, more
        assert list(refused.json()) == [field], refused.json()
        assert isinstance(refused.json()[field][0], str)
    assert Report.objects.count() == 0


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


def test_too_busy_is_told_with_when_to_come_back(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch, settings
) -> None:
    settings.VAULT_DERIVATION_WAIT = 0.01
    full = Queue(0)
    monkeypatch.setattr(passphrase, "_queue", lambda at_once, cost: full)
    refused = post(client, "reports/", REPORT)
    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "60"


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
    answers = schema["components"]["schemas"]["InboxShown"]["properties"]["answers"]["additionalProperties"]
    assert [each["type"] for each in answers["oneOf"]] == ["string", "array", "object"]
    assert "/api/v1/channels/" in schema["paths"]
    assert {"what", "concerns", "channel", "files"} <= set(schema["components"]["schemas"]["SentReport"]["properties"])


def test_questions_review_and_detriments_go_through_the_api_as_through_the_pages(world: World, client: Client) -> None:
    report, receipt = send_report(world)
    _other, stranger = send_report(world)
    ask_questions(world, report)
    (asked,) = client.get("/api/v1/inbox/", headers=by(receipt)).json()["questions"]
    assert asked["is_open"]
    assert [(each["name"], each["kind"]) for each in asked["questions"]] == [("q1", "long"), ("q2", "choice")]
    assert asked["questions"][1]["choices"] == [{"code": "c1", "label": "Gate 3"}, {"code": "c2", "label": "Gate 4"}]
    address = "inbox/questions/1/"
    assert post(client, address, {"answers": {"q1": "x"}}, **by(stranger)).status_code == 404
    assert post(client, address, {"answers": {"q2": "c9"}}, **by(receipt)).status_code == 400
    assert post(client, address, {"answers": {"q7": "x"}}, **by(receipt)).status_code == 400
    assert post(client, address, {}, **by(receipt)).status_code == 400
    once = {**by(receipt), "Idempotency-Key": PageSecret.new().text}
    answers = {"answers": {"q2": "c1"}, "passed": {"q1": "unsaid"}}
    for _again in range(2):
        assert post(client, address, answers, **once).status_code == 204
    assert post(client, address, {"answers": {"q1": "Later"}}, **by(receipt)).status_code == 409
    (asked,) = client.get("/api/v1/inbox/", headers=by(receipt)).json()["questions"]
    assert [each["words"] for each in asked["asked"]] == ["I would rather not say", "Gate 3"]
    assert asked["questions"] == []

    told = {"what": "They moved me.", "kinds": ["transfer"]}
    once = {**by(receipt), "Idempotency-Key": PageSecret.new().text}
    for _again in range(2):
        assert post(client, "inbox/detriments/", told, **once).status_code == 204
    assert post(client, "inbox/detriments/", {"what": "x", "kinds": ["magic"]}, **by(receipt)).status_code == 400
    (detriment,) = client.get("/api/v1/inbox/", headers=by(receipt)).json()["detriments"]
    assert (detriment["state"], detriment["to"], detriment["what"]) == ("open", "protection", "They moved me.")
    address = f"inbox/detriments/{detriment['reference']}/messages/"
    assert post(client, address, {"text": "More."}, **by(stranger)).status_code == 404
    assert post(client, address, {"text": "More."}, **by(receipt)).status_code == 204
    assert post(client, "inbox/review/", {"text": "Again"}, **by(receipt)).status_code == 409
    read = client.get("/api/v1/inbox/", headers=by(receipt)).json()
    assert [each["body"] for each in read["detriments"][0]["messages"]] == ["More."]
    assert (read["outcome"], read["review_until"]) == (None, None)


def ask_questions(world: World, report: Report) -> None:
    """Two questions of the office."""
    from intake.channels.questionnaire import Kind
    from intake.followup.actions import ask
    from intake.followup.questions import make_question
    from integrity.action import action, record
    from integrity.policy import ANYBODY

    @action("test.asked", by=ANYBODY, description="A test asked.")
    def asks(*, actor: Actor) -> None:
        questions = [
            make_question(1, kind=Kind.LONG, label="Who saw it?"),
            make_question(2, kind=Kind.CHOICE, label="Which gate?", choices=("Gate 3", "Gate 4")),
        ]
        ask(report=report, author=world.person("intake"), questions=questions)
        record(object="test")

    asks(actor=Actor.system())
