"""Entries inside the business transaction: all of them or none, without gaps, and never changed."""

import json
from datetime import UTC, date, datetime
from functools import partial

import pytest
from django.db import IntegrityError, connection
from django.db import transaction as database
from django.db.models import F

from audit import clock
from audit.log import actions as log
from audit.log.errors import (
    AppendOnly,
    CannotNumber,
    EntryTooLarge,
    OutsideTransaction,
    UndeclaredFact,
    Unrecorded,
)
from audit.log.events import ConflictingEvent, UnknownEvent, declare, registered
from audit.log.models import Checkpoint, Entry, Head, Tile, Waiting
from audit.tree import leaf_hash
from tests.audit.tampering import change

pytestmark = pytest.mark.django_db
ON_POSTGRESQL = connection.vendor == "postgresql"


def contents() -> list[dict]:
    return [json.loads(bytes(leaf)) for leaf in Entry.objects.values_list("leaf", flat=True)]


def numbers() -> list[int]:
    return [content["facts"]["number"] for content in contents()]


def append(noted, number: int) -> None:
    log.append(noted, actor="person/1", object="thing/1", facts={"number": number})


def test_an_entry_is_canonical_json_with_its_leaf_hash(noted):
    with clock.at(datetime(2026, 11, 21, 10, 42, 59, tzinfo=UTC)), log.transaction():
        log.append(noted, actor="person/é", object="case/7", facts={"text": "x", "number": 2})
    entry = Entry.objects.get()
    assert (
        bytes(entry.leaf)
        == (
            '{"actor":"person/é","facts":{"number":2,"text":"x"},"object":"case/7",'
            '"salt":"' + contents()[0]["salt"] + '","time":"2026-11-21T10:42Z","type":"test.noted","v":2}'
        ).encode()
    )
    assert bytes(entry.leaf_hash) == leaf_hash(bytes(entry.leaf))
    assert (entry.index, entry.type, entry.actor, entry.object) == (0, "test.noted", "person/é", "case/7")
    assert entry.time == datetime(2026, 11, 21, 10, 42, tzinfo=UTC)


def test_the_same_thing_twice_has_two_hashes_so_that_nobody_finds_it_by_guessing(noted):
    moment = datetime(2026, 11, 21, 10, 42, tzinfo=UTC)
    with clock.at(moment), log.transaction():
        append(noted, 1)
        append(noted, 1)
    first, second = contents()
    assert len(first["salt"]) == 32
    assert {**first, "salt": ""} == {**second, "salt": ""}
    assert len(set(map(bytes, Entry.objects.values_list("leaf_hash", flat=True)))) == 2


def test_of_what_a_reporting_person_does_only_the_day_is_kept():
    sent = declare("test.sent", by_day=True)
    with clock.at(datetime(2026, 11, 21, 23, 59, tzinfo=UTC)), log.transaction():
        log.append(sent, actor="reporter/1", object="report/1", facts={})
        ours = clock.today()
    entry = Entry.objects.get()
    # The institution's own day (Bangkok is ahead of UTC), which is the one that is kept elsewhere.
    assert ours == date(2026, 11, 22)
    assert contents()[0]["time"] == "2026-11-22"
    assert entry.time == datetime(2026, 11, 22, tzinfo=UTC)


