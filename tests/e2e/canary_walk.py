"""The walk of the canaries: everybody with a browser of their own, what they wrote, and which forms it went through."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cases.states import Track
from integrity.people.sittings import COOKIE
from tests.e2e.canaries import Canaries
from tests.e2e.desk import PASSPHRASE
from tests.e2e.serving import Served
from tests.e2e.web import Answer, Control, Form, Visitor, second_factor

CASE = re.compile(r"/desk/cases/(C-\w{4}-\w{4})/")
REPORT = re.compile(r"/desk/reports/(R-\w{4}-\w{4})/")
REQUEST = re.compile(r"/desk/identities/(I-\w{4}-\w{4})/")
ENTRY = re.compile(r"/desk/register/(D-\w{4}-\w{4})/")
TRACKS = {"reports": Track.REPORT, "cases": Track.CASE, "register": Track.PUBLICATION}


@dataclass
class Walk:
    """Everybody who writes something, what they wrote, and which forms it went through."""

    served: Served
    canaries: Canaries
    visitors: dict[str, Visitor] = field(default_factory=dict)
    walked: set[tuple[Track, str]] = field(default_factory=set)

    def stranger(self) -> Visitor:
        """Somebody without an account, whose browser is a canary too."""
        return Visitor(self.served.url, browser=f"Mozilla/5.0 ({self.canaries.word('user agent')})")

    def at(self, username: str) -> Visitor:
        """Somebody signed in at the desk."""
        if username not in self.visitors:
            visitor = self.stranger()
            door = visitor.get("/desk/sign-in/")
            asked = visitor.submit(
                door.form(), self.canaries.fill("sign-in"), {"username": username, "passphrase": PASSPHRASE}
            )
            inside = second_factor(visitor, asked, self.canaries.fill("second factor"))
            assert inside.path == "/desk/", inside.words()
            self.canaries.keep_token(visitor.cookie(COOKIE).strip('"'))
            self.visitors[username] = visitor
        return self.visitors[username]

    def confirmed(self, username: str, address: str) -> Answer:
        """A page that may ask for the second factor again before it is shown."""
        visitor = self.at(username)
        page = visitor.get(address)
        if page.path.startswith("/desk/confirm/"):
            page = second_factor(visitor, page, self.canaries.fill("second factor"))
        assert page.path.startswith(address), page.words()
        return page

    def take(
        self,
        username: str,
        kind: str,
        reference: str,
        step: str,
        given: Mapping[str, Any] | None = None,
        leave: str = "$^",
    ) -> Answer:
        """Take a step: every control is filled with canaries but for those `given`, and those left empty."""
        address = f"/desk/{kind}/{reference}/{step}/"
        visitor = self.at(username)
        page = visitor.get(address)
        if page.status == 403 and "Declare first" in page.text:
            self.take(username, kind, reference, "declare_no_conflict")
            page = visitor.get(address)
        assert page.status == 200, f"{username} {address}: {page.status}\n{page.words()}"
        form = page.form()
        left = {name: "" for name in form.controls if re.match(leave, name)}
        answer = visitor.submit(form, self.canaries.fill(f"{kind}.{step}"), {**left, **(given or {})})
        assert not answer.path.endswith(f"/{step}/"), f"{username} {address}: {answer.status}\n{answer.words()}"
        self.walked.add((TRACKS[kind], step))
        return answer

    def decide(
        self, username: str, reference: str, step: str, *, second: str = "", given: Mapping[str, Any] | None = None
    ) -> Answer:
        """Take a step of a request for an identity; `second` is the name of whom the form shall name."""
        visitor, address = self.at(username), f"/desk/identities/{reference}/{step}/"
        page = visitor.get(address)
        assert page.status == 200, f"{username} {address}: {page.status}\n{page.words()}"
        chosen = re.search(rf'<option value="([^"]+)"[^>]*>{second}', page.text) if second else None
        named = {"second": chosen[1]} if chosen else {}
        answer = visitor.submit(page.form(), self.canaries.fill(f"identity {step}"), {**named, **(given or {})})
        assert answer.status == 200, f"{username} {address}: {answer.status}\n{answer.words()}"
        return answer

    def whoever(self, usernames: tuple[str, ...], kind: str, reference: str, step: str) -> str:
        """Who of these can take a step, or could once they have declared that they have no conflict."""
        for username in usernames:
            page = self.at(username).get(f"/desk/{kind}/{reference}/{step}/")
            if page.status == 200 or "Declare first" in page.text:
                return username
        raise AssertionError(f"None of {usernames} can {step} {reference}.")

    def standing_at(self, usernames: tuple[str, ...], state: str) -> tuple[str, str]:
        """Somebody with a case of the demonstration in a state, and its reference."""
        for username in usernames:
            found = CASE.search(self.at(username).get(f"/desk/cases/?state={state}").text)
            if found:
                return username, found[1]
        raise AssertionError(f"No case of the demonstration stands at {state}.")


def pressed(form: Form, button: str) -> Form:
    """A form as its button of that name sends it; what the button says is to be given."""
    return Form(form.action, form.method, {**form.controls, button: Control(button, "text")})


def newest_report(walk: Walk) -> str:
    """The reference of the report that came last."""
    return report_with(walk, walk.canaries.mark)


def report_with(walk: Walk, word: str) -> str:
    """The reference of the latest report that nobody acknowledged yet and in which a word is."""
    page = walk.at("intake").get("/desk/reports/?state=received")
    for reference in dict.fromkeys(REPORT.findall(page.text)):
        if word in walk.at("intake").get(f"/desk/reports/{reference}/").text:
            return str(reference)
    raise AssertionError(page.words())


def groups_of(page: Answer) -> list[str]:
    """The groups of digits of the receipt that a page shows."""
    return re.findall(r"<li>(\d{4})</li>", page.text)


def remember_receipt(canaries: Canaries, digits: str) -> None:
    """A receipt may lie about neither as it is typed, nor as it is shown, nor as a number."""
    spaced = " ".join(digits[start : start + 4] for start in range(0, 24, 4))
    canaries.secrets |= {digits, spaced, spaced.replace(" ", "-"), f"{int(digits):x}"}
