"""The whole log is verified as the database holds it, and what came of it is kept, told and logged."""

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from audit import clock
from audit.log import actions as log
from audit.log import ciphertexts, enforcement, verifying
from audit.log.ciphertexts import Stored
from audit.log.errors import AppendOnly
from audit.log.models import Checkpoint, Entry
from audit.log.verified import Verdict, Verification
from tests.audit.tampering import change, guards_lifted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("log_key")]


@pytest.fixture(autouse=True)
def _no_store(monkeypatch):
    """The log alone: what the floors above keep has tests of its own."""
    monkeypatch.setattr(ciphertexts, "_sources", [])


@pytest.fixture
def signed(note_down) -> int:
    """Some checkpoints of a log that has full tiles on two sides of a boundary; gives its size."""
    for count in (3, 250, 300, 47):
        note_down(count)
        log.integrate()
    return 600


def last_entry() -> dict:
    log.number()
    return json.loads(bytes(Entry.objects.order_by("-index")[0].leaf))


def test_a_log_as_it_was_signed_is_verified_whole(signed):
    done = verifying.verify(actor="person/auditor")
    assert (done.verdict, done.size, done.first_index) == (Verdict.AGREES, signed, None)
    assert (done.checkpoints, done.findings, done.remarks) == (4, [], [])
    entry = last_entry()
    assert (entry["type"], entry["actor"]) == ("log.verified", "person/auditor")
    assert entry["facts"] == {
        "verdict": "agrees",
        "size": signed,
        "first": None,
        "findings": 0,
        "checkpoints": 4,
        "ciphertexts": 0,
        "differences": 0,
    }


@pytest.mark.parametrize(
    ("statement", "first", "sentence"),
    [
        ('UPDATE audit_log_entry SET leaf = %s WHERE "index" = 300', 300, "entry 300 was changed"),
        ('UPDATE audit_log_entry SET leaf_hash = %s WHERE "index" = 599', None, "the hash of entry 599 was changed"),
        ('DELETE FROM audit_log_entry WHERE "index" = 7 AND leaf <> %s', 7, "entry 7"),
        ("UPDATE audit_log_tile SET hashes = %s WHERE level = 0 AND number = 1", None, "tile/0/001"),
        (
            "UPDATE audit_log_checkpoint SET note = replace(note, 'log.example', 'x') WHERE size = 3 AND root <> %s",
            None,
            "checkpoints/3",
        ),
    ],
)
def test_whatever_was_changed_is_named(signed, statement, first, sentence):
    value = bytes(8192) if "hashes" in statement else bytes(32)
    change(statement, value)
    done = verifying.verify(actor="system")
    assert done.verdict == Verdict.WRONG
    assert done.first_index == first
    assert any(sentence in each for each in done.findings), done.findings
    assert last_entry()["facts"]["first"] == first


def test_an_end_that_was_cut_off_is_missed_by_the_mark(signed):
    with guards_lifted(), connection.cursor() as cursor:
        cursor.execute('DELETE FROM audit_log_entry WHERE "index" >= 553')
        cursor.execute("DELETE FROM audit_log_checkpoint WHERE size > 553")
        cursor.execute("UPDATE audit_log_head SET size = 553")
    done = verifying.verify(actor="system")
    assert (done.verdict, done.first_index) == (Verdict.WRONG, 553)
    assert "the end of the log is missing" in done.findings[0]


def test_a_ciphertext_that_is_not_the_one_in_the_log_is_found(signed, monkeypatch):
    class Store:
        def stored(self):
            yield Stored("table/field/row", 1, "00" * 32)

        def gone_rightly(self, place):
            return True

    monkeypatch.setattr(ciphertexts, "_sources", [Store()])
    done = verifying.verify(actor="system")
    assert (done.verdict, done.first_index, done.differences) == (Verdict.WRONG, None, 1)
    assert done.findings == ["table/field/row: no entry speaks of the ciphertext that is stored here"]


def test_what_cannot_be_compared_is_not_called_right(note_down, settings):
    note_down(3)
    assert verifying.verify(actor="system").findings == ["Nothing was signed yet."]
    log.integrate()
    settings.LOG_HIGH_WATER_FILE.write_text("damaged")
    done = verifying.verify(actor="system")
    assert (done.verdict, done.size) == (Verdict.NOT_MADE, 4)
    settings.LOG_KEY_FILE.unlink()
    done = verifying.verify(actor="system")
    assert done.verdict == Verdict.NOT_MADE
    assert "signing key" in done.findings[0]


def test_it_is_made_when_it_is_due_and_missed_when_it_is_not(signed, settings):
    settings.LOG_VERIFY_HOURS = 24
    assert not verifying.is_late()
    assert verifying.verify_when_due() is not None
    assert verifying.verify_when_due() is None
    now = clock.now()
    with clock.at(now + timedelta(hours=25)):
        assert not verifying.is_late()
    with clock.at(now + timedelta(hours=49)):
        assert verifying.is_late()
        assert verifying.verify_when_due() is not None
        assert not verifying.is_late()


def test_a_log_that_nobody_ever_verified_is_late_after_two_days(signed):
    with clock.at(Checkpoint.objects.order_by("size")[0].time + timedelta(hours=49)):
        assert verifying.is_late()


def test_who_asks_waits_until_the_next_is_there(signed):
    verifying.verify(actor="system")
    assert not verifying.is_awaited()
    with log.transaction():
        verifying.ask(actor="person/auditor")
    log.number()
    assert verifying.is_awaited()
    verifying.verify(actor="system")
    log.number()
    assert not verifying.is_awaited()


def test_what_came_of_it_is_never_changed(signed):
    done = verifying.verify(actor="system")
    done.verdict = Verdict.WRONG
    with pytest.raises(AppendOnly):
        done.save()
    with pytest.raises(AppendOnly):
        Verification.objects.all().delete()
    assert enforcement.differences(connection) == []


def test_the_command(signed, capsys):
    call_command("audit", "verify")
    assert "600 entries and 4 checkpoints verified" in capsys.readouterr().out
    change('UPDATE audit_log_entry SET leaf = %s WHERE "index" = 300', b"{}")
    with pytest.raises(CommandError, match="The first entry in doubt is 300"):
        call_command("audit", "verify")
    assert "WRONG" in capsys.readouterr().out


def test_its_queries_do_not_grow_with_the_checkpoints(note_down, django_assert_max_num_queries):
    for _each in range(40):
        note_down(1)
        log.integrate()
    with django_assert_max_num_queries(60):
        assert verifying.verify(actor="system").checkpoints == 40
