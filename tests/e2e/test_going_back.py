"""Somebody at a shared computer goes back and reloads: what was closed stays closed, whatever the browser sends again.

And who chooses another language loses neither the receipt nor a word.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.e2e.desk import PHONE, Desk, heading, press
from tests.e2e.inboxes import made

# What a browser sends again does not depend on the database behind it.
pytestmark = [pytest.mark.browser, pytest.mark.once]

WORDS = "Half a letter"


@pytest.fixture(scope="module")
def receipt(desk: Desk) -> str:
    """The digits of a report in whose inbox much can be done."""
    return made(desk.served, ["en"])["en"].full


@pytest.fixture
def page(desk: Desk) -> Iterator[Page]:
    """A telephone without scripts, to which the quick exit leads nowhere outside."""
    page = desk.stranger(viewport=PHONE)
    page.route("**/*", lambda route: route.continue_() if desk.served.url in route.request.url else route.abort())
    yield page
    page.context.close()


def open_inbox(page: Page, desk: Desk, receipt: str) -> None:
    """Type the receipt at the door."""
    page.goto(f"{desk.served.url}/inbox/")
    page.get_by_label("Your receipt").fill(receipt)
    press(page, "Open the inbox")
    assert page.locator("[name=sitting]").count(), page.inner_text("main")


def back_and_reload(page: Page) -> list[str]:
    """Back to each page of the history, with a reload, until the tab began; what the pages say."""
    seen = []
    for _step in range(6):
        page.go_back(wait_until="commit")
        page.wait_for_timeout(300)
        if page.url == "about:blank":
            break
        page.reload()
        assert page.locator("[name=sitting]").count() == 0, page.inner_text("main")
        seen.append(f"{heading(page)} {page.inner_text('main')}")
    return seen


@pytest.mark.parametrize("button", ["Close the inbox", "Leave this site"])
def test_who_goes_back_after_the_inbox_was_left_finds_the_door(
    desk: Desk, page: Page, receipt: str, button: str
) -> None:
    open_inbox(page, desk, receipt)
    page.get_by_label("Your message").fill(WORDS)
    page.get_by_role("button", name=button).first.click()
    page.wait_for_timeout(1000)
    seen = back_and_reload(page)
    assert any("Your inbox was closed" in text for text in seen), seen
    assert all("Type your receipt" in text or "See what was done" in text or "is closed" in text for text in seen)


def test_a_broken_line_is_no_closed_inbox(desk: Desk, page: Page, receipt: str) -> None:
    open_inbox(page, desk, receipt)
    sitting = page.locator("[name=sitting]").first.get_attribute("value")
    page.reload()
    assert page.locator("[name=sitting]").first.get_attribute("value") == sitting


def test_who_goes_back_after_throwing_a_draft_away_finds_nothing_of_it(desk: Desk, page: Page) -> None:
    page.goto(f"{desk.served.url}/report/")
    press(page, "Begin")
    for choice in ("I work here", "No, neither of these", "Integrity office"):
        page.get_by_label(choice).check()
        press(page, "Next")
    page.get_by_label("What happened?").fill(WORDS)
    press(page, "Next")
    press(page, "Throw it away")
    press(page, "Yes, throw it away")
    assert heading(page) == "It is gone"
    for _step in range(5):
        page.go_back(wait_until="commit")
        page.wait_for_timeout(300)
        page.reload()
        assert heading(page) == "It is gone", page.inner_text("main")
        assert WORDS not in page.content()


def in_arabic(page: Page) -> None:
    """Choose the language with the button in the header."""
    page.locator(".language-choice summary").click()
    page.locator(".language-choice button[lang=ar]").click()
    page.wait_for_load_state()
    assert page.locator("html").get_attribute("dir") == "rtl"


def sent(page: Page, desk: Desk) -> None:
    """A report, on one page."""
    page.goto(f"{desk.served.url}/report/")
    press(page, "Everything on one page")
    for choice in ("I work here", "No, neither of these"):
        page.get_by_label(choice).check()
    press(page, "Next")
    page.get_by_label("Integrity office", exact=True).check()
    press(page, "Next")
    page.get_by_label("What happened?").fill("At gate 3.")
    press(page, "Send the report")


def test_the_receipt_is_still_there_in_another_language(desk: Desk, page: Page) -> None:
    sent(page, desk)
    digits = page.locator(".receipt li").all_inner_texts()
    assert len(digits) == 6, page.inner_text("main")
    page.locator("[name=receipt]").fill("1234")
    in_arabic(page)
    assert page.locator(".receipt li").all_inner_texts() == digits
    assert page.locator("[name=receipt]").input_value() == "1234"
    assert page.locator("header a:not(.quick-exit)").count() == 0
    page.locator("[name=receipt]").fill(" ".join(digits))
    page.locator("[name=receipt]").press("Enter")
    page.wait_for_load_state()
    assert page.locator(".receipt").count() == 0, "Enter sends the form and chooses no language"
    assert page.locator("html").get_attribute("dir") == "rtl"


def test_half_a_letter_is_still_there_in_another_language(desk: Desk, page: Page, receipt: str) -> None:
    open_inbox(page, desk, receipt)
    before = page.locator(".message").count()
    page.get_by_label("Your message").fill(WORDS)
    page.locator("[name=files]").set_input_files({"name": "gate.txt", "mimeType": "text/plain", "buffer": b"gate"})
    in_arabic(page)
    assert page.locator("[name=text]").input_value() == WORDS
    assert "gate.txt" in page.inner_text("main")
    assert page.locator(".message").count() == before
