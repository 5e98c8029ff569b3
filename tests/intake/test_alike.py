"""Who watches the line does not learn whether a receipt opened anything: not by the time, the size or the status."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from http.client import responses
from operator import itemgetter

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from intake.portal import alike
from intake.portal.forms import LONGEST_MESSAGE
from intake.portal.receipt import Receipt
from integrity.vault.passphrase import TooBusy
from tests.intake import pages
from tests.walks.portal import send_report
from tests.world import World

PAIRS = 20
# Of twenty pairs without a difference, more than this many go one way once in 2,500 times.
MOST = 17


def later(client: Client, receipt: Receipt, clock: Callable[[], float]) -> int:
    """In how many pairs a right receipt takes longer, by a clock, than a wrong one tried just before or after it."""
    found = 0
    for number in range(PAIRS):
        right, wrong = (receipt, number % 2), (Receipt.new(), 1 - number % 2)
        times = {typed: _timed(client, typed, clock) for typed, _place in sorted((right, wrong), key=itemgetter(1))}
        found += times[receipt] > times[wrong[0]]
    return found


def _timed(client: Client, typed: Receipt, clock: Callable[[], float]) -> float:
    begun = clock()
    pages.enter(client, typed.digits)
    return clock() - begun


@pytest.mark.once
def test_over_many_tries_the_time_does_not_tell_a_right_receipt_from_a_wrong_one(
    world: World, client: Client, settings
) -> None:
    _report, receipt = send_report(world)
    # The work does tell it, whatever else this machine does meanwhile.
    assert later(client, receipt, time.thread_time) > MOST
    settings.RECEIPT_SECONDS = 0.4
    assert PAIRS - MOST <= later(client, receipt, time.perf_counter) <= MOST


def on_the_line(response: HttpResponse) -> int:
    """The bytes of an answer as a server sends it."""
    status = f"HTTP/1.1 {response.status_code} {responses[response.status_code]}\r\n"
    return len(status) + sum(len(f"{name}: {value}\r\n") for name, value in response.items()) + len(response.content)


@pytest.mark.parametrize("language", ["", "/ar", "/my", "/km"])
def test_right_and_wrong_receipts_are_answered_with_as_many_bytes(world: World, client: Client, language: str) -> None:
    _report, receipt = send_report(world)
    typed = [receipt.digits, Receipt.new().digits, "12", ""] * 2
    answers = [pages.enter(client, each, language) for each in typed]
    assert len({pages.text_of(answer).partition("<!-- ")[0] for answer in answers}) > 1
    assert {answer.status_code for answer in answers} == {200}
    assert len({on_the_line(answer) for answer in answers}) == 1
    assert len(answers[0].content) == alike.STEP_BYTES


def test_an_inbox_with_much_in_it_shows_so_much_of_it_that_it_has_the_size_of_every_other(
    world: World, client: Client
) -> None:
    _report, receipt = send_report(world)
    inbox = pages.enter(client, receipt.digits)
    for number in range(12):
        inbox = pages.write(client, inbox, text=f"message {number}: " + "words " * 300)
    assert len(inbox.content) == alike.STEP_BYTES
    shown = [number for number in range(12) if f"message {number}: " in pages.text_of(inbox)]
    assert shown == [8, 9, 10, 11], "the latest; the others are behind a button"
    before = re.search(r'name="before" value="(\d+)"', pages.text_of(inbox))
    assert before is not None
    earlier = client.post("/inbox/", {"sitting": pages.hidden(inbox, "sitting"), "before": before[1]})
    assert [number for number in range(12) if f"message {number}: " in pages.text_of(earlier)] == [4, 5, 6, 7]
    # What is longer than a page of this size alone is shown all the same, in whole steps.
    longest = pages.write(client, inbox, text="x" * LONGEST_MESSAGE)
    assert len(longest.content) % alike.STEP_BYTES == 0


def test_a_form_that_is_refused_together_with_a_typed_receipt_has_the_status_of_a_wrong_one(
    world: World, client: Client
) -> None:
    _report, receipt = send_report(world)
    given = {"text": "", "receipt": receipt.digits}
    assert "Write something, or choose a file." in pages.text_of(answer := client.post("/inbox/write/", given))
    wrong = client.post("/inbox/write/", {**given, "receipt": "1" * 24})
    assert (answer.status_code, on_the_line(answer)) == (wrong.status_code, on_the_line(wrong))


def test_an_inbox_that_cannot_be_opened_is_told_of_after_the_same_time_and_in_the_same_size(
    world: World, settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    _report, receipt = send_report(world)
    slept: list[float] = []
    monkeypatch.setattr(alike, "sleep", slept.append)
    settings.RECEIPT_SECONDS = 0.25

    def broken(*_arguments: object, **_named: object) -> None:
        raise RuntimeError("damaged")

    monkeypatch.setattr("intake.portal.entering.conversation", broken)
    answer = pages.enter(Client(raise_request_exception=False), receipt.digits)
    assert answer.status_code == 500
    assert len(answer.content) == alike.STEP_BYTES
    assert len(slept) == 1


def test_a_sitting_that_is_over_waits_for_nothing_and_a_receipt_for_a_whole_number_of_steps(
    world: World, client: Client, settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(alike, "sleep", slept.append)
    settings.RECEIPT_SECONDS = 0.25
    client.post("/inbox/", {"sitting": "long over"})
    assert slept == []
    now = iter([10.0, 10.6])
    monkeypatch.setattr(alike, "monotonic", lambda: next(now))
    client.post("/inbox/", {"receipt": "1" * 24})
    assert slept == [pytest.approx(0.15)], "two steps of a quarter are over, the third is waited for"


def test_a_flood_of_receipts_from_one_source_holds_few_places(settings) -> None:
    typing = RequestFactory().post("/inbox/", {"receipt": "1" * 24})
    places = [alike.place(typing, "4711") for _place in range(alike.PLACES)]
    for each in places:
        each.__enter__()
    with pytest.raises(TooBusy), alike.place(typing, "4711"):
        raise AssertionError("there is no place left")
    with alike.place(typing, "42"), alike.place(typing, ""), alike.place(RequestFactory().post("/inbox/"), "4711"):
        pass
    places.pop().__exit__(None, None, None)
    with alike.place(typing, "4711"):
        pass
    for each in places:
        each.__exit__(None, None, None)
    assert not alike._held, "nothing of a source is kept"


def test_with_no_place_left_the_receipt_waits_in_the_page(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    _report, receipt = send_report(world)
    monkeypatch.setattr(alike, "PLACES", 0)
    response = pages.enter(client, receipt.digits)
    assert response.status_code == 429
    assert receipt.digits in response.content.decode()
