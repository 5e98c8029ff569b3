"""One question at a time: on, back, the review, the other language, the long page and back."""

from __future__ import annotations

import pytest
from django.test import Client

from intake.portal.models import Draft, Message, Report
from intake.portal.receipt import PageSecret, Receipt, ReporterSecret
from integrity.vault import passphrase
from integrity.vault.files import file_details, open_stream
from integrity.vault.keyring import Keyring
from integrity.vault.queue import Queue
from tests.intake import pages, writing
from tests.intake.writing import press, step_of, walk_to
from tests.world import World

pytestmark = pytest.mark.django_db


def answers_of(report: Report, receipt: str) -> dict[str, object]:
    """What a report says, opened with its receipt."""
    keyring = Keyring(report.reporter_key, ReporterSecret.of(Receipt.parse(receipt)).private)
    return dict(report.open(keyring, "answers"))


def test_a_report_is_written_one_question_at_a_time(world: World, client: Client) -> None:
    shown, seen = writing.begin(client), []
    while not writing.is_review(shown):
        seen.append(step_of(shown))
        text = pages.text_of(shown)
        assert f"Question {len(seen)} of 10" in text
        assert text.count("<h1") == 1
        assert ("You can leave this empty" in text) == (seen[-1] not in {"path", "concerns", "what"})
        files = {"files": [pages.a_file(b"one", "one.txt"), pages.a_file(b"two", "two.txt")]}
        given = {"name": "Rahel Sundaram"} if seen[-1] == "name" else files if seen[-1] == "files" else {}
        shown = press(client, shown, **{**writing.ANSWERS[seen[-1]], **given})
    assert seen == list(writing.ANSWERS)
    review = pages.text_of(shown)
    for words in ("A business partner", "At gate 3 an officer", "one.txt", "two.txt", "Given. It is not shown here."):
        assert words in review
    assert "Rahel" not in review
    sent = press(client, shown, "send")
    report = Report.objects.get()
    assert answers_of(report, pages.receipt_on(sent))["how_known"] == "I drive there."
    assert (report.attachments.count(), report.has_identity, report.path) == (2, True, "partner")
    assert not Draft.objects.exists()


def test_what_must_be_answered_is_asked_for_and_nothing_is_lost(world: World, client: Client) -> None:
    first = writing.begin(client)
    refused = press(client, first)
    assert refused.status_code == 422
    assert 'href="#id_path_0"' in pages.text_of(refused)
    what = walk_to(client, "what", refused)
    too_long = press(client, what, what="x" * 50_001)
    assert (too_long.status_code, step_of(too_long)) == (422, "what")
    assert "longer than the 50000 characters" in pages.text_of(too_long).replace(",", "")
    assert "x" * 50_001 in pages.text_of(too_long)
    back = press(client, too_long, "back", what="x" * 50_001)
    assert step_of(back) == "concerns"
    assert "x" * 50_001 in pages.text_of(walk_to(client, "what", back))


def test_back_keeps_what_stood_in_the_page(world: World, client: Client) -> None:
    where = walk_to(client, "where")
    back = press(client, where, "back", where="The blue warehouse")
    assert step_of(back) == "when"
    assert "Most mornings since January" in pages.text_of(back)
    assert "The blue warehouse" in pages.text_of(press(client, back, when="Mornings"))


def test_the_review_leads_to_each_question_and_back(world: World, client: Client) -> None:
    review = walk_to(client, "review")
    changing = press(client, review, "to.where")
    assert step_of(changing) == "where"
    again = press(client, changing, where="South port")
    assert writing.is_review(again)
    assert "South port" in pages.text_of(again)
    left = press(client, press(client, again, "to.where"), "back", where="West port")
    assert writing.is_review(left)
    assert "West port" in pages.text_of(left)


