"""The ceremony: who names whom, who agrees, each custodian's words, and what remains of them."""

from __future__ import annotations

import pytest

from integrity.action import Incomplete, NotPermitted, WrongState
from integrity.people import actions as people
from integrity.people.roles import Role
from integrity.recovery import actions
from integrity.recovery.models import Ceremony, CeremonyState, Custodian
from integrity.recovery.proving import WrongWords, prepare_shares, prove
from integrity.recovery.words import read, split
from integrity.vault.models import Grant, Key, KeyKind
from tests.desk import entries
from tests.integrity.recovery_scene import (
    NAMES,
    confirmed,
    custodians,
    handed_out,
    in_force,
    proposed,
    share_of,
    take_words,
    type_back,
)
from tests.world import SYSTEM, World


def test_a_ceremony_of_two_of_three_ends_in_force_and_the_log_tells_each_step(world: World):
    sheets = in_force(world)
    assert sheets.ceremony.state == CeremonyState.IN_FORCE
    assert Ceremony.objects.in_force() == sheets.ceremony
    assert all(custodian.proved_on for custodian in sheets.ceremony.custodians.all())
    told = [entry["type"] for entry in entries() if entry["type"].startswith("recovery.")]
    assert told == [
        "recovery.ceremony_proposed",
        "recovery.ceremony_confirmed",
        *["recovery.words_shown", "recovery.share_kept"] * 2,
        "recovery.words_shown",
        "recovery.share_kept",
        "recovery.ceremony_in_force",
    ]


def test_no_word_of_a_sheet_is_in_the_database_once_it_was_typed_back(world: World):
    sheets = in_force(world)
    assert not Custodian.objects.exclude(words=b"").exists()
    told = str(entries())
    for words in sheets.words.values():
        assert " ".join(words.split()[4:7]) not in told


def test_words_wait_for_their_custodian_alone(world: World):
    ceremony = confirmed(world, proposed(world))
    with pytest.raises(NotPermitted, match="another custodian's"):
        actions.show_words(actor=world.actor("custodian2"), custodian=share_of(ceremony, world, "custodian1"))
    held = share_of(ceremony, world, "custodian1")
    for name in ("custodian2", "custodian3", "admin", "supervisor"):
        with pytest.raises(Exception, match="No grant leads"):
            held.open(world.keyrings[name], "words")


def test_words_can_be_looked_at_again_until_they_are_typed_back_and_never_afterwards(world: World):
    ceremony = confirmed(world, proposed(world))
    words = take_words(world, ceremony, "custodian1")
    assert take_words(world, ceremony, "custodian1") == words
    type_back(world, ceremony, "custodian1", words)
    with pytest.raises(WrongState, match="not here any more"):
        take_words(world, ceremony, "custodian1")
    with pytest.raises(WrongState, match="already"):
        type_back(world, ceremony, "custodian1", words)


def test_a_ceremony_that_was_cut_off_goes_on_where_it_stopped(world: World):
    ceremony = confirmed(world, proposed(world))
    first = handed_out(world, ceremony, ["custodian1"])
    assert first.ceremony.state == CeremonyState.HANDING_OUT
    resumed = Ceremony.objects.running()
    assert resumed == ceremony
    handed_out(world, resumed, ["custodian3", "custodian2"])
    assert Ceremony.objects.in_force() == ceremony


def test_a_custodian_cannot_type_back_the_words_of_another(world: World):
    ceremony = confirmed(world, proposed(world))
    words = take_words(world, ceremony, "custodian1")
    with pytest.raises(NotPermitted, match="another custodian's"):
        actions.keep_share(
            actor=world.actor("custodian2"),
            custodian=share_of(ceremony, world, "custodian2"),
            proven=prove(ceremony, read(words)),
        )
    assert share_of(ceremony, world, "custodian2").kept_on is None
    assert entries("action.refused")[-1]["facts"]["action"] == "recovery.share_kept"


def test_words_typed_back_by_somebody_else_do_not_count(world: World):
    ceremony = confirmed(world, proposed(world))
    words = take_words(world, ceremony, "custodian1")
    with pytest.raises(NotPermitted, match="signs in as themselves"):
        actions.keep_share(
            actor=world.actor("custodian2"),
            custodian=share_of(ceremony, world, "custodian1"),
            proven=prove(ceremony, read(words)),
        )
    assert share_of(ceremony, world, "custodian1").kept_on is None


