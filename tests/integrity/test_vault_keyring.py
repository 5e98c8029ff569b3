"""Keyrings: each person opens exactly what was given to them, in few steps."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from audit.log.models import Entry
from integrity.vault.actions import grant, keep_key, make_key, revoke_grant
from integrity.vault.keyring import Keyring, KeyringWiped, NoGrant
from integrity.vault.models import Grant, Key, KeyKind
from integrity.vault.seal import CannotOpen, Place, PrivateKey, seal
from tests.integrity.vault_scene import key_for, person, recorded

pytestmark = pytest.mark.django_db


def test_a_person_walks_through_the_case_to_the_report_in_two_steps() -> None:
    investigator = person()
    case = key_for(KeyKind.CASE, investigator)
    report = key_for(KeyKind.REPORT, case)
    place = Place("intake_report", "text", "1")
    sealed = seal(b"what happened", to=report.public_key, place=place)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert investigator.open(sealed, key=report, place=place) == b"what happened"
    assert len(queries) == 2
    assert investigator.count == 3

    with CaptureQueriesContext(connection) as queries:
        assert investigator.open(sealed, key=report, place=place) == b"what happened"
    assert len(queries) == 0
    assert investigator.count == 4


def test_the_shortest_of_several_ways_is_taken() -> None:
    officer = person()
    appeal = key_for(KeyKind.APPEAL, officer)
    case = key_for(KeyKind.CASE, appeal)
    report = key_for(KeyKind.REPORT, case, officer)
    officer.private(report)
    assert officer.count == 1


def test_four_steps_are_walked_and_five_are_not() -> None:
    officer = person()
    keys = [officer.key]
    for _step in range(5):
        keys.append(key_for(KeyKind.CASE, keys[-1]))
    assert officer.private(keys[4]).public.raw == keys[4].public
    assert not officer.holds(keys[5])
    assert not Keyring(officer.key, officer.own).holds(keys[5])
    with pytest.raises(NoGrant):
        officer.private(keys[5])


def test_a_ring_of_grants_ends_the_walk() -> None:
    officer, stranger = person(), person()
    first = key_for(KeyKind.CASE, officer)
    second = key_for(KeyKind.CASE, first)
    with recorded():
        grant(officer, key=first, to=second)
    assert officer.holds(second)
    assert not stranger.holds(second)


def test_a_list_of_reports_is_found_in_as_many_queries_as_there_are_steps() -> None:
    officer = person()
    case = key_for(KeyKind.CASE, officer)
    reports = [key_for(KeyKind.REPORT, case) for _report in range(20)]
    unrelated = key_for(KeyKind.REPORT, person())
    with CaptureQueriesContext(connection) as queries:
        officer.find(reports)
        assert all(officer.holds(report) for report in reports)
    assert len(queries) == 2
    assert officer.count == 0
    for report in reports:
        officer.private(report)
    assert officer.count == 21
    assert not officer.holds(unrelated)


def test_who_was_given_nothing_opens_nothing() -> None:
    holder, stranger = person(), person()
    case = key_for(KeyKind.CASE, holder)
    assert not stranger.holds(case)
    with pytest.raises(NoGrant):
        stranger.private(case)
    assert stranger.count == 0


def test_giving_access_opens_it_and_taking_it_away_closes_it() -> None:
    supervisor, investigator = person(), person()
    case = key_for(KeyKind.CASE, supervisor)
    with pytest.raises(NoGrant):
        investigator.private(case)
    with recorded():
        grant(supervisor, key=case, to=investigator.key)
    assert investigator.private(case) == supervisor.private(case)
    with recorded():
        revoke_grant(case, investigator.key)
    with pytest.raises(NoGrant):
        Keyring(investigator.key, investigator.own).private(case)
    assert Keyring(supervisor.key, supervisor.own).holds(case)


def test_taking_away_what_was_never_given_is_an_error_and_not_a_silence() -> None:
    holder = person()
    case = key_for(KeyKind.CASE, holder)
    with pytest.raises(NoGrant):
        revoke_grant(holder.key, case)
    assert holder.holds(case)


def test_nobody_gives_what_they_do_not_have() -> None:
    holder, stranger = person(), person()
    case = key_for(KeyKind.CASE, holder)
    with recorded(), pytest.raises(NoGrant):
        grant(stranger, key=case, to=stranger.key)
    with recorded(), pytest.raises(CannotOpen):
        grant(PrivateKey.generate(), key=case, to=stranger.key)
    assert not stranger.holds(case)


def test_giving_twice_gives_once() -> None:
    holder, colleague = person(), person()
    case = key_for(KeyKind.CASE, holder)
    with recorded():
        first = grant(holder, key=case, to=colleague.key)
        assert grant(holder, key=case, to=colleague.key) == first
    assert Grant.objects.filter(key=case).count() == 2


def test_a_grant_that_says_another_key_than_it_gives_is_noticed() -> None:
    officer = person()
    case, other = key_for(KeyKind.CASE, officer), key_for(KeyKind.CASE)
    Grant.objects.filter(key=case).update(key=other)
    with pytest.raises(CannotOpen, match="another key"):
        officer.private(other)


def test_a_grant_copied_to_another_row_does_not_open() -> None:
    officer = person()
    case, other = key_for(KeyKind.CASE, officer), key_for(KeyKind.CASE, officer)
    Grant.objects.filter(key=other).update(sealed=Grant.objects.get(key=case).sealed)
    with pytest.raises(CannotOpen):
        officer.private(other)
    assert officer.private(case)


def test_a_keyring_is_of_one_key_and_no_other() -> None:
    officer = person()
    with pytest.raises(CannotOpen):
        Keyring(officer.key, PrivateKey.generate())


def test_a_key_that_comes_from_a_receipt_is_kept_without_its_private_half() -> None:
    private = PrivateKey.generate()
    with recorded():
        key = keep_key(KeyKind.REPORTER, private)
        report, _private = make_key(KeyKind.REPORT, key)
    assert Keyring(key, PrivateKey(private.seed)).holds(report)
    assert not any(private.seed in bytes(grant.sealed) for grant in Grant.objects.all())


def test_a_wiped_keyring_opens_nothing_more() -> None:
    officer = person()
    case = key_for(KeyKind.CASE, officer)
    officer.private(case)
    officer.wipe()
    for use in (lambda: officer.own, lambda: officer.private(case), lambda: officer.holds(officer.key)):
        with pytest.raises(KeyringWiped):
            use()


def test_the_log_names_every_key_and_every_grant_that_was_made() -> None:
    officer = person()
    case = key_for(KeyKind.CASE, officer)
    leaf = bytes(Entry.objects.order_by("-index").first().leaf).decode()
    assert f"vault_key/public/{case.pk}/1" in leaf
    assert f"vault_grant/sealed/{Grant.objects.get().pk}/1" in leaf


@pytest.mark.parametrize("broken", ["kind", "twice", "itself", "nothing"])
def test_the_database_itself_refuses_what_makes_no_sense(broken: str) -> None:
    officer = person()
    case = key_for(KeyKind.CASE, officer)
    rows = {
        "kind": lambda: Key(kind="skeleton", public=case.public),
        "twice": lambda: Grant(key=case, holder=officer.key, sealed=b"x"),
        "itself": lambda: Grant(key=case, holder=case, sealed=b"x"),
        "nothing": lambda: Grant(key=officer.key, holder=case),
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        rows[broken]().save(force_insert=True)


def test_a_keyring_does_not_show_its_keys_in_a_log() -> None:
    officer = person()
    assert officer.own.seed.hex() not in repr(officer)
    assert repr(officer.own.seed) not in repr(officer)
