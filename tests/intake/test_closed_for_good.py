"""What was closed stays closed when a browser goes back and sends its page again, with all that was typed in it."""

from __future__ import annotations

import time
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.http import HttpResponse
from django.test import Client

from audit import clock
from audit.log.models import Entry
from intake.portal import spent, stamps
from intake.portal.models import Draft, InboxSitting, Message, Report, SpentPage
from intake.portal.receipt import PageSecret, Receipt
from integrity.vault import passphrase, storage
from tests.intake import pages
from tests.intake.writing import hidden_of, press, step_of, walk_to
from tests.walks.portal import send_report
from tests.world import World

pytestmark = pytest.mark.django_db

CLOSED = "Your inbox was closed"


def typed_at_a_door(client: Client, receipt: Receipt) -> dict[str, str]:
    """What a browser sends at the door, and would send again."""
    return {**pages.open_door(client), "receipt": receipt.digits}


def assert_the_door(answer: HttpResponse) -> None:
    """The page is the door, as after any receipt, and nobody is in."""
    text = pages.text_of(answer)
    assert CLOSED in text
    assert "ype your receipt" in text
    assert 'name="sitting"' not in text
    assert answer.status_code == 200


def close(client: Client, inbox: HttpResponse) -> None:
    """The button."""
    client.post("/inbox/leave/", {"sitting": pages.hidden(inbox, "sitting")})


def leave_the_site(client: Client, inbox: HttpResponse) -> None:
    """The quick exit."""
    client.post("/exit/", {"sitting": pages.hidden(inbox, "sitting")})


def give_up(client: Client, inbox: HttpResponse) -> None:
    """For good."""
    fields = {"sitting": pages.hidden(inbox, "sitting"), "send": "1", "understood": "on"}
    assert "opens nothing any more" in pages.text_of(client.post("/inbox/give-up/", fields))


@pytest.mark.parametrize("ends", [close, leave_the_site, give_up])
def test_a_door_that_opened_an_inbox_opens_nothing_once_it_was_left(world: World, client: Client, ends) -> None:
    _report, receipt = send_report(world)
    typed = typed_at_a_door(client, receipt)
    ends(client, client.post("/inbox/", typed))
    for _again in range(2):
        assert_the_door(client.post("/inbox/", typed))
    assert not InboxSitting.objects.exists()
    assert Entry.objects.filter(type="inbox.opened").count() == 1


def test_nor_after_the_inbox_closed_by_itself(world: World, client: Client) -> None:
    _report, receipt = send_report(world)
    typed = typed_at_a_door(client, receipt)
    client.post("/inbox/", typed)
    with clock.at(clock.now() + timedelta(minutes=41)):
        assert_the_door(client.post("/inbox/", typed))
        assert pages.hidden(pages.enter(client, receipt.digits), "sitting"), "the receipt itself is as good as ever"


def test_a_line_that_broke_resumes_what_the_door_had_opened(world: World, client: Client) -> None:
    _report, receipt = send_report(world)
    typed = typed_at_a_door(client, receipt)
    first, again = client.post("/inbox/", typed), client.post("/inbox/", typed)
    assert pages.hidden(first, "sitting") == pages.hidden(again, "sitting")
    assert InboxSitting.objects.count() == 1
    assert Entry.objects.filter(type="inbox.opened").count() == 1


def test_two_posts_of_one_door_at_the_same_moment_open_one_inbox(world: World, client: Client, monkeypatch) -> None:
    _report, receipt = send_report(world)
    typed = typed_at_a_door(client, receipt)
    first = client.post("/inbox/", typed)
    # As the second sees it who looked before the first had written.
    monkeypatch.setattr(spent, "is_spent", lambda page, use: False)
    assert pages.hidden(client.post("/inbox/", typed), "sitting") == pages.hidden(first, "sitting")
    assert InboxSitting.objects.count() == 1


def test_who_saw_the_door_has_no_token_without_the_receipt(world: World, client: Client) -> None:
    _report, receipt = send_report(world)
    _other, another = send_report(world)
    typed = typed_at_a_door(client, receipt)
    inbox = client.post("/inbox/", typed)
    for door in (typed["door"], typed["door"].partition(".")[0]):
        assert client.post("/inbox/", {"sitting": door}).status_code == 403
    assert_the_door(client.post("/inbox/", {**typed, "receipt": another.digits}))
    assert_the_door(client.post("/inbox/", {**typed, "receipt": "1" * 24}))
    assert client.post("/inbox/", {"sitting": pages.hidden(inbox, "sitting")}).status_code == 200


