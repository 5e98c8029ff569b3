"""Every page, as everybody who can open it: axe finds nothing, nothing scrolls sideways at 320 px, and more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape

import pytest

from config.demonstration.people import SIGN_INS
from intake.channels.questionnaire import Kind
from tests.e2e.desk import PASSPHRASE, Desk, begin, finish, offered, press, second_factor, sign_in
from tests.e2e.examining import Examiner

# What a page looks like does not depend on the database behind it.
pytestmark = [pytest.mark.browser, pytest.mark.once]

REFERENCE = r"[A-Z]-\w{4}-\w{4}"
STEP = re.compile(rf'href="(/desk/(?:cases|reports|register|identities)/{REFERENCE}/([a-z_]+)/)"')
ASK = re.compile(rf'href="(/desk/identities/ask/(report|case)/{REFERENCE}/)"')
MATTER = re.compile(rf'href="(/desk/(?:cases|reports|register|identities|protection)/{REFERENCE}/)"')
DOCUMENT = re.compile(
    rf'href="(/desk/(?:investigation/{REFERENCE}/[a-z]+/(?:\d+/)?|cases/{REFERENCE}/discipline/(?!file)[a-z_-]+/[^"/]+/'
    rf'|appeals/{REFERENCE}/record/))"'
)
LOG_PAGES = (
    "health/",
    "patterns/",
    "patterns/?since=2020-01-01&until=2026-01-01",
    "selection/",
    "selection/?object=nothing-of-this-name",
    "timeline/?of=log",
    "epochs/",
    "?since=2026-02-02&until=2026-01-01",
    "?object=nothing-of-this-name",
)
STANDS_AT = re.compile(r'<span class="tag[^"]*">(?:<[^>]+>)*\s*([^<]+)')


@dataclass
class Seen:
    """What some account has shown already: the kinds of documents, the states of matters, and what axe judged."""

    kinds: set[str] = field(default_factory=set)
    judged: set[str] = field(default_factory=set)

    def is_new(self, kind: str) -> bool:
        """True the first time."""
        if kind in self.kinds:
            return False
        self.kinds.add(kind)
        return True


@pytest.fixture(scope="module")
def seen() -> Seen:
    """Shared by all accounts."""
    return Seen()


@pytest.fixture
def look(desk: Desk, seen: Seen) -> Iterator[Examiner]:
    """An examiner with a browser of its own. It has scripts, because axe is one; the pages have none."""
    page = desk.stranger(scripts=True)
    yield Examiner(page, desk.served.url, judged=seen.judged)
    page.context.close()


@pytest.fixture(scope="module")
def waiting(desk: Desk) -> None:
    """Two entries of the register that wait: one for its editor, the other for its approver."""
    left = 2
    for username in ("supervisor", "supervisor2"):
        page = desk.person(username)
        for state in ("implemented", "final"):
            page.goto(f"{desk.served.url}/desk/cases/?state={state}")
            rows = page.get_by_role("table").get_by_role("link").all()
            for address in [row.get_attribute("href") for row in rows]:
                page.goto(f"{desk.served.url}{address}")
                if left and "Hand over for publication" in offered(page):
                    begin(page, "Hand over for publication")
                    finish(page, "Hand over for publication")
                    left -= 1
        page.context.close()
    assert left == 0
    page = desk.person("editor")
    page.goto(f"{desk.served.url}/desk/register/?state=draft")
    page.get_by_role("table").get_by_role("link").first.click()
    begin(page, "Submit the entry for approval")
    finish(page, "Submit the entry for approval")
    page.context.close()


@pytest.mark.parametrize("language", ["en", "ar", "th"])
def test_the_portal_can_be_used_by_everybody(look: Examiner, language: str) -> None:
    """From the first page to the closed inbox, with every mistake that one can make on the way."""
    look.language, look.enlarges = language, True
    start = "" if language == "en" else f"/{language}"
    page = look.page
    for address in ("/", "/protection/", "/report/", "/inbox/"):
        look.go(f"{start}{address}")

    def send(address: str) -> None:
        page.locator(f"form[action='{start}{address}'] button:not([formaction]):not([name])").last.click()

    def press(go: str) -> None:
        page.locator(f"main button[name=go][value='{go}']").first.click()
        page.wait_for_load_state()

    page.goto(f"{look.origin}{start}/report/")
    page.locator(f"form[action='{start}/report/steps/'] button").first.click()
    look.look("the first question")
    press("next")
    look.look("the first question with an error")
    page.locator("[name=path]").nth(1).check()
    press("next")
    look.look("the second question")
    page.locator("[name=concerns]").first.check()
    press("next")
    look.look("the choice of a channel")
    page.locator("[name=channel]").first.check()
    press("next")
    page.locator("[name=what]").fill("Gate 3\n\nThe barrier")
    press("next")
    look.look("a question that can be left out")
    while not page.locator("[name=files]").count():
        press("next")
    page.locator("[name=files]").set_input_files({"name": "صورة.txt", "mimeType": "text/plain", "buffer": b"kept"})
    press("next")
    look.look("the name")
    press("next")
    look.look("review")
    press("to.files")
    look.look("files that arrived")
    press("later")
    look.look("the digits to go on with")
    digits = page.locator(".receipt li").all_inner_texts()
    page.goto(f"{look.origin}{start}/inbox/")
    page.locator("[name=receipt]").fill(" ".join(digits))
    send("/inbox/")
    look.look("welcome back")
    press("next")
    press("to.what")
    page.locator("[name=what]").fill("")
    press("back")
    look.look("review with an error")
    press("throw")
    look.look("throwing it away")
    press("thrown")
    look.look("thrown away")

    page.goto(f"{look.origin}{start}/report/")
    page.locator(f"form[action='{start}/report/steps/'] button[value=page]").click()
    look.look("everything on one page, at first")
    page.locator("[name=path]").first.check()
    page.locator("[name=concerns]").first.check()
    send("/report/")
    look.look("everything on one page")
    page.locator("[name=files]").set_input_files({"name": "صورة.txt", "mimeType": "text/plain", "buffer": b"kept"})
    send("/report/")
    look.look("report with errors")
    page.locator("[name=path]").first.check()
    page.locator("[name=concerns]").first.check()
    page.locator("[name=what]").fill("Gate 3")
    send("/report/")
    look.look("receipt")
    receipt = page.locator(".receipt li").all_inner_texts()
    page.locator("[name=receipt]").fill("12")
    send("/report/receipt/")
    look.look("receipt typed back wrongly")
    page.locator("[name=receipt]").fill(" ".join(receipt))
    send("/report/receipt/")
    look.look("receipt kept")

    page.goto(f"{look.origin}{start}/inbox/")
    page.locator("[name=receipt]").fill("1" * 24)
    send("/inbox/")
    look.look("inbox with a wrong receipt")
    page.locator("[name=receipt]").fill(" ".join(receipt))
    send("/inbox/")
    look.look("inbox")
    send("/inbox/write/")
    look.look("inbox with an empty message")
    page.locator("[name=text]").fill("More")
    page.locator("[name=files]").set_input_files({"name": "more.txt", "mimeType": "text/plain", "buffer": b"more"})
    send("/inbox/write/")
    look.look("inbox with a conversation")
    page.locator("button[formaction$='/inbox/report/']").click()
    look.look("what was sent")
    page.locator("button[formaction$='/inbox/leave/']").click()
    look.look("closed inbox")
    assert not look.problems, look.verdict()


@pytest.mark.parametrize("language", ["en", "ar", "th"])
def test_what_is_public_can_be_read_by_everybody(look: Examiner, language: str) -> None:
    """Rules, code, decisions with their filters, one decision, and the page that is not there."""
    look.language, look.enlarges = language, True
    start = "" if language == "en" else f"/{language}"
    for address in ("/rules/", "/code/", "/decisions/", "/decisions/?gravity=minor"):
        look.go(f"{start}{address}")
    look.page.goto(f"{look.origin}{start}/decisions/")
    decision = look.page.locator(f"a[href^='{start}/decisions/D-']").first.get_attribute("href")
    assert decision
    look.go(decision)
    look.go(f"{start}/nothing-is-here/", status=404)
    look.go(f"{start}/decisions/D-AAAA-AAAA/", status=404)
    assert not look.problems, look.verdict()


def test_the_doors_and_dead_ends_can_be_used_by_everybody(look: Examiner, desk: Desk) -> None:
    """The API's page, sign-in and its mistakes, dead ends, and the desk from right to left."""
    page = look.page
    look.go("/api/v1/")
    look.go("/desk/sign-in/")
    page.get_by_label("User name").fill("nobody")
    page.get_by_label("Passphrase").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    look.look("sign-in with a wrong passphrase")
    page.context.clear_cookies()
    page.get_by_role("button", name="Sign in").click()
    look.look("a form that was forged")
    page.goto(f"{look.origin}/desk/")
    page.get_by_label("User name").fill("investigator")
    page.get_by_label("Passphrase").fill(PASSPHRASE)
    press(page, "Sign in")
    look.look("the second factor")
    page.get_by_label("Code").fill("123")
    press(page, "Go on")
    look.look("a wrong second factor")
    second_factor(page)
    for address in (
        "me/second-factors/",
        "me/sittings/",
        "confirm/",
        *(f"second-factor/set-up/{each}" for each in ("", "app/", "passkey/")),
    ):
        look.go(f"/desk/{address}")
    look.go("/desk/nothing-is-here/", status=404)
    look.go("/desk/cases/C-AAAA-AAAA/", status=404)
    look.go("/desk/audit/", status=403)
    look.language = "ar"
    look.go("/ar/desk/")
    look.go("/ar/desk/cases/")
    page.locator("a[href^='/ar/desk/cases/C-']").first.click()
    look.look("a case from right to left")
    assert not look.problems, look.verdict()


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize("username", list(SIGN_INS))
def test_the_desk_can_be_used_by(look: Examiner, seen: Seen, username: str) -> None:
    """Every page of the navigation, a matter of each kind, and the form of every step that this account can take."""
    page = look.page
    sign_in(page, look.origin, username)
    look.look("/desk/")
    navigation = page.get_by_role("navigation", name="Main").get_by_role("link").all()
    addresses = [address for each in navigation if (address := each.get_attribute("href")) and address != "/desk/"]
    for address in addresses:
        if address.startswith("/"):
            look.go(address)
    forms = look_at_matters(look, seen, addresses)
    for address in forms:
        look.go(address)
    for address, pattern in (
        ("/desk/audit/", r'href="(/desk/audit/entries/\d+/)"'),
        ("/desk/rules/", r'href="(/desk/rules/[^"]+/)"'),
    ):
        if address in addresses and seen.is_new(address):
            found = re.search(pattern, text_of(look, address))
            assert found, f"{address} leads nowhere."
            look.go(found[1])
    if "/desk/channels/" in addresses:
        look_at_questions(look)
    if "/desk/entry/" in addresses:
        look_at_entering(look)
    if "/desk/clients/" in addresses and seen.is_new("clients"):
        look_at_clients(look)
    if "/desk/posters/" in addresses and seen.is_new("posters"):
        for language in ("en", "ar"):
            look.language = language
            for paper in ("a4", "a5", "cards"):
                look.go(f"/desk/posters/{language}/{paper}/")
        look.language = "en"
    if "/desk/audit/" in addresses:
        for address in LOG_PAGES:
            look.go(f"/desk/audit/{address}")
        page.goto(f"{look.origin}/desk/audit/health/")
        page.get_by_role("button", name="Verify now").click()
        look.look("the log's health while a verification is awaited, or there")
    print(f"{username}: {look.examined} pages, {len(forms)} forms")
    assert not look.problems, look.verdict()


