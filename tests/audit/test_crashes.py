"""A log that is killed, filled up or sent back in time at any step: nothing acknowledged is lost, and it goes on."""

from __future__ import annotations

import json
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from django.db import OperationalError, connection

from audit import clock
from audit.examination import examine
from audit.log import actions as log
from audit.log.errors import CannotSign
from audit.log.models import Checkpoint, Entry, Waiting
from tests.audit.killing import after_call, after_statement, apart, before_call, before_statement, killed, nowhere
from tests.audit.tampering import guards_lifted

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.unnumbered]
ON_POSTGRESQL = connection.vendor == "postgresql"
PADDING = 64
INSERT = "INSERT INTO audit_log_waiting"
NUMBERING = (
    ["SELECT audit_log_number"]
    if ON_POSTGRESQL
    else ["INSERT INTO audit_log_head", "UPDATE audit_log_head SET size = size +", "INSERT INTO audit_log_entry"]
)
SIGNING = {
    "committed, before numbering": before_call("audit.log.cadence.number"),
    **{f"in the middle of numbering, {number}": after_statement(sql) for number, sql in enumerate(NUMBERING, 1)},
    "numbered, before the padding": before_call("audit.log.cadence._pad"),
    "padded, not committed": after_call("audit.log.cadence._pad"),
    "padded and committed": before_call("audit.log.cadence.integrate_once"),
    "in the middle of integrating": before_call("audit.log.integration._store"),
    "with tiles that are not committed": after_call("audit.log.integration._store"),
    "signed, before the mark": before_call("audit.log.integration.write_mark"),
    "with half a mark": before_call("os.fsync"),
    "between the mark and the checkpoint": after_call("audit.log.integration.write_mark"),
    "with the checkpoint, not committed": after_statement('INSERT INTO "audit_log_checkpoint"'),
}


@pytest.fixture(autouse=True)
def _padded(settings, log_key) -> None:
    settings.LOG_PADDING = PADDING


@pytest.fixture
def append(noted):
    """Append entries with these numbers, in one transaction."""

    def write(*numbers: int) -> None:
        with log.transaction():
            for number in numbers:
                log.append(noted, actor="person/1", object="thing/1", facts={"number": number})

    return write


def publish() -> None:
    log.publish(at_once=True)


def assert_it_goes_on(append, folder: Path, *, acknowledged: list[int]) -> None:
    """What was acknowledged is there once and in order, without a gap; the next append and the next signature work."""
    append(999)
    publish()
    entries = list(Entry.objects.order_by("index"))
    kept = [json.loads(bytes(entry.leaf))["facts"]["number"] for entry in entries if entry.type == "test.noted"]
    assert kept == [*acknowledged, 999]
    size = Checkpoint.objects.latest("size").size
    assert [entry.index for entry in entries] == list(range(size))
    assert (size % PADDING, Waiting.objects.count(), log.health().lost) == (0, 0, 0)
    log.write_export(folder / "export")
    report = examine(folder / "export")
    assert (report.problems, report.size) == ([], size)


class TestKilled:
    @pytest.mark.parametrize(
        "point", [before_statement(INSERT), after_statement(INSERT)], ids=["before it is written", "before its commit"]
    )
    def test_before_its_commit_none_of_a_transaction_s_entries_is_there(self, append, point, tmp_path):
        append(1)
        killed(partial(append, 2, 3), point)
        assert log.health().size == 1
        assert_it_goes_on(append, tmp_path, acknowledged=[1])

    def test_behind_its_commit_everything_is_there_wherever_the_signer_dies(self, append, tmp_path):
        """At every step once, one after another in one log, which grows by a tile and a bit in between."""
        done = 0
        for name, point in SIGNING.items():
            first, done = done + 1, done + 300

            def work(first: int = first) -> None:
                append(first, first + 1)
                append(*range(first + 2, first + 300))
                publish()

            killed(work, point)
            assert log.head_size() - Entry.objects.filter(type="log.padding").count() == done, name
            publish()
        assert_it_goes_on(append, tmp_path, acknowledged=list(range(1, done + 1)))

    def test_killed_at_every_step_without_ever_being_mended_it_still_goes_on(self, append, tmp_path):
        for number, point in enumerate(SIGNING.values(), 1):
            append(number)
            killed(publish, point)
        assert_it_goes_on(append, tmp_path, acknowledged=list(range(1, len(SIGNING) + 1)))

    def test_a_reader_that_dies_while_it_numbers_leaves_everything_as_it_was(self, append, tmp_path):
        append(1, 2, 3)
        killed(log.number, after_statement(NUMBERING[-1]))
        assert (Entry.objects.count(), log.health().unnumbered) == (0, 3)
        assert_it_goes_on(append, tmp_path, acknowledged=[1, 2, 3])