def test_the_review_tells_what_is_missing_and_where(world: World, client: Client) -> None:
    review = walk_to(client, "review")
    Report.objects.all().delete()
    emptied = press(client, press(client, review, "to.what"), "back", what="")
    text = pages.text_of(emptied)
    assert 'href="#answer-what"' in text
    assert 'id="answer-what"' in text
    refused = press(client, emptied, "send")
    assert refused.status_code == 422
    assert not Report.objects.exists()
    assert pages.receipt_on(press(client, walk_to(client, "review", press(client, refused, "to.what")), "send"))


def test_the_language_changes_in_the_middle(world: World, client: Client) -> None:
    shown = walk_to(client, "where")
    arabic = press(client, shown, "here", address=f"/ar{writing.STEPS}", where="The blue warehouse")
    assert 'dir="rtl"' in pages.text_of(arabic)
    assert "The blue warehouse" in pages.text_of(arabic)
    assert step_of(arabic) == "where"
    assert f'formaction="{writing.STEPS}"' in pages.text_of(arabic)


def test_the_long_page_and_single_questions_are_two_ways_of_the_same(world: World, client: Client) -> None:
    where = walk_to(client, "where")
    long = press(client, where, "page", address="/report/", where="The blue warehouse")
    text = pages.text_of(long)
    assert long.status_code == 200
    for words in ("At gate 3 an officer", "The blue warehouse", "Send the report"):
        assert words in text
    one = press(client, long, "here", **{**pages.REPORT, "where": "The red warehouse"})
    assert "The red warehouse" in pages.text_of(walk_to(client, "where", one))
    looked = press(client, long, "review", **{**pages.REPORT, "where": "The red warehouse"})
    assert writing.is_review(looked)
    assert writing.is_review(press(client, press(client, looked, "to.when"), when="Never"))
    assert pages.receipt_on(press(client, looked, "send"))


def test_two_windows_lose_nothing_silently(world: World, client: Client) -> None:
    shown = walk_to(client, "where")
    one = press(client, shown, where="The blue warehouse")
    other = press(client, shown, where="The red warehouse")
    assert "Two versions" in pages.text_of(other)
    assert "Two versions" not in pages.text_of(one)
    # The same page sent twice is no second version.
    for _each in range(2):
        again = press(client, walk_to(client, "how_known", other), how_known="I was there")
        assert "Two versions" not in pages.text_of(again)
    review = pages.text_of(walk_to(client, "review", again))
    assert "The red warehouse" in review
    assert "The blue warehouse" in review


def test_sending_twice_is_one_report(world: World, client: Client) -> None:
    review = walk_to(client, "review", files={"files": [pages.a_file()]})
    receipts = {pages.receipt_on(press(client, review, "send")) for _each in range(3)}
    assert len(receipts) == 1
    assert "" not in receipts
    whole = pages.send(client, pages.hidden(review, "page"))
    assert pages.receipt_on(whole) in receipts
    assert (Report.objects.count(), Report.objects.get().attachments.count()) == (1, 1)
    assert not Draft.objects.exists()


def test_a_window_left_open_after_sending_can_send_what_it_holds_as_well(world: World, client: Client) -> None:
    other = walk_to(client, "where")
    receipt = pages.receipt_on(press(client, walk_to(client, "review", other), "send"))
    late = press(client, other, where="The red warehouse")
    assert "This report was sent already" in pages.text_of(late)
    assert "The red warehouse" in pages.text_of(late)
    arabic = press(client, late, "sent", address=f"/ar{writing.STEPS}", where="The red warehouse")
    assert "The red warehouse" in pages.text_of(arabic)
    assert not Draft.objects.exists()
    shown = press(client, late, "more", where="The red warehouse")
    assert pages.receipt_on(shown) == receipt
    message = Message.objects.get()
    keyring = Keyring(message.report.reporter_key, ReporterSecret.of(Receipt.parse(receipt)).private)
    assert "The red warehouse" in message.open(keyring, "body")
    assert pages.receipt_on(press(client, late, "receipt")) == receipt


