"""A report and its inbox by keys alone: no mouse, no script, and every stop of the focus is looked at."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import FilePayload, Locator, Page, ViewportSize

from tests.e2e.desk import Desk, button, heading, link
from tests.e2e.inboxes import made
from tests.e2e.keyboard import Keyboard

# What a key does on a page does not depend on the database behind it.
pytestmark = [pytest.mark.browser, pytest.mark.once]

WIDE: ViewportSize = {"width": 1280, "height": 900}
# What is left of 1280 × 1024 at 400 %.
ENLARGED: ViewportSize = {"width": 320, "height": 256}
PHOTO: FilePayload = {"name": "gate 3.jpg", "mimeType": "image/jpeg", "buffer": b"\xff\xd8\xff photo"}
LIST: FilePayload = {"name": "plates.txt", "mimeType": "text/plain", "buffer": b"a list"}
STORY = "At gate 3 an officer asks drivers for money."


@pytest.fixture
def keys(desk: Desk) -> Iterator[Keyboard]:
    """Somebody with a keyboard."""
    page = desk.stranger(viewport=WIDE)
    yield Keyboard(page)
    page.context.close()


def erred(keys: Keyboard) -> None:
    """The page says at once that something is wrong, and the first link leads to where it is put right."""
    page = keys.page
    assert page.title().startswith("Error:"), page.title()
    assert keys.has_focus(page.locator(".error-summary")), page.title()
    keys.read()
    first = page.locator(".error-summary a").first
    keys.to(first)
    page.keyboard.press("Enter")
    target = page.locator(f"[id='{(first.get_attribute('href') or '#')[1:]}']")
    assert keys.has_focus(target), f"{target} is not where the error leads"


def choices(page: Page, name: str) -> Locator:
    """The group of radio buttons of this name."""
    return page.locator(f".field--choices:has([name={name}])")


def digits_on(page: Page) -> str:
    """The receipt that a page shows."""
    return " ".join(page.locator(".receipt li").all_inner_texts())


def test_a_report_is_written_left_found_again_and_sent_by_keys_alone(desk: Desk, keys: Keyboard) -> None:
    page = keys.page
    page.goto(desk.served.url)
    keys.read()
    keys.to(link(page, "Skip to the content"))
    page.keyboard.press("Enter")
    assert keys.has_focus(page.locator("main"))
    page.keyboard.press("Tab")
    assert keys.has_focus(link(page.get_by_role("main"), "Report something").first)
    keys.leave_by("Enter")
    keys.unfold(page.locator("main summary").first)
    keys.unfold(page.locator("main summary").last)
    keys.read()
    keys.press(button(page, "Begin"))
    keys.press(button(page, "Next"))
    erred(keys)
    page.keyboard.press("Space")
    # Enter in a field goes on, and is no language.
    keys.choose(choices(page, "path"), "I work here")
    keys.leave_by("Enter")
    keys.choose(choices(page, "concerns"), "No, neither of these")
    keys.press(button(page, "Next"), key="Space")
    keys.to(page.locator("[name=channel]").first)
    page.keyboard.press("Space")
    keys.press(button(page, "Next"))
    keys.write(page.get_by_label("What happened?"), STORY)
    keys.read()
    keys.press(button(page, "Save and go on later"))
    keys.read()
    digits = digits_on(page)

    keys.press(link(page.get_by_role("navigation"), "Your inbox"))
    keys.write(page.get_by_label("Your receipt"), digits)
    keys.leave_by("Enter")
    assert "Welcome back" in page.inner_text("main")
    while heading(page) != "Photos, papers, recordings":
        keys.press(button(page, "Next"))
    keys.choose_files(page.get_by_label("Files"), PHOTO, LIST)
    keys.press(button(page, "Next"))
    keys.read()
    keys.press(button(page, "Next"))
    keys.read()
    keys.press(page.get_by_role("button", name="Change What happened?"))
    keys.write(page.get_by_label("What happened?"), " ")
    keys.press(button(page, "Back"))
    erred(keys)
    page.keyboard.press("Tab")
    assert keys.has_focus(page.get_by_role("button", name="Change What happened?"))
    keys.leave_by("Enter")
    keys.write(page.get_by_label("What happened?"), STORY)
    keys.press(button(page, "Next"))
    keys.press(page.get_by_role("button", name="Change Files"))
    keys.read()
    keys.to(page.get_by_label("Remove plates.txt"), key="Shift+Tab")
    page.keyboard.press("Space")
    keys.press(button(page, "Next"))
    assert page.locator(".file-list bdi").all_inner_texts() == ["gate 3.jpg"]
    keys.press(button(page, "Send the report"))

    assert digits_on(page) == digits
    keys.write(page.get_by_label("Type your receipt here"), "12")
    keys.leave_by("Enter")
    erred(keys)
    page.keyboard.type(digits)
    keys.press(button(page, "I have kept my receipt"))
    keys.read()
    keys.press(link(page.get_by_role("main"), "Open your inbox"))
    assert heading(page) == "Your inbox"
    assert not keys.problems, "\n".join(keys.problems)


def test_everything_on_one_page_in_another_language_at_400_percent_by_keys_alone(desk: Desk, keys: Keyboard) -> None:
    page = keys.page
    page.set_viewport_size(ENLARGED)
    page.goto(f"{desk.served.url}/report/")
    keys.read()
    keys.unfold(page.locator("header summary"))
    keys.read()
    keys.press(link(page, "العربيّة"))
    assert page.locator("html").get_attribute("dir") == "rtl"
    keys.read()
    keys.press(page.locator("main button[value=page]"))
    keys.press(page.locator("form#writing > .button-row button"))
    keys.choose(choices(page, "path"), "أعمل هنا")
    # The language of a page that is being written is a button: it takes along what stands there.
    keys.unfold(page.locator("header summary"))
    keys.press(button(page, "English"))
    assert page.get_by_label("I work here").is_checked()
    keys.choose(choices(page, "concerns"), "No, neither of these")
    keys.press(button(page, "Next"))
    keys.read()
    keys.to(page.locator("[name=channel]").first)
    page.keyboard.press("Space")
    keys.press(button(page, "Next"))
    keys.choose_files(page.get_by_label("Files"), PHOTO, LIST)
    keys.press(button(page, "Send the report"))
    erred(keys)
    page.keyboard.type(STORY)
    keys.press(button(page, "Send the report"))
    assert heading(page) == "Thank you. Your report has arrived."
    keys.read()
    digits = digits_on(page)
    keys.write(page.get_by_label("Type your receipt here"), digits)
    keys.leave_by("Enter")
    assert heading(page) == "Your report is with us, and your receipt with you"
    assert not keys.problems, "\n".join(keys.problems)


def test_the_inbox_is_read_answered_and_left_in_a_hurry_by_keys_alone(desk: Desk, keys: Keyboard) -> None:
    page = keys.page
    receipt = made(desk.served, ["en"])["en"].full
    page.set_viewport_size(ENLARGED)
    page.goto(f"{desk.served.url}/inbox/")
    keys.read()
    keys.write(page.get_by_label("Your receipt"), "1" * 24)
    keys.leave_by("Enter")
    erred(keys)
    page.keyboard.press("Control+A")
    page.keyboard.type(receipt)
    keys.leave_by("Enter")
    keys.read()
    keys.press(button(page, "Send the answers"))
    assert page.title().startswith("Error:"), page.title()
    assert keys.has_focus(page.locator(".error-summary"))
    keys.choose(choices(page, "q1"), "Gate 4")
    keys.to(page.locator("[name=q2_pass]"))
    page.keyboard.press("ArrowDown")
    keys.write(page.locator("[name=q3]"), "Two drivers.")
    keys.press(button(page, "Send the answers"))
    assert "Your answers were sent." in page.inner_text("main")
    keys.unfold(page.locator("main summary").first)
    keys.write(page.get_by_label("Your message"), "More")
    keys.choose_files(page.get_by_label("Files"), PHOTO, LIST)
    keys.press(button(page, "Send").last)
    assert page.locator(".message--own .file-list li").count() == 2
    keys.read()
    keys.press(button(page, "Read the transcript"))
    keys.press(button(page, "Send the answer"))
    erred(keys)
    keys.choose(choices(page, "agrees"), "I agree to it as the office wrote it")
    keys.press(button(page, "Send the answer"))
    keys.press(button(page, "Read and write about it"))
    keys.unfold(page.locator("main summary").first)
    keys.read()

    gone = "https://www.wikipedia.org/"
    page.route(f"{gone}**", lambda route: route.fulfill(body="<title>Elsewhere</title>", content_type="text/html"))
    keys.press(button(page, "Leave this site"))
    page.wait_for_url(gone)
    assert page.title() == "Elsewhere"
    assert not keys.problems, "\n".join(keys.problems)
