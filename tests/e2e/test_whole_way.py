"""The whole way, once, as the people who walk it: from an anonymous report to a decision that anybody can check.

Nobody here has scripts, neither on the portal nor at the desk.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page

from tests.e2e.desk import PHONE, Desk, begin, button, finish, heading, link, offered, press
from tests.e2e.serving import Served
from tests.e2e.story import Story, assess, the_supervisor_assigns, triage_opens_a_case

pytestmark = pytest.mark.browser

WHAT = "The head of the bonded warehouse section was given a gold watch by the operator of the warehouse."
ANSWER = "It was in the second week of January, in the canteen, in front of four people."
PHOTO = {"name": "watch.jpg", "mimeType": "image/jpeg", "buffer": b"\xff\xd8\xff\xe0 a watch on a table"}
LETTER = {"name": "letter.txt", "mimeType": "text/plain", "buffer": b"The licence was renewed a week later."}
SUPERVISORS = {"supervisor": "Nguyen Thi Lan", "supervisor2": "Ahmad Razali"}
ATOM = "{http://www.w3.org/2005/Atom}"


def test_an_appeal_is_heard_by_three_who_had_no_part_in_the_case(desk: Desk) -> None:
    """From a decision that was served: filed, admitted, transmitted, three opinions, upheld, final."""
    story = Story(desk)
    page = find_case(story, "Money for a good place in the queue of trucks")
    supervisor = next(iter(story.pages))
    registrar = next(name for name in SUPERVISORS if name != supervisor)
    begin(page, "Record an appeal")
    page.get_by_role("checkbox").first.check()
    page.get_by_label("Who prepares the appeal").select_option(label=SUPERVISORS[registrar])
    page.get_by_role("textbox", name="The appeal", exact=True).fill("The witnesses confuse me with somebody else.")
    finish(page, "Record an appeal")
    page = story.on_case(registrar, declare=True)
    begin(page, "Admit the appeal")
    page.get_by_label("Reasons").fill("In time, by the respondent, on a ground of the rules.")
    finish(page, "Admit the appeal")
    begin(page, "Transmit the record to a board")
    for box in page.get_by_role("checkbox").all():
        box.check()
    finish(page, "Transmit the record to a board")
    for member in ("board1", "board2", "board3"):
        page = story.on_case(member, declare=True)
        assert "You read the record that was transmitted to the board." in page.inner_text("main")
        begin(page, "Give my opinion")
        page.get_by_label("Upheld").check()
        page.get_by_label("My reasons").fill("The record carries the decision.")
        finish(page, "Give my opinion")
    begin(page, "Uphold the decision")
    page.get_by_label("Reasons of the board").fill("The findings rest on four sources.")
    finish(page, "Uphold the decision")
    page = story.on_case(supervisor)
    until(page, lambda: "Record implementation" in offered(page))


def find_case(story: Story, title: str) -> Page:
    """The page of a case in the hands of the supervisor who has it."""
    for username in SUPERVISORS:
        page = story.at(username, "/desk/cases/?state=notified")
        if link(page, title).count():
            link(page, title).click()
            story.case = page.url.rstrip("/").rsplit("/", 1)[1]
            return page
        story.pages.pop(username).context.close()
    raise AssertionError(f"No supervisor has the case “{title}”.")


def test_a_report_becomes_a_published_decision_that_anybody_can_check(desk: Desk, tmp_path: Path) -> None:
    """Steps 2 to 8 of the product, by a reporting person and eight members of staff."""
    story = Story(desk)
    a_stranger_reports_from_a_phone(story)
    the_office_acknowledges_assesses_and_asks(story)
    the_reporting_person_answers(story)
    triage_opens_a_case(story, answer=ANSWER)
    the_investigator_investigates(story)
    the_supervisor_reviews_and_refers(story)
    the_authority_charges_and_decides(story)
    the_respondent_waives_an_appeal_and_the_decision_becomes_final(story)
    the_sanction_is_carried_out_and_the_case_closed(story)
    the_entry_is_edited_approved_and_read_by_the_public(story)
    the_reporting_person_sees_what_was_done(story)
    the_auditor_sees_the_entries(story)
    the_exported_log_verifies_until_a_byte_is_changed(story.desk.served, tmp_path)


def a_stranger_reports_from_a_phone(story: Story) -> None:
    """Two files, one mistake on the way, and the receipt typed back."""
    page = story.desk.stranger(viewport=PHONE)
    page.goto(story.url)
    link(page.get_by_role("main"), "Report something").first.click()
    press(page, "Everything on one page")
    page.get_by_label("A business partner").check()
    page.get_by_label("No, neither of these").check()
    press(page, "Next")
    page.get_by_label("Where did it happen?").fill("Inland container depot")
    page.get_by_label("Files").set_input_files([PHOTO, LETTER])
    press(page, "Send the report")

    problems = page.get_by_role("alert")
    assert "Tell us what happened." in problems.inner_text()
    assert page.get_by_label("Where did it happen?").input_value() == "Inland container depot"
    kept = page.get_by_role("group", name="Files that have already arrived")
    assert [name in kept.inner_text() for name in ("watch.jpg", "letter.txt")] == [True, True]
    link(problems, "What happened?").click()
    page.get_by_label("What happened?").fill(WHAT)
    press(page, "Send the report")

    assert heading(page) == "Thank you. Your report has arrived."
    groups = page.get_by_role("region", name="Your receipt").get_by_role("listitem").all_inner_texts()
    assert len(groups) == 6
    with page.expect_download() as saved:
        button(page, "Save as a file").click()
    assert " ".join(groups) in Path(saved.value.path()).read_text("utf-8-sig")
    page.get_by_label("Type your receipt here").fill("1111 2222 3333 4444 5555 6666")
    press(page, "I have kept my receipt")
    assert "This is not the receipt that is shown above." in page.get_by_role("alert").inner_text()
    story.receipt = " ".join(groups)
    page.get_by_label("Type your receipt here").fill(story.receipt)
    press(page, "I have kept my receipt")
    assert heading(page) == "Your report is with us, and your receipt with you"
    assert "".join(groups) not in page.content().replace(" ", "")
    assert page.context.cookies() == []


def inbox(story: Story) -> Page:
    """The reporting person's inbox, opened with the receipt."""
    page = story.desk.stranger(viewport=PHONE)
    page.goto(f"{story.url}/inbox/")
    page.get_by_label("Your receipt").fill(story.receipt)
    press(page, "Open the inbox")
    return page