def look_at_entering(look: Examiner) -> None:
    """Entering a report for somebody, with every mistake on the way, its receipt and slip; importing a file."""
    page = look.page
    page.goto(f"{look.origin}/desk/entry/")
    send = page.locator("main form[enctype] button:not([name])")
    send.click()
    look.look("entering with errors")
    page.locator("[name=origin]").first.check()
    page.locator("[name=path]").first.check()
    page.locator("[name=concerns][value=leadership]").check()
    send.click()
    look.look("entering what one cannot open afterwards")
    send.click()
    look.look("entering without an answer")
    page.locator("[name=what]").fill("Gate 3")
    page.get_by_role("button", name="Save and go on later").click()
    look.look("a draft that waits")
    page.get_by_role("link", name=re.compile("^Throw away")).first.click()
    look.look("throwing a draft away")
    page.get_by_role("link", name="Back without doing it").click()
    page.get_by_role("link", name=re.compile("^Go on")).first.click()
    look.look("going on with a draft")
    page.locator("[name=language]").select_option("ar")
    page.locator("[name=what]").fill("Gate 3")
    send.click()
    look.look("the receipt to hand over")
    page.locator("form[action$='/handed-over/'] button").click()
    look.look("the receipt handed over")
    page.goto(f"{look.origin}/desk/entry/")
    for name in ("origin", "path", "concerns"):
        page.locator(f"[name={name}]").first.check()
    send.click()
    page.locator("[name=language]").select_option("ar")
    if page.locator("[name=channel]").count():
        page.locator("[name=channel]").first.check()
        send.click()
    page.locator("[name=what]").fill("Gate 3")
    send.click()
    # The slip opens beside the page; here it takes its place.
    page.locator("form[action$='/slip/']").evaluate("form => form.removeAttribute('target')")
    page.locator("form[action$='/slip/'] button").click()
    look.language = "ar"
    look.look("the slip")
    look.language = "en"
    look.go("/desk/entry/import/")
    for content in (
        b"[{}]",
        b'[{"reference":"1","received_on":"2025-01-01","path":"staff","concerns":"others","what":"x"}]',
    ):
        page.goto(f"{look.origin}/desk/entry/import/")
        page.locator("[name=source]").fill("old")
        page.locator("[name=table]").set_input_files({"name": "old.json", "mimeType": "text/plain", "buffer": content})
        page.get_by_role("button", name="Look at what would be made").click()
        look.look("what a file would make" if b"what" in content else "what is wrong with a file")
    look.language = "ar"
    look.go("/ar/desk/entry/")
    look.language = "en"


