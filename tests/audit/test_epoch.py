"""A new epoch: the only way on after signed entries were lost, and it says so for ever."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from audit.checkpoint import Checkpoint as Signed
from audit.examination import examine
from audit.log import actions as log
from audit.log import enforcement, epoch, past
from audit.log.errors import CannotExport, CannotSign
from audit.log.models import Checkpoint, Entry, Head, Tile
from audit.log.signer import load_signer
from audit.log.witnessed import PastEntry
from audit.note import SignerKey, VerifierKey
from audit.policy import Policy
from audit.tree import InvalidProof
from tests.audit.tampering import guards_lifted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("log_key")]

NEW = "log.example/tests/2"


@pytest.fixture
def rolled_back(settings, note_down) -> bytes:
    """A log of 10 signed entries of which the last five are gone, but not the mark; gives the last checkpoint."""
    settings.LOG_PADDING = 0
    note_down(5)
    log.integrate()
    note_down(5)
    last = log.integrate().note.encode()
    with guards_lifted(), connection.cursor() as cursor:
        cursor.execute('DELETE FROM audit_log_entry WHERE "index" > 4')
        cursor.execute("DELETE FROM audit_log_checkpoint WHERE size > 5")
        cursor.execute("UPDATE audit_log_head SET size = 5")
    return last


def opened(tmp_path: Path, **named: object) -> epoch.Epoch:
    return epoch.open_epoch(
        origin=NEW, archive=tmp_path / "archive", reason="restored from backup", actor="operator/command-line", **named
    )


def test_the_refusal_to_sign_says_what_to_do(rolled_back):
    with pytest.raises(CannotSign, match="integrity audit new-epoch"):
        log.integrate()


def test_entry_0_embeds_the_last_checkpoint_and_declares_what_is_lost(rolled_back, settings, tmp_path, log_key):
    made = opened(tmp_path)
    assert (made.kept, made.lost) == (5, (5, 9))
    first = json.loads(bytes(Entry.objects.get().leaf))
    assert first["type"] == "log.epoch_opened"
    facts = first["facts"]
    proved = Signed.open(facts.pop("proved").encode(), key=log_key)
    assert (proved.size, proved.root.hex()) == (5, facts.pop("root"))
    assert facts == {
        "former": "log.example/tests",
        "checkpoint": rolled_back.decode(),
        "kept": 5,
        "agreed": 5,
        "lost": [5, 9],
        "unsigned": None,
        "key_lost": False,
        "reason": "restored from backup",
    }
    assert Signed.open(first["facts"]["checkpoint"].encode(), key=log_key).size == 10
    assert (Head.objects.get().size, Tile.objects.count(), Checkpoint.objects.count()) == (1, 0, 0)
    assert list(PastEntry.objects.values_list("origin", "index")) == [("log.example/tests", at) for at in range(5)]


def test_the_new_log_goes_on_with_its_own_key_and_the_archive_verifies_with_the_old(
    rolled_back, settings, tmp_path, note_down, log_key
):
    made = opened(tmp_path)
    with pytest.raises(CannotSign, match="LOG_ORIGIN is"):
        log.integrate()
    settings.LOG_ORIGIN = NEW
    assert made.key == load_signer().verifier != log_key
    note_down(3)
    checkpoint = log.integrate()
    assert Signed.open(checkpoint.note.encode(), key=made.key).size == 4
    log.write_export(tmp_path / "export")
    assert examine(tmp_path / "export", key=made.key).problems == []
    archive = examine(tmp_path / "archive", key=log_key)
    assert (archive.problems, archive.size) == ([], 5)
    assert (tmp_path / "archive/last-checkpoint").read_bytes() == rolled_back
    assert (tmp_path / "archive/log.high-water").read_bytes() == rolled_back
    assert enforcement.differences(connection) == []


def test_a_log_that_was_rewritten_keeps_what_agrees(settings, note_down, tmp_path):
    settings.LOG_PADDING = 0
    for _round in range(3):
        note_down(5)
        log.integrate()
    with guards_lifted(), connection.cursor() as cursor:
        cursor.execute('UPDATE audit_log_entry SET leaf = %s WHERE "index" = 7', [b"{}"])
    made = opened(tmp_path)
    assert (made.kept, made.lost) == (15, (5, 14))


def test_a_checkpoint_that_only_a_witness_has_is_taken_along(rolled_back, settings, tmp_path):
    Path(settings.LOG_HIGH_WATER_FILE).unlink()
    assert opened(tmp_path, last=rolled_back).lost == (5, 9)


def test_interrupted_after_the_database_it_goes_on_with_the_files(rolled_back, settings, tmp_path, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(epoch, "_change_files", lambda *names: (_ for _ in ()).throw(OSError("power cut")))
        with pytest.raises(OSError, match="power cut"):
            opened(tmp_path)
    with pytest.raises(CannotSign):
        log.integrate()
    made = opened(tmp_path)
    assert (made.kept, made.lost, made.key.name) == (5, (5, 9), NEW)
    assert opened(tmp_path) == made
    settings.LOG_ORIGIN = NEW
    assert log.integrate().size == 1


def test_interrupted_inside_the_database_nothing_has_happened(rolled_back, settings, tmp_path, monkeypatch):
    before = list(Entry.objects.values_list("index", "leaf_hash"))
    with monkeypatch.context() as patched:
        patched.setattr(enforcement, "install", lambda connection: (_ for _ in ()).throw(OSError("power cut")))
        with pytest.raises(OSError, match="power cut"):
            opened(tmp_path)
    assert list(Entry.objects.values_list("index", "leaf_hash")) == before
    assert not PastEntry.objects.exists()
    assert enforcement.differences(connection) == []


def test_what_cannot_be_a_new_epoch_is_refused(rolled_back, settings, tmp_path):
    with pytest.raises(CannotSign, match="needs a new name"):
        epoch.open_epoch(origin=settings.LOG_ORIGIN, archive=tmp_path / "a", reason="", actor="operator/command-line")
    with pytest.raises(CannotSign, match="not a key name"):
        epoch.open_epoch(origin="log example", archive=tmp_path / "a", reason="", actor="operator/command-line")
    stranger = Signed("log.example/tests", 20, bytes(32)).signed(SignerKey.generate("log.example/tests"))
    with pytest.raises(CannotSign, match="not signed by"):
        opened(tmp_path, last=stranger.encode())
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive/kept").write_text("kept")
    with pytest.raises(CannotExport, match="not an empty folder"):
        opened(tmp_path)
    assert Entry.objects.count() == 5


def test_a_log_that_was_never_signed_needs_none(tmp_path, note_down):
    note_down(1)
    with pytest.raises(CannotSign, match="Nothing was ever signed"):
        opened(tmp_path)


def test_the_command(rolled_back, settings, tmp_path, capsys):
    call_command("audit", "new-epoch", NEW, f"{tmp_path}/archive", "--reason", "restored from backup")
    told = capsys.readouterr().out
    assert "entries 5 to 9 are lost or were changed" in told
    assert f"LOG_ORIGIN={NEW}" in told
    assert NEW in told.splitlines()[-1]
    settings.LOG_ORIGIN = NEW
    with pytest.raises(CommandError, match="needs a new name"):
        call_command("audit", "new-epoch", NEW, f"{tmp_path}/more", "--reason", "again")
    assert Policy.of(load_signer().verifier).logs[0].key.name == NEW


@pytest.fixture
def without_its_key(settings, note_down, log_key) -> VerifierKey:
    """A log of 7 entries, 5 of them signed, whose private key is gone; gives the public key that was published."""
    note_down(5)
    log.integrate()
    note_down(2)
    settings.LOG_KEY_FILE.unlink()
    return log_key


def test_without_the_old_key_nothing_begins_until_the_published_key_is_given(without_its_key, tmp_path):
    with pytest.raises(CannotSign, match="--former-key"):
        opened(tmp_path)
    for wrong in (SignerKey.generate("log.example/other").verifier, SignerKey.generate("log.example/tests").verifier):
        with pytest.raises(CannotSign):
            opened(tmp_path, former_key=wrong)
    assert Entry.objects.count() == 7


def test_without_the_old_key_the_new_epoch_says_so_and_what_was_never_signed(
    without_its_key, settings, tmp_path, note_down
):
    made = opened(tmp_path, former_key=without_its_key)
    assert (made.kept, made.lost, made.key.name) == (7, None, NEW)
    facts = json.loads(bytes(Entry.objects.get().leaf))["facts"]
    assert (facts["key_lost"], facts["lost"], facts["agreed"], facts["unsigned"]) == (True, None, 5, [5, 6])
    assert Signed.open(facts["proved"].encode(), key=without_its_key).size == 5
    assert examine(tmp_path / "archive", key=without_its_key).problems == []
    settings.LOG_ORIGIN = NEW
    assert load_signer().verifier == made.key
    note_down(1)
    log.integrate()
    log.write_export(tmp_path / "export")
    report = examine(tmp_path / "export", key=made.key)
    assert report.problems == []
    told = " ".join(report.remarks)
    assert "goes on from log.example/tests" in told
    assert "entries 5 to 6 of log.example/tests were never signed" in told
    assert "the key of log.example/tests was lost" in told


def test_a_damaged_key_is_kept_aside(without_its_key, settings, tmp_path):
    settings.LOG_KEY_FILE.write_text("damaged")
    settings.LOG_KEY_FILE.chmod(0o600)
    assert opened(tmp_path, former_key=without_its_key).key.name == NEW
    assert Path(f"{settings.LOG_KEY_FILE}.unusable").read_text() == "damaged"


class TestPast:
    """What is left of an earlier epoch, and its proofs."""

    def test_each_entry_is_proved_against_the_last_checkpoint_that_the_kept_lead_to(
        self, settings, note_down, tmp_path, log_key
    ):
        for count in (3, 1, 7, 2):
            note_down(count)
            log.integrate()
        note_down(2)
        opened(tmp_path)
        epoch_ = past.epoch_named("log.example/tests")
        assert (epoch_.kept, epoch_.agreed, epoch_.unsigned, epoch_.lost) == (15, 13, (13, 14), None)
        for entry in PastEntry.objects.order_by("index"):
            proof = past.prove(epoch_, entry.index)
            assert (proof is None) == (entry.index >= 13)
            if proof:
                assert proof.verify(bytes(entry.leaf), policy=Policy.of(log_key)).checkpoint.size == 13
        assert past.differences() == []

    def test_after_a_loss_what_agrees_is_proved_and_the_rest_is_not(self, rolled_back, tmp_path, log_key):
        opened(tmp_path)
        epoch_ = past.epoch_named("log.example/tests")
        leaf = bytes(PastEntry.objects.get(index=4).leaf)
        assert past.prove(epoch_, 4).verify(leaf, policy=Policy.of(log_key)).checkpoint.size == 5

    @pytest.mark.parametrize("index", [2, 5])
    def test_what_was_changed_afterwards_is_found(self, without_its_key, tmp_path, index):
        opened(tmp_path, former_key=without_its_key)
        with guards_lifted(), connection.cursor() as cursor:
            cursor.execute('UPDATE audit_log_pastentry SET leaf = %s WHERE "index" = %s', [b"{}", index])
        assert any("not those that were" in sentence for sentence in past.differences())
        if index < 5:
            with pytest.raises(InvalidProof):
                past.prove(past.epoch_named("log.example/tests"), 0)

    def test_an_entry_that_is_gone_is_missed(self, without_its_key, tmp_path):
        opened(tmp_path, former_key=without_its_key)
        with guards_lifted(), connection.cursor() as cursor:
            cursor.execute('DELETE FROM audit_log_pastentry WHERE "index" = 6')
        assert any("has 6 now" in sentence for sentence in past.differences())

    def test_an_epoch_before_the_last_is_known_as_well(self, rolled_back, settings, tmp_path, note_down):
        opened(tmp_path)
        settings.LOG_ORIGIN = NEW
        note_down(2)
        log.integrate()
        epoch.open_epoch(origin=f"{NEW}/3", archive=tmp_path / "second", reason="again", actor="operator/x")
        assert [each.origin for each in past.epochs()] == [NEW, "log.example/tests"]
        assert past.differences() == []
