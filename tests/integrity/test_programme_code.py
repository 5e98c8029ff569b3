"""The code of conduct: publishing it, and acknowledging it with understanding."""

import json
from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, transaction

from audit import clock
from audit.log.models import Entry
from integrity.action import Actor, Incomplete, NotPermitted, WrongState
from integrity.people.roles import Role
from integrity.programme.actions import acknowledge, publish_code
from integrity.programme.code import MODEL, parse
from integrity.programme.models import Acknowledgement, CodeDocument
from integrity.rules.reading import SourceError
from tests.integrity.rules_scene import NOON, SYSTEM, staff

CONTENT = MODEL.read_bytes()


def publish(version: str = "2024.1", effective_from: date = date(2024, 2, 1)) -> CodeDocument:
    content = CONTENT.replace(b'version = "2024.1"', f'version = "{version}"'.encode())
    with clock.at(NOON):
        return publish_code(actor=SYSTEM, content=content, effective_from=effective_from)


def test_the_model_code_has_ten_clauses_numbered_without_a_gap() -> None:
    code = parse(CONTENT)
    assert [clause.number for clause in code.clauses] == list(range(1, 11))
    assert [paragraph.number for paragraph in code.clauses[8].paragraphs] == ["9.1", "9.2", "9.3"]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("number = 2\n", "number = 3\n", "clauses[2].number: expected a whole number from 2 to 2, but 3 came."),
        ("right = true", "right = false", "question.answers: expected exactly one right answer, but 0 came."),
        ("right = false", "right = true", "question.answers: expected exactly one right answer, but 2 came."),
        ('code = "wait"', 'code = "report"',
         "question.answers: expected each code once, but “report” twice came."),
        ("[question]", "[quiz]\n[question]",
         "the document: expected no other keys than “clauses”, “code”, “format”, “question”, but “quiz” came."),
        ('"We come to work sober, and stay so."', "3",
         "clauses[8].paragraphs[4]: expected a text, or a table of texts by language, but 3 came."),
    ],
)  # fmt: skip
def test_a_mistake_in_a_code_is_told_with_its_place(old: str, new: str, sentence: str) -> None:
    assert old in CONTENT.decode()
    with pytest.raises(SourceError) as refused:
        parse(CONTENT.decode().replace(old, new, 1).encode())
    assert str(refused.value) == sentence


@pytest.mark.django_db
def test_a_code_binds_from_its_day_and_the_earlier_one_until_then() -> None:
    first, second = publish("1", date(2020, 1, 1)), publish("2", date(2025, 6, 1))
    assert CodeDocument.objects.in_force(date(2025, 5, 31)) == first
    assert CodeDocument.objects.in_force(date(2025, 6, 1)) == second


@pytest.mark.django_db
def test_a_code_is_published_once() -> None:
    publish("1", date(2025, 6, 1))
    with pytest.raises(Incomplete, match="This text was adopted already, as version 1"):
        publish("1", date(2025, 7, 1))
    with clock.at(NOON), pytest.raises(Incomplete) as refused:
        publish_code(
            actor=SYSTEM,
            content=CONTENT.replace(b"2024.1", b"1").replace(b"sober", b"awake"),
            effective_from=date(2025, 7, 1),
        )
    assert str(refused.value) == "Version 1 is published with another text. Change its version."


@pytest.mark.django_db
def test_a_programme_officer_publishes_and_nobody_else() -> None:
    for role in set(Role) - {Role.PROGRAMME}:
        with pytest.raises(NotPermitted):
            publish_code(actor=Actor.of(staff(f"not-{role}", role)), content=CONTENT, effective_from=date(2025, 6, 1))
    officer = Actor.of(staff("programme", Role.PROGRAMME))
    assert publish_code(actor=officer, content=CONTENT, effective_from=date(2025, 6, 1)).pk


@pytest.mark.django_db
def test_an_acknowledgement_is_recorded_with_the_version_understood() -> None:
    document, person = publish(), staff("malee")
    with clock.at(NOON):
        given = acknowledge(actor=Actor.of(person), document=document, answer="report")
    assert given.date == date(2025, 3, 3)
    leaf = json.loads(bytes(Entry.objects.get(type="programme.code_acknowledged").leaf))
    assert leaf["actor"] == f"person/{person.pk}"
    assert leaf["facts"] == {"version": "2024.1", "digest": document.digest}


@pytest.mark.django_db
def test_a_wrong_answer_teaches_and_acknowledges_nothing() -> None:
    document, actor = publish(), Actor.of(staff("malee"))
    with pytest.raises(Incomplete, match="a report made in good faith is right even if it proves wrong"):
        acknowledge(actor=actor, document=document, answer="wait")
    with pytest.raises(Incomplete, match=r"Choose one of the answers\."):
        acknowledge(actor=actor, document=document, answer="nonsense")
    assert not Acknowledgement.objects.exists()


@pytest.mark.django_db
def test_nobody_acknowledges_twice_or_a_version_of_the_past_or_future() -> None:
    old, actor = publish("1", date(2020, 1, 1)), Actor.of(staff("malee"))
    new = publish("2", date(2025, 6, 1))
    with clock.at(NOON):
        acknowledge(actor=actor, document=old, answer="report")
        with pytest.raises(WrongState, match="acknowledged this version already"):
            acknowledge(actor=actor, document=old, answer="report")
        with pytest.raises(WrongState, match="not in force"):
            acknowledge(actor=actor, document=new, answer="report")
    with clock.at(datetime(2025, 6, 2, tzinfo=UTC)):
        with pytest.raises(WrongState, match="not in force"):
            acknowledge(actor=actor, document=old, answer="report")
        acknowledge(actor=actor, document=new, answer="report")
    with pytest.raises(IntegrityError), transaction.atomic():
        Acknowledgement.objects.create(person=actor.user, document=new, date=date(2025, 7, 1))


@pytest.mark.django_db
def test_only_a_person_acknowledges() -> None:
    document = publish()
    with pytest.raises(NotPermitted):
        acknowledge(actor=SYSTEM, document=document, answer="report")


@pytest.mark.django_db
def test_the_proof_that_somebody_knew_the_code_is_the_latest_before_the_day() -> None:
    document, person = publish(), staff("malee")
    with clock.at(NOON):
        given = acknowledge(actor=Actor.of(person), document=document, answer="report")
    assert Acknowledgement.objects.proof(person, date(2025, 3, 2)) is None
    assert Acknowledgement.objects.proof(person, date(2025, 3, 3)) == given