def look_at_clients(look: Examiner) -> None:
    """A client that is made, with its key, and ended."""
    page = look.page
    page.goto(f"{look.origin}/desk/clients/new/")
    make = page.get_by_role("button", name="Make it and show its key")
    make.click()
    look.look("a client with errors")
    page.locator("[name=name]").fill("Night line")
    page.locator("[name=origin]").first.check()
    make.click()
    look.look("the key of a client")
    page.reload()
    look.look("the key of a client that cannot be shown again")
    look.go("/desk/clients/")
    page.get_by_role("link", name="End “Night line”").click()
    look.look("ending a client")
    page.get_by_role("button", name="End it now").click()
    look.look("a client that was ended")


def look_at_questions(look: Examiner) -> None:
    """The pages of channels, and a draft with a question of each kind, in both directions of writing."""
    page, place = look.page, "/desk/channels/contracts/"
    for address in (
        "/desk/channels/new/",
        place,
        f"{place}change/",
        f"{place}compare/",
        f"{place}versions/1/?path=staff",
    ):
        look.go(address)
    page.goto(f"{look.origin}{place}")
    page.get_by_role("button", name="Write a new version").click()
    look.look("a draft of questions")
    questions = f"{place}questions/"
    kinds = [kind.value for kind in Kind]
    for address in ("add/", *(f"add/?kind={kind}" for kind in kinds), "of/paid/", "of/amount/", "publish/", "discard/"):
        look.go(f"{questions}{address}")
    page.goto(f"{look.origin}{questions}add/?kind=choice")
    page.get_by_role("button", name="Keep in the draft").click()
    look.look("a question with errors")
    look.go(f"{questions}preview/?path=staff&language=ar")
    page.get_by_role("button", name="Show what is asked after these answers").click()
    look.look("a preview with errors")
    look.language = "ar"
    for address in ("/ar/desk/channels/", f"/ar{questions}", f"/ar{questions}of/paid/"):
        look.go(address)
    look.language = "en"