def test_two_signers_at_once_and_writers_meanwhile_leave_one_log(append, in_threads, tmp_path):
    numbers = iter(range(1, 1_000))

    def write() -> None:
        for _number in range(8):
            append(next(numbers))

    def sign() -> None:
        for _number in range(4):
            publish()

    in_threads([sign, sign, write])
    sizes = list(Checkpoint.objects.order_by("size").values_list("size", flat=True))
    assert all(size % PADDING == 0 for size in sizes)
    assert_it_goes_on(append, tmp_path, acknowledged=list(range(1, 9)))


def test_a_clock_that_goes_back_changes_no_order_and_stops_no_signature(append, tmp_path):
    now = datetime(2026, 11, 21, 10, 42, tzinfo=UTC)
    for number, moment in enumerate([now, now - timedelta(days=400), now + timedelta(days=9), now], 1):
        with clock.at(moment):
            append(number)
            publish()
    assert_it_goes_on(append, tmp_path, acknowledged=[1, 2, 3, 4])


class TestFull:
    """A disk without room: the transaction that met it fails as a whole, and nothing else is touched."""

    @contextmanager
    def no_room(self) -> Iterator[None]:
        """SQLite may not take a page more. PostgreSQL says what it says then, from the middle of the statement."""
        with connection.cursor() as cursor:
            if not ON_POSTGRESQL:
                cursor.execute("VACUUM")
                cursor.execute("PRAGMA page_count")
                cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")
                try:
                    yield
                finally:
                    cursor.execute("PRAGMA max_page_count = 1073741823")
                return
            cursor.execute(
                'CREATE FUNCTION is_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW."index" % 50 = 49 '
                "THEN RAISE 'could not extend file' USING ERRCODE = 'disk_full'; END IF; RETURN NEW; END $$"
            )
            with guards_lifted():
                cursor.execute(
                    "CREATE TRIGGER is_full BEFORE INSERT ON audit_log_entry FOR EACH ROW EXECUTE FUNCTION is_full()"
                )
            try:
                yield
            finally:
                cursor.execute("DROP TRIGGER is_full ON audit_log_entry")
                cursor.execute("DROP FUNCTION is_full()")

    def test_while_entries_get_their_index_they_go_on_waiting(self, append, tmp_path):
        append(*range(1, 400))
        with self.no_room(), pytest.raises(OperationalError, match=r"full|extend"):
            log.number()
        assert (Entry.objects.count(), log.health().unnumbered) == (0, 399)
        assert_it_goes_on(append, tmp_path, acknowledged=list(range(1, 400)))

    @pytest.mark.sqlite
    def test_while_entries_are_appended_whoever_appends_is_told(self, append, tmp_path):
        kept: list[int] = []

        def until_it_is_full() -> None:
            for number in range(1, 2_000):
                append(number)
                kept.append(number)

        with self.no_room(), pytest.raises(OperationalError, match="full"):
            until_it_is_full()
        assert kept
        assert_it_goes_on(append, tmp_path, acknowledged=kept)

    def test_while_the_mark_is_written_nothing_is_signed(self, append, tmp_path, settings):
        append(1)
        publish()
        mark = Path(settings.LOG_HIGH_WATER_FILE).read_bytes()
        append(2)

        def work() -> None:
            # The database may grow in its own files: only what this process writes itself meets the limit.
            from audit.log import integration

            write = integration.write_mark

            def without_room(path: Path, note: bytes) -> None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (10, resource.RLIM_INFINITY))
                try:
                    write(path, note)
                finally:
                    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

            integration.write_mark = without_room
            with pytest.raises(OSError, match="too large"):
                publish()

        assert os.waitstatus_to_exitcode(apart(work, nowhere)) == 0
        assert Path(settings.LOG_HIGH_WATER_FILE).read_bytes() == mark
        assert Checkpoint.objects.count() == 1
        assert_it_goes_on(append, tmp_path, acknowledged=[1, 2])


def test_a_bit_that_flips_while_an_entry_waits_is_found_before_anything_is_signed(append):
    append(1, 2, 3)
    second = Waiting.objects.order_by("id")[1]
    leaf = bytearray(second.leaf)
    leaf[20] ^= 1
    with guards_lifted(), connection.cursor() as cursor:
        cursor.execute("UPDATE audit_log_waiting SET leaf = %s WHERE id = %s", [bytes(leaf), second.pk])
    with pytest.raises(CannotSign, match="Entry 1 was changed"):
        publish()
    assert not Checkpoint.objects.exists()
