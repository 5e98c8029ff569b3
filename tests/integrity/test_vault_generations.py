"""Generations of a key: what is written later is sealed to the newest, and holders hold them all."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from audit.log.models import Entry
from integrity.vault import standing
from integrity.vault.actions import (
    declare_standing_holder,
    grant,
    grant_generations,
    holders_of,
    make_key,
    revoke_grant,
    rotate,
)
from integrity.vault.keyring import Keyring, NoGrant
from integrity.vault.models import Grant, Key, KeyKind, StoredFile
from integrity.vault.seal import PrivateKey
from tests.integrity.vault_scene import key_for, person, recorded

pytestmark = pytest.mark.django_db


@pytest.fixture
def no_standing_holders(monkeypatch) -> None:
    """A registry of standing holders of the test's own."""
    monkeypatch.setattr(standing, "_sources", [])


def again(keyring: Keyring) -> Keyring:
    """The same person in another request."""
    return Keyring(keyring.key, keyring.own)


def next_generation(key: Key, *holders: Keyring) -> Key:
    """Rotate a key for these."""
    with recorded():
        return rotate(key, holders=[holder.key for holder in holders])


def row(owner: Key, value: str) -> StoredFile:
    """A row with something sealed to a key."""
    one = StoredFile(owner_key=owner, ciphertext_sha256="0" * 64, ciphertext_size=0)
    with recorded():
        one.seal(details=value)
    return one


def test_the_next_generation_is_another_key_of_the_same_lineage() -> None:
    holder = person()
    first = key_for(KeyKind.CASE, holder)
    second = next_generation(first, holder)
    third = next_generation(first, holder)
    assert [first.lineage, second.lineage, third.lineage] == [first.pk] * 3
    assert (second.predecessor, third.predecessor) == (first, second), "a rotation of an old one follows the newest"
    assert len({bytes(key.public) for key in (first, second, third)}) == 3
    assert first.newest() == second.newest() == third
    holder = again(holder)
    assert len({holder.private(key).seed for key in (first, second, third)}) == 3


def test_what_is_sealed_after_goes_to_the_newest_and_what_was_sealed_before_opens_still() -> None:
    holder, leaving = person(), person()
    first = key_for(KeyKind.CASE, holder, leaving)
    before = row(first, "before")
    next_generation(first, holder)
    after = row(first, "after")
    assert (before.open(again(holder), "details"), after.open(again(holder), "details")) == ("before", "after")
    assert before.open(again(leaving), "details") == "before"
    with pytest.raises(NoGrant):
        after.open(again(leaving), "details")


def test_the_next_generation_is_not_given_to_the_one_before() -> None:
    holder = person()
    first = key_for(KeyKind.CASE, holder)
    second = next_generation(first, holder)
    assert not Grant.objects.filter(key=second, holder=first).exists()
    assert not Grant.objects.filter(key=first, holder=second).exists()


