"""The API for reporting persons and hotline providers does what its description says, and nothing else."""

from __future__ import annotations

import pytest

from audit.log.models import Entry
from cases.triage.transcripts import write_transcript
from intake.clients.actions import Issued, end_client, make_client
from intake.clients.models import ApiClient
from intake.portal.models import Origin, Report
from intake.portal.receipt import PageSecret, Receipt
from integrity.action import NotConfirmed, NotPermitted, WrongState
from tests.desk import at_desk, entries, words_of
from tests.intake import pages
from tests.intake.described import Described
from tests.intake.questioning import published
from tests.intake.test_api import ask_questions, by
from tests.walks.portal import ANSWERS, send_report
from tests.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.once]

REPORT = {"path": "partner", **ANSWERS}


def a_client(world: World, **options: object) -> Issued:
    """A client of the telephone hotline."""
    return make_client(
        actor=world.actor("programme"),
        **{"name": "Hotline", "origin": Origin.PHONE, **options},  # type: ignore[arg-type]
    )


def key_of(issued: Issued) -> dict[str, str]:
    """The header of a client."""
    return {"Authorization": f"Client {issued.key}"}


def test_every_answer_and_request_is_as_described(world: World) -> None:
    api = Described.served()
    published(world.channel)
    api.call("get", "channels/?path=partner&concerns=others")
    api.call("get", "channels/", Authorization="Client wrong", wrong=True)
    # The description knows the standard questions; those of another channel are told by `channels/`.
    world.channel.versions.all()
    api.call("post", "reports/", {"path": "partner", "concerns": "perhaps"}, wrong=True)
    api.call("post", "reports/", {**REPORT, "concerns": "office", "channel": "office"}, wrong=True)
    sent = api.call("post", "reports/", {**REPORT, "concerns": "office"})
    receipt = Receipt(sent.json()["receipt"])
    with_files = {**REPORT, "concerns": "leadership", "files": [pages.a_file(b"one")]}
    filed = Receipt(api.call("post", "reports/", with_files).json()["receipt"])
    api.call("post", "reports/", REPORT, Authorization="Client wrong", wrong=True)
    world.independent.recipients.clear()
    api.call("post", "reports/", {**REPORT, "concerns": "office"}, wrong=True)

    report = Report.objects.order_by("pk").get(lookup=_lookup(receipt))
    ask_questions(world, report)
    api.call("post", "inbox/messages/", {"text": "More"}, **by(receipt))
    api.call("post", "inbox/messages/", {"text": ""}, **by(receipt), wrong=True)
    api.call("post", "inbox/messages/", {"text": "x", "files": [pages.a_file(b"two")]}, **by(filed))
    number = api.call("get", "inbox/", **by(filed)).json()["files"][0]["number"]
    api.call("get", f"inbox/files/{number}/", **by(filed))
    api.call("get", f"inbox/files/{number}/", **by(receipt), wrong=True)
    api.call("get", "inbox/", wrong=True)
    api.call("get", "inbox/", **by(receipt))
    api.call("post", "inbox/questions/9/", {"answers": {"q1": "x"}}, **by(receipt), wrong=True)
    api.call("post", "inbox/questions/1/", {"answers": {"q2": "c9"}}, **by(receipt), wrong=True)
    api.call("post", "inbox/questions/1/", {"answers": {"q1": "x"}, "passed": {"q2": "unsaid"}}, **by(receipt))
    api.call("post", "inbox/questions/1/", {"answers": {"q1": "y"}}, **by(receipt), wrong=True)
    api.call("post", "inbox/review/", {"text": "Again"}, **by(receipt), wrong=True)
    api.call("post", "inbox/detriments/", {"what": "x", "kinds": ["magic"]}, **by(receipt), wrong=True)
    api.call("post", "inbox/detriments/", {"what": "They moved me.", "kinds": ["transfer"]}, **by(receipt))
    told = api.call("get", "inbox/", **by(receipt)).json()["detriments"][0]["reference"]
    api.call("post", f"inbox/detriments/{told}/messages/", {"text": "More"}, **by(receipt))
    api.call("post", f"inbox/detriments/{told}/messages/", {"text": "More"}, **by(filed), wrong=True)
    _the_end(api, world)
    assert {name for name, _status in api.seen} == api.operations(), "an operation that nothing here asks"


def _the_end(api: Described, world: World) -> None:
    """The transcript of a call, the survey, and the receipt given up."""
    called, receipt = send_report(world, origin=Origin.PHONE)
    api.call("post", "inbox/transcripts/1/", {"answer": "signed"}, **by(receipt), wrong=True)
    for text in ("At gate 5.", "At gate 3."):
        write_transcript(actor=world.actor("intake"), subject=called, text=text)
    api.call("get", "inbox/", **by(receipt))
    for number, sent in ((1, {"answer": "signed"}), (2, {"answer": "corrected"}), (2, {"answer": "perhaps"})):
        api.call("post", f"inbox/transcripts/{number}/", sent, **by(receipt), wrong=True)
    api.call("post", "inbox/transcripts/2/", {"answer": "corrected", "corrected": "At gate 4."}, **by(receipt))
    api.call("post", "inbox/survey/", {"easy": "4"}, **by(receipt), wrong=True)
    Report.objects.filter(pk=called.pk).update(state="referred")
    assert len(api.call("get", "inbox/", **by(receipt)).json()["survey"]) == 4
    for answers in ({}, {"easy": "5"}, {"eazy": "4"}):
        api.call("post", "inbox/survey/", answers, **by(receipt), wrong=True)
    api.call("post", "inbox/survey/", {"easy": "4", "again": "1"}, **by(receipt))
    api.call("post", "inbox/survey/", {"easy": "4"}, **by(receipt), wrong=True)
    api.call("post", "inbox/give-up/", {"understood": False}, **by(receipt), wrong=True)
    api.call("post", "inbox/give-up/", {"understood": True}, **by(receipt))
    api.call("post", "inbox/give-up/", {"understood": True}, **by(receipt), wrong=True)


