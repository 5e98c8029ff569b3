"""The signer signs what was written, and refuses whatever contradicts it."""

from pathlib import Path

import pytest

from audit.checkpoint import Checkpoint as Signed
from audit.log import actions as log
from audit.log import integration
from audit.log.errors import CannotSign
from audit.log.models import Checkpoint, Entry, Tile
from audit.log.signer import create_log_key, load_signer
from audit.log.stored import prove
from audit.note import MalformedNote, SignerKey
from audit.tiles import tiles_of
from audit.tree import EMPTY_ROOT, Frontier, leaf_hash, verify_inclusion
from tests.audit.tampering import change

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("log_key")]


def root_of_entries() -> bytes:
    frontier = Frontier()
    for leaf in Entry.objects.values_list("leaf", flat=True):
        frontier.append(leaf_hash(bytes(leaf)))
    return frontier.root()


@pytest.mark.parametrize("size", [1, 255, 256, 257, 600])
def test_a_checkpoint_signs_every_entry(log_key, note_down, size):
    note_down(size)
    checkpoint = log.integrate()
    signed = Signed.open(checkpoint.note.encode(), key=log_key)
    assert (signed.origin, signed.size, signed.root) == ("log.example/tests", size, root_of_entries())
    assert Tile.objects.count() == sum(name.width == 256 for name in tiles_of(size))


def test_a_log_that_grows_in_steps_has_the_tree_of_one_that_was_integrated_at_once(note_down):
    for more in (3, 0, 252, 1, 1, 255, 90):
        note_down(more)
        checkpoint = log.integrate()
        assert bytes(checkpoint.root) == root_of_entries()
    assert list(Checkpoint.objects.values_list("size", flat=True)) == [3, 255, 256, 257, 512, 602]


def test_a_long_backlog_is_integrated_in_parts(note_down, monkeypatch):
    monkeypatch.setattr(integration, "BATCH", 200)
    note_down(450)
    assert log.integrate().size == 450
    assert list(Checkpoint.objects.values_list("size", flat=True)) == [200, 400, 450]
    assert bytes(Checkpoint.objects.last().root) == root_of_entries()


def test_integrating_again_without_news_signs_nothing(note_down):
    note_down(5)
    first, second = log.integrate(), log.integrate()
    assert first.note == second.note
    assert Checkpoint.objects.count() == 1


def test_an_empty_log_can_be_signed():
    assert bytes(log.integrate().root) == EMPTY_ROOT


@pytest.mark.unnumbered
def test_every_entry_has_a_proof_in_few_queries(note_down, django_assert_max_num_queries):
    note_down(600)
    checkpoint = log.integrate()
    for index in (0, 255, 256, 511, 512, 599):
        with django_assert_max_num_queries(3):
            proof = prove(index, 600)
        leaf = bytes(Entry.objects.get(index=index).leaf_hash)
        verify_inclusion(proof, index=index, size=600, leaf=leaf, root=bytes(checkpoint.root))


@pytest.mark.django_db(transaction=True)
def test_two_integrators_at_once_sign_each_size_once(note_down, in_threads):
    note_down(300)

    def run() -> None:
        for _number in range(3):
            note_down(7)
            log.integrate()

    in_threads([run] * 3)
    latest = log.integrate()
    assert latest.size == 300 + 3 * 3 * 7
    assert bytes(latest.root) == root_of_entries()


