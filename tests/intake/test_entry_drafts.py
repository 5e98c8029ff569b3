"""What an intake officer typed of a report is kept until they go on, for them alone."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from audit import clock
from audit.log.models import Entry
from config.tasks import sweep
from intake.entry import drafts
from intake.entry.models import EntryDraft
from intake.portal.models import Report
from integrity.people import leaving
from integrity.people.leaving import LeavingReason
from integrity.people.models import Appointment, Sitting
from integrity.people.roles import Role
from integrity.vault import storage
from integrity.vault.keyring import NoGrant
from tests.desk import at_desk, entries, words_of
from tests.intake import pages
from tests.intake.test_entry import HOW, WHAT
from tests.intake.test_secrecy import dump, spellings
from tests.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.once]

FILE = b"a scanned letter with CANARY-FILE in it"


def marks(page: Any) -> dict[str, Any]:
    """What a page of the form carries beside what is typed."""
    found = {name: pages.hidden(page, name) for name in ("page", "draft", "seen", "ticket")}
    return {**found, "asked": pages.all_hidden(page, "asked"), "files-kept": pages.all_hidden(page, "files-kept")}


def questions(browser: Client, **first: Any) -> Any:
    """The page with the questions."""
    start = {**HOW, "received_on": clock.today().isoformat(), **first}
    return browser.post("/desk/entry/", {**start, **marks(browser.get("/desk/entry/"))})


def send(browser: Client, page: Any, **fields: Any) -> Any:
    """Send a page with its marks."""
    return browser.post(
        "/desk/entry/", {**HOW, "received_on": clock.today().isoformat(), **WHAT, **marks(page), **fields}
    )


def drafts_on(page: Any) -> list[str]:
    """The addresses of the drafts that a page lists."""
    return re.findall(r'href="(/desk/entry/drafts/[^"/]+/)"', page.content.decode())


def saved(browser: Client, **fields: Any) -> str:
    """Save a page for later; the address of its draft."""
    send(browser, questions(browser), go="later", **fields)
    (address,) = drafts_on(browser.get("/desk/entry/"))
    return address


def test_what_was_saved_for_later_is_there_and_becomes_the_report(world: World) -> None:
    browser = at_desk("intake")
    kept = send(browser, questions(browser), go="later", what="CANARY-WHAT and more", files=[pages.a_file(FILE)])
    assert (kept.status_code, Report.objects.count()) == (302, 0)
    listed = browser.get("/desk/entry/")
    assert "Telephone" in words_of(listed)
    assert "CANARY" not in words_of(listed)
    (address,) = drafts_on(listed)
    browser.logout()

    again = at_desk("intake")
    shown = again.get(address)
    assert shown.status_code == 200
    for word in ("CANARY-WHAT and more", "CANARY-NAME", "CANARY-CONTACT", "plates.txt"):
        assert word in words_of(shown)
    entered = send(again, shown, what="CANARY-WHAT at last")
    report = Report.objects.get()
    keys = world.actor("triage").keys
    keys.find([report.key])
    assert report.open(keys, "answers")["what"] == "CANARY-WHAT at last"
    assert report.attachments.count() == 1
    assert pages.receipt_on(entered)
    assert not EntryDraft.objects.exists()
    assert drafts_on(again.get("/desk/entry/")) == []


def test_a_form_that_is_refused_is_kept_though_nobody_asked_for_it(world: World) -> None:
    browser = at_desk("intake")
    assert not EntryDraft.objects.exists(), "how it was told alone is chosen again in a moment"
    page = questions(browser)
    assert not EntryDraft.objects.exists()
    refused = send(browser, page, received_on="2999-01-01")
    assert refused.status_code == 422
    assert "is kept for you until" in words_of(refused)
    # Somebody pressed a link, and comes back another day.
    shown = browser.get(drafts_on(browser.get("/desk/entry/"))[0])
    assert "CANARY-WHAT" in words_of(shown)
    refused = send(browser, shown, received_on="2999-01-01", what="longer")
    assert EntryDraft.objects.count() == 1, "the same draft, kept anew"
    assert "longer" in words_of(browser.get(drafts_on(browser.get("/desk/entry/"))[0]))
    assert pages.receipt_on(send(browser, refused)), "and the page that was refused sends it"
    assert not EntryDraft.objects.exists()


@pytest.mark.parametrize("how", ["over", "signed in elsewhere", "second factor not given"])
def test_what_was_typed_when_the_sitting_had_ended_is_kept_and_the_sign_in_comes_back_to_it(
    world: World, how: str
) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = at_desk("intake").cookies
    page = questions_with_csrf(browser)
    if how == "over":
        Sitting.objects.all().delete()
    elif how == "second factor not given":
        Sitting.objects.update(confirmed_at=None)
    else:
        browser.cookies = at_desk("intake").cookies
    turned_away = send(browser, page, csrfmiddlewaretoken=csrf_of(page), files=[pages.a_file(FILE)])
    assert turned_away.status_code == 302
    draft = EntryDraft.objects.get()
    target = f"/desk/entry/drafts/{draft.pk}/"
    door = {"over": "/desk/sign-in/", "second factor not given": "/desk/second-factor/"}.get(how)
    if door is None:
        assert turned_away["Location"] == target
    else:
        assert turned_away["Location"].endswith("?next=" + target.replace("/", "%2F"))
    officer = at_desk("intake")
    shown = officer.get(target)
    assert "CANARY-WHAT" in words_of(shown)
    assert "plates.txt" in words_of(shown)
    (entry,) = entries("entry.draft_set_aside")
    assert entry["actor"] == "anonymous"
    assert entry["facts"]["person"] == f"person/{world.person('intake').pk}"
    assert pages.receipt_on(send(officer, shown))


def csrf_of(page: Any) -> str:
    """The token against forged forms."""
    return pages.hidden(page, "csrfmiddlewaretoken")


def questions_with_csrf(browser: Client) -> Any:
    """The page with the questions, for a browser that is held to the token."""
    first = browser.get("/desk/entry/")
    start = {**HOW, "received_on": clock.today().isoformat(), "csrfmiddlewaretoken": csrf_of(first)}
    return browser.post("/desk/entry/", {**start, **marks(first)})


@pytest.mark.parametrize("forged", ["none", "of somebody else", "of another day", "of one who has left the role"])
def test_a_stranger_without_a_ticket_keeps_nothing(world: World, forged: str) -> None:
    page = questions(at_desk("intake"))
    carried = marks(page)
    given = {**HOW, "received_on": clock.today().isoformat(), **WHAT, **carried, "files": [pages.a_file(FILE)]}
    if forged == "none":
        given["ticket"] = ""
    elif forged == "of somebody else":
        given["ticket"] = drafts.ticket_for(world.person("triage"))
    elif forged == "of one who has left the role":
        Appointment.objects.filter(person=world.person("intake")).update(until=clock.today() - timedelta(days=1))
    elif forged == "of another day":
        given["ticket"] = "A" + given["ticket"][1:]
    answer = Client().post("/desk/entry/", given)
    assert (answer.status_code, answer["Location"]) == (302, "/desk/sign-in/")
    assert not EntryDraft.objects.exists()
    assert not list(storage.pending_folder().iterdir()), "nor does a file stay"


def test_a_ticket_is_good_for_a_day(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = drafts.ticket_for(world.person("intake"))
    assert drafts.officer_of(ticket) == world.person("intake")
    monkeypatch.setattr(drafts, "TICKET_SECONDS", -1)
    assert drafts.officer_of(ticket) is None


def test_a_draft_opens_for_nobody_else(world: World) -> None:
    world.add("intake2", Role.INTAKE)
    address = saved(at_desk("intake"))
    draft = EntryDraft.objects.get()
    other = at_desk("intake2")
    assert drafts_on(other.get("/desk/entry/")) == []
    assert other.get(address).status_code == 302
    assert other.post(f"{address}throw-away/").status_code == 302
    for username in ("triage", "admin", "identity", "intake2"):
        with pytest.raises(NoGrant):
            drafts.read(draft, world.actor(username).keys)
    # Another officer's page cannot write into it either.
    send(other, questions(other), go="later", draft=str(draft.pk), seen="1", what="of another")
    assert EntryDraft.objects.filter(person=world.person("intake2")).count() == 1
    assert drafts.read(EntryDraft.objects.get(pk=draft.pk), world.actor("intake").keys).text("what") == WHAT["what"]
    assert at_desk("triage").get("/desk/entry/").status_code == 403


def test_nothing_of_a_draft_is_readable_in_the_database_the_files_or_the_log(world: World) -> None:
    browser = at_desk("intake")
    page = questions(browser)
    send(browser, page, go="later", files=[pages.a_file(FILE, "CANARY-FILE-NAME.txt")])
    shown = browser.get(drafts_on(browser.get("/desk/entry/"))[0])
    tokens = pages.all_hidden(shown, "files-kept")
    assert len(tokens) == 1
    told = b"".join(bytes(row.leaf) for row in Entry.objects.all())
    lying = b"".join(path.read_bytes() for path in storage.pending_folder().iterdir())
    everything = dump() + told + lying
    for secret in ("CANARY", pages.hidden(page, "page"), pages.hidden(shown, "page"), *tokens):
        assert not [form for form in spellings(secret) if form in everything]
    assert all(len(entry["time"]) == len("2026-11-22") for entry in entries("entry.draft_kept"))
    assert len(entries("entry.draft_kept")) == 1
    # How much was said cannot be read from the length.
    short = len(bytes(EntryDraft.objects.get().content))
    send(browser, shown, go="later", what="x" * 1500)
    assert len(bytes(EntryDraft.objects.get().content)) == short


def test_two_windows_of_a_draft_lose_nothing_of_each_other(world: World) -> None:
    browser = at_desk("intake")
    address = saved(browser)
    one, two = browser.get(address), browser.get(address)
    send(browser, one, go="later", what="from the first window")
    told = browser.get("/desk/entry/")
    assert "Another window" not in words_of(told)
    send(browser, two, go="later", what="from the second window")
    told = browser.get("/desk/entry/")
    assert "Another window changed or ended this draft" in words_of(told)
    kept = [words_of(browser.get(address)) for address in drafts_on(told)]
    assert len(kept) == 2
    assert [sum(f"from the {which} window" in each for each in kept) for which in ("first", "second")] == [1, 1]


def test_two_windows_of_a_draft_do_not_make_two_reports_unasked(world: World) -> None:
    browser = at_desk("intake")
    address = saved(browser)
    one, two = browser.get(address), browser.get(address)
    assert pages.receipt_on(send(browser, one, what="from the first window"))
    refused = send(browser, two, what="from the second window")
    assert refused.status_code == 422
    assert "was sent or thrown away in another window" in words_of(refused)
    assert "from the second window" in words_of(refused)
    assert (Report.objects.count(), EntryDraft.objects.count()) == (1, 1)
    assert pages.receipt_on(send(browser, refused, what="from the second window"))
    assert (Report.objects.count(), EntryDraft.objects.count()) == (2, 0)


def test_what_another_window_kept_stays_when_the_first_one_sends(world: World) -> None:
    browser = at_desk("intake")
    address = saved(browser)
    one, two = browser.get(address), browser.get(address)
    send(browser, two, go="later", what="from the second window")
    refused = send(browser, one, what="from the first window")
    assert (refused.status_code, Report.objects.count()) == (422, 0)
    assert pages.receipt_on(send(browser, refused, what="from the first window"))
    (left,) = EntryDraft.objects.all()
    assert drafts.read(left, world.actor("intake").keys).text("what") == "from the second window"


def test_the_same_page_saved_twice_is_one_draft(world: World) -> None:
    browser = at_desk("intake")
    page = questions(browser)
    for _time in range(2):
        send(browser, page, go="later", files=[pages.a_file(FILE)])
    assert EntryDraft.objects.count() == 1


def test_a_page_that_was_sent_already_says_so(world: World) -> None:
    browser = at_desk("intake")
    page = questions(browser)
    assert "sent once already" not in words_of(send(browser, page))
    again = send(browser, page, what="something else")
    assert "sent once already" in words_of(again)
    assert Report.objects.count() == 1


def test_throwing_away_asks_once_and_takes_the_files(world: World, django_capture_on_commit_callbacks: Any) -> None:
    browser = at_desk("intake")
    address = saved(browser, files=[pages.a_file(FILE)])
    assert "Throw the draft away?" in words_of(browser.get(f"{address}throw-away/"))
    assert EntryDraft.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(f"{address}throw-away/")
    assert not list(storage.pending_folder().iterdir())
    assert not EntryDraft.objects.exists()
    assert len(entries("entry.draft_thrown_away")) == 1
    assert browser.get(address).status_code == 302
    assert "sent or thrown away before" in words_of(browser.post(f"{address}throw-away/", follow=True))


def test_a_file_of_two_drafts_stays_while_one_of_them_does(
    world: World, django_capture_on_commit_callbacks: Any
) -> None:
    browser = at_desk("intake")
    address = saved(browser, files=[pages.a_file(FILE)])
    one, two = browser.get(address), browser.get(address)
    send(browser, one, go="later", what="first")
    send(browser, two, go="later", what="second")
    first, second = drafts_on(browser.get("/desk/entry/"))
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(f"{first}throw-away/")
    assert "plates.txt" in words_of(browser.get(second))
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(f"{second}throw-away/")
    assert not list(storage.pending_folder().iterdir())


def test_a_file_that_is_too_large_is_named_and_the_words_are_kept(world: World, settings: Any) -> None:
    settings.VAULT_FILE_LIMIT = 10
    browser = at_desk("intake")
    send(browser, questions(browser), go="later", files=[pages.a_file(FILE)])
    told = words_of(browser.get("/desk/entry/"))
    assert "“plates.txt” was not taken" in told
    assert EntryDraft.objects.count() == 1


def test_drafts_are_swept_after_their_days_and_not_before(world: World, settings: Any) -> None:
    address = saved(at_desk("intake"))
    with clock.at(clock.now() + timedelta(days=settings.DRAFT_DAYS)):
        sweep()
        assert EntryDraft.objects.count() == 1
    with clock.at(clock.now() + timedelta(days=settings.DRAFT_DAYS + 1)):
        assert at_desk("intake").get(address).status_code == 302
        sweep()
        assert not EntryDraft.objects.exists()
        assert [entry["facts"] for entry in entries("entry.drafts_swept")] == [{"drafts": 1}]
        sweep()
        assert len(entries("entry.drafts_swept")) == 1


@pytest.mark.parametrize("how", ["account", "role"])
def test_drafts_end_with_the_officer(world: World, how: str) -> None:
    saved(at_desk("intake"))
    person, admin = world.person("intake"), world.actor("admin")
    if how == "account":
        leaving.close_account(actor=admin, person=person, reason=LeavingReason.LEFT)
    else:
        leaving.end_role(actor=admin, appointment=Appointment.objects.in_force().get(person=person, role=Role.INTAKE))
    assert not EntryDraft.objects.exists()
    ended = [entry["object"] for entry in entries("people.access_ended")]
    assert f"entry-drafts/{person.pk}" in ended


def test_whoever_lost_their_key_is_told_that_a_draft_cannot_be_opened(world: World) -> None:
    saved(at_desk("intake"))
    EntryDraft.objects.update(key=world.person("triage").key)
    told = at_desk("intake").get("/desk/entry/")
    assert drafts_on(told) == []
    assert "1 draft was sealed to the key that you had before" in words_of(told)


def test_the_receipt_stands_alone_until_it_is_handed_over(world: World) -> None:
    browser = at_desk("intake")
    shown = send(browser, questions(browser))
    said = words_of(shown)
    assert "Stay here until the receipt is handed over" in said
    for words in ("Enter another report", "Open the report"):
        assert words not in said
    later = browser.post("/desk/entry/handed-over/", {"page": pages.hidden(shown, "page")})
    for words in ("Enter another report", "Open the report"):
        assert words in words_of(later)
    for answer in (browser.get("/desk/entry/slip/", follow=True), browser.get("/desk/entry/handed-over/", follow=True)):
        assert "once that page was left, nobody can show it again" in words_of(answer)