def test_the_description_tells_what_can_be_chosen_at_the_end(db: None) -> None:
    schemas = Described.served().schema["components"]["schemas"]

    def choices(shape: str, name: str) -> list[str]:
        named = schemas[shape]["properties"][name]
        reference = named.get("$ref") or named["allOf"][0]["$ref"]
        codes: list[str] = schemas[reference.rpartition("/")[2]]["enum"]
        return codes

    assert choices("SentTranscriptAnswer", "answer") == ["signed", "corrected", "declined"]
    for question in ("easy", "informed", "safe", "again"):
        assert choices("SentSurvey", question) == ["4", "3", "2", "1"]
        assert "* `4` - Yes, fully" in schemas["SentSurvey"]["properties"][question]["description"]
    assert schemas["SentLeave"]["required"] == ["understood"]


def _lookup(receipt: Receipt) -> bytes:
    from intake.portal.receipt import ReporterSecret

    return ReporterSecret.of(receipt).lookup


def test_a_client_sends_by_its_channels_and_its_name_is_in_the_log(world: World) -> None:
    api = Described.served()
    issued = a_client(world, channels=[world.channel])
    assert issued.key.startswith("ioc_")
    assert len(issued.key) >= 47
    once = {"Idempotency-Key": PageSecret.new().text}
    codes = [each["code"] for each in api.call("get", "channels/?concerns=office", **key_of(issued)).json()]
    assert codes == []
    first, second = (api.call("post", "reports/", REPORT, **key_of(issued), **once) for _again in range(2))
    assert first.json() == second.json()
    report = Report.objects.get()
    assert (report.origin, report.channel) == (Origin.PHONE, world.channel)
    (sent,) = entries("clients.report_sent")
    assert (sent["actor"], sent["object"]) == (issued.client.pseudonym, report.pseudonym)
    assert len(sent["time"]) == len("2026-11-22")
    api.call("post", "reports/", {**REPORT, "concerns": "office"}, **key_of(issued), wrong=True)
    named = {**REPORT, "channel": "independent", "concerns": "others"}
    api.call("post", "reports/", named, **key_of(issued), wrong=True)
    held = ApiClient.objects.get()
    assert held.used_on is not None
    assert issued.key not in repr(ApiClient.objects.values())
    # A key opens nothing: not an inbox, and no desk.
    api.call("get", "inbox/", **key_of(issued), wrong=True)


def test_a_client_that_was_ended_is_refused_at_once(world: World) -> None:
    api = Described.served()
    issued = a_client(world)
    end_client(actor=world.actor("admin"), client=issued.client)
    api.call("post", "reports/", REPORT, **key_of(issued), wrong=True)
    api.call("get", "channels/", **key_of(issued), wrong=True)
    assert Report.objects.count() == 0
    with pytest.raises(WrongState):
        end_client(actor=world.actor("admin"), client=issued.client)


def test_a_client_that_asks_too_often_waits(world: World) -> None:
    api = Described.served()
    issued, other = a_client(world, per_minute=3), a_client(world, per_minute=3, name="Another")
    for _again in range(3):
        api.call("get", "channels/", **key_of(issued))
    waits = api.call("get", "channels/", **key_of(issued), wrong=True)
    assert waits.status_code == 429
    assert 1 <= int(waits.headers["Retry-After"]) <= 61
    api.call("post", "reports/", REPORT, **key_of(issued), wrong=True)
    api.call("get", "channels/", **key_of(other))
    api.call("get", "channels/")


def test_a_closed_api_takes_reports_from_clients_alone(world: World, settings) -> None:
    api = Described.served()
    settings.API_OPEN = False
    issued = a_client(world)
    refused = api.call("post", "reports/", REPORT, wrong=True)
    assert (refused.status_code, Report.objects.count()) == (401, 0)
    receipt = Receipt(api.call("post", "reports/", REPORT, **key_of(issued)).json()["receipt"])
    api.call("get", "inbox/", **by(receipt))


def test_clients_are_made_and_ended_on_pages(world: World) -> None:
    browser = at_desk("programme")
    given = {"name": "Night line", "origin": "phone", "channels": [world.channel.pk], "per_minute": 20}
    shown = words_of(browser.post("/desk/clients/new/", given))
    client = ApiClient.objects.get()
    key = shown.partition('id="key">')[2].partition("<")[0]
    assert ApiClient.objects.with_key(key) == client
    listed = words_of(browser.get("/desk/clients/"))
    assert "Night line" in listed
    assert key not in listed
    browser.post(f"/desk/clients/{client.pk}/end/")
    assert ApiClient.objects.with_key(key) is None
    assert [row["object"] for row in entries("clients.ended")] == [client.pseudonym]
    assert browser.post(f"/desk/clients/{client.pk}/end/").status_code == 302
    assert len(entries("clients.ended")) == 1
    for username in ("intake", "investigator", "auditor"):
        assert at_desk(username).get("/desk/clients/").status_code == 403
        assert at_desk(username).post("/desk/clients/new/", given).status_code == 403
    with pytest.raises(NotPermitted):
        make_client(actor=world.actor("intake"), name="x", origin=Origin.API)
    with pytest.raises(NotConfirmed):
        make_client(actor=world.actor("programme", confirmed=False), name="x", origin=Origin.API)
    assert key.encode() not in b"".join(bytes(row.leaf) for row in Entry.objects.all())
    assert send_report(world)
