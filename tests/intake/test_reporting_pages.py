"""From the form to a kept receipt, through the pages."""

from __future__ import annotations

import pytest
from django.db import IntegrityError
from django.test import Client

from audit.log.models import Entry
from intake.portal import actions
from intake.portal.models import Message, Report
from intake.portal.receipt import PageSecret, Receipt, ReporterSecret
from integrity.vault import passphrase
from integrity.vault.files import open_stream
from integrity.vault.keyring import Keyring
from integrity.vault.queue import Queue
from tests.intake import pages
from tests.walks.portal import send_report
from tests.world import World

pytestmark = pytest.mark.django_db


def arrivals() -> int:
    """How many entries of arrival the log has."""
    return Entry.objects.filter(type="report.received").count()


def test_the_first_page_answers_what_people_ask_and_leads_on(world: World, client: Client) -> None:
    page = pages.text_of(client.get("/"))
    for words in ("Can I stay unknown?", "Who reads it?", "within 7 days", "within 3 months", "protected from"):
        assert words in page
    assert 'href="/report/"' in page
    assert 'href="/inbox/"' in page


def test_the_open_pages_stand_before_an_institution_has_any_rules(db: None, client: Client) -> None:
    for address in ("/", "/protection/", "/report/", "/inbox/"):
        assert client.get(address).status_code == 200


def test_a_report_is_sent_and_its_receipt_is_shown(world: World, client: Client) -> None:
    response = pages.send(client, files=[pages.a_file(b"one", "one.txt"), pages.a_file(b"two", "two.txt")])
    assert response.status_code == 200
    receipt = Receipt.parse(pages.receipt_on(response))
    report = Report.objects.get()
    secret = ReporterSecret.of(receipt)
    keyring = Keyring(report.reporter_key, secret.private)
    assert report.open(keyring, "answers")["what"] == pages.REPORT["what"]
    assert "who" not in report.open(keyring, "answers")
    contents = {b"".join(open_stream(each.file, keyring)) for each in report.attachments.all()}
    assert contents == {b"one", b"two"}
    assert (report.state, report.path, report.origin) == ("received", "partner", "portal")
    assert (report.acknowledge_due - report.received_on).days == 7
    assert [step.transition for step in report.steps.all()] == ["received"]
    assert report.has_news


def test_the_entry_of_arrival_tells_the_day_and_no_more(world: World, client: Client) -> None:
    pages.send(client, name="Somebody")
    leaf = bytes(Entry.objects.get(type="report.received").leaf).decode()
    assert '"time":"' in leaf
    assert "T" not in leaf.split('"time":"')[1].split('"')[0]
    assert "Somebody" not in leaf
    assert '"named":true' in leaf


def test_an_error_keeps_what_was_typed_and_the_files_that_arrived(world: World, client: Client) -> None:
    page = pages.open_form(client)
    refused = pages.send(client, page, what="", where="The blue warehouse", files=[pages.a_file(b"kept")])
    text = pages.text_of(refused)
    assert refused.status_code == 422
    assert Report.objects.count() == 0
    assert 'href="#id_what"' in text
    assert "One sentence is enough to begin" in text
    assert "The blue warehouse" in text
    assert "plates.txt" in text
    assert pages.hidden(refused, "page") == page
    sent = pages.send(client, page, **{"files-kept": pages.all_hidden(refused, "files-kept")})
    report = Report.objects.get()
    keyring = Keyring(report.reporter_key, ReporterSecret.of(Receipt.parse(pages.receipt_on(sent))).private)
    assert b"".join(open_stream(report.attachments.get().file, keyring)) == b"kept"


def test_too_much_text_is_told_with_a_way_on_and_kept(world: World, client: Client) -> None:
    refused = pages.send(client, where="x" * 2_001)
    assert "longer than the 2000 characters" in pages.text_of(refused).replace(",", "")
    assert "x" * 2_001 in pages.text_of(refused)


def test_the_same_page_sent_twice_makes_one_report_with_one_receipt(world: World, client: Client) -> None:
    page = pages.open_form(client)
    first = pages.send(client, page, files=[pages.a_file()])
    second = pages.send(client, page, files=[pages.a_file()])
    assert pages.receipt_on(first) == pages.receipt_on(second) != ""
    assert Report.objects.get().attachments.count() == 1
    assert (arrivals(), Message.objects.count()) == (1, 0)


def test_a_lost_answer_is_found_again_although_the_files_were_taken(world: World, client: Client) -> None:
    page = pages.open_form(client)
    refused = pages.send(client, page, what="", files=[pages.a_file()])
    kept = {"files-kept": pages.all_hidden(refused, "files-kept")}
    first = pages.send(client, page, **kept)
    again = pages.send(client, page, **kept)
    assert pages.receipt_on(again) == pages.receipt_on(first) != ""
    assert Report.objects.count() == 1