def test_files_stay_whatever_happens_around_them(world: World, client: Client, settings) -> None:
    settings.VAULT_FILE_LIMIT = 1000
    shown = walk_to(client, "files")
    three = [pages.a_file(b"one", "one.txt"), pages.a_file(b"L" * 2000, "film.mp4"), pages.a_file(b"two", "two.txt")]
    refused = press(client, shown, files=three)
    assert (refused.status_code, step_of(refused)) == (422, "files")
    for words in ("“film.mp4” was not taken", "one.txt", "two.txt"):
        assert words in pages.text_of(refused)
    # As when the line broke before the answer, and the same page is sent again.
    again = press(client, shown, files=[pages.a_file(b"one", "one.txt"), pages.a_file(b"two", "two.txt")])
    assert step_of(again) == "name"
    changing = press(client, walk_to(client, "review", again), "to.files")
    assert len(pages.all_hidden(changing, "files-kept")) == 2
    gone = pages.re.findall(r'name="files-remove" value="([^"]+)"', changing.content.decode())[0]
    review = press(client, changing, **{"files-remove": gone}, files=[pages.a_file(b"three", "three.txt")])
    sent = press(client, review, "send")
    report = Report.objects.get()
    keyring = Keyring(report.reporter_key, ReporterSecret.of(Receipt.parse(pages.receipt_on(sent))).private)
    found = {file_details(each.file, keyring)["name"]: each.file for each in report.attachments.all()}
    assert set(found) == {"two.txt", "three.txt"}
    assert b"".join(open_stream(found["three.txt"], keyring)) == b"three"


def test_a_file_that_was_not_taken_is_told_wherever_the_button_leads(world: World, client: Client, settings) -> None:
    settings.VAULT_FILE_LIMIT = 1000
    shown = walk_to(client, "files")
    for go in ("back", "later", "here"):
        told = press(client, shown, go, files=[pages.a_file(b"L" * 2000, "film.mp4")])
        assert "“film.mp4” was not taken" in pages.text_of(told)
    assert "film.mp4" in pages.text_of(
        press(client, shown, "page", address="/report/", files=[pages.a_file(b"L" * 2000, "film.mp4")])
    )


def test_too_many_at_once_lose_nothing(world: World, client: Client, monkeypatch: pytest.MonkeyPatch, settings) -> None:
    settings.VAULT_DERIVATION_WAIT = 0.01
    full = Queue(0)
    where = walk_to(client, "where")
    review = walk_to(client, "review", where)
    with monkeypatch.context() as patch:
        patch.setattr(passphrase, "_queue", lambda at_once, cost: full)
        for shown, go, kept in ((review, "send", "North port"), (where, "later", "The blue warehouse")):
            busy = press(client, shown, go, where="The blue warehouse")
            assert (busy.status_code, busy.headers["Retry-After"]) == (503, "60")
            assert "Please try once more" in pages.text_of(busy)
            assert kept in pages.text_of(busy)
    assert pages.receipt_on(press(client, busy, "later"))


def test_when_nobody_can_receive_it_is_said_before_somebody_writes(world: World, client: Client) -> None:
    world.independent.recipients.clear()
    shown = press(client, writing.begin(client), path="staff")
    refused = press(client, shown, concerns="office")
    assert refused.status_code == 422
    assert "The independent channel cannot receive reports at this moment" in pages.text_of(refused)
    assert step_of(press(client, refused, concerns="others")) == "what"


def test_the_addresses_tell_nothing_and_a_bare_one_begins_anew(world: World, client: Client) -> None:
    assert client.get(writing.STEPS).headers["Location"] == "/report/"
    page = PageSecret.new().text
    assert step_of(client.post(writing.STEPS, {"page": page})) == "path"
    assert step_of(client.post(writing.STEPS, {"page": "nonsense", "at": "../..", "go": "to.nowhere"})) == "path"


def test_more_than_a_page_takes_is_told_and_the_rest_is_kept(world: World, client: Client) -> None:
    where = walk_to(client, "where")
    too_much = press(client, where, where="x" * 5_000_000)
    assert too_much.status_code == 413
    assert "what you sent before it is as it was" in pages.text_of(too_much)
    assert "At gate 3 an officer" in pages.text_of(walk_to(client, "review", where))
