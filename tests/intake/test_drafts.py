"""What is kept of a report while it is written: for whom it opens, how long, and what is left of it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client

from audit import clock
from audit.log.models import Entry
from intake.portal import drafts
from intake.portal.models import Draft, Report
from intake.portal.receipt import PageSecret, Receipt, ReporterSecret
from integrity.vault import storage
from integrity.vault.seal import CannotOpen, Place
from integrity.vault.uploads import SealedUpload, sweep_uploads
from integrity.vault.wrap import unwrap
from tests.intake import pages
from tests.intake.test_secrecy import dump, spellings
from tests.intake.writing import press, step_of, walk_to
from tests.world import World

pytestmark = pytest.mark.django_db


def test_the_digits_lead_back_and_become_the_receipt(world: World, client: Client) -> None:
    stopped = press(client, walk_to(client, "where"), "later", where="The blue warehouse")
    digits = pages.receipt_on(stopped)
    assert len(digits) == 24
    assert not Report.objects.exists()
    back = pages.enter(Client(), digits)
    assert "Welcome back" in pages.text_of(back)
    assert (back.status_code, step_of(back)) == (200, "where")
    assert "The blue warehouse" in pages.text_of(back)
    sent = press(client, walk_to(client, "review", back), "send")
    assert pages.receipt_on(sent) == digits
    assert "The digits that you wrote down before are now its receipt" in pages.text_of(sent)
    assert "Your inbox" in pages.text_of(pages.enter(client, digits))
    assert not Draft.objects.exists()


def test_the_door_looks_the_same_for_digits_that_open_nothing(world: World, client: Client) -> None:
    press(client, walk_to(client, "what"), "later", what="x")
    wrong, never = pages.enter(client, "1" * 24), pages.enter(client, "2" * 24)
    assert wrong.status_code == never.status_code == 200
    assert len(wrong.content) == len(never.content)
    assert "No report opens with this receipt" in pages.text_of(wrong)
    assert client.get("/api/v1/inbox/", headers={"authorization": f"Receipt {'1' * 24}"}).status_code == 401


def test_every_receipt_costs_one_derivation_and_the_same_questions(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries
) -> None:
    calls = []
    of = ReporterSecret.of
    monkeypatch.setattr(ReporterSecret, "of", lambda receipt: calls.append(receipt) or of(receipt))
    for digits in ("1" * 24, "12"):
        calls.clear()
        typed = {**pages.open_door(client), "receipt": digits}
        with django_assert_num_queries(4):
            client.post("/inbox/", typed)
        assert len(calls) == 1


def test_a_draft_is_closed_to_whoever_has_tables_and_settings(world: World, client: Client) -> None:
    stopped = press(client, walk_to(client, "what"), "later", what="Canary at gate 3")
    page, digits = pages.hidden(stopped, "page"), pages.receipt_on(stopped)
    stolen = dump()
    for secret in (page, digits, Receipt(digits).spaced, "Canary at gate 3"):
        assert not [each for each in spellings(secret) if each in stolen]
    row = Draft.objects.get()
    for guess in (bytes(row.pk), bytes(row.lookup)):
        for column in ("wrapped", "page"):
            with pytest.raises(CannotOpen):
                unwrap(bytes(getattr(row, column)), secret=guess, place=Place("portal_draft", column, row.pk.hex()))
    assert drafts.find(PageSecret.new()) is None
    assert drafts.find_by_receipt(ReporterSecret.of(Receipt.new())) is None


def test_a_draft_that_was_exchanged_opens_nothing(world: World, client: Client) -> None:
    rows = []
    for _each in range(2):
        stopped = press(client, walk_to(client, "what"), "later", what="x")
        rows.append((pages.receipt_on(stopped), PageSecret.parse(pages.hidden(stopped, "page"))))
    first, second = (Draft.objects.get(pk=drafts.identifier(page)) for _digits, page in rows)
    Draft.objects.filter(pk=first.pk).update(wrapped=second.wrapped)
    assert drafts.find(rows[0][1]) is None
    assert drafts.find_by_receipt(ReporterSecret.of(Receipt(rows[0][0]))) is None
    assert pages.enter(client, rows[0][0]).status_code == 200


def test_the_length_of_a_draft_tells_little(world: World, client: Client) -> None:
    lengths = set()
    for text in ("x", "x" * 900):
        press(client, walk_to(client, "what"), what=text)
        lengths.add(len(bytes(Draft.objects.order_by("pk").last().wrapped)))
    assert len(lengths) == 1


def test_writing_leaves_no_entry_and_no_minute(world: World, client: Client, settings) -> None:
    before = Entry.objects.count()
    shown = walk_to(client, "name", files={"files": [pages.a_file()]})
    press(client, press(client, shown, "later"), "throw")
    assert Entry.objects.count() == before
    row = Draft.objects.get()
    assert row.ends_on == clock.today() + timedelta(days=settings.DRAFT_DAYS)
    assert {field.get_internal_type() for field in Draft._meta.fields} == {"BinaryField", "DateField"}
    waiting = list(storage.pending_folder().iterdir())
    assert len(waiting) == 2
    assert all(path.stat().st_mtime % 86_400 == 0 for path in waiting)


def test_files_wait_as_long_as_their_draft(world: World, client: Client, settings) -> None:
    shown = walk_to(client, "name", files={"files": [pages.a_file()]})
    for path in storage.pending_folder().iterdir():
        left = path.stat().st_mtime - time.time()
        assert left > settings.DRAFT_DAYS * 86_400
    SealedUpload.from_token(pages.all_hidden(press(client, shown, "back"), "files-kept")[0])
    assert sweep_uploads(timedelta(hours=24)) == 0
    assert len(list(storage.pending_folder().iterdir())) == 2


def test_thrown_away_is_gone_at_once(world: World, client: Client) -> None:
    shown = walk_to(client, "name", files={"files": [pages.a_file()]})
    asked = press(client, shown, "throw")
    assert Draft.objects.exists()
    assert step_of(press(client, asked, "here")) == "name"
    gone = press(client, asked, "thrown")
    assert "It is gone" in pages.text_of(gone)
    assert not Draft.objects.exists()
    assert not list(storage.pending_folder().iterdir())


def test_an_old_draft_is_over_and_the_page_in_hand_is_not_lost(world: World, client: Client) -> None:
    where = walk_to(client, "where")
    digits = pages.receipt_on(press(client, where, "later"))
    Draft.objects.update(ends_on=clock.today() - timedelta(days=1))
    assert pages.enter(client, digits).status_code == 200
    late = press(client, where, where="The blue warehouse")
    text = pages.text_of(late)
    assert "What you wrote earlier is no longer kept" in text
    assert "The blue warehouse" in text
    Draft.objects.update(ends_on=clock.today() - timedelta(days=1))
    assert drafts.sweep() == 1
    whole = pages.send(client, pages.hidden(where, "page"))
    assert pages.receipt_on(whole) == digits


@pytest.mark.django_db(transaction=True)
def test_windows_that_write_at_the_same_moment_all_count(world: World) -> None:
    page = PageSecret.new()

    def write(name: str) -> None:
        try:
            drafts.keep(page, lambda earlier: replace(earlier, parts={**earlier.parts, name: {name: ["said"]}}))
        finally:
            connections.close_all()

    names = [f"question_{number}" for number in range(6)]
    with ThreadPoolExecutor(len(names)) as windows:
        list(windows.map(write, names))
    begun = drafts.find(page)
    assert begun is not None
    assert set(begun.writing.parts) == set(names)


@pytest.mark.django_db(transaction=True)
def test_two_windows_that_send_at_the_same_moment_make_one_report(world: World, client: Client) -> None:
    review = walk_to(client, "review", files={"files": [pages.a_file()]})

    def send(whole: bool) -> str:
        try:
            window = Client()
            if whole:
                return pages.receipt_on(pages.send(window, pages.hidden(review, "page")))
            return pages.receipt_on(press(window, review, "send"))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as windows:
        receipts = set(windows.map(send, [False, False, True, False]))
    assert len(receipts) == 1
    assert "" not in receipts
    assert (Report.objects.count(), Entry.objects.filter(type="report.received").count()) == (1, 1)
    assert not Draft.objects.exists()