def test_what_fails_leaves_neither_the_change_nor_the_entry(noted):
    def fail() -> None:
        with log.transaction():
            append(noted, 1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert log.head_size() == 0
    assert not Entry.objects.exists()
    with log.transaction():
        append(noted, 2)
    assert numbers() == [2]


def test_an_inner_action_that_fails_takes_back_its_own_entries_only(noted):
    def fail() -> None:
        with log.transaction():
            append(noted, 3)
            with log.transaction():
                append(noted, 4)
            raise ZeroDivisionError

    with log.transaction():
        append(noted, 1)
        with log.transaction():
            append(noted, 2)
        with pytest.raises(ZeroDivisionError):
            fail()
        append(noted, 5)
    assert numbers() == [1, 2, 5]
    assert list(Entry.objects.values_list("index", flat=True)) == [0, 1, 2]


def test_nothing_is_written_before_the_outermost_transaction_ends(noted):
    with log.transaction():
        with log.transaction():
            append(noted, 1)
        assert not Entry.objects.exists()
        assert not Head.objects.exists()
    assert numbers() == [1]


def test_an_entry_outside_a_transaction_is_a_bug_and_says_so(noted):
    with pytest.raises(OutsideTransaction):
        append(noted, 1)
    with pytest.raises(OutsideTransaction):
        log.committed("report/text/1/1", "00" * 32)


def test_an_entry_inside_a_savepoint_that_might_roll_back_without_it_is_refused(noted):
    with pytest.raises(OutsideTransaction, match="atomic"), log.transaction(), database.atomic():
        append(noted, 1)
    assert not Entry.objects.exists()


def test_undeclared_events_and_facts_are_refused(noted):
    with log.transaction():
        with pytest.raises(UnknownEvent):
            log.append("test.never-declared", actor="a", object="o", facts={})
        with pytest.raises(UndeclaredFact, match="'name'"):
            log.append(noted, actor="a", object="o", facts={"name": "Somebody"})
        with pytest.raises(UndeclaredFact, match="'sealed'"):
            log.append(noted, actor="a", object="o", facts={"sealed": {}})
        with pytest.raises(EntryTooLarge):
            log.append(noted, actor="a", object="o", facts={"text": "x" * 65_536})
        with pytest.raises(ValueError, match="pseudonyms"):
            log.append(noted, actor="", object="o", facts={})
        with pytest.raises(ValueError, match="pseudonyms"):
            log.append(noted, actor="a", object="o" * 201, facts={})
    assert not Entry.objects.exists()


def test_an_event_is_declared_once_or_the_same_again(noted):
    assert declare("test.twice", facts=("a", "b")) == declare("test.twice", facts=["b", "a"])
    with pytest.raises(ConflictingEvent):
        declare("test.twice", facts=("a",))
    with pytest.raises(ConflictingEvent):
        declare("test.sealed", facts=("sealed",))
    assert registered()["test.noted"] == noted


def test_the_next_entry_names_the_ciphertexts_that_were_written(noted):
    with log.transaction():
        log.committed("report/text/1/1", "aa" * 32)
        log.committed("report/text/2/1", "bb" * 32)
        append(noted, 1)
        append(noted, 2)
    first, second = contents()
    assert first["facts"]["sealed"] == {"report/text/1/1": "aa" * 32, "report/text/2/1": "bb" * 32}
    assert "sealed" not in second["facts"]


def test_ciphertext_that_no_entry_names_is_not_saved(noted):
    def forget() -> None:
        with log.transaction():
            append(noted, 1)
            log.committed("report/text/1/1", "aa" * 32)

    with pytest.raises(Unrecorded, match="report/text/1/1"):
        forget()
    assert not Entry.objects.exists()


def test_ciphertext_of_an_inner_action_that_failed_needs_no_entry(noted):
    def fail() -> None:
        with log.transaction():
            log.committed("report/text/1/1", "aa" * 32)
            raise ZeroDivisionError

    with log.transaction():
        with pytest.raises(ZeroDivisionError):
            fail()
        append(noted, 1)
    assert "sealed" not in contents()[0]["facts"]


def test_more_ciphertexts_than_one_entry_holds_continue_in_the_next(noted):
    with log.transaction():
        for number in range(450):
            log.committed(f"evidence/file_key/{number:036d}/1", "aa" * 32)
        append(noted, 1)
    found = contents()
    assert [content["type"] for content in found] == ["test.noted", "log.sealed", "log.sealed"]
    places = [place for content in found for place in content["facts"]["sealed"]]
    assert len(places) == len(set(places)) == 450


def test_a_refusal_is_kept_although_it_rolls_everything_back(noted):
    def refuse() -> None:
        with log.transaction():
            append(noted, 1)
            with log.transaction():
                log.append_alone(noted, actor="person/1", object="case/1", facts={"text": "refused"})
            assert not Entry.objects.exists()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        refuse()
    assert [content["facts"] for content in contents()] == [{"text": "refused"}]
    log.append_alone(noted, actor="person/1", object="case/1", facts={"text": "again"})
    assert len(contents()) == 2


class TestAppendOnly:
    @pytest.fixture(autouse=True)
    def _entries(self, noted):
        with log.transaction():
            append(noted, 1)
            append(noted, 2)

    def test_a_row_is_not_changed_or_deleted_by_itself(self):
        entry = Entry.objects.first()
        entry.actor = "person/2"
        for forbidden in (entry.save, entry.delete, lambda: entry.save(force_update=True)):
            with pytest.raises(AppendOnly):
                forbidden()
        assert Entry.objects.get(index=0).actor == "person/1"

    def test_a_new_object_with_an_old_index_does_not_replace_the_row(self):
        old = Entry.objects.get(index=0)
        new = Entry(index=0, leaf=b"{}", leaf_hash=leaf_hash(b"{}"), type="x", actor="x", object="x", time=old.time)
        with pytest.raises(IntegrityError), database.atomic():
            new.save()
        assert Entry.objects.get(index=0).actor == "person/1"

    def test_no_queryset_changes_or_deletes(self):
        entries = Entry.objects.all()
        for forbidden in (
            lambda: entries.update(actor="person/2"),
            lambda: entries.filter(index=0).update(index=F("index") + 10),
            entries.delete,
            lambda: entries.bulk_update(list(entries), ["actor"]),
            lambda: entries.update_or_create(index=0, defaults={"actor": "person/2"}),
            lambda: Entry._base_manager.all().delete(),
            lambda: Entry._default_manager.all()._raw_delete("default"),
            lambda: Entry.objects.bulk_create(
                [Entry.objects.get(index=0)],
                update_conflicts=True,
                update_fields=["actor"],
                unique_fields=["index"],
            ),
            lambda: Tile.objects.all().delete(),
            lambda: Checkpoint.objects.update(size=1),
        ):
            with pytest.raises(AppendOnly):
                forbidden()
        assert numbers() == [1, 2]

    def test_the_database_refuses_what_is_no_entry(self):
        time = Entry.objects.first().time
        fields = {"type": "x", "actor": "x", "object": "x", "time": time}
        for wrong in (
            Entry(index=-1, leaf=b"{}", leaf_hash=bytes(32), **fields),
            Entry(index=9, leaf=b"{}", leaf_hash=bytes(31), **fields),
            Entry(index=9, leaf=b"", leaf_hash=bytes(32), **fields),
            Entry(index=9, leaf=bytes(65_536), leaf_hash=bytes(32), **fields),
            Tile(level=0, number=0, hashes=bytes(8191), root=bytes(32)),
            Checkpoint(size=1, root=bytes(33), note="", time=time),
            Head(id=2, size=0),
        ):
            with pytest.raises(IntegrityError), database.atomic():
                wrong.save()

    def test_a_head_that_was_removed_does_not_start_the_log_anew(self, noted):
        log.number()
        change("DELETE FROM audit_log_head")

        def go_on() -> None:
            with log.transaction():
                append(noted, 3)
            log.number()

        with pytest.raises(IntegrityError), database.atomic():
            go_on()
        assert numbers() == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_many_writers_at_once_leave_no_gap_and_no_double(noted, in_threads):
    """Some of them fail after they appended; the order of indexes is theirs, without holes."""

    def write(writer: int) -> None:
        for number in range(12):
            try:
                with log.transaction():
                    append(noted, writer * 100 + number)
                    with log.transaction():
                        append(noted, writer * 100 + number + 50)
                    if number % 4 == 3:
                        raise ZeroDivisionError
            except ZeroDivisionError:
                log.append_alone(noted, actor="person/1", object="refused", facts={"number": -1})

    in_threads([partial(write, writer) for writer in range(4)])
    assert list(Entry.objects.values_list("index", flat=True)) == list(range(4 * (9 * 2 + 3)))
    assert log.head_size() == 4 * (9 * 2 + 3)
    kept = [number for number in numbers() if number >= 0]
    assert len(kept) == len(set(kept)) == 4 * 9 * 2
    assert connection.in_atomic_block is False


@pytest.mark.unnumbered
@pytest.mark.django_db(transaction=True)
class TestNumberedBehindTheCommit:
    """An entry is committed without an index, and gets it right behind the commit."""

    INSERT = (
        "INSERT INTO audit_log_waiting (leaf, leaf_hash, type, actor, object, time) "
        "VALUES (%s, sha256('\\x00' || %s), 'test.noted', 'person/other', 'o', now())"
    )

    @pytest.fixture
    def other(self):
        """Another connection, in the middle of a transaction."""
        own = connection.copy()
        own.set_autocommit(False)
        yield own
        own.close()

    def actors(self) -> list[str]:
        return list(Entry.objects.order_by("index").values_list("actor", flat=True))

    @pytest.mark.postgres
    def test_what_is_not_committed_gets_no_index_and_holds_nobody_up(self, noted, note_down, other):
        with other.cursor() as cursor:
            cursor.execute(self.INSERT, [b"{}", b"{}"])
        note_down(2)
        assert log.number() == 2
        other.commit()
        note_down(1)
        assert log.number() == 2
        assert self.actors() == ["person/1", "person/1", "person/other", "person/1"]
        assert list(Entry.objects.values_list("index", flat=True)) == [0, 1, 2, 3]

    @pytest.mark.postgres
    def test_what_is_rolled_back_leaves_no_gap(self, note_down, other):
        with other.cursor() as cursor:
            cursor.execute(self.INSERT, [b"{}", b"{}"])
        note_down(1)
        other.rollback()
        note_down(1)
        assert log.number() == 2
        assert list(Entry.objects.values_list("index", flat=True)) == [0, 1]

    @pytest.mark.postgres
    def test_a_numbering_that_dies_half_way_is_done_again_as_if_it_had_never_begun(self, note_down, other):
        note_down(5)
        with other.cursor() as cursor:
            cursor.execute("SELECT audit_log_number(3)")
            assert cursor.fetchone() == (3,)
            assert (Entry.objects.count(), Waiting.objects.count()) == (0, 5)
        other.close()
        note_down(1)
        assert log.number() == 6
        numbers = [json.loads(bytes(leaf))["facts"]["number"] for leaf in Entry.objects.values_list("leaf", flat=True)]
        assert numbers == [0, 1, 2, 3, 4, 0]

    def test_whoever_may_only_read_is_told_what_waits(self, note_down):
        note_down(3)
        readonly = "SET LOCAL transaction_read_only = on" if ON_POSTGRESQL else "PRAGMA query_only = ON"
        try:
            with database.atomic(), connection.cursor() as cursor:
                cursor.execute(readonly)
                with pytest.raises(CannotNumber, match="may not write"):
                    log.number()
        finally:
            connection.close()
        assert log.number() == 3

    def test_whoever_may_only_read_reads_when_nothing_waits(self, note_down):
        note_down(3)
        log.number()
        with connection.cursor() as cursor:
            cursor.execute("SET transaction_read_only = on" if ON_POSTGRESQL else "PRAGMA query_only = ON")
        try:
            assert log.number() == 0
        finally:
            connection.close()

    def test_two_that_number_at_once_give_each_index_once(self, note_down, in_threads):
        def work() -> None:
            for _number in range(10):
                note_down(3)
                log.number()

        in_threads([work] * 4)
        log.number()
        assert list(Entry.objects.values_list("index", flat=True)) == list(range(120))
        assert (Waiting.objects.count(), log.head_size()) == (0, 120)

    def test_an_entry_committed_before_another_was_written_comes_first(self, note_down, in_threads):
        """Each writer notes what it had read last; nobody stands before what they had seen."""
        follows = declare("test.follows", facts=("seen",))

        def write() -> None:
            for _number in range(10):
                with log.transaction():
                    known = [bytes(row.leaf_hash).hex() for row in [*Entry.objects.all(), *Waiting.objects.all()]]
                    log.append(follows, actor="person/1", object="o", facts={"seen": known})
                log.number()

        in_threads([write] * 4)
        log.number()
        before: set[str] = set()
        for entry in Entry.objects.order_by("index"):
            assert set(json.loads(bytes(entry.leaf))["facts"]["seen"]) <= before
            before.add(bytes(entry.leaf_hash).hex())
        assert len(before) == 40
