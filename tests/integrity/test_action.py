"""The action: one transaction, one entry, and a trace of what was refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections, transaction

from audit.log.errors import OutsideTransaction, UndeclaredFact
from audit.log.models import Entry
from integrity.action import (
    Actor,
    ConflictOfInterest,
    Incomplete,
    NotPermitted,
    Refusal,
    Unrecorded,
    WrongState,
    action,
    record,
)
from integrity.people.models import Office
from integrity.policy import ANYBODY
from integrity.vault.actions import make_key
from integrity.vault.models import Key, KeyKind
from tests.desk import entries
from tests.walks.portal import send_report
from tests.world import World

SYSTEM = Actor.system()
Then = Callable[[], Any]


def nothing() -> None:
    """What follows when nothing does."""


def office(code: str) -> None:
    Office.objects.get_or_create(code=code, defaults={"name": code, "region": "Here"})


def offices() -> set[str]:
    return set(Office.objects.values_list("code", flat=True))


@action("test.outer", by=ANYBODY, facts=("code",), description="A test did something.")
def outer(*, actor: Actor, code: str = "outer", then: Then = nothing) -> str:
    office(code)
    record(object=f"office/{code}", code=code)
    then()
    return code


@action("test.inner", by=ANYBODY, description="A test did something inside something.")
def inner(*, actor: Actor, then: Then = nothing) -> None:
    office("inner")
    record(object="office/inner")
    then()


@action("test.quiet", by=ANYBODY, by_day=True, description="A test did something as a reporting person.")
def quiet(*, actor: Actor, then: Then = nothing) -> None:
    office("quiet")
    record(object="office/quiet")
    then()


@action("test.forgetful", by=ANYBODY, description="A test forgot to leave an entry.")
def forgetful(*, actor: Actor) -> None:
    office("forgetful")


def raising(error: Exception) -> Then:
    def fail() -> None:
        raise error

    return fail


def types() -> list[str]:
    return [entry["type"] for entry in entries()]


def test_an_action_leaves_one_entry_with_its_facts_and_gives_its_result(db: None):
    assert outer(actor=Actor("person/x"), code="A") == "A"
    (entry,) = entries()
    assert entry["type"] == "test.outer"
    assert entry["actor"] == "person/x"
    assert entry["object"] == "office/A"
    assert entry["facts"] == {"code": "A"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\dZ", entry["time"])


def test_what_fails_leaves_neither_change_nor_entry(db: None):
    with pytest.raises(ZeroDivisionError):
        outer(actor=SYSTEM, then=lambda: 1 / 0)
    assert offices() == set()
    assert entries() == []


def test_a_change_that_nobody_recorded_is_taken_back(db: None):
    with pytest.raises(Unrecorded, match=r"test\.forgetful"):
        forgetful(actor=SYSTEM)
    assert offices() == set()
    assert entries() == []


@pytest.mark.parametrize("kind", [Refusal, NotPermitted, WrongState, ConflictOfInterest, Incomplete])
def test_a_refusal_takes_everything_back_and_leaves_a_trace_without_its_sentence(db: None, kind: type[Refusal]):
    refusal = kind("Miriam must not do this.", object="case/7")
    with pytest.raises(kind) as raised:
        outer(actor=Actor("person/x"), then=raising(refusal))
    assert raised.value.sentence == "Miriam must not do this."
    assert offices() == set()
    (entry,) = entries()
    assert entry["type"] == "action.refused"
    assert entry["actor"] == "person/x"
    assert entry["object"] == "case/7"
    assert entry["facts"] == {"action": "test.outer", "reason": kind.__name__}
    assert not Entry.objects.filter(leaf__contains=b"Miriam").exists()


def test_of_what_a_reporting_person_does_only_the_day_is_kept_even_when_it_is_refused(db: None):
    quiet(actor=Actor.reporter("r"))
    with pytest.raises(Incomplete):
        quiet(actor=Actor.reporter("r"), then=raising(Incomplete("Not now.", object="report/r")))
    done, refused = entries()
    assert (done["type"], refused["type"]) == ("test.quiet", "action.refused_by_day")
    assert refused["facts"] == {"action": "test.quiet", "reason": "Incomplete"}
    for entry, row in zip((done, refused), Entry.objects.order_by("index"), strict=True):
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", entry["time"])
        assert (row.time.hour, row.time.minute, row.time.second, row.time.microsecond) == (0, 0, 0, 0)


def test_a_real_report_that_is_refused_leaves_no_minute(world: World):
    send_report(world)
    world.channel.recipients.clear()
    with pytest.raises(Incomplete):
        send_report(world)
    by_reporters = [entry for entry in entries() if entry["actor"].startswith("reporter/")]
    assert len(by_reporters) >= 1
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", entry["time"]) for entry in by_reporters)
    assert "action.refused" not in types()


def test_an_action_inside_an_action_shares_its_fate(db: None):
    outer(actor=SYSTEM, then=lambda: inner(actor=SYSTEM))
    assert types() == ["test.outer", "test.inner"]
    with pytest.raises(ZeroDivisionError):
        outer(actor=SYSTEM, code="again", then=lambda: (inner(actor=SYSTEM), 1 / 0))
    assert offices() == {"outer", "inner"}
    assert len(entries()) == 2


def test_a_refusal_deep_inside_leaves_one_trace_named_after_what_was_tried(db: None):
    refusal = NotPermitted("No.", object="case/1")
    with pytest.raises(NotPermitted):
        outer(actor=SYSTEM, then=lambda: inner(actor=SYSTEM, then=raising(refusal)))
    assert offices() == set()
    (entry,) = entries()
    assert entry["facts"] == {"action": "test.outer", "reason": "NotPermitted"}


def test_an_outer_action_can_go_on_after_an_inner_one_was_refused(db: None):
    def tried() -> None:
        with pytest.raises(WrongState):
            inner(actor=SYSTEM, then=raising(WrongState("Not now.")))
        record(object="office/outer", code="went on")

    outer(actor=SYSTEM, then=tried)
    assert offices() == {"outer"}
    assert types() == ["test.outer", "test.outer"]


def test_the_inner_action_does_not_record_for_the_outer_one(db: None):
    @action("test.leaning", by=ANYBODY, description="A test leans on another action's entry.")
    def leaning(*, actor: Actor) -> None:
        inner(actor=actor)

    with pytest.raises(Unrecorded, match=r"test\.leaning"):
        leaning(actor=SYSTEM)
    assert entries() == []
    assert offices() == set()


def test_nothing_is_recorded_outside_an_action(db: None):
    with pytest.raises(Unrecorded):
        record(object="x")
    with pytest.raises(ZeroDivisionError):
        outer(actor=SYSTEM, then=lambda: 1 / 0)
    with pytest.raises(Unrecorded):
        record(object="x")


def test_a_fact_that_was_not_declared_stops_the_action(db: None):
    with pytest.raises(UndeclaredFact):
        outer(actor=SYSTEM, then=lambda: record(object="x", name="Miriam"))
    assert offices() == set()


def test_an_entry_that_a_savepoint_could_lose_is_refused(db: None):
    def inside() -> None:
        with transaction.atomic():
            record(object="x", code="x")

    with pytest.raises(OutsideTransaction):
        outer(actor=SYSTEM, then=inside)
    assert offices() == set()


def test_a_refused_action_leaves_none_of_its_keys(db: None):
    def sealed() -> None:
        make_key(KeyKind.CASE)
        raise NotPermitted("No.")

    with pytest.raises(NotPermitted):
        inner(actor=SYSTEM, then=sealed)
    assert not Key.objects.exists()
    assert "sealed" not in entries()[0]["facts"]


@pytest.mark.django_db(transaction=True)
def test_what_fails_after_the_commit_takes_nothing_back_and_is_no_refusal():
    def later() -> None:
        transaction.on_commit(lambda: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        outer(actor=SYSTEM, then=later)
    assert offices() == {"outer"}
    assert types() == ["test.outer"]


@pytest.mark.django_db(transaction=True)
def test_what_should_follow_a_refused_action_does_not():
    followed = []

    def later() -> None:
        transaction.on_commit(lambda: followed.append("x"))
        raise NotPermitted("No.")

    with pytest.raises(NotPermitted):
        outer(actor=SYSTEM, then=later)
    assert followed == []
    assert types() == ["action.refused"]


@pytest.mark.django_db(transaction=True)
def test_people_who_act_at_the_same_time_leave_their_own_entries():
    def work(number: int) -> None:
        try:
            outer(actor=Actor(f"person/{number}"), code=f"C{number}")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    found = {(entry["actor"], entry["facts"]["code"]) for entry in entries("test.outer")}
    assert found == {(f"person/{number}", f"C{number}") for number in range(6)}


def test_an_actor_without_a_person_or_open_keys_is_refused_with_a_sentence():
    for actor in (Actor.system(), Actor.reporter("r")):
        with pytest.raises(NotPermitted) as refused:
            _ = actor.user
        assert "signed in" in str(refused.value.sentence)
        with pytest.raises(NotPermitted) as closed:
            _ = actor.keys
        assert "keys are closed" in str(closed.value.sentence)
    assert "keyring" not in repr(Actor.system())
