"""A report from a telephone on a poor line, without scripts: the line breaks twice, and nothing is lost or doubled."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.e2e.desk import PHONE, Desk, button, heading, press
from tests.e2e.line import Line

# What the network does to a page does not depend on the database behind it.
pytestmark = [pytest.mark.browser, pytest.mark.once]

# Bytes in a second, and milliseconds there and back: a crowded cell at the edge of its reach.
SLOW = {"offline": False, "latency": 300, "downloadThroughput": 60_000, "uploadThroughput": 30_000}
PHOTO = {"name": "gate 3.jpg", "mimeType": "image/jpeg", "buffer": b"\xff\xd8\xff" + b"photo " * 40_000}
LIST = {"name": "plates.txt", "mimeType": "text/plain", "buffer": b"list " * 2_000}


@pytest.fixture
def line(desk: Desk) -> Iterator[Line]:
    """The line to the server, in one piece as yet."""
    line = Line(desk.served.url)
    yield line
    line.close()


@pytest.fixture
def phone(desk: Desk) -> Iterator[Page]:
    """A telephone on that line."""
    page = on_a_poor_line(desk)
    yield page
    page.context.close()


def on_a_poor_line(desk: Desk) -> Page:
    """A browser of its own, with nothing left from before."""
    page = desk.stranger(viewport=PHONE, is_mobile=True, has_touch=True, device_scale_factor=2)
    page.context.set_default_timeout(60_000)
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.emulateNetworkConditions", SLOW)
    return page


def try_again(page: Page) -> None:
    """Wait for the browser's own page about the line that broke, and press its “Reload”."""
    while not page.url.startswith("chrome-error://"):
        page.wait_for_timeout(100)
    page.reload()


def reports(desk: Desk) -> int:
    """How many reports there are."""
    told = desk.served.command(
        "shell", "-c", "from intake.portal.models import Report; print('there are', Report.objects.count())"
    )
    found = re.search(r"there are (\d+)", told.stdout)
    assert found, told.stderr
    return int(found[1])


def test_a_report_arrives_once_although_the_line_breaks_twice(desk: Desk, phone: Page, line: Line) -> None:
    before = reports(desk)
    phone.goto(f"{line.url}/report/")
    press(phone, "Begin")
    phone.get_by_label("I work here").check()
    press(phone, "Next")
    phone.get_by_label("No, neither of these").check()
    press(phone, "Next")
    phone.get_by_label("Integrity office").check()
    press(phone, "Next")
    phone.get_by_label("What happened?").fill("At gate 3 an officer asks drivers for money.")
    for _question in ("what", "when", "where", "who", "how_known", "reported_before"):
        press(phone, "Next")
    assert heading(phone) == "Photos, papers, recordings"

    # The line breaks in the middle of the photo; the browser shows its own page, and goes back.
    phone.get_by_label("Files").set_input_files([PHOTO, LIST])
    line.longest_upload = 60_000
    with phone.expect_event("requestfailed"):
        button(phone, "Next").click(no_wait_after=True)
    line.longest_upload = None
    try_again(phone)
    if heading(phone) == "Photos, papers, recordings":
        phone.get_by_label("Files").set_input_files([PHOTO, LIST])
        press(phone, "Next")
    assert heading(phone) == "Your name, only if you wish", phone.inner_text("body")

    # Enough for today: the digits are written down, and the telephone is switched off.
    press(phone, "Save and go on later")
    digits = " ".join(phone.locator(".receipt li").all_inner_texts())
    phone.context.close()
    later = on_a_poor_line(desk)
    later.goto(f"{line.url}/inbox/")
    later.get_by_label("Your receipt").fill(digits)
    press(later, "Open the inbox")
    assert "Welcome back" in later.inner_text("main")
    press(later, "Next")
    assert heading(later) == "Look through it once more"
    assert later.locator(".file-list li").count() == 2

    # The report arrives, and the line breaks before the answer does.
    line.loses_answers = True
    with later.expect_event("requestfailed"):
        button(later, "Send the report").click(no_wait_after=True)
    line.loses_answers = False
    assert reports(desk) == before + 1
    try_again(later)
    assert heading(later) == "Thank you. Your report has arrived.", later.inner_text("body")
    assert " ".join(later.locator(".receipt li").all_inner_texts()) == digits
    later.get_by_label("Type your receipt here").fill(digits)
    press(later, "I have kept my receipt")

    later.goto(f"{line.url}/inbox/")
    later.get_by_label("Your receipt").fill(digits)
    press(later, "Open the inbox")
    press(later, "Read what you sent")
    sent = later.inner_text("main")
    assert "At gate 3 an officer asks drivers for money." in sent
    assert all(name in sent for name in ("gate 3.jpg", "plates.txt"))
    assert later.locator(".file-list li").count() == 2
    assert reports(desk) == before + 1
    assert later.context.cookies() == []
    later.context.close()