def look_at_matters(look: Examiner, seen: Seen, addresses: list[str]) -> list[str]:
    """Open every report, case, entry and request of this account; examine one of each kind and state that nobody
    showed before, the fullest of its own, and documents of each kind. Returns one form address for each step offered.
    """
    forms: dict[str, str] = {}
    for listed in ("/desk/reports/", "/desk/cases/", "/desk/register/", "/desk/identities/", "/desk/protection/"):
        if listed not in addresses:
            continue
        fullest, most = "", 0
        for matter in matters_on(look, listed):
            html = text_of(look, matter)
            for address, step in [*STEP.findall(html), *ASK.findall(html)]:
                forms.setdefault(f"{listed}{step}", address)
            state = STANDS_AT.search(html)
            if seen.is_new(f"{listed} {state and state[1].strip()}"):
                look.go(matter)
            elif len(html) > most:
                fullest, most = matter, len(html)
            for document in DOCUMENT.findall(html):
                if seen.is_new(re.sub(rf"{REFERENCE}|[0-9a-f-]{{36}}|\d+", "…", document)):
                    look.go(document)
        if fullest:
            look.go(fullest)
    return list(forms.values())


def matters_on(look: Examiner, address: str) -> list[str]:
    """The addresses of all matters of a list, over all its pages."""
    found: dict[str, None] = {}
    following: str | None = address
    while following:
        html = text_of(look, following)
        found |= dict.fromkeys(MATTER.findall(html))
        more = re.search(r'rel="next" href="([^"]+)"', html)
        following = address + unescape(more[1]) if more else None
    return list(found)


def text_of(look: Examiner, address: str) -> str:
    """The source of a page, without showing it."""
    return look.page.request.get(f"{look.origin}{address}").text()
