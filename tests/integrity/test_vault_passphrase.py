"""Passphrases: costly on purpose, never inside a transaction, never too many at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from integrity.vault import passphrase
from integrity.vault.actions import WrongPassphrase, make_person_key, unlock
from integrity.vault.checks import passphrases_are_costly
from integrity.vault.models import Key, KeyKind, PersonLock
from integrity.vault.passphrase import Cost, InsideTransaction, TooBusy, derive
from tests.integrity.vault_scene import key_for, recorded

SALT = bytes(range(16))
QUICK = Cost(memory=64, iterations=1)


def test_the_same_passphrase_gives_the_same_key_and_any_other_gives_another() -> None:
    secret = derive("correct horse", salt=SALT, cost=QUICK)
    assert len(secret) == 32
    assert derive("correct horse", salt=SALT, cost=QUICK) == secret
    assert derive("correct horsf", salt=SALT, cost=QUICK) != secret
    assert derive("correct horse", salt=SALT[::-1], cost=QUICK) != secret
    assert derive("correct horse", salt=SALT, cost=Cost(memory=64, iterations=2)) != secret


def test_a_receipt_gives_as_many_bytes_as_it_needs() -> None:
    assert len(derive("1234 5678", salt=SALT, cost=QUICK, length=64)) == 64


def test_one_word_typed_on_two_keyboards_is_one_passphrase() -> None:
    composed, combining, wide_space = "caf\u00e9 noir", "cafe\u0301 noir", "caf\u00e9\u00a0noir"
    secret = derive(composed, salt=SALT, cost=QUICK)
    assert derive(combining, salt=SALT, cost=QUICK) == secret
    assert derive(wide_space, salt=SALT, cost=QUICK) == secret
    assert derive("CAFE noir", salt=SALT, cost=QUICK) != secret


def test_the_full_costs_are_those_that_were_decided() -> None:
    assert Cost(memory=65536, iterations=3) == passphrase.STAFF
    assert Cost(memory=19456, iterations=2) == passphrase.RECEIPT
    assert not passphrase.STAFF.is_weak
    assert not passphrase.RECEIPT.is_weak


def test_weak_costs_are_refused_outside_the_tests(settings) -> None:
    settings.TESTING = False
    with pytest.raises(ImproperlyConfigured, match="too weak"):
        derive("x", salt=SALT, cost=QUICK)
    settings.VAULT_STAFF_COST = (64, 1)
    settings.VAULT_RECEIPT_COST = None
    assert [error.id for error in passphrases_are_costly(app_configs=None)] == ["vault.E004"]
    assert len(derive("x", salt=SALT, cost=passphrase.receipt_cost())) == 32


@pytest.mark.parametrize("cost", [(7, 1), (64, 0), (2**21, 1), (64, 101)])
def test_a_cost_from_a_tampered_row_cannot_exhaust_the_machine(cost: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="no cost"):
        Cost(*cost)


@pytest.mark.django_db
def test_no_key_is_derived_inside_a_transaction(settings) -> None:
    settings.VAULT_ALLOW_DERIVE_IN_TRANSACTION = False
    with transaction.atomic(), pytest.raises(InsideTransaction):
        derive("x", salt=SALT, cost=QUICK)


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_a_key_is_derived(settings) -> None:
    settings.VAULT_ALLOW_DERIVE_IN_TRANSACTION = False
    assert Key.objects.count() == 0
    prepared = make_person_key("correct horse")
    with recorded():
        prepared.save()
    assert unlock(prepared.key, "correct horse").own == prepared.private


def test_a_burst_of_sign_ins_runs_two_at_a_time(settings, monkeypatch) -> None:
    settings.VAULT_DERIVATIONS_AT_ONCE = 2
    running, most, lock, pause = 0, 0, threading.Lock(), threading.Event()

    class Counting:
        """The real derivation, counted while it runs."""

        def __init__(self, **options: int) -> None:
            self.derivation = Argon2id(**options)

        def derive(self, secret: bytes) -> bytes:
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            pause.wait(0.02)
            result = self.derivation.derive(secret)
            with lock:
                running -= 1
            return result

    monkeypatch.setattr(passphrase, "Argon2id", Counting)
    with ThreadPoolExecutor(12) as pool:
        results = list(pool.map(lambda number: derive(str(number), salt=SALT, cost=QUICK), range(12)))
    assert len(set(results)) == 12
    assert most == 2


def test_who_waits_too_long_is_told_so_and_the_queue_recovers(settings, monkeypatch) -> None:
    settings.VAULT_DERIVATIONS_AT_ONCE, settings.VAULT_DERIVATION_WAIT = 1, 0.05
    started, finish = threading.Event(), threading.Event()

    class Slow(threading.local):
        """A derivation that takes until it is told to end."""

        def __init__(self, **options: int) -> None:
            self.derivation = Argon2id(**options)

        def derive(self, secret: bytes) -> bytes:
            started.set()
            finish.wait(5)
            return self.derivation.derive(secret)

    monkeypatch.setattr(passphrase, "Argon2id", lambda **options: Slow(**options))
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(derive, "first", salt=SALT, cost=QUICK)
        assert started.wait(5)
        with pytest.raises(TooBusy):
            derive("second", salt=SALT, cost=QUICK)
        finish.set()
        assert len(first.result(5)) == 32
    assert len(derive("third", salt=SALT, cost=QUICK)) == 32


@pytest.mark.django_db
def test_a_person_opens_their_key_with_their_passphrase_only() -> None:
    prepared = make_person_key("correct horse")
    with recorded():
        key = prepared.save()
    assert unlock(key, "correct horse").own == prepared.private
    assert prepared.keyring.own == prepared.private
    for wrong in ("correct hors", "", "Correct horse", prepared.private.seed.hex()):
        with pytest.raises(WrongPassphrase):
            unlock(key, wrong)


@pytest.mark.django_db
def test_nobodys_key_fails_like_a_wrong_passphrase() -> None:
    with pytest.raises(WrongPassphrase):
        unlock(None, "correct horse")
    with pytest.raises(WrongPassphrase):
        unlock(key_for(KeyKind.CASE), "correct horse")


@pytest.mark.django_db
def test_one_persons_lock_put_on_another_persons_key_opens_nothing() -> None:
    mine, theirs = make_person_key("my own words"), make_person_key("their own words")
    with recorded():
        mine.save()
        theirs.save()
    mine_lock = PersonLock.objects.get(key=mine.key)
    PersonLock.objects.filter(key=theirs.key).update(
        salt=mine_lock.salt, wrapped=mine_lock.wrapped, memory=mine_lock.memory, iterations=mine_lock.iterations
    )
    with pytest.raises(WrongPassphrase):
        unlock(theirs.key, "my own words")


@pytest.mark.django_db
def test_the_private_half_is_nowhere_in_the_database_in_clear() -> None:
    prepared = make_person_key("correct horse")
    with recorded():
        prepared.save()
    lock = PersonLock.objects.get()
    for stored in (bytes(lock.wrapped), bytes(lock.salt), bytes(lock.key.public)):
        assert prepared.private.seed not in stored
        assert b"correct horse" not in stored
    assert "seed" not in repr(prepared)