class TestRefusals:
    def test_an_entry_that_was_changed_before_signing(self, note_down):
        note_down(10)
        change('UPDATE audit_log_entry SET leaf = %s WHERE "index" = 4', b"{}")
        with pytest.raises(CannotSign, match="Entry 4 was changed"):
            log.integrate()
        assert not Checkpoint.objects.exists()

    def test_an_entry_that_was_deleted_before_signing(self, note_down):
        note_down(10)
        change('DELETE FROM audit_log_entry WHERE "index" = 4')
        with pytest.raises(CannotSign, match="Entry 4 is missing"):
            log.integrate()

    def test_the_last_entry_deleted_before_signing(self, note_down):
        note_down(10)
        change('DELETE FROM audit_log_entry WHERE "index" = 9')
        with pytest.raises(CannotSign, match="Entry 9 is missing"):
            log.integrate()

    def test_an_entry_of_the_unfinished_tile_changed_with_its_hash_after_signing(self, note_down):
        note_down(10)
        log.integrate()
        change('UPDATE audit_log_entry SET leaf = %s, leaf_hash = %s WHERE "index" = 4', b"{}", leaf_hash(b"{}"))
        note_down(1)
        with pytest.raises(CannotSign, match="first 10 entries"):
            log.integrate()

    def test_a_tile_whose_root_was_changed_after_signing(self, note_down):
        note_down(300)
        log.integrate()
        change("UPDATE audit_log_tile SET root = %s", bytes(32))
        note_down(1)
        with pytest.raises(CannotSign, match="first 300 entries"):
            log.integrate()

    def test_a_tail_that_was_cut_off(self, note_down):
        note_down(10)
        log.integrate()
        change('DELETE FROM audit_log_entry WHERE "index" > 4')
        change("DELETE FROM audit_log_checkpoint")
        change("UPDATE audit_log_head SET size = 5")
        with pytest.raises(CannotSign, match=r"5 entries.*checkpoint of 10"):
            log.integrate()

    def test_a_tail_that_was_cut_off_and_written_anew(self, note_down):
        note_down(10)
        log.integrate()
        change('DELETE FROM audit_log_entry WHERE "index" > 4')
        change("DELETE FROM audit_log_checkpoint")
        change("UPDATE audit_log_head SET size = 5")
        note_down(20)
        with pytest.raises(CannotSign, match="rewritten"):
            log.integrate()
        assert not Checkpoint.objects.exists()

    def test_a_checkpoint_that_was_replaced_together_with_the_entries(self, note_down, settings):
        note_down(3)
        log.integrate()
        for table in ("entry", "checkpoint", "head"):
            change(f"DELETE FROM audit_log_{table}")
        note_down(2)
        note_down(2)
        with pytest.raises(CannotSign, match="rewritten"):
            log.integrate()

    def test_a_high_water_mark_that_is_missing(self, note_down, settings):
        note_down(3)
        log.integrate()
        Path(settings.LOG_HIGH_WATER_FILE).unlink()
        with pytest.raises(CannotSign, match=r"high-water mark .* is missing"):
            log.integrate()

    def test_a_high_water_mark_that_is_damaged(self, note_down, settings):
        note_down(3)
        log.integrate()
        mark = Path(settings.LOG_HIGH_WATER_FILE)
        mark.write_bytes(mark.read_bytes().replace(b"\n3\n", b"\n2\n"))
        with pytest.raises(CannotSign, match=r"high-water mark .* damaged"):
            log.integrate()

    def test_a_tile_that_is_not_stored_as_it_was_computed(self, note_down, monkeypatch):
        store = integration._store

        def store_a_flipped_bit(full):
            store(full)
            change("UPDATE audit_log_tile SET hashes = %s WHERE level = 0", bytes(8192))

        monkeypatch.setattr(integration, "_store", store_a_flipped_bit)
        note_down(256)
        with pytest.raises(CannotSign, match="tile/0/000 was not stored"):
            log.integrate()


def test_a_crash_between_the_mark_and_the_commit_heals_by_itself(note_down, monkeypatch):
    note_down(5)

    def crash(self, *arguments, **named):
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(Checkpoint, "save", crash)
        with pytest.raises(ZeroDivisionError):
            log.integrate()
    note_down(5)
    assert log.integrate().size == 10


class TestKey:
    def test_the_key_is_readable_by_its_owner_alone_and_never_replaced(self, settings, log_key):
        path = Path(settings.LOG_KEY_FILE)
        assert path.stat().st_mode & 0o777 == 0o600
        assert load_signer().verifier == log_key
        with pytest.raises(FileExistsError):
            create_log_key(path, "log.example/tests")
        with pytest.raises(MalformedNote):
            create_log_key(path.with_name("other"), "log example")

    def test_a_key_that_others_can_read_is_refused(self, settings):
        Path(settings.LOG_KEY_FILE).chmod(0o640)
        with pytest.raises(CannotSign, match="0600"):
            log.integrate()

    def test_a_key_that_is_missing_damaged_or_another_log_s_is_refused(self, settings):
        path = Path(settings.LOG_KEY_FILE)
        path.write_text(SignerKey.generate("log.example/other").encode())
        with pytest.raises(CannotSign, match=r"log.example/other"):
            log.integrate()
        path.write_text("nonsense")
        with pytest.raises(CannotSign, match="damaged"):
            log.integrate()
        path.unlink()
        with pytest.raises(CannotSign, match="missing"):
            log.integrate()


def test_health_tells_what_waits_and_what_is_lost(note_down, django_assert_num_queries):
    assert (log.health().size, log.health().checkpoint, log.health().waiting) == (0, None, 0)
    note_down(5)
    log.integrate()
    note_down(2)
    with django_assert_num_queries(3):
        health = log.health()
    assert (health.size, health.integrated, health.waiting, health.lost) == (7, 5, 2, 0)
    assert health.mark_exists
    assert health.checkpoint_age.total_seconds() <= 600
    change("UPDATE audit_log_head SET size = 1")
    assert log.health().lost == 4
