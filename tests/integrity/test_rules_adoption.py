"""Adopting a rule pack: from a day on, once, and never changed afterwards."""

import hashlib
import json
from datetime import date

import pytest
from django.db import IntegrityError

from audit import clock
from audit.log.models import Entry
from integrity.action import Actor, Incomplete, NotPermitted
from integrity.people.roles import Role
from integrity.rules.actions import adopt_pack
from integrity.rules.effective import AlteredDocument
from integrity.rules.models import RulePack
from integrity.rules.pack import MODEL
from tests.integrity.rules_scene import NOON, SYSTEM, staff

pytestmark = pytest.mark.django_db
CONTENT = MODEL.read_bytes()


def content_of(version: str) -> bytes:
    return CONTENT.replace(b'version = "2024.1"', f'version = "{version}"'.encode())


def adopt(version: str, effective_from: date) -> RulePack:
    with clock.at(NOON):
        return adopt_pack(actor=SYSTEM, content=content_of(version), effective_from=effective_from)


def test_the_adoption_of_a_pack_is_in_the_log_with_its_digest() -> None:
    adopted = adopt("1", date(2025, 4, 1))
    leaf = json.loads(bytes(Entry.objects.get(type="rules.adopted").leaf))
    assert leaf["object"] == f"rules/{adopted.pk}"
    assert leaf["facts"] == {
        "name": "model",
        "version": "1",
        "effective_from": "2025-04-01",
        "digest": hashlib.sha256(content_of("1")).hexdigest(),
    }
    assert adopted.source_date == date(2024, 1, 15)
    assert adopted.source.startswith("Drafted for demonstration")
    assert adopted.adopted == date(2025, 3, 3)


def test_the_pack_that_holds_is_the_latest_that_has_begun() -> None:
    first, second = adopt("1", date(2020, 1, 1)), adopt("2", date(2025, 4, 1))
    assert RulePack.objects.in_force(date(2020, 1, 1)) == first
    assert RulePack.objects.in_force(date(2025, 3, 31)) == first
    assert RulePack.objects.in_force(date(2025, 4, 1)) == second
    with clock.at(NOON):
        assert RulePack.objects.in_force() == first
    with pytest.raises(RulePack.DoesNotExist):
        RulePack.objects.in_force(date(2019, 12, 31))


def test_the_rules_read_back_are_those_adopted() -> None:
    adopted = RulePack.objects.get(pk=adopt("1", date(2025, 4, 1)).pk)
    assert adopted.pack.version == "1"
    assert adopted.source_bytes == content_of("1")


@pytest.mark.parametrize(
    ("version", "effective_from", "sentence"),
    [
        ("1", date(2025, 5, 1), "This text was adopted already, as version 1."),
        ("2", date(2025, 4, 1), "Version 1 is already adopted from 1 Apr 2025. Choose a later day."),
        ("2", date(2025, 3, 20), "Version 1 is already adopted from 1 Apr 2025. Choose a later day."),
    ],
)
def test_a_pack_that_overlaps_is_refused(version: str, effective_from: date, sentence: str) -> None:
    adopt("1", date(2025, 4, 1))
    with pytest.raises(Incomplete) as refused:
        adopt(version, effective_from)
    assert str(refused.value) == sentence
    assert RulePack.objects.count() == 1


def test_an_adopted_version_cannot_get_another_text() -> None:
    adopt("1", date(2025, 4, 1))
    changed = content_of("1").replace(b"board_quorum = 3", b"board_quorum = 2")
    with clock.at(NOON), pytest.raises(Incomplete) as refused:
        adopt_pack(actor=SYSTEM, content=changed, effective_from=date(2025, 5, 1))
    assert str(refused.value) == "Version 1 of “model” is adopted with another text. Change its version."


def test_only_the_first_pack_may_reach_into_the_past() -> None:
    adopt("1", date(2020, 1, 1))
    with pytest.raises(Incomplete) as refused:
        adopt("2", date(2025, 3, 2))
    assert str(refused.value) == "A new version cannot take effect in the past. Choose today or a later day."
    assert adopt("2", date(2025, 3, 3)).version == "2"


def test_a_pack_that_cannot_be_read_is_refused_with_the_place() -> None:
    with pytest.raises(Incomplete) as refused:
        adopt_pack(actor=SYSTEM, content=b"format = 7", effective_from=date(2025, 4, 1))
    assert str(refused.value) == "format: expected a whole number from 1 to 1, but 7 came."
    assert not RulePack.objects.exists()


def test_an_administrator_adopts_and_nobody_else() -> None:
    for role in set(Role) - {Role.ADMINISTRATOR}:
        with pytest.raises(NotPermitted):
            adopt_pack(actor=Actor.of(staff(f"not-{role}", role)), content=CONTENT, effective_from=date(2025, 4, 1))
    with pytest.raises(NotPermitted):
        adopt_pack(actor=Actor.reporter("1"), content=CONTENT, effective_from=date(2025, 4, 1))
    administrator = Actor.of(staff("administrator", Role.ADMINISTRATOR), confirmed=True)
    assert adopt_pack(actor=administrator, content=CONTENT, effective_from=date(2025, 4, 1)).pk
    assert Entry.objects.filter(type="action.refused").count() == len(Role)


def test_an_adopted_pack_is_neither_changed_nor_deleted() -> None:
    adopted = adopt("1", date(2025, 4, 1))
    adopted.effective_from = date(2020, 1, 1)
    for change in (
        adopted.save,
        adopted.delete,
        RulePack.objects.all().delete,
        lambda: RulePack.objects.update(version="9"),
    ):
        with pytest.raises(AlteredDocument):
            change()


def test_a_text_changed_behind_the_systems_back_is_noticed() -> None:
    adopted = adopt("1", date(2025, 4, 1))
    adopted.content = adopted.content.replace("board_quorum = 3", "board_quorum = 2")
    with pytest.raises(AlteredDocument, match="not the adopted one"):
        _ = adopted.pack


def test_the_database_holds_one_pack_for_a_day() -> None:
    adopted = adopt("1", date(2025, 4, 1))
    twin = RulePack(
        name="other",
        version="1",
        effective_from=adopted.effective_from,
        adopted=adopted.adopted,
        source="",
        source_date=adopted.source_date,
        digest="0" * 64,
        content="",
    )
    with pytest.raises(IntegrityError):
        twin.save()