def the_office_acknowledges_assesses_and_asks(story: Story) -> None:
    """The intake officer acknowledges, the triage officer assesses and asks a question."""
    page = story.at("intake", "/desk/reports/?state=received")
    page.get_by_role("table").get_by_role("link").first.click()
    assert WHAT in page.inner_text("main")
    story.report = page.url.rstrip("/").rsplit("/", 1)[1]
    begin(page, "Acknowledge receipt")
    finish(page, "Acknowledge receipt")

    page = story.on_report("triage")
    with page.expect_download() as photo:
        page.get_by_role("link", name="Download watch.jpg").click()
    assert Path(photo.value.path()).read_bytes() == PHOTO["buffer"]
    assess(page)
    begin(page, "Ask for more information")
    page.get_by_label("Question").fill("When was it, and who else was there?")
    finish(page, "Ask for more information")


def the_reporting_person_answers(story: Story) -> None:
    """A wrong digit is told without harm; the question is read and answered."""
    page = story.desk.stranger(viewport=PHONE)
    page.goto(f"{story.url}/inbox/")
    wrong = story.receipt[:-1] + ("1" if story.receipt[-1] != "1" else "2")
    page.get_by_label("Your receipt").fill(wrong)
    press(page, "Open the inbox")
    assert "No report opens with this receipt." in page.get_by_role("alert").inner_text()

    page = inbox(story)
    assert "The office has a question for you" in page.inner_text("main")
    assert "When was it, and who else was there?" in page.inner_text("main")
    page.get_by_label("Your message").fill(ANSWER)
    press(page, "Send")
    assert "Your message was sent" in page.inner_text("main")
    press(page, "Read what you sent")
    assert WHAT in page.inner_text("main")
    assert "watch.jpg" in page.inner_text("main")


