"""The code of conduct as people read it, acknowledge it, and see who has not."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest
from django.test import Client

from audit import clock
from integrity.action import Actor
from integrity.people.roles import Role
from integrity.programme import coverage
from integrity.programme.actions import acknowledge, publish_code
from integrity.programme.code import MODEL
from integrity.programme.models import Acknowledgement, CodeDocument
from tests.integrity.rules_scene import NOON, SYSTEM, browser, office, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def document() -> CodeDocument:
    with clock.at(NOON):
        return publish_code(actor=SYSTEM, content=MODEL.read_bytes(), effective_from=date(2024, 2, 1))


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


@pytest.mark.usefixtures("document")
def test_everybody_can_read_the_code(client: Client) -> None:
    page = text_of(client, "/code/")
    assert page.count("<h1") == 1
    assert "10. Leading by example" in page
    assert "Version 2024.1, in force since 1 Feb 2024." in page
    assert not client.cookies


def test_before_a_code_is_published_the_pages_say_so(client: Client) -> None:
    assert "No code of conduct is in force yet" in text_of(client, "/code/")
    desk = browser(staff("nok", Role.PROGRAMME))
    assert "No code of conduct is in force yet" in text_of(desk, "/desk/code/")
    assert "No code of conduct is in force yet" in text_of(desk, "/desk/programme/")


@pytest.mark.usefixtures("document")
def test_a_member_of_staff_answers_and_acknowledges() -> None:
    person = staff("nok")
    desk = browser(person)
    assert "Acknowledge the code" in text_of(desk, "/desk/code/")
    answer = desk.post("/desk/code/", {"answer": "report", "understood": "on"})
    assert answer.status_code == 302
    page = text_of(desk, "/desk/code/")
    assert "Right. You need no proof to report in good faith" in page
    assert "Acknowledged on" in page
    assert "Acknowledge the code" not in page
    assert Acknowledgement.objects.get().person == person


@pytest.mark.usefixtures("document")
def test_a_wrong_answer_is_explained_beside_the_question_and_what_was_ticked_is_kept() -> None:
    desk = browser(staff("nok"))
    answer = desk.post("/desk/code/", {"answer": "ask", "understood": "on"})
    page = " ".join(answer.content.decode().split())
    assert answer.status_code == 422
    assert "warning the officer may cost evidence" in page
    assert page.count("checked") == 2
    assert not Acknowledgement.objects.exists()


@pytest.mark.usefixtures("document")
def test_an_empty_form_says_what_is_missing() -> None:
    page = browser(staff("nok")).post("/desk/code/", {}).content.decode()
    assert "Choose one of the answers." in page
    assert "Tick the box when you have read and understood the code." in page


@pytest.mark.usefixtures("document")
def test_acknowledging_again_in_another_window_changes_nothing() -> None:
    desk = browser(staff("nok"))
    for _ in range(2):
        desk.post("/desk/code/", {"answer": "report", "understood": "on"})
    assert Acknowledgement.objects.count() == 1


def test_the_programme_officer_sees_who_is_missing_by_office(document: CodeDocument) -> None:
    port = office("PORT", "Sea port")
    officer = staff("nok", Role.PROGRAMME)
    for name in ("anong", "boonsri"):
        staff(name, at=port)
    acknowledge(actor=Actor.of(staff("chai", at=port)), document=document, answer="report")
    desk = browser(officer)
    page = text_of(desk, "/desk/programme/")
    assert "1 of 4 people have acknowledged." in page
    assert "Anong" in page
    assert "Chai" not in page
    rows = {row.office.code: (row.staff, row.acknowledged, row.missing) for row in coverage.by_office(document)}
    assert rows == {"HQ": (1, 0, 1), "PORT": (3, 1, 2)}
    at_headquarters = text_of(desk, "/desk/programme/?office=HQ")
    assert "Anong" not in at_headquarters
    assert '<th scope="row">Nok</th>' in at_headquarters


def test_people_whose_account_is_closed_are_not_missed(document: CodeDocument) -> None:
    gone = staff("gone")
    gone.is_active = False
    gone.save()
    assert coverage.by_office(document) == ()
    assert coverage.missing(document).people == ()


def test_the_page_for_the_programme_is_for_the_programme_officer(document: CodeDocument) -> None:
    assert browser(staff("manager", Role.MANAGER)).get("/desk/programme/").status_code == 403


def test_a_long_list_is_paged_and_loses_nobody(
    document: CodeDocument,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: Callable[[int], AbstractContextManager[object]],
) -> None:
    monkeypatch.setattr(coverage, "PAGE", 2)
    names = ["anong", "boonsri", "chai", "dao", "ek"]
    for name in names:
        staff(name)
    seen, after = [], ""
    while True:
        with django_assert_num_queries(1):
            page = coverage.missing(document, after=after)
        seen += [person.username for person in page.people]
        if not page.following:
            break
        after = page.following
    assert seen == names
    with django_assert_num_queries(1):
        coverage.by_office(document)


def test_a_page_beyond_the_first_is_reached_by_its_link(
    document: CodeDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coverage, "PAGE", 1)
    desk = browser(staff("zeta", Role.PROGRAMME))
    staff("anong")
    first = text_of(desk, "/desk/programme/")
    assert "?office=&amp;after=Anong%2Fanong" in first
    assert '<th scope="row">Zeta</th>' in text_of(desk, "/desk/programme/?office=&after=Anong%2Fanong")