def test_a_key_has_one_successor_and_does_not_follow_itself() -> None:
    first = key_for(KeyKind.CASE)
    second = next_generation(first)
    for wrong in (
        lambda: Key(kind="case", public=b"x", predecessor=first, lineage=first.pk).save(force_insert=True),
        lambda: Key.objects.filter(pk=second.pk).update(predecessor=second),
        lambda: Key.objects.filter(pk=second.pk).update(lineage=second.pk),
        lambda: Key.objects.filter(pk=first.pk).update(lineage=second.pk),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong()


def test_giving_gives_every_generation_and_taking_takes_them_all() -> None:
    holder, colleague = person(), person()
    first = key_for(KeyKind.CASE, holder)
    second = next_generation(first, holder)
    with recorded():
        grant_generations(again(holder), key=first, to=colleague.key)
    assert all(again(colleague).holds(key) for key in (first, second))
    with recorded():
        revoke_grant(second, colleague.key)
    assert not any(again(colleague).holds(key) for key in (first, second))
    with recorded(), pytest.raises(NoGrant):
        revoke_grant(first, colleague.key)


def test_who_has_only_an_old_generation_gives_nothing() -> None:
    holder, former, friend = person(), person(), person()
    first = key_for(KeyKind.CASE, holder, former)
    next_generation(first, holder)
    with recorded(), pytest.raises(NoGrant):
        grant_generations(again(former), key=first, to=friend.key)
    assert not again(friend).holds(first)


def test_a_key_given_to_a_key_that_was_rotated_goes_to_its_newest_generation() -> None:
    holder, former = person(), person()
    case = key_for(KeyKind.CASE, holder, former)
    next_generation(case, holder)
    with recorded():
        report, private = make_key(KeyKind.REPORT)
        grant(private, key=report, to=case)
    assert again(holder).holds(report)
    assert not again(former).holds(report)


def test_holders_are_named_by_their_newest_keys() -> None:
    holder, officer = person(), person()
    case = key_for(KeyKind.CASE, holder)
    report = key_for(KeyKind.REPORT, case, officer)
    case = next_generation(case, holder)
    assert set(holders_of(report)) == {case, officer.key}
    assert holders_of(case) == [holder.key]


def test_many_keys_of_many_generations_are_found_in_one_query() -> None:
    holder = person()
    keys = [key_for(KeyKind.CASE, holder) for _key in range(6)]
    newest = [next_generation(key, holder) for key in keys]
    fresh = again(holder)
    with CaptureQueriesContext(connection) as queries:
        fresh.find(newest)
        assert all(fresh.holds(key) for key in (*keys, *newest))
    assert len(queries) == 1
    assert fresh.count == 0


def test_a_rotation_is_in_the_log_with_the_digests_of_what_it_made() -> None:
    holder = person()
    first = key_for(KeyKind.CASE, holder)
    second = next_generation(first, holder)
    leaf = bytes(Entry.objects.filter(type="key.rotated").get().leaf).decode()
    assert f'"object":"key/{second.pk}"' in leaf
    assert f'"predecessor":"key/{first.pk}"' in leaf
    assert '"holders":1' in leaf
    assert f"vault_key/public/{second.pk}/1" in leaf


def test_standing_holders_hold_every_new_key_of_the_institution_and_no_persons(no_standing_holders) -> None:
    holder = person()
    with recorded():
        recovery, private = make_key(KeyKind.RECOVERY)
    first_case = key_for(KeyKind.CASE, holder)
    declare_standing_holder(lambda kind: [recovery] if kind != KeyKind.IDENTITY else [])
    keeper = Keyring(recovery, private)
    made = {kind: key_for(kind, holder) for kind in KeyKind}
    held = {kind for kind, key in made.items() if keeper.holds(key)}
    assert held == {
        *(KeyKind.REPORT, KeyKind.CASE, KeyKind.APPEAL, KeyKind.REQUEST, KeyKind.DETRIMENT),
        *(KeyKind.PUBLICATION, KeyKind.AUDIT, KeyKind.PROTECTION),
    }
    assert not keeper.holds(first_case)
    assert keeper.holds(next_generation(made[KeyKind.CASE], holder))


def test_a_standing_holder_that_was_replaced_gets_no_later_generation(no_standing_holders) -> None:
    holder = person()
    with recorded():
        old, old_private = make_key(KeyKind.RECOVERY)
        new, new_private = make_key(KeyKind.RECOVERY)
    named = [old]
    source = declare_standing_holder(lambda kind: list(named))
    declare_standing_holder(source)
    case = key_for(KeyKind.CASE, holder)
    named[:] = [new]
    with recorded():
        second = rotate(case, holders=holders_of(case))
    assert Keyring(old, old_private).holds(case)
    assert not Keyring(old, old_private).holds(second)
    assert Keyring(new, new_private).holds(second)
    assert Grant.objects.filter(key=second).count() == 2


def test_a_seed_opens_in_the_suite_that_its_row_names(settings) -> None:
    settings.VAULT_SUITE = 2
    holder = person()
    assert holder.key.suite == 2
    assert Keyring(holder.key, PrivateKey(holder.own.seed)).holds(key_for(KeyKind.CASE, holder))