def the_investigator_investigates(story: Story) -> None:
    """Declared, assigned, planned, approved by somebody else; evidence, an interview, findings."""
    page = the_supervisor_assigns(story)
    begin(page, "Propose the investigation plan")
    page.get_by_label("Questions to answer").fill("Was the watch given, by whom, and what for?")
    page.get_by_label("Sources and steps").fill("The gift register. The licence file.")
    page.get_by_label("Persons to interview").fill("Guests of the dinner. The subject last.")
    page.get_by_label("Risks").fill("The office is small.")
    finish(page, "Propose the investigation plan")
    assert "Approve the plan" not in offered(page)
    page.goto(f"{story.url}/desk/cases/{story.case}/approve_plan/")
    assert "This is not possible" in page.inner_text("main")

    page = story.on_case("supervisor")
    begin(page, "Approve the plan")
    finish(page, "Approve the plan")

    page = story.on_case("investigator")
    begin(page, "Add evidence")
    page.get_by_label("Kind").select_option(label="Extract of a record")
    page.get_by_label("Title").fill("Gift register of the depot")
    page.get_by_label("Where it comes from").fill("The depot's secretary")
    page.get_by_label("How it was obtained").fill("On written request, in the presence of the secretary.")
    page.get_by_label("Obtained on").fill(today(story))
    page.get_by_label("Where it is kept").fill("Safe of the office, shelf 2")
    page.get_by_label("File", exact=False).last.set_input_files(
        {"name": "register.csv", "mimeType": "text/csv", "buffer": b"day,gift\n2026-01-12,none\n"}
    )
    finish(page, "Add evidence")
    assert "Gift register of the depot" in page.inner_text("main")
    begin(page, "Record an interview")
    page.get_by_label("Who was interviewed").fill("The head waiter")
    page.get_by_label("Witness", exact=True).check()
    page.get_by_label("Where", exact=True).fill("Integrity office, room 3")
    page.get_by_label("On which day").fill(today(story))
    page.get_by_label("Record", exact=True).fill("He saw the box being handed over and opened.")
    page.get_by_label("Read back and signed").check()
    finish(page, "Record an interview")
    begin(page, "Submit findings for review")
    page.get_by_label("Substantiated", exact=True).check()
    page.get_by_label("Reasons").fill("The waiter saw it, and the register has no entry.")
    page.get_by_role("checkbox", name=re.compile("^E-1 ")).check()
    page.get_by_role("checkbox", name=re.compile("^I-1 ")).check()
    finish(page, "Submit findings for review")


def the_supervisor_reviews_and_refers(story: Story) -> None:
    """Somebody who had no part in the investigation reviews it and names the authority of the rules."""
    page = story.on_case("supervisor")
    begin(page, "Approve the findings")
    page.get_by_label("I have checked this finding").check()
    page.get_by_label("Reasons").fill("Two independent sources.")
    finish(page, "Approve the findings")
    begin(page, "Refer to the deciding authority")
    page.get_by_label("Maria Tolentino").check()
    finish(page, "Refer to the deciding authority")


def the_authority_charges_and_decides(story: Story) -> None:
    """Notice, service, representation, a sanction that the rules refuse, the decision and its service."""
    page = story.on_case("authority", declare=True)
    begin(page, "Issue the show-cause notice")
    finish(page, "Issue the show-cause notice")
    serve(page, "Record service of the notice", today(story))
    begin(page, "Record the representation")
    page.get_by_label("Day it was received").fill(today(story))
    page.get_by_label("The answer").fill("I have given the watch back and regret it.")
    finish(page, "Record the representation")

    begin(page, "Decide")
    page.get_by_label("Substantiated", exact=True).check()
    page.get_by_role("radio", name=re.compile("^Fine")).check()
    page.get_by_label("Amount").fill("30")
    page.get_by_label("Reasons").fill("The gift was accepted; it was given back late.")
    press(page, "Decide")
    assert "Amount" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Reasons").input_value() == "The gift was accepted; it was given back late."
    page.get_by_label("Amount").fill("5")
    finish(page, "Decide")
    serve(page, "Record service of the decision", today(story))


def serve(page: Page, step: str, day: str) -> None:
    """Record that something was handed over in person."""
    begin(page, step)
    page.get_by_label("Day of service").fill(day)
    page.get_by_label("Handed over in person").check()
    page.get_by_label("Received by").fill("The respondent")
    finish(page, step)


def the_respondent_waives_an_appeal_and_the_decision_becomes_final(story: Story) -> None:
    """Finality is computed by the worker; nobody types it."""
    page = story.on_case("authority")
    begin(page, "Record a waiver of appeal")
    page.get_by_label("The waiver").fill("I accept the decision.")
    finish(page, "Record a waiver of appeal")
    until(page, lambda: "Record implementation" in offered(page))


