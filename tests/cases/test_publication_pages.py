"""The register as people and machines read it, and the desk where it is made."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit import clock
from audit.log.models import Entry as LogEntry
from cases.publication import actions
from cases.publication.models import Publication
from integrity.people.roles import Role
from tests.cases.publication_scene import (
    FEBRUARY,
    FIRST_DAY_AFTER,
    desk,
    draft,
    draft_without_case,
    edited,
    final_case,
    published,
    text_of,
)
from tests.walks.publication import to_published
from tests.world import SYSTEM, World

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
PUBLIC = ("/decisions/", "/decisions/decisions.json", "/decisions/feed/", "/api/v1/decisions/")


@pytest.fixture(autouse=True)
def in_october():
    with clock.at(FIRST_DAY_AFTER):
        yield


def queries(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_everybody_can_read_what_became_of_misconduct(world: World, client: Client) -> None:
    entry = published(world, appeal="uphold", finality="decided")
    page = text_of(client, "/decisions/")
    assert "Taking speed money" in page
    assert f"/decisions/{entry.reference}/" in page
    page = text_of(client, f"/decisions/{entry.reference}/")
    for words in (
        "Asking for or taking a payment to do sooner",
        "Suspension without pay: 60 days",
        "An appeal board upheld the decision.",
        "First half of 2026",
        "In the field",
        "Officer",
        "Why nobody is named",
        'href="/code/#clause-2-2"',
    ):
        assert words in page, words
    assert page.count("<h1") == 1
    assert not client.cookies


def test_nothing_public_leads_back_to_the_case_the_office_or_the_day(world: World, client: Client) -> None:
    with clock.at(FEBRUARY):
        case = final_case(world, name="Kofi Subject", office="PORT", statement="At gate 3.")
        entry = to_published(world, case)
    addresses = [*PUBLIC, f"/decisions/{entry.reference}/"]
    for address in addresses:
        words = client.get(address).content.decode()
        assert entry.reference in words
        for secret in (
            "Kofi", "S-1001", "PORT", "Sea port", case.reference, str(case.pk), str(entry.pk), "2026-02", "Feb",
            "gate 3", "Money at the gate", "HQ",
        ):  # fmt: skip
            assert secret not in re.sub(r"<!-- .* -->", "", words), (address, secret)


def test_drafts_and_withheld_decisions_are_nowhere_in_public(world: World, client: Client) -> None:
    waiting = edited(world)
    kept = draft_without_case(actor=SYSTEM, world=world)
    actions.withhold_entry(actor=world.actor("approver"), subject=kept, ground="law", reasons="A court order.")
    for address in PUBLIC:
        words = client.get(address).content.decode()
        assert waiting.reference not in words
        assert kept.reference not in words
    for entry in (waiting, kept):
        assert client.get(f"/decisions/{entry.reference}/").status_code == 404


def test_an_expired_decision_is_taken_down_everywhere(world: World, client: Client) -> None:
    entry = published(world)
    with clock.at(FIRST_DAY_AFTER + timedelta(days=366 * 5)):
        for address in PUBLIC:
            assert entry.reference not in client.get(address).content.decode()
        assert client.get(f"/decisions/{entry.reference}/").status_code == 404


def test_filters_offer_only_what_exists(world: World, client: Client) -> None:
    published(world)
    published(
        world,
        offence="risk-profile-leak",
        category="confidentiality",
        gravity="gross",
        sanction="dismissal",
        amount=None,
    )
    page = text_of(client, "/decisions/")
    categories = page[page.index('<select name="category"') : page.index('<select name="gravity"')]
    assert re.findall(r'value="([a-z-]+)"', categories) == ["bribery", "confidentiality"]
    assert 'value="minor"' not in page
    assert re.findall(r'value="(\d{4}[^"]*)"', page) == ["2026-H1"]
    only = text_of(client, "/decisions/?category=confidentiality&gravity=gross&period=2026-H1")
    assert "Leaking a risk profile" in only
    assert "Taking speed money" not in only
    assert "No decision matches" in text_of(client, "/decisions/?category=bribery&gravity=gross")
    assert "No decision matches" in text_of(client, "/decisions/?category=%27%3Cscript")


def test_an_empty_register_says_why(client: Client) -> None:
    assert "No decision is published yet" in text_of(client, "/decisions/")
    assert client.get("/decisions/feed/").status_code == 200
    assert client.get("/decisions/decisions.json").json()["decisions"] == []


def test_machines_read_codes_and_titles(world: World, client: Client, settings: Any) -> None:
    settings.PUBLIC_URL = "https://integrity.example/"
    entry = published(world, levels={"sanction": "banded", "grade": "exact", "place": "region"})
    (found,) = client.get("/decisions/decisions.json").json()["decisions"]
    assert found == {
        "reference": entry.reference,
        "url": f"https://integrity.example/decisions/{entry.reference}/",
        "offence": {"code": "speed-money", "title": "Taking speed money", "clause": "2.2"},
        "category": {"code": "bribery", "title": "Bribery and gifts"},
        "gravity": "serious",
        "period": "2026-H1",
        "place": {"level": "region", "value": "South"},
        "grade_bands": ["C"],
        "sanction": {
            "code": "suspension", "title": "Suspension without pay", "unit": "days",
            "amount_from": 31, "amount_to": 90,
        },
        "appeal": "none",
        "published_on": "2026-10-01",
        "expires_on": "2031-10-01",
    }  # fmt: skip
    answer = client.get("/api/v1/decisions/?category=bribery").json()
    assert answer["results"] == [found]
    assert client.get("/api/v1/decisions/?category=fraud").json()["results"] == []
    arabic = client.get("/ar/decisions/decisions.json").json()["decisions"][0]
    assert arabic["offence"]["title"] != found["offence"]["title"]


def test_the_feed_is_atom_with_absolute_addresses_and_days(world: World, client: Client, settings: Any) -> None:
    settings.PUBLIC_URL = "https://integrity.example"
    entry = published(world)
    answer = client.get("/decisions/feed/", headers={"host": "localhost"})
    assert answer["Content-Type"].startswith("application/atom+xml")
    feed = ElementTree.fromstring(answer.content)  # noqa: S314 - our own answer
    assert feed.tag == f"{ATOM}feed"
    assert feed.find(f"{ATOM}id").text == "https://integrity.example/decisions/"
    assert feed.find(f"{ATOM}updated").text == "2026-10-01T00:00:00+00:00"
    item = feed.find(f"{ATOM}entry")
    assert item.find(f"{ATOM}id").text == f"https://integrity.example/decisions/{entry.reference}/"
    assert item.find(f"{ATOM}published").text == "2026-10-01T00:00:00+00:00"
    assert item.find(f"{ATOM}title").text == "Taking speed money"
    assert "localhost" not in answer.content.decode()


def test_public_answers_may_be_kept_for_five_minutes(world: World, client: Client) -> None:
    entry = published(world)
    for address in (*PUBLIC, f"/decisions/{entry.reference}/"):
        answer = client.get(address)
        kept = {part.strip() for part in answer["Cache-Control"].split(",")}
        assert kept == {"public", "max-age=300"}
        assert not answer.cookies
    assert client.post("/decisions/").status_code == 405


def test_a_long_register_comes_in_pages_with_a_fixed_number_of_queries(world: World, client: Client) -> None:
    published(world)
    few = {address: queries(client, address) for address in PUBLIC}
    for number in range(22):
        published(
            world,
            offence=("speed-money", "bribe-solicited")[number % 2],
            sanction=("fine", "pay-cut")[number % 2],
            amount=3 + number % 4,
        )
    assert {address: queries(client, address) for address in PUBLIC} == few
    first = text_of(client, "/decisions/")
    following = re.search(r'rel="next" href="([^"]+)"', first)
    second = text_of(client, "/decisions/" + following[1].replace("&amp;", "&"))
    references = [re.findall(r"/decisions/(D-[\w-]+)/", page) for page in (first, second)]
    assert [len(found) for found in references] == [20, 3]
    assert not set(references[0]) & set(references[1])


def test_the_desk_shows_the_coded_fields_the_preview_and_the_test(world: World) -> None:
    with clock.at(FEBRUARY):
        entry = draft(world)
    editor = desk("editor")
    assert "Taking speed money" in text_of(editor, "/desk/register/")
    page = text_of(editor, f"/desk/register/{entry.reference}/")
    for words in (
        "PORT · South",
        "Disclosure test",
        "What would be published",
        "90 members of staff",
        "Submit the entry for approval",
    ):
        assert words in page, words
    assert LogEntry.objects.filter(type="publication.entry_opened").count() == 1
    approver = text_of(desk("approver"), f"/desk/register/{entry.reference}/")
    assert "Withhold from publication" in approver
    assert "Submit the entry for approval" not in approver


def test_levels_are_tried_out_before_anything_is_changed(world: World) -> None:
    entry = draft_without_case(actor=SYSTEM, world=world, grade_band="A")
    editor = desk("editor")
    address = f"/desk/register/{entry.reference}/edit_entry/"
    page = text_of(editor, f"{address}?place=region&grade=exact")
    assert "could be about 1 member of staff" in page
    assert "This cannot be published like this" in page
    page = text_of(editor, f"{address}?place=withheld&grade=withheld&period=year")
    assert "only 1 could not" in page
    assert LogEntry.objects.filter(type="publication.entry_opened").count() == 2
    assert '<option value="withheld" selected>' in page
    answer = editor.post(address, {"period": "year", "place": "withheld", "grade": "withheld", "sanction": "exact"})
    assert answer.status_code == 422
    assert "The disclosure test does not pass" in answer.content.decode()
    assert Publication.objects.get(pk=entry.pk).state == "draft"
    assert Publication.objects.get(pk=entry.pk).period_level == "half_year"


def test_two_people_publish_an_entry_at_the_desk(world: World, client: Client) -> None:
    with clock.at(FEBRUARY):
        entry = draft(world)
        editor = desk("editor")
        answer = editor.post(
            f"/desk/register/{entry.reference}/edit_entry/",
            {"period": "half_year", "place": "region", "grade": "exact", "sanction": "exact"},
        )
        assert answer.status_code == 302
        early = desk("approver").post(f"/desk/register/{entry.reference}/approve_entry/")
        assert early.status_code == 422
    assert client.get(f"/decisions/{entry.reference}/").status_code == 404
    approver = desk("approver")
    page = text_of(approver, f"/desk/register/{entry.reference}/approve_entry/")
    assert "What everybody will read" in page
    assert "Region South" in page
    assert approver.post(f"/desk/register/{entry.reference}/approve_entry/").status_code == 302
    assert "Region South" in text_of(client, f"/decisions/{entry.reference}/")
    assert "What is published" in text_of(approver, f"/desk/register/{entry.reference}/")


def test_the_register_s_desk_is_closed_to_everybody_else(world: World) -> None:
    entry = edited(world)
    for username in ("supervisor", "manager", "admin", "auditor"):
        browser = desk(username)
        assert browser.get("/desk/register/").status_code == 403
        assert browser.get(f"/desk/register/{entry.reference}/").status_code == 403
        assert browser.post(f"/desk/register/{entry.reference}/approve_entry/").status_code == 403


def test_entries_wait_on_the_work_list_of_whoever_comes_next(world: World) -> None:
    waiting = draft_without_case(actor=SYSTEM, world=world)
    submitted = edited(world)
    page = text_of(desk("editor"), "/desk/")
    mine, others = page.split("In progress with others")
    assert waiting.reference in mine
    assert submitted.reference in others
    page = text_of(desk("approver"), "/desk/")
    mine, others = page.split("In progress with others")
    assert submitted.reference in mine
    assert waiting.reference in others


def test_the_desk_s_list_costs_the_same_however_long_it_is(world: World) -> None:
    edited(world)
    editor = desk("editor")
    few, few_work = queries(editor, "/desk/register/"), queries(editor, "/desk/")
    for _number in range(6):
        edited(world, sanction="fine", amount=4)
    assert queries(editor, "/desk/register/") == few
    assert queries(editor, "/desk/") == few_work
    states = text_of(editor, "/desk/register/?state=published")
    assert "No entries here" in states


def test_an_entry_page_opens_few_keys(world: World) -> None:
    with clock.at(FEBRUARY):
        entry = edited(world)
    actor = world.actor("approver")
    actions.approve_entry(actor=actor, subject=entry)
    assert actor.keys.count <= 3


def test_an_editor_without_the_register_s_key_is_told_so(world: World) -> None:
    world.add("neweditor", Role.EDITOR)
    entry = draft_without_case(actor=SYSTEM, world=world)
    browser = desk("neweditor")
    assert entry.reference in text_of(browser, "/desk/register/")
    answer = browser.get(f"/desk/register/{entry.reference}/")
    assert answer.status_code == 403
    assert "Your keys do not open the drafts" in answer.content.decode()


def test_the_schema_describes_the_register(client: Client) -> None:
    schema = json.loads(client.get("/api/v1/schema/?format=json").content)
    assert "get" in schema["paths"]["/api/v1/decisions/"]