def test_an_abandoned_ceremony_leaves_nothing_that_could_be_used(world: World):
    ceremony = confirmed(world, proposed(world))
    words = take_words(world, ceremony, "custodian1")
    actions.abandon(actor=world.actor("admin"), ceremony=ceremony)
    ceremony.refresh_from_db()
    assert ceremony.state == CeremonyState.ABANDONED
    assert not ceremony.custodians.exclude(words=b"", commitment=b"").exists()
    with pytest.raises(WrongState):
        take_words(world, ceremony, "custodian2")
    again = confirmed(world, proposed(world))
    with pytest.raises(WrongWords, match="abandoned"):
        prove(again, read(words))


def test_only_one_ceremony_runs_at_a_time(world: World):
    proposed(world)
    with pytest.raises(WrongState, match="Another ceremony is running"):
        proposed(world)


@pytest.mark.parametrize(
    ("threshold", "names", "sentence"),
    [
        (1, NAMES, "At least two custodians"),
        (3, NAMES, "one custodian more than are needed"),
        (2, ("custodian1", "custodian1", "custodian2"), "named once"),
    ],
)
def test_impossible_numbers_are_refused_with_a_reason(
    world: World, threshold: int, names: tuple[str, ...], sentence: str
):
    custodians(world)
    with pytest.raises(Incomplete, match=sentence):
        proposed(world, names=names, threshold=threshold)


def test_custodians_hold_the_role(world: World):
    custodians(world)
    people = [world.person(name) for name in ("custodian1", "custodian2", "investigator")]
    with pytest.raises(Incomplete, match="does not hold the role"):
        actions.propose(actor=world.actor("admin"), people=people, threshold=2)


def test_administrators_do_not_name_themselves_and_nobody_else_names(world: World):
    custodians(world)
    world.add("admin2", Role.ADMINISTRATOR)
    people = [world.person(name) for name in NAMES]
    with pytest.raises(NotPermitted):
        actions.propose(actor=world.actor("supervisor"), people=people, threshold=2)
    with pytest.raises(NotPermitted, match="Nobody names themselves"):
        actions.propose(actor=world.actor("admin"), people=[*people, world.person("admin")], threshold=2)


@pytest.mark.parametrize("name", ["admin", "custodian1", "investigator", "auditor"])
def test_the_words_are_made_only_when_a_supervisor_or_an_authority_agrees(world: World, name: str):
    ceremony = proposed(world)
    with pytest.raises(NotPermitted):
        actions.confirm(actor=world.actor(name), ceremony=ceremony, prepared=prepare_shares(ceremony))
    assert not Key.objects.filter(kind=KeyKind.RECOVERY).exists()


def test_a_supervisor_who_would_be_a_custodian_does_not_agree_to_it(world: World):
    world.add("custodian1", Role.RECOVERY)
    people.appoint(actor=SYSTEM, person=world.person("custodian1"), role=Role.SUPERVISOR)
    ceremony = proposed(world)
    with pytest.raises(NotPermitted, match="You are one of these custodians"):
        actions.confirm(actor=world.actor("custodian1"), ceremony=ceremony, prepared=prepare_shares(ceremony))


def test_a_ceremony_is_confirmed_once(world: World):
    ceremony = confirmed(world, proposed(world))
    with pytest.raises(WrongState):
        actions.confirm(actor=world.actor("supervisor"), ceremony=ceremony, prepared=prepare_shares(ceremony))


def test_the_recovery_key_itself_is_granted_to_nobody(world: World):
    sheets = in_force(world)
    assert not Grant.objects.filter(key=sheets.ceremony.key).exists()


def test_a_sheet_of_another_ceremony_is_told_from_a_wrong_one(world: World):
    first = in_force(world)
    second = confirmed(world, proposed(world))
    with pytest.raises(WrongWords, match="from another ceremony, that of"):
        prove(second, read(first.words["custodian1"]))


def test_a_made_up_sheet_with_the_right_number_is_refused(world: World):
    ceremony = confirmed(world, proposed(world))
    taken = set(range(2**15)) - {ceremony.identifier}
    forged = split(bytes(32), threshold=2, count=3, taken=taken)[0]
    with pytest.raises(WrongWords, match="not one that was handed out"):
        prove(ceremony, forged)
