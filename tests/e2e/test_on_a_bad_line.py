"""A report from a telephone on a poor line, without scripts: the line breaks twice, nothing is lost or doubled.

Then the way back: a question is answered on the same line, the investigator reads all of it, and nothing of it lies in
clear on the server.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.e2e.canaries import Canaries, dump_of
from tests.e2e.desk import PHONE, Desk, begin, button, finish, heading, link, press
from tests.e2e.line import Line
from tests.e2e.story import Story, assess, the_supervisor_assigns, triage_opens_a_case

# What the network does to a page does not depend on the database behind it.
pytestmark = [pytest.mark.browser, pytest.mark.once]

# Bytes in a second, and milliseconds there and back: a crowded cell at the edge of its reach.
SLOW = {"offline": False, "latency": 300, "downloadThroughput": 60_000, "uploadThroughput": 30_000}
# One mark in everything that is sent, so that one search finds any of it.
CANARIES = Canaries(day="")
MARK = CANARIES.mark
WHAT = f"At gate 3 an officer asks drivers for money, {MARK} they say."
ANSWER = f"Two drivers, {MARK} both of the same firm."
PHOTO = {
    "name": f"gate 3 {MARK}.jpg",
    "mimeType": "image/jpeg",
    "buffer": b"\xff\xd8\xff" + f"photo {MARK} ".encode() * 20_000,
}
LIST = {"name": f"plates {MARK}.txt", "mimeType": "text/plain", "buffer": f"list {MARK} ".encode() * 500}


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


def test_a_report_on_a_line_that_breaks_arrives_once_is_talked_about_and_read_and_lies_nowhere_in_clear(
    desk: Desk, phone: Page, line: Line
) -> None:
    before = reports(desk)
    phone.goto(f"{line.url}/report/")
    press(phone, "Begin")
    phone.get_by_label("I work here").check()
    press(phone, "Next")
    phone.get_by_label("No, neither of these").check()
    press(phone, "Next")
    phone.get_by_label("Integrity office").check()
    press(phone, "Next")
    phone.get_by_label("What happened?").fill(WHAT)
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

    open_inbox(later, line, digits)
    press(later, "Read what you sent")
    sent = later.inner_text("main")
    assert WHAT in sent
    assert all(str(each["name"]) in sent for each in (PHOTO, LIST))
    assert later.locator(".file-list li").count() == 2
    assert reports(desk) == before + 1

    story = Story(desk)
    the_office_asks(story)
    open_inbox(later, line, digits)
    later.get_by_label("Your answer").first.fill(ANSWER)
    line.loses_answers = True
    with later.expect_event("requestfailed"):
        button(later, "Send the answers").click(no_wait_after=True)
    line.loses_answers = False
    try_again(later)
    assert "Your answers were sent." in later.inner_text("main"), later.inner_text("body")
    assert ANSWER in (later.locator("main").text_content() or "")
    assert later.context.cookies() == []
    later.context.close()

    triage_opens_a_case(story, answer=ANSWER)
    the_investigator_reads_all(story)
    assert story.report
    nothing_lies_in_clear(desk)


def open_inbox(page: Page, line: Line, digits: str) -> None:
    """Back with the receipt."""
    page.goto(f"{line.url}/inbox/")
    page.get_by_label("Your receipt").fill(digits)
    press(page, "Open the inbox")


def the_office_asks(story: Story) -> None:
    """The report is acknowledged and assessed, and one question is asked as a form."""
    page = story.at("triage", "/desk/reports/?state=received")
    page.get_by_role("table").get_by_role("link").first.click()
    assert WHAT in page.inner_text("main")
    story.report = page.url.rstrip("/").rsplit("/", 1)[1]
    begin(page, "Acknowledge receipt")
    finish(page, "Acknowledge receipt")
    assess(page)
    begin(page, "Ask questions as a form")
    page.get_by_label("Question", exact=True).first.fill("How many drivers told you so?")
    finish(page, "Ask questions as a form")


def the_investigator_reads_all(story: Story) -> None:
    """What was sent at first, both files to the byte, and the answer."""
    page = the_supervisor_assigns(story)
    told = page.locator("main").text_content() or ""
    assert WHAT in told
    assert ANSWER in told
    for each in (PHOTO, LIST):
        with page.expect_download() as fetched:
            link(page, f"Download {each['name']}").click()
        assert Path(fetched.value.path()).read_bytes() == each["buffer"]


def nothing_lies_in_clear(desk: Desk) -> None:
    """Neither in the database, nor in a file of the server's, nor in what it printed."""
    assert CANARIES.found_in(dump_of(desk.served)) == []
    files = [path for path in desk.served.data.rglob("*") if path.is_file()]
    assert any("kept" in str(path) for path in files)
    assert {str(path): found for path in files if (found := CANARIES.found_in(path.read_bytes()))} == {}
