"""Canaries in what comes after a report: questions, the transcript, a detriment, a review, the survey, and the end."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.e2e.canary_entry import enter_a_call
from tests.e2e.canary_walk import Walk, pressed
from tests.e2e.web import Answer, Control, Form

DETRIMENT = re.compile(r"/desk/protection/([A-Z]-\w{4}-\w{4})/")
# The second question is one of choices; the others are answered in words, and the third is about a day.
CHOICE, DAY = 2, 3


def follow_up_a_call(walk: Walk) -> None:
    """Everything that follows a report that was told by telephone, until its receipt is given up."""
    report, receipt = enter_a_call(walk)
    walk.take("intake", "reports", report, "acknowledge")
    walk.take("triage", "reports", report, "assess")
    answer_questions(walk, report, receipt)
    agree_to_the_transcript(walk, report, receipt)
    tell_of_a_detriment(walk, receipt)
    ask_for_a_review(walk, report, receipt)
    give_up_the_receipt(walk, receipt)


class Inbox:
    """The inbox of a receipt, opened by a stranger; `page` is what they see."""

    def __init__(self, walk: Walk, receipt: str) -> None:
        self.walk, self.visitor = walk, walk.stranger()
        door = self.visitor.get("/inbox/").form("/inbox/")
        self.page = self.visitor.submit(door, walk.canaries.fill("inbox door"), {"receipt": receipt})
        self.sitting = next(form.controls["sitting"].value for form in self.page.forms() if "sitting" in form.controls)
        walk.canaries.keep_token(self.sitting)

    def go(self, address: str) -> Answer:
        """Open a page of the inbox, which is done by a form."""
        hidden = {"sitting": Control("sitting", "hidden", self.sitting, chosen=[self.sitting])}
        form = Form(f"{self.walk.served.url}/inbox/{address}/", "post", hidden)
        self.page = self.visitor.submit(form, self.walk.canaries.fill("inbox"))
        assert self.page.status == 200, self.page.words()
        return self.page

    def form(self, address: str) -> Form:
        """The form of the page that is sent there; those that only lead on hold nothing but the sitting."""
        found = [form for form in self.page.forms() if form.action.endswith(f"/inbox/{address}/")]
        return max(found, key=lambda form: len(form.controls))

    def send(self, address: str, given: Mapping[str, Any] | None = None, *, status: int = 200) -> Answer:
        """Fill in a form of the page that stands there; its button is pressed by name where it has one."""
        form = self.form(address)
        for name in form.controls:
            if name == "page" or name.endswith("-kept"):
                for token in form.controls[name].chosen:
                    self.walk.canaries.keep_token(token)
        if "send" in (given or {}):
            form = pressed(form, "send")
        self.page = self.visitor.submit(form, self.walk.canaries.fill(f"inbox {address}"), given)
        assert self.page.status == status, self.page.words()
        return self.page


def asked(walk: Walk, form: Form) -> dict[str, Any]:
    """What an officer puts into the form that composes questions, besides the canaries."""
    given: dict[str, Any] = {name: "" for name in form.controls if name.startswith("choices")}
    choices = "\n".join(walk.canaries.word("question choice") for _choice in range(3))
    return {**given, f"kind{CHOICE}": "choice", f"choices{CHOICE}": choices, f"kind{DAY}": "when"}


def answer_questions(walk: Walk, report: str, receipt: str) -> None:
    """Questions as a form, answered by nothing at first, and then one by one."""
    form = walk.at("intake").get(f"/desk/reports/{report}/ask_questions/").form()
    walk.take("intake", "reports", report, "ask_questions", asked(walk, form))
    inbox = Inbox(walk, receipt)
    names = inbox.form("questions").controls
    inbox.send("questions", {name: "" for name in names if name.startswith("q")}, status=422)
    days = {name: "" for name in names if name.endswith(("from", "until"))}
    inbox.send("questions", days)
    assert "Your answers were sent" in inbox.page.words(), inbox.page.words()


def agree_to_the_transcript(walk: Walk, report: str, receipt: str) -> None:
    """A transcript that is corrected, and the next one that is agreed to."""
    for answer in ("corrected", "signed"):
        walk.take("intake", "reports", report, "write_transcript")
        inbox = Inbox(walk, receipt)
        inbox.go("transcript")
        inbox.send("transcript/send", {"agrees": answer})
        assert "Your answer to the transcript was sent" in inbox.page.words(), inbox.page.words()


def tell_of_a_detriment(walk: Walk, receipt: str) -> None:
    """A detriment told with a mistake and without, confirmed, written about from both sides, and ended."""
    inbox = Inbox(walk, receipt)
    inbox.go("worse")
    inbox.send("worse/send", {"what": "", "officers": "no"}, status=422)
    inbox.send("worse/send", {"officers": "no"})
    inbox.send("worse/write")
    officer = walk.at("protection")
    for reference in dict.fromkeys(DETRIMENT.findall(officer.get("/desk/protection/").text)):
        page = officer.get(f"/desk/protection/{reference}/")
        if walk.canaries.mark in page.text:
            break
    for step in ("confirm", "write", "end"):
        page = officer.submit(pressed(page.form(), "step"), walk.canaries.fill(f"detriment {step}"), {"step": step})
        assert page.status == 200, page.words()
        assert len(set(re.findall(rf"{walk.canaries.mark}\d{{4}}", page.text))) > 3, page.words()
    inbox = Inbox(walk, receipt)
    inbox.go("worse")
    inbox.send("worse/write")


def ask_for_a_review(walk: Walk, report: str, receipt: str) -> None:
    """Closed without a case, a review asked for with a file, and decided by who did not close it."""
    walk.take("triage", "reports", report, "reject")
    inbox = Inbox(walk, receipt)
    inbox.go("review")
    inbox.send("review/send", {"text": ""}, status=422)
    inbox.send("review/send", {"files-remove": []})
    assert "You asked for a review" in inbox.page.words(), inbox.page.words()
    assert walk.at("triage2").get(f"/desk/reports/{report}/").status == 200
    walk.take("triage2", "reports", report, "uphold_rejection")


def give_up_the_receipt(walk: Walk, receipt: str) -> None:
    """The survey, and then the receipt opens nothing any more."""
    inbox = Inbox(walk, receipt)
    inbox.go("survey")
    inbox.send("survey", {"send": "1"})
    assert "Your answers were counted" in inbox.page.words(), inbox.page.words()
    inbox.go("give-up")
    inbox.send("give-up", {"send": "1"})
    visitor = walk.stranger()
    door = visitor.get("/inbox/").form("/inbox/")
    closed = visitor.submit(door, walk.canaries.fill("inbox door"), {"receipt": receipt})
    assert 'name="sitting"' not in closed.text, closed.words()