def test_no_door_a_made_up_one_and_an_old_one_open_nothing_and_cost_as_much(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    _report, receipt = send_report(world)
    derived: list[int] = []
    real = passphrase.Argon2id
    monkeypatch.setattr(passphrase, "Argon2id", lambda **named: derived.append(1) or real(**named))
    foreign = PageSecret(bytes(32), stamps.stamped(PageSecret.new()).stamp).text
    long_ago = time.time() - spent.DOOR_SECONDS - 1
    with patch("time.time", lambda: long_ago):
        old = typed_at_a_door(client, receipt)["door"]
    answers = [pages.enter(client, receipt.digits)]
    for door in ("", "x", PageSecret.new().text, foreign, old):
        answers.append(client.post("/inbox/", {"door": door, "receipt": receipt.digits}))
        assert_the_door(answers[-1])
    assert len(derived) == len(answers)
    assert {(answer.status_code, len(answer.content)) for answer in answers} == {(200, len(answers[0].content))}
    again = {**pages.door_of(answers[-1]), "receipt": receipt.digits}
    assert pages.hidden(client.post("/inbox/", again), "sitting"), "typed again, the receipt opens it"


def test_what_was_being_sent_into_a_closed_inbox_is_not_sent_by_an_old_door(world: World, client: Client) -> None:
    _report, receipt = send_report(world)
    over = client.post("/inbox/write/", {"sitting": "gone", "text": "A long letter"})
    fields = {**pages.door_of(over), "page": pages.hidden(over, "page"), "text": "A long letter"}
    inbox = client.post("/inbox/write/", {**fields, "receipt": receipt.digits})
    assert "Your message was sent" in pages.text_of(inbox)
    close(client, inbox)
    again = client.post("/inbox/write/", {**fields, "receipt": receipt.digits, "text": "A long letter"})
    assert_the_door(again)
    assert "A long letter" in pages.text_of(again)
    assert Message.objects.count() == 1


def test_the_page_that_waits_carries_the_door(world: World, client: Client, settings) -> None:
    settings.PORTAL_POSTS_AT_ONCE = 1
    _report, receipt = send_report(world)
    typed = typed_at_a_door(client, receipt)
    client.post("/inbox/", {"sitting": "x"})
    waits = client.post("/inbox/", typed)
    assert waits.status_code == 429
    settings.PORTAL_POSTS_AT_ONCE = 0
    carried = {name: pages.hidden(waits, name) for name in ("door", "receipt")}
    assert carried == typed
    close(client, client.post("/inbox/", carried))
    assert_the_door(client.post("/inbox/", carried))


def test_a_door_that_opened_a_draft_opens_it_again_and_never_its_report(world: World, client: Client) -> None:
    where = walk_to(client, "where")
    receipt = Receipt(pages.receipt_on(press(client, where, "later")))
    typed = typed_at_a_door(client, receipt)
    for _again in range(2):
        assert "Welcome back" in pages.text_of(client.post("/inbox/", typed))
    press(client, walk_to(client, "review", where), "send")
    assert Report.objects.count() == 1
    assert_the_door(client.post("/inbox/", typed))


def test_what_is_kept_of_a_door_names_no_report_and_is_forgotten(world: World, client: Client) -> None:
    _report, receipt = send_report(world)
    typed = typed_at_a_door(client, receipt)
    client.post("/inbox/", typed)
    assert {field.name for field in SpentPage._meta.get_fields()} == {"id", "ends_on"}
    door = PageSecret.parse(typed["door"])
    assert door is not None
    assert door.raw not in bytes(SpentPage.objects.get().pk)
    # As long as the door's stamp may be taken, it is there.
    with clock.at(clock.now() + timedelta(seconds=spent.DOOR_SECONDS)):
        assert spent.sweep() == 0
    with clock.at(clock.now() + timedelta(days=spent.DOOR_DAYS + 1)):
        assert spent.sweep() == 1


def test_no_page_of_a_draft_that_was_thrown_away_begins_it_anew(world: World, client: Client) -> None:
    first = client.get("/report/")
    what = walk_to(client, "what")
    files = walk_to(client, "files", what)
    asked = press(client, files, "throw", files=[pages.a_file()])
    press(client, asked, "thrown")
    page = {"page": pages.hidden(files, "page")}
    again = [
        press(client, what, what="At gate 3 an officer asks drivers for money."),
        press(client, files, files=[pages.a_file()]),
        press(client, asked, "here"),
        press(client, asked, "thrown"),
        client.post("/report/steps/", page),
        client.post("/report/", {**page, "go": "page"}),
        client.post("/report/", {**hidden_of(what), "go": "page", "what": "At gate 3"}),
        pages.send(client, page["page"]),
    ]
    for answer in again:
        assert "It is gone" in pages.text_of(answer)
        assert "gate 3" not in pages.text_of(answer)
    assert not Draft.objects.exists()
    assert not Report.objects.exists()
    assert not list(storage.pending_folder().iterdir())
    assert step_of(client.post("/report/steps/", {"page": pages.hidden(first, "page")})) == "path", "another begins"


def test_a_draft_that_was_sent_was_not_thrown_away(world: World, client: Client) -> None:
    review = walk_to(client, "review")
    receipt = pages.receipt_on(press(client, review, "send"))
    press(client, review, "thrown")
    assert pages.receipt_on(press(client, review, "send")) == receipt
