"""Choosing a language sends nothing and loses nothing: the same page again, with what was typed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import get_resolver
from django.urls.resolvers import URLPattern

from audit.log.models import Entry
from cases.triage.transcripts import write_transcript
from config.public_sources import ROOT
from intake.portal.models import InboxSitting, Message, Origin, Report
from intake.protection.models import Detriment
from tests.intake import pages
from tests.intake.choosing import Forms, choose
from tests.intake.writing import press, walk_to
from tests.walks.portal import send_report
from tests.world import World

pytestmark = pytest.mark.django_db

Walk = Callable[[World, Client], HttpResponse]
# Answers to a form that ask for no more than to be read, and pages on which nobody has typed anything yet.
SHOWN_BY_A_LINK = {"home", "protection", "start"}
WORDS = "Half a sentence, 半分"


def inbox(world: World, client: Client, **more: object) -> HttpResponse:
    """An open inbox."""
    _report, receipt = send_report(world, **more)
    return pages.enter(client, receipt.digits)


def inside(address: str, **fields: str) -> Walk:
    """A page below an open inbox."""
    return lambda world, client: client.post(
        f"/inbox/{address}/", {"sitting": pages.hidden(inbox(world, client), "sitting"), **fields}
    )


def kept(world: World, client: Client) -> HttpResponse:
    """The receipt was typed back."""
    shown = pages.send(client)
    fields = {"page": pages.hidden(shown, "page"), "receipt": pages.receipt_on(shown)}
    return client.post("/report/receipt/", fields)


def waiting(world: World, client: Client) -> HttpResponse:
    """Somebody typed a receipt when too much was sent."""
    with override_settings(PORTAL_POSTS_AT_ONCE=1):
        pages.enter(client, "1" * 24)
        return pages.enter(client, "2" * 24)


def already_sent(world: World, client: Client) -> HttpResponse:
    """A window that was left open after the report was sent from another."""
    late = walk_to(client, "when")
    press(client, walk_to(client, "review", late), "send")
    return press(client, late, when="In May")


def transcript(world: World, client: Client, *, answered: bool = False) -> HttpResponse:
    """What was told by word of mouth."""
    report, receipt = send_report(world, origin=Origin.PHONE)
    write_transcript(actor=world.actor("intake"), subject=report, text="At gate 5.")
    sitting = {"sitting": pages.hidden(pages.enter(client, receipt.digits), "sitting")}
    if answered:
        client.post("/inbox/transcript/send/", {**sitting, "number": "1", "agrees": "signed", "corrected": ""})
    return client.post("/inbox/transcript/", sitting)


# By template; the second is what somebody types into it before they choose.
WALKS: dict[str, tuple[Walk, dict[str, str]]] = {
    "portal/receipt": (lambda _world, client: pages.send(client), {"receipt": "1234 56"}),
    "portal/sent": (kept, {}),
    "portal/nothing_sent": (lambda _world, client: client.post("/report/receipt/"), {}),
    "portal/wait": (waiting, {}),
    "portal/inbox_door": (lambda _world, client: pages.enter(client, "1" * 24), {"receipt": "12 34"}),
    "portal/inbox_closed": (
        lambda _world, client: client.post("/inbox/write/", {"sitting": "over", "text": "A letter"}),
        {"receipt": "12 34", "text": WORDS},
    ),
    "portal/inbox": (inbox, {"text": WORDS}),
    "portal/inbox_report": (inside("report"), {}),
    "portal/left": (inside("leave"), {}),
    "portal/step": (lambda _world, client: walk_to(client, "what"), {"what": WORDS}),
    "portal/report": (
        lambda _world, client: client.post("/report/", {"page": pages.open_form(client), "go": "page"}),
        {"what": WORDS},
    ),
    "portal/review": (lambda _world, client: walk_to(client, "review"), {}),
    "portal/later": (lambda _world, client: press(client, walk_to(client, "what"), "later"), {}),
    "portal/throw_away": (lambda _world, client: press(client, walk_to(client, "what"), "throw"), {}),
    "portal/thrown_away": (lambda _world, client: press(client, walk_to(client, "what"), "thrown"), {}),
    "portal/already_sent": (already_sent, {"when": WORDS}),
    "followup/review": (inside("review"), {"text": WORDS}),
    "followup/transcript": (transcript, {"corrected": WORDS}),
    "followup/survey": (inside("survey"), {"easy": "4"}),
    "followup/leave": (inside("give-up"), {"understood": "on"}),
    "followup/left": (inside("give-up", send="1", understood="on"), {}),
    "protection/worse": (inside("worse"), {"what": WORDS}),
}


def done() -> tuple[int, ...]:
    """What pages bring about."""
    kinds = ("report.received", "report.reporter_wrote", "report.receipt_kept", "inbox.opened", "report.left")
    tables = (Report, Message, Detriment, InboxSitting)
    return (*(table.objects.count() for table in tables), Entry.objects.filter(type__in=kinds).count())


def names(response: HttpResponse) -> set[str]:
    """The pages, of those that walks lead to, whose template was drawn."""
    return {each.name.removesuffix(".html") for each in response.templates if each.name} & set(WALKS)


def test_every_page_of_the_portal_is_walked_to() -> None:
    rooms = list((ROOT / "intake").glob("*/templates/*/*.html"))
    pages_of_forms = {
        f"{path.parent.name}/{path.stem}"
        for path in rooms
        if any(f'extends "{base}"' in path.read_text() for base in ("ui/portal.html", "portal/writing.html"))
        and path.parent.parent.parent.name in {"portal", "followup", "protection"}
        and path.stem not in SHOWN_BY_A_LINK
    }
    assert pages_of_forms - {"portal/writing"} == set(WALKS)


@pytest.mark.parametrize("name", WALKS)
def test_a_page_that_answers_a_form_is_shown_again_in_another_language_with_what_was_typed(
    world: World, client: Client, settings, name: str
) -> None:
    walk, typed = WALKS[name]
    settings.PORTAL_POSTS_AT_ONCE = 0
    shown = walk(world, client)
    assert names(shown) == {name}
    before = done()
    arabic = choose(client, shown, "ar", **typed)
    read = Forms.of(arabic)
    assert names(arabic) == {name}, pages.text_of(arabic)
    assert 'lang="ar" dir="rtl"' in pages.text_of(arabic)
    assert read.heading != Forms.of(shown).heading
    english = choose(client, arabic, "en")
    assert names(english) == {name}
    assert Forms.of(english).heading == Forms.of(shown).heading
    for page in (shown, arabic, english):
        forms = Forms.of(page)
        assert forms.links == []
        assert set(forms.languages) == {code for code, _name in settings.LANGUAGES}
    for field, words in typed.items():
        assert words in read.holds(field), field
        assert words in Forms.of(english).holds(field), field
    assert 'class="error-summary"' not in english.content.decode() or 'class="error-summary"' in shown.content.decode()
    assert done() == before


def patterns(namespace: str) -> list[str]:
    """The addresses of a room."""
    return [path for name, path in _all(get_resolver().url_patterns, "") if name.startswith(f"{namespace}:")]


def _all(found, start: str, namespace: str = "") -> Iterator[tuple[str, str]]:
    for each in found:
        path = start + str(each.pattern)
        if isinstance(each, URLPattern):
            yield f"{namespace}:{each.name}", f"/{path}"
        else:
            yield from _all(each.url_patterns, path, each.app_name or namespace)


@pytest.mark.parametrize("namespace", ["portal", "followup", "protection"])
def test_no_address_answers_a_form_with_a_link_to_another_language(
    world: World, client: Client, namespace: str
) -> None:
    addresses = patterns(namespace)
    assert addresses
    for address in addresses:
        sitting = {"sitting": pages.hidden(inbox(world, client), "sitting")}
        for fields in ({}, {"page": "x"}, {"sitting": "over"}, {"receipt": "1" * 24}, sitting):
            answer = client.post(address, fields)
            if answer.get("Content-Type", "").startswith("text/html"):
                assert "hreflang" not in answer.content.decode(), (address, fields)


def test_the_receipt_is_lost_by_no_click_before_it_was_typed_back(world: World, client: Client) -> None:
    shown = pages.send(client)
    digits = pages.receipt_on(shown)
    for page in (shown, choose(client, shown, "ar", receipt="1234")):
        assert pages.receipt_on(page) == digits
        body = page.content.decode().partition("<body>")[2]
        left = [part for part in body.split("<a ")[1:] if 'href="#' not in part.partition(">")[0]]
        assert len(left) == 1, "the quick exit, and no other link"
        assert 'rel="noreferrer noopener"' in left[0]
    assert "1234" in Forms.of(choose(client, shown, "ar", receipt="1234")).holds("receipt")


def test_a_file_that_was_chosen_and_words_are_still_there_in_the_inbox(world: World, client: Client) -> None:
    arabic = choose(client, inbox(world, client), "ar", text=WORDS, files=[pages.a_file()])
    assert arabic.status_code == 200
    read = Forms.of(arabic)
    assert read.holds("text") == [WORDS]
    assert "plates.txt" in pages.text_of(arabic)
    assert not Message.objects.exists()
    fields = {"sitting": pages.hidden(arabic, "sitting"), "page": pages.hidden(arabic, "page")}
    sent = {**fields, "text": WORDS, "files-kept": pages.all_hidden(arabic, "files-kept")}
    client.post("/ar/inbox/write/", sent)
    assert Message.objects.get().attachments.count() == 1


def test_on_the_page_that_waits_everything_goes_along_and_nothing_is_counted(
    world: World, client: Client, settings
) -> None:
    settings.PORTAL_POSTS_AT_ONCE = 1
    pages.enter(client, "1" * 24)
    waits = pages.write(client, inbox_without_waiting(world, settings), text=WORDS)
    assert waits.status_code == 429
    arabic = choose(client, waits, "ar")
    assert (arabic.status_code, arabic.headers["Retry-After"]) == (429, waits.headers["Retry-After"])
    assert Forms.of(arabic).holds("text") == [WORDS]
    assert 'action="/ar/inbox/write/"' in arabic.content.decode()
    again = Forms.of(arabic).button("ar").fields
    assert again == Forms.of(waits).button("ar").fields
    settings.PORTAL_POSTS_AT_ONCE = 0
    client.post("/ar/inbox/write/", again)
    assert Message.objects.count() == 1


def inbox_without_waiting(world: World, settings) -> HttpResponse:
    """An inbox that was opened before too much was sent."""
    settings.PORTAL_POSTS_AT_ONCE = 0
    shown = inbox(world, Client())
    settings.PORTAL_POSTS_AT_ONCE = 1
    return shown


def test_the_door_is_shown_again_without_a_derivation(world: World, client: Client, monkeypatch) -> None:
    shown = pages.enter(client, "1" * 24)
    monkeypatch.setattr("intake.portal.receipt.ReporterSecret.of", None)
    assert Forms.of(choose(client, shown, "ar", receipt="12 34")).holds("receipt") == ["12 34"]
