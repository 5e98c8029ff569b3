"""Attacks on the stored log by somebody who owns the database, and may hold the log's own key as well.

The guards are lifted here (`test_enforcement.py` shows that they hold): what is done is found all the same, by the
signer, by the check of an export, or by a checkpoint that was published before.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import IntegrityError, connection
from django.db import transaction as database

from audit.examination import examine
from audit.log import actions as log
from audit.log.errors import CannotSign
from audit.log.models import Checkpoint, Entry, Waiting
from audit.note import VerifierKey
from tests.audit.tampering import guards_lifted

pytestmark = [pytest.mark.django_db]
FAR = 1_000_000


@pytest.fixture
def published(log_key, note_down) -> bytes:
    """600 entries signed at 300 and 600; somebody outside kept the last checkpoint."""
    note_down(300)
    log.integrate()
    note_down(300)
    return log.integrate().note.encode()


def run(*statements: str) -> None:
    with guards_lifted(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def first_wrong(directory: Path, key: VerifierKey, *, outside: bytes | None = None) -> int | None:
    """The first index that the check of an export names, which must name something."""
    log.write_export(directory)
    report = examine(directory, key=key, outside=[("published", outside)] if outside else [])
    assert report.problems
    return report.first_index


def sign_everything_anew(settings) -> None:
    """With the real key, and the high-water mark thrown away: tiles, checkpoints, all of it."""
    run("DELETE FROM audit_log_tile", "DELETE FROM audit_log_checkpoint")
    run('UPDATE audit_log_head SET size = (SELECT max("index") + 1 FROM audit_log_entry)')
    Path(settings.LOG_HIGH_WATER_FILE).unlink()
    log.integrate()


CUT_TAIL = ('DELETE FROM audit_log_entry WHERE "index" >= 590', "UPDATE audit_log_head SET size = 590")
RENUMBER = (
    'DELETE FROM audit_log_entry WHERE "index" = 40',
    f'UPDATE audit_log_entry SET "index" = "index" + {FAR} WHERE "index" > 40',
    f'UPDATE audit_log_entry SET "index" = "index" - {FAR + 1} WHERE "index" > {FAR}',
    "UPDATE audit_log_head SET size = 599",
)
SWAP = (
    f'UPDATE audit_log_entry SET "index" = {FAR} WHERE "index" = 100',
    'UPDATE audit_log_entry SET "index" = 100 WHERE "index" = 400',
    f'UPDATE audit_log_entry SET "index" = 400 WHERE "index" = {FAR}',
)
BACKDATE = (
    f'UPDATE audit_log_entry SET "index" = "index" + {FAR} WHERE "index" >= 100',
    f'UPDATE audit_log_entry SET "index" = "index" - {FAR - 1} WHERE "index" >= {FAR}',
    'INSERT INTO audit_log_entry ("index", leaf, leaf_hash, type, actor, object, time) '
    'SELECT 100, leaf, leaf_hash, type, actor, object, time FROM audit_log_entry WHERE "index" = 99',
    "UPDATE audit_log_head SET size = 601",
)
NAMED = {
    "5 one from the middle is deleted and the rest renumbered": (RENUMBER, 40),
    "6 two change places": (SWAP, 100),
    "7 one is inserted where it never was": (BACKDATE, 100),
}
ALL = {"4 the tail is cut off": CUT_TAIL, **{name: statements for name, (statements, _index) in NAMED.items()}}


@pytest.mark.parametrize("attack", list(NAMED))
def test_the_check_of_an_export_names_the_first_entry_that_is_not_what_was_signed(published, log_key, tmp_path, attack):
    statements, index = NAMED[attack]
    run(*statements)
    assert first_wrong(tmp_path / "export", log_key) == index


@pytest.mark.parametrize("attack", list(ALL))
def test_whoever_signs_everything_anew_with_the_real_key_contradicts_what_was_published(
    published, log_key, tmp_path, settings, attack
):
    run(*ALL[attack])
    sign_everything_anew(settings)
    log.write_export(tmp_path / "alone")
    assert examine(tmp_path / "alone", key=log_key).problems == [], "in itself the forged log is in order"
    first_wrong(tmp_path / "export", log_key, outside=published)


def test_4_the_signer_does_not_go_on_behind_a_tail_that_was_cut_off(published, note_down):
    run(*CUT_TAIL)
    with pytest.raises(CannotSign, match=r"590 entries.*checkpoint of 600"):
        log.integrate()
    note_down(20)
    with pytest.raises(CannotSign, match="first 600 entries"):
        log.integrate()
    assert log.health().lost == 0


@pytest.fixture
def backup(log_key, note_down) -> None:
    """The database as it was at 300 entries, after 300 more were signed: somebody put an old backup back."""
    note_down(300)
    log.integrate()
    note_down(300)
    log.integrate()
    run(
        'DELETE FROM audit_log_entry WHERE "index" >= 300',
        "DELETE FROM audit_log_checkpoint WHERE size > 300",
        "DELETE FROM audit_log_tile WHERE level = 0 AND number = 1",
        "UPDATE audit_log_head SET size = 300",
    )


def test_10_after_an_old_backup_the_signer_refuses_and_goes_on_refusing(backup, note_down):
    with pytest.raises(CannotSign, match=r"300 entries.*checkpoint of 600"):
        log.integrate()
    note_down(299)
    with pytest.raises(CannotSign, match="600"):
        log.publish(at_once=True)
    note_down(300)
    with pytest.raises(CannotSign, match="rewritten"):
        log.integrate()
    assert list(Checkpoint.objects.values_list("size", flat=True)) == [300]


def test_11_a_high_water_mark_that_was_put_back_as_well_hides_it_here_and_not_outside(
    log_key, note_down, settings, tmp_path
):
    note_down(300)
    log.integrate()
    mark = Path(settings.LOG_HIGH_WATER_FILE).read_bytes()
    note_down(300)
    published = log.integrate().note.encode()
    run(
        'DELETE FROM audit_log_entry WHERE "index" >= 300',
        "DELETE FROM audit_log_checkpoint WHERE size > 300",
        "DELETE FROM audit_log_tile WHERE level = 0 AND number = 1",
        "UPDATE audit_log_head SET size = 300",
    )
    Path(settings.LOG_HIGH_WATER_FILE).write_bytes(mark)
    note_down(400)
    log.integrate()
    first_wrong(tmp_path / "export", log_key, outside=published)


def test_13_with_the_triggers_off_the_signer_stops_at_once(published, note_down):
    table = "audit_log_entry"
    with connection.cursor() as cursor:
        cursor.execute(
            f"ALTER TABLE {table} DISABLE TRIGGER USER"
            if connection.vendor == "postgresql"
            else f"DROP TRIGGER {table}_no_update"
        )
    note_down(5)
    with pytest.raises(CannotSign, match="does not defend the log"):
        log.publish(at_once=True)
    assert Checkpoint.objects.count() == 2


def test_15_an_integrator_that_stands_still_is_seen_in_the_health_of_the_log(published, note_down):
    note_down(7)
    health = log.health()
    assert (health.size, health.waiting) == (607, 7)


@pytest.mark.unnumbered
class TestBeforeAnIndexIsGiven:
    """15: between the commit and the index, for as long as it takes the next reader or the worker."""

    @pytest.mark.postgres
    def test_a_flipped_bit_is_found_before_anything_is_signed(self, published, note_down):
        note_down(3)
        middle = sorted(Waiting.objects.values_list("id", flat=True))[1]
        run(f"UPDATE audit_log_waiting SET leaf = set_bit(leaf, 100, 1 - get_bit(leaf, 100)) WHERE id = {middle}")
        with pytest.raises(CannotSign, match="Entry 601 was changed"):
            log.integrate()

    def test_entries_that_nobody_numbers_are_counted(self, published, note_down):
        note_down(4)
        assert (log.health().unnumbered, Entry.objects.count()) == (4, 600)
        log.integrate()
        assert (log.health().unnumbered, Entry.objects.count()) == (0, 604)


@pytest.mark.parametrize("attack", list(ALL))
def test_with_the_guards_in_place_none_of_them_begins(published, attack):
    before = list(Entry.objects.order_by("index").values_list("index", "leaf"))
    with pytest.raises(IntegrityError, match="refused"), database.atomic(), connection.cursor() as cursor:
        cursor.execute(ALL[attack][0])
    assert list(Entry.objects.order_by("index").values_list("index", "leaf")) == before
