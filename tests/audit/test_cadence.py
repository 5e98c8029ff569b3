"""Checkpoints go out on a fixed cadence, and their sizes tell nothing of what happened in between."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from audit import clock
from audit.log import actions as log
from audit.log.models import Checkpoint, Entry
from audit.log.stored import prove
from audit.tree import verify_inclusion

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("log_key")]
TEN = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _cadence(settings):
    settings.LOG_CADENCE = 600
    settings.LOG_PADDING = 8


def at(minutes: float):
    return clock.at(TEN + timedelta(minutes=minutes))


def sizes() -> list[int]:
    return list(Checkpoint.objects.order_by("size").values_list("size", flat=True))


def test_the_log_grows_by_the_same_number_whatever_happened(note_down):
    for number, count in enumerate((0, 3, 0, 8, 1, 7, 0)):
        with at(10 * number):
            if count:
                note_down(count)
            log.publish()
    assert sizes() == [8, 16, 24, 32, 40, 48, 56]
    assert log.head_size() == 56


def test_more_than_the_padding_hides_fills_up_to_the_next_multiple(note_down):
    for number, count in enumerate((1, 20, 1)):
        with at(10 * number):
            note_down(count)
            log.publish()
    assert sizes() == [8, 32, 40]


def test_one_checkpoint_goes_out_in_each_stretch_of_time(note_down):
    for minutes in (0, 1, 4.5, 9.99, 10, 10.2, 19, 35):
        with at(minutes):
            note_down(1)
            signed = log.publish()
            assert (signed is None) == (minutes not in {0, 10, 35})
    assert sizes() == [8, 16, 24]


def test_the_moment_of_a_checkpoint_is_kept_no_finer_than_the_cadence():
    for minutes in (3.7, 13.2):
        with at(minutes):
            log.publish()
    kept = Checkpoint.objects.order_by("size").values_list("time", flat=True)
    assert list(kept) == [TEN, TEN + timedelta(minutes=10)]


def test_a_clock_that_goes_backwards_does_not_stop_the_signer(note_down):
    for minutes in (600, 0, 0, 10):
        with at(minutes):
            note_down(1)
            log.publish()
    assert sizes() == [8, 16, 24]


def test_an_operator_can_sign_before_the_next_stretch_begins_and_pads_as_well(note_down):
    with at(0):
        log.publish()
        note_down(3)
        assert log.publish(at_once=True).size == 16
        assert log.publish(at_once=True).size == 24


def test_padding_cannot_be_told_from_entries_by_its_hash():
    """The hashes are public: of an entry whose content can be guessed, the hash could be as well."""
    with at(0):
        log.publish()
    padding = [json.loads(bytes(leaf)) for leaf in Entry.objects.values_list("leaf", flat=True)]
    assert len(padding) == 8
    assert {(entry["type"], entry["actor"], entry["time"]) for entry in padding} == {
        ("log.padding", "system", "2026-11-21")
    }
    assert len({entry["salt"] for entry in padding}) == 8


def test_without_padding_only_what_happened_is_signed(settings, note_down):
    settings.LOG_PADDING = 0
    with at(0):
        note_down(3)
        log.publish()
    with at(10):
        log.publish()
    assert sizes() == [3]


def test_a_log_that_was_signed_by_an_odd_size_comes_back_into_step(note_down):
    note_down(5)
    log.integrate()
    with at(10):
        log.publish()
    assert sizes() == [5, 8]


def test_a_backlog_longer_than_one_step_of_the_integrator_is_signed_whole(note_down, monkeypatch):
    monkeypatch.setattr("audit.log.integration.BATCH", 100)
    note_down(250)
    with at(0):
        signed = log.publish()
    assert (signed.size, log.head_size()) == (256, 256)
    leaf = bytes(Entry.objects.get(index=249).leaf_hash)
    verify_inclusion(prove(249, 256), index=249, size=256, leaf=leaf, root=bytes(signed.root))


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_sign_one_checkpoint(note_down, in_threads):
    note_down(1)
    now = clock.now()

    def work() -> None:
        for _number in range(3):
            with clock.at(now):
                log.publish()

    in_threads([work] * 3)
    assert sizes() == [8]


@pytest.mark.django_db(transaction=True)
def test_sizes_stay_multiples_while_others_write(note_down, in_threads):
    def write() -> None:
        for _number in range(15):
            note_down(1)

    def sign() -> None:
        for _number in range(6):
            log.publish(at_once=True)

    in_threads([write, write, partial(write), sign])
    log.publish(at_once=True)
    assert all(size % 8 == 0 for size in sizes())
    assert list(Entry.objects.values_list("index", flat=True)) == list(range(sizes()[-1]))
    assert Entry.objects.filter(type="test.noted").count() == 45
