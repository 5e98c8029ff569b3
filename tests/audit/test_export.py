"""What the database holds is exported as it is, and the signed tree tells what was changed in it."""

import json

import pytest

from audit.examination import examine
from audit.log import actions as log
from audit.log.errors import CannotExport
from audit.log.models import Entry
from audit.note import VerifierKey
from audit.tree import leaf_hash
from tests.audit.tampering import change

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def filled(log_key, note_down) -> VerifierKey:
    """A log of 600 entries with checkpoints at 300 and 600."""
    note_down(300)
    log.integrate()
    note_down(300)
    log.integrate()
    return log_key


def test_an_export_verifies_and_leaves_an_entry(filled, tmp_path):
    exported = log.export(tmp_path / "export", actor="person/9")
    report = examine(exported.directory, key=filled)
    assert report.problems == []
    assert (report.size, report.earlier, report.root) == (600, 1, exported.root)
    last = json.loads(bytes(Entry.objects.last().leaf))
    assert (last["type"], last["actor"]) == ("log.exported", "person/9")
    assert last["facts"] == {"size": 600, "root": exported.root.hex()}


def test_an_export_has_the_standard_layout(filled, tmp_path):
    log.write_export(tmp_path / "export")
    names = {str(path.relative_to(tmp_path / "export")) for path in tmp_path.glob("export/**/*") if path.is_file()}
    assert names == {
        "README.txt",
        "checkpoint",
        "checkpoints/300",
        "log.vkey",
        "policy",
        "tile/0/000",
        "tile/0/001",
        "tile/0/002.p/88",
        "tile/1/000.p/2",
        "tile/entries/000",
        "tile/entries/001",
        "tile/entries/002.p/88",
    }
    assert (tmp_path / "export/log.vkey").read_text() == f"{filled}\n"
    assert (tmp_path / "export/policy").read_text() == f"log {filled}\nquorum none\n"
    assert str(filled) in (tmp_path / "export/README.txt").read_text()


def test_progress_is_told_while_exporting(filled, tmp_path):
    told: list[tuple[int, int]] = []
    log.write_export(tmp_path / "export", progress=lambda done, size: told.append((done, size)))
    assert told == [(256, 600), (512, 600), (600, 600)]


def test_an_empty_log_exports_and_verifies(log_key, tmp_path):
    exported = log.export(tmp_path / "export", actor="person/9")
    assert examine(exported.directory, key=log_key).problems == []


@pytest.mark.parametrize("index", [0, 17, 255, 256, 511, 512, 599])
def test_an_entry_changed_in_the_database_is_named_by_its_index(filled, tmp_path, index):
    change('UPDATE audit_log_entry SET leaf = %s WHERE "index" = %s', b'{"forged":1}', index)
    log.write_export(tmp_path / "export")
    report = examine(tmp_path / "export", key=filled)
    assert report.first_index == index
    assert f"entry {index} was changed" in report.problems[0].message


@pytest.mark.parametrize("index", [17, 300])
def test_an_entry_changed_together_with_its_leaf_hash_is_named_all_the_same(filled, tmp_path, index):
    """Full tiles are stored on their own, so the hash beside the entry is not what is believed."""
    change(
        'UPDATE audit_log_entry SET leaf = %s, leaf_hash = %s WHERE "index" = %s',
        b"{}",
        leaf_hash(b"{}"),
        index,
    )
    log.write_export(tmp_path / "export")
    assert examine(tmp_path / "export", key=filled).first_index == index


def test_an_entry_of_the_unfinished_tile_changed_together_with_its_leaf_hash_is_found(filled, tmp_path):
    change('UPDATE audit_log_entry SET leaf = %s, leaf_hash = %s WHERE "index" = 570', b"{}", leaf_hash(b"{}"))
    log.write_export(tmp_path / "export")
    report = examine(tmp_path / "export", key=filled)
    assert report.problems
    assert 300 <= report.first_index <= 570


def test_a_deleted_entry_is_found(filled, tmp_path):
    change('DELETE FROM audit_log_entry WHERE "index" = 40')
    log.write_export(tmp_path / "export")
    assert examine(tmp_path / "export", key=filled).first_index == 40


def test_two_entries_that_changed_places_are_found(filled, tmp_path):
    first, second = (bytes(Entry.objects.get(index=index).leaf) for index in (40, 41))
    change('UPDATE audit_log_entry SET leaf = %s WHERE "index" = 40', second)
    change('UPDATE audit_log_entry SET leaf = %s WHERE "index" = 41', first)
    log.write_export(tmp_path / "export")
    assert examine(tmp_path / "export", key=filled).first_index == 40


def test_a_deleted_tile_is_found(filled, tmp_path):
    change("DELETE FROM audit_log_tile WHERE number = 1")
    log.write_export(tmp_path / "export")
    report = examine(tmp_path / "export", key=filled)
    assert "tile/0/001: is missing" in [problem.message for problem in report.problems]


def test_a_folder_with_something_in_it_is_not_written_to(filled, tmp_path):
    (tmp_path / "other").write_text("kept")
    with pytest.raises(CannotExport, match="not an empty folder"):
        log.write_export(tmp_path)
    with pytest.raises(CannotExport, match="not an empty folder"):
        log.write_export(tmp_path / "other")


def test_a_log_that_was_never_signed_is_not_exported(log_key, tmp_path):
    with pytest.raises(CannotExport, match="no signed checkpoint"):
        log.write_export(tmp_path / "export")
    assert not (tmp_path / "export").exists()