def until(page: Page, holds: Callable[[], bool], *, seconds: int = 60) -> None:
    """Look at a page again until something holds that a worker does."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, page.inner_text("main")
        time.sleep(0.5)
        page.reload()


def the_sanction_is_carried_out_and_the_case_closed(story: Story) -> None:
    """The supervisor records it, hands the coded fields to the register, and closes."""
    page = story.on_case("supervisor")
    carry_out(page, today(story))
    begin(page, "Hand over for publication")
    finish(page, "Hand over for publication")
    begin(page, "Close the case")
    assert "substantiated" in page.get_by_label("Message to the reporting person").input_value()
    finish(page, "Close the case")


def carry_out(page: Page, day: str) -> None:
    """Record that the sanction was carried out."""
    begin(page, "Record implementation")
    page.get_by_label("Day it was carried out").fill(day)
    page.get_by_label("How it was carried out").fill("Payroll order 17.")
    finish(page, "Record implementation")


def the_entry_is_edited_approved_and_read_by_the_public(story: Story) -> None:
    """The embargo is over when the clock was moved far enough; then two people publish the entry."""
    page = story.at("editor", "/desk/register/?state=draft")
    page.get_by_role("table").get_by_role("link").first.click()
    entry = re.sub(r"^.*(/desk/register/[^/]+/).*$", r"\1", page.url)
    begin(page, "Submit the entry for approval")
    assert "The embargo is over" in page.inner_text("main")
    finish(page, "Submit the entry for approval")

    for _ in range(4):
        page = story.at("approver", entry)
        opens = page.get_by_text(re.compile("It may be published from"))
        if opens.count() == 0:
            break
        move_the_clock(story, "approver", "100 days forward")
    begin(page, "Approve and publish")
    finish(page, "Approve and publish")
    reference = entry.rstrip("/").rsplit("/", 1)[1]

    reader = story.desk.stranger()
    reader.goto(f"{story.url}/decisions/")
    reader.locator(f"a[href='/decisions/{reference}/']").click()
    told = reader.inner_text("main")
    assert "5 days" in told
    assert "Ernesto Lim" not in told
    register = json.loads(reader.request.get(f"{story.url}/decisions/decisions.json").text())
    assert reference in [decision["reference"] for decision in register["decisions"]]
    feed = ElementTree.fromstring(reader.request.get(f"{story.url}/decisions/feed/").text())  # noqa: S314
    assert any(reference in (item.findtext(f"{ATOM}id") or "") for item in feed.iter(f"{ATOM}entry"))


def move_the_clock(story: Story, username: str, step: str) -> None:
    """Move the demonstration's clock; everybody else's sitting ends."""
    page = story.at(username, "/desk/demonstration/")
    press(page, step)
    assert "The clock was moved forward." in page.inner_text("main")
    for other in set(story.pages) - {username}:
        story.pages.pop(other).context.close()


def the_reporting_person_sees_what_was_done(story: Story) -> None:
    """Every step that they may know of, and the words with which the case was closed."""
    page = inbox(story)
    told = page.inner_text("body")
    for sentence in (
        "A case was opened",
        "The integrity office has confirmed that it has your report.",
        "A triage officer has read and assessed your report.",
        "The office has asked you a question.",
        "What you reported was found to be substantiated",
    ):
        assert sentence in told, told
    assert "Ernesto Lim" not in told
    press(page, "Close the inbox")
    assert heading(page) == "The inbox is closed"


def the_auditor_sees_the_entries(story: Story) -> None:
    """What was done, by pseudonym, without a word of content."""
    page = story.at("auditor", "/desk/audit/")
    listed = page.inner_text("main")
    for kind in ("publication.approve_entry", "demonstration.clock_moved"):
        assert kind in listed, listed
    page.goto(f"{story.url}/desk/audit/?type=case.decide")
    until(page, lambda: page.get_by_role("table").get_by_role("link").count() > 0)
    page.get_by_role("table").get_by_role("link").first.click()
    until(page, lambda: "This entry is in the signed log" in page.inner_text("main"))
    assert "Ernesto Lim" not in page.content()


def the_exported_log_verifies_until_a_byte_is_changed(served: Served, tmp_path: Path) -> None:
    """Anybody can check the export; a changed byte is found, and the entry it belongs to is named."""
    folder = tmp_path / "log"
    exported = served.command("audit", "export", str(folder))
    assert exported.returncode == 0, exported.stderr
    good = served.verify(folder)
    assert good.returncode == 0, good.stdout + good.stderr
    assert "VERIFIED" in good.stdout

    bundle = folder / "tile" / "entries" / "000"
    content = bytearray(bundle.read_bytes())
    position, index = 0, 0
    while index < 7:
        position += 2 + int.from_bytes(content[position : position + 2], "big")
        index += 1
    content[position + 20] ^= 1
    bundle.write_bytes(content)
    bad = served.verify(folder)
    assert bad.returncode != 0
    assert "NOT VERIFIED" in bad.stdout + bad.stderr
    assert f"entry {index} was changed" in bad.stdout + bad.stderr


def today(story: Story) -> str:
    """The institution's day as a date field takes it, as long as the demonstration's clock was not moved."""
    zone = ZoneInfo(story.desk.served.environment.get("TIME_ZONE", "Asia/Bangkok"))
    return datetime.now(zone).date().isoformat()