def test_what_was_changed_with_the_back_button_is_not_lost(world: World, client: Client) -> None:
    page = pages.open_form(client)
    first = pages.send(client, page)
    for _again in range(2):
        pages.send(client, page, who="The tall one", files=[pages.a_file(b"new")])
    message = Message.objects.get()
    secret = ReporterSecret.of(Receipt.parse(pages.receipt_on(first)))
    body = message.open(Keyring(message.report.reporter_key, secret.private), "body")
    assert "The tall one" in body
    assert pages.REPORT["what"] not in body
    assert message.attachments.count() == 1


def test_two_sendings_at_the_same_moment_make_one_report(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    # Both have looked before either has written: the look-up of the second finds nothing the first time.
    receipt = Receipt.new()
    first, _receipt = send_report(world, receipt=receipt)
    found = iter([None, actions.find_report(ReporterSecret.of(receipt))])
    monkeypatch.setattr(actions, "find_report", lambda secret: next(found))
    second, _receipt = send_report(world, receipt=receipt)
    assert second.pk == first.pk
    assert (Report.objects.count(), arrivals()) == (1, 1)


def test_a_conflict_that_is_no_second_sending_is_not_hidden(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    report, _receipt = send_report(world)
    monkeypatch.setattr(actions, "new_reference", lambda prefix: report.reference)
    with pytest.raises(IntegrityError):
        send_report(world)


def test_the_receipt_is_shown_until_it_is_typed_back_and_never_after(world: World, client: Client) -> None:
    page = pages.open_form(client)
    receipt = pages.receipt_on(pages.send(client, page))
    wrong = client.post("/report/receipt/", {"page": page, "receipt": "1" * 24})
    assert pages.receipt_on(wrong) == receipt
    assert "This is not the receipt that is shown above" in pages.text_of(wrong)
    short = client.post("/report/receipt/", {"page": page, "receipt": receipt[:-2]})
    assert pages.receipt_on(short) == receipt
    assert "What you typed has 22 digits" in pages.text_of(short)
    arabic = receipt.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    right = client.post("/report/receipt/", {"page": page, "receipt": arabic})
    assert right.status_code == 200
    assert Report.objects.get().receipt_kept
    later = (
        right,
        pages.send(client, page),
        client.post("/report/receipt/", {"page": page, "receipt": "1" * 24}),
        client.post("/report/receipt/file/", {"page": page}),
    )
    for response in later:
        assert pages.receipt_on(response) == ""
        assert receipt not in pages.text_of(response).replace(" ", "")
    assert Entry.objects.filter(type="report.receipt_kept").count() == 1


def test_opening_the_inbox_shows_that_the_receipt_was_kept(world: World, client: Client) -> None:
    page = pages.open_form(client)
    receipt = pages.receipt_on(pages.send(client, page))
    pages.enter(client, receipt)
    assert pages.receipt_on(pages.send(client, page)) == ""


def test_the_receipt_can_be_saved_as_a_file_that_says_little(world: World, client: Client) -> None:
    page = pages.open_form(client)
    receipt = Receipt.parse(pages.receipt_on(pages.send(client, page)))
    saved = client.post("/report/receipt/file/", {"page": page})
    assert receipt.spaced in saved.content.decode("utf-8-sig")
    assert saved.headers["Content-Disposition"] == 'attachment; filename="note.txt"'


@pytest.mark.parametrize("page", ["", "nonsense", PageSecret.new().text], ids=["none", "nonsense", "unknown"])
def test_a_page_that_sent_nothing_has_no_receipt(world: World, client: Client, page: str) -> None:
    for address in ("/report/receipt/", "/report/receipt/file/"):
        response = client.post(address, {"page": page, "receipt": "1" * 24})
        assert response.status_code == 404
        assert "No report was sent by this page" in pages.text_of(response)


def test_when_too_many_send_at_once_nothing_typed_is_lost(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch, settings
) -> None:
    settings.VAULT_DERIVATION_WAIT = 0.01
    full = Queue(0)
    page = pages.open_form(client)
    with monkeypatch.context() as patch:
        patch.setattr(passphrase, "_queue", lambda at_once, cost: full)
        busy = pages.send(client, page, where="The blue warehouse", files=[pages.a_file()])
        assert busy.status_code == 503
        assert busy.headers["Retry-After"] == "60"
        assert "Please try once more" in pages.text_of(busy)
        assert "The blue warehouse" in pages.text_of(busy)
        door = pages.enter(client, "1" * 24)
        assert door.status_code == 429
        assert "Please wait a little" in pages.text_of(door)
    sent = pages.send(client, page, **{"files-kept": pages.all_hidden(busy, "files-kept")})
    assert pages.receipt_on(sent)
    assert Report.objects.get().attachments.count() == 1


def test_the_form_comes_in_the_language_of_its_address(world: World, client: Client) -> None:
    response = client.post("/ar/report/", {"page": PageSecret.new().text, **pages.REPORT})
    assert pages.receipt_on(response)
    assert 'dir="rtl"' in pages.text_of(response)
    assert Report.objects.get().language == "ar"
