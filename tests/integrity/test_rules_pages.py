"""The rules as people read them."""

from datetime import date
from hashlib import sha256

import pytest
from django.test import Client

from audit import clock
from integrity.programme.actions import publish_code
from integrity.programme.code import MODEL as CODE
from integrity.rules.actions import adopt_pack
from integrity.rules.pack import MODEL, load
from tests.integrity.rules_scene import NOON, SYSTEM, browser, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def adopted() -> None:
    with clock.at(NOON):
        adopt_pack(actor=SYSTEM, content=MODEL.read_bytes(), effective_from=date(2024, 2, 1))
        publish_code(actor=SYSTEM, content=CODE.read_bytes(), effective_from=date(2024, 2, 1))


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


@pytest.mark.usefixtures("adopted")
def test_everybody_can_read_what_counts_as_misconduct_and_what_may_follow(client: Client) -> None:
    page = text_of(client, "/rules/")
    assert "<h1>What counts as misconduct and what may follow</h1>" in page
    pack = load()
    for offence in pack.offences:
        assert f'<tr id="offence-{offence.code}">' in page
    for words in (
        "Deferment of increment", "3 to 12 months", "1 to 3 days of pay", "Public Service Council",
        "14 working days", "Anonymous reports are taken up like any other.",
        "The standard of proof is: Balance of probabilities.", "1 Feb 2024", sha256(MODEL.read_bytes()).hexdigest(),
    ):  # fmt: skip
        assert words in page, words
    assert page.count("<h1") == 1
    assert not client.cookies


@pytest.mark.usefixtures("adopted")
def test_every_clause_of_an_offence_leads_to_its_paragraph_of_the_code(client: Client) -> None:
    code = text_of(client, "/code/")
    rules = text_of(client, "/rules/")
    for offence in load().offences:
        anchor = f"clause-{offence.clause.replace('.', '-')}"
        assert f'href="/code/#{anchor}"' in rules
        assert f'id="{anchor}"' in code


@pytest.mark.usefixtures("adopted")
def test_the_adopted_text_can_be_downloaded_and_compared(client: Client) -> None:
    answer = client.get("/rules/model/2024.1.toml")
    assert answer.content == MODEL.read_bytes()
    assert answer["Content-Disposition"] == 'attachment; filename="model-2024.1.toml"'
    assert client.get("/rules/model/2023.toml").status_code == 404


@pytest.mark.usefixtures("adopted")
def test_a_reader_of_arabic_gets_the_titles_and_the_rest_marked_as_english(client: Client) -> None:
    page = text_of(client, "/ar/rules/")
    assert "الفصل من الخدمة" in page
    assert '<span lang="en" dir="ltr">Obstructing an investigation</span>' in page


def test_before_any_rules_are_adopted_the_page_says_so(client: Client) -> None:
    page = text_of(client, "/rules/")
    assert "No rules are in force yet" in page


@pytest.mark.usefixtures("adopted")
def test_staff_see_the_versions_with_source_and_date() -> None:
    desk = browser(staff("somchai"))
    page = text_of(desk, "/desk/rules/")
    assert "model 2024.1" in page
    assert "Drafted for demonstration" in page
    assert "15 Jan 2024" in page
    assert "In force" in page
    version = text_of(desk, "/desk/rules/model/2024.1/")
    assert "Knowingly false report" in version
    assert 'href="/desk/code/#clause-9-3"' in version
    assert desk.get("/desk/rules/model/2024.1.toml").content == MODEL.read_bytes()
    assert desk.get("/desk/rules/model/9/").status_code == 404


def test_the_desk_says_when_no_rules_are_adopted() -> None:
    assert "No rules are adopted yet" in text_of(browser(staff("somchai")), "/desk/rules/")


@pytest.mark.usefixtures("adopted")
def test_the_versions_are_for_staff_only(client: Client) -> None:
    assert client.get("/desk/rules/").status_code == 302
