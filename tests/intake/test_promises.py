"""What the portal's pages promise, held against what is done: who could open it, and what a browser gives away."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from django.http import HttpResponse
from django.test import Client

from integrity.vault.models import Grant
from tests.intake import pages
from tests.intake.office import office_writes
from tests.intake.writing import begin, press, walk_to
from tests.integrity.recovery_scene import in_force
from tests.walks.portal import send_report
from tests.world import World

pytestmark = pytest.mark.django_db
RECOVERABLE = "several appointed people together could open reports and names"
KEPT_IN = {
    "autocomplete": "off",
    "autocorrect": "off",
    "spellcheck": "false",
    "writingsuggestions": "false",
    "data-gramm": "false",
}
EVERY_KIND_OF_FORM = ("report", "step", "name", "door", "receipt", "inbox", "worse", "written")


class Typed(HTMLParser):
    """The boxes of a page into which words are typed, and the words that stand where nothing is translated."""

    def __init__(self, page: HttpResponse) -> None:
        super().__init__()
        self.boxes: list[dict[str, str | None]] = []
        self.untranslated: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self.feed(page.content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        kind = attributes.get("type", "text") if tag == "input" else tag
        # What machines alone fill in is no place for words.
        if kind in {"text", "textarea"} and attributes.get("name") != "webpage":
            self.boxes.append(attributes)
        if tag not in {"input", "meta", "link", "br", "img", "use", "path", "rect", "circle"}:
            above = bool(self._open and self._open[-1][1])
            here = {"no": True, "yes": False}.get(attributes.get("translate") or "", above)
            self._open.append((tag, here))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1][1]:
            self.untranslated.append(data)


def page_with_a_form(world: World, client: Client, name: str) -> HttpResponse:
    """One page of each kind on which something is typed."""
    if name == "report":
        return press(client, begin(client), go="page", address="/report/")
    if name in {"step", "name"}:
        return walk_to(client, {"step": "what", "name": "name"}[name])
    if name == "door":
        return client.get("/inbox/")
    if name == "receipt":
        return pages.send(client)
    _report, receipt = send_report(world)
    inbox = pages.enter(client, receipt.digits)
    if name == "inbox":
        return inbox
    if name == "written":
        return pages.write(client, inbox)
    return client.post("/inbox/worse/", {"sitting": pages.hidden(inbox, "sitting")})


@pytest.mark.parametrize("name", EVERY_KIND_OF_FORM)
def test_no_helper_of_the_browser_is_given_what_is_typed(world: World, client: Client, name: str) -> None:
    boxes = Typed(page_with_a_form(world, client, name)).boxes
    assert boxes
    for box in boxes:
        assert {attribute: box.get(attribute) for attribute in KEPT_IN} == KEPT_IN, box


@pytest.mark.parametrize("name", ["report", "step", "inbox"])
def test_that_help_with_spelling_is_off_is_told_once_where_most_is_written(
    world: World, client: Client, name: str
) -> None:
    page = pages.text_of(page_with_a_form(world, client, name))
    assert page.count("Spelling does not matter.") == 1


def test_a_translating_browser_is_asked_to_leave_the_receipt_alone(world: World, client: Client) -> None:
    sent = pages.send(client)
    words = "".join(Typed(sent).untranslated)
    assert pages.receipt_on(sent) in re.sub(r"\s", "", words)
    later = press(client, walk_to(client, "what"), go="later")
    assert pages.receipt_on(later) in re.sub(r"\s", "", "".join(Typed(later).untranslated))


def test_a_translating_browser_is_asked_to_leave_what_was_written_alone(world: World, client: Client) -> None:
    review = walk_to(client, "review")
    written = " ".join(Typed(review).untranslated)
    assert "an officer asks drivers for money" in written
    assert "What happened?" not in written, "questions may be translated"
    report, receipt = send_report(world)
    office_writes(actor=world.actor("intake"), report=report, body="At which gate was it?")
    inbox = pages.enter(client, receipt.digits)
    assert "At which gate was it?" in " ".join(Typed(inbox).untranslated)
    sent = client.post("/inbox/report/", {"sitting": pages.hidden(inbox, "sitting")})
    assert "officer" in " ".join(Typed(sent).untranslated)


def test_that_a_recovery_key_could_open_it_is_told_where_that_is_so(world: World, client: Client) -> None:
    def told() -> list[bool]:
        shown = [
            client.get("/protection/"),
            walk_to(client, "name"),
            press(client, walk_to(client, "name"), go="page", address="/report/"),
        ]
        return [RECOVERABLE in pages.text_of(page) for page in shown]

    assert told() == [False] * 3
    in_force(world)
    assert told() == [True] * 3
    report, _receipt = send_report(world)
    assert Grant.objects.filter(key=report.key, holder__kind="recovery").exists()


def test_the_first_page_promises_a_changed_program_nothing(world: World, client: Client) -> None:
    for path in ("/", "/protection/"):
        page = pages.text_of(client.get(path))
        assert "could read along from then on" in page
        assert "not even the people who run the computers" not in page
    assert "Only the day is kept, but" in pages.text_of(client.get("/protection/"))


@pytest.mark.parametrize(
    ("changed", "closed"),
    [
        ({}, {"/desk/", "/inbox/", "/report/", "/exit/", "/ar/report/", "/ar/desk/"}),
        ({"DEMONSTRATION": True}, {"/"}),
        ({"SITE": "desk"}, {"/"}),
        ({"ONION_URL": "http://testserver"}, {"/"}),
    ],
    ids=["public", "demonstration", "desk", "onion"],
)
def test_search_engines_are_asked_to_find_the_public_pages_alone(
    client: Client, settings, changed: dict[str, object], closed: set[str]
) -> None:
    for name, value in changed.items():
        setattr(settings, name, value)
    answer = client.get("/robots.txt", headers={"host": "testserver"})
    lines = answer.content.decode().splitlines()
    asked = {line.removeprefix("Disallow: ") for line in lines[1:]}
    assert (answer.headers["Content-Type"], lines[0]) == ("text/plain; charset=utf-8", "User-agent: *")
    assert closed <= asked
    assert ("/" in asked) == bool(changed)
