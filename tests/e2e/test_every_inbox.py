"""Everything that an inbox can show and ask, with every mistake, in three languages; `test_every_page` has the rest."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.desk import Desk
from tests.e2e.examining import Examiner
from tests.e2e.inboxes import Receipts, made

# What a page looks like does not depend on the database behind it.
pytestmark = [pytest.mark.browser, pytest.mark.once]

LANGUAGES = ["en", "ar", "th"]
END_THE_SITTING = "() => document.querySelectorAll('[name=sitting]').forEach(each => { each.value = 'over'; })"


@pytest.fixture(scope="module")
def receipts(desk: Desk) -> dict[str, Receipts]:
    """Two inboxes for each language."""
    return made(desk.served, LANGUAGES)


@pytest.fixture(params=LANGUAGES)
def inbox(request: pytest.FixtureRequest, desk: Desk) -> Iterator[Inbox]:
    """Somebody at the inbox's door. They have scripts, because axe is one; the pages have none."""
    page = desk.stranger(scripts=True)
    yield Inbox(Examiner(page, desk.served.url, language=request.param, enlarges=True))
    page.context.close()


class Inbox:
    """An inbox in one language, of which `look` examines the pages."""

    def __init__(self, look: Examiner) -> None:
        self.look, self.page = look, look.page
        self.start = "" if look.language == "en" else f"/{look.language}"

    def open(self, receipt: str) -> None:
        """Come in by the door."""
        self.page.goto(f"{self.look.origin}{self.start}/inbox/")
        self.page.locator("[name=receipt]").fill(receipt)
        self.page.locator(f"form[action='{self.start}/inbox/'] button").last.click()

    def go(self, address: str) -> None:
        """Press a button that leads to a page of the inbox, whichever way it does."""
        to = f"{self.start}/inbox/{address}"
        self.page.locator(f"main button[formaction='{to}'], main form[action='{to}'] button").first.click()

    def send(self, address: str) -> None:
        """Press the last button of the form that goes there."""
        self.page.locator(f"form[action='{self.start}/inbox/{address}'] button").last.click()


def test_what_the_office_wants_from_somebody_can_be_used_by_everybody(
    inbox: Inbox, receipts: dict[str, Receipts]
) -> None:
    """Outcome, questions, transcript, what was done with the name, and how one is treated."""
    look, page = inbox.look, inbox.page
    inbox.open(receipts[look.language].full)
    look.look("an inbox in which everything stands")
    for heading in ("your-name", "questions", "transcript", "detriments", "conversation", "more"):
        assert page.locator(f"h2#{heading}").count() == 1, f"nothing under {heading}"
    assert page.locator("a[href*='/decisions/D-']").count() == 1
    page.locator("details > summary").first.click()
    look.look("an inbox with the languages unfolded")
    inbox.send("questions/")
    look.look("questions without an answer")
    page.locator("[name=q1]").first.check()
    inbox.send("questions/")
    page.locator("section details > summary").first.click()
    look.look("answers unfolded")
    inbox.send("write/")
    look.look("an empty message")

    inbox.go("transcript/")
    page.locator("main details > summary").first.click()
    look.look("a transcript")
    inbox.send("transcript/send/")
    look.look("a transcript without an answer")
    page.locator("[name=agrees]").nth(1).check()
    page.locator("[name=corrected]").fill("")
    inbox.send("transcript/send/")
    look.look("a correction without words")
    page.locator("[name=agrees]").first.check()
    inbox.send("transcript/send/")

    inbox.go("worse/")
    page.locator("main details > summary").first.click()
    look.look("how one is treated")
    inbox.send("worse/send/")
    look.look("a detriment without words")
    inbox.send("worse/write/")
    look.look("nothing written to who protects")
    page.locator("form[action$='/worse/send/'] [name=what]").fill("They asked who wrote.")
    inbox.send("worse/send/")
    look.look("two detriments")

    inbox.open(receipts[look.language].full)
    page.evaluate(END_THE_SITTING)
    page.locator("[name=text]").fill("More")
    inbox.send("write/")
    look.look("a message to an inbox that was closed meanwhile")
    inbox.send("write/")
    look.look("the same without a receipt")
    inbox.open(receipts[look.language].full)
    page.evaluate(END_THE_SITTING)
    inbox.go("report/")
    look.look("the door of an inbox that was closed meanwhile")
    assert not look.problems, look.verdict()


def test_the_end_of_a_report_can_be_used_by_everybody(inbox: Inbox, receipts: dict[str, Receipts]) -> None:
    """Closed without a case: the review, the survey, and giving up the receipt."""
    look, page = inbox.look, inbox.page
    receipt = receipts[look.language].closed
    inbox.open(receipt)
    look.look("an inbox of a report that was closed")
    inbox.go("survey/")
    look.look("the survey")
    inbox.send("survey/")
    look.look("the survey without an answer")
    page.locator("main [type=radio]").first.check()
    inbox.send("survey/")
    inbox.go("review/")
    look.look("asking for a review")
    inbox.send("review/send/")
    look.look("a review without words")
    page.locator("[name=text]").fill("You overlooked gate 4.")
    page.locator("[name=files]").set_input_files({"name": "gate.txt", "mimeType": "text/plain", "buffer": b"gate"})
    inbox.send("review/send/")
    look.look("a review that was asked for")
    inbox.go("give-up/")
    look.look("giving up the receipt")
    inbox.send("give-up/")
    look.look("giving it up without saying so")
    page.locator("[name=understood]").check()
    inbox.send("give-up/")
    look.look("a receipt that was given up")
    assert not look.problems, look.verdict()
