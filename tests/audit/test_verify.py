"""An export verifies, and whatever is done to it is found, with the index of the entry and without a crash."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.checkpoint import Checkpoint
from audit.examination import CannotCheck, Report, examine
from audit.note import SignerKey
from audit.tiles import TileName, encode_bundle, split_hashes
from audit.tree import leaf_hash
from audit.verify import main
from tests.audit.exports import KEPT, SIGNER, SIZE, some_entries, write_log


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    write_log(tmp_path / "log", some_entries(), kept=KEPT)
    return tmp_path / "log"


def flip(path: Path, at: int, bit: int = 0) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1 << bit
    path.write_bytes(data)


def messages(report: Report) -> str:
    return "\n".join(problem.message for problem in report.problems)


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 511, 512, 513])
def test_a_log_of_any_size_verifies(tmp_path, size):
    write_log(tmp_path, some_entries(size), kept=tuple(range(0, size, 50)))
    report = examine(tmp_path, key=SIGNER.verifier)
    assert report.problems == []
    assert (report.size, report.earlier) == (size, len(range(0, size, 50)))


def test_a_tree_of_three_levels_verifies(tmp_path):
    write_log(tmp_path, some_entries(66_000), kept=(65_535, 65_536, 65_537))
    assert examine(tmp_path).problems == []
    flip(tmp_path / "tile/1/000", 32 * 77)
    report = examine(tmp_path)
    assert "tile/1/000: hash 77 was changed; the entries below it were not" in messages(report)
    assert report.first_index is None


def test_every_entry_that_is_changed_is_named(exported):
    for index in (0, 1, 100, 255, 256, 511, 512, 599):
        number = index // 256
        name = TileName(0, number, min(256, SIZE - number * 256))
        path = exported / name.entries_path
        whole = path.read_bytes()
        flip(path, whole.index(b'{"number":%d}' % index) + 3)
        report = examine(exported)
        assert report.first_index == index
        assert f"entry {index} was changed" in messages(report)
        assert len(report.problems) == 1
        path.write_bytes(whole)


def test_a_hash_that_is_changed_in_a_tile_is_told_from_a_changed_entry(exported):
    for path, at, index in [("tile/0/001", 7, 263), ("tile/0/002.p/88", 0, 512)]:
        flip(exported / path, 32 * at)
        report = examine(exported)
        assert f"{path}: the hash of entry {index} was changed; the entry was not" in messages(report)
        assert report.first_index is None
        flip(exported / path, 32 * at)


def test_an_entry_changed_together_with_its_hash_is_found(exported):
    """Attack 2: the tile agrees with the forged entry, but not with the tile above, or with the root."""
    for path, bundle, at, index in [
        ("tile/0/001", "tile/entries/001", 44, 300),
        ("tile/0/002.p/88", "tile/entries/002.p/88", 60, 572),
    ]:
        old_tile, old_bundle = (exported / path).read_bytes(), (exported / bundle).read_bytes()
        entry = b'{"number":%d}' % index
        forged = entry.replace(b"number", b"nomber")
        hashes = split_hashes(old_tile)
        hashes[at] = leaf_hash(forged)
        (exported / path).write_bytes(b"".join(hashes))
        (exported / bundle).write_bytes(old_bundle.replace(entry, forged))
        report = examine(exported)
        assert report.problems
        assert report.first_index <= index
        assert "was changed" in messages(report)
        (exported / path).write_bytes(old_tile)
        (exported / bundle).write_bytes(old_bundle)
    assert examine(exported).problems == []


def test_a_whole_tree_forged_without_the_key_is_narrowed_down_by_the_earlier_checkpoints(exported, tmp_path):
    entries = some_entries()
    entries[280] = b"forged"
    note = (exported / "checkpoint").read_bytes()
    write_log(exported, entries)
    (exported / "checkpoint").write_bytes(note)
    report = examine(exported)
    assert "something from entry 256 to entry 299 was changed" in messages(report)
    assert report.first_index == 256


def test_a_whole_tree_forged_with_the_key_is_found_by_the_earlier_checkpoints(exported):
    """Attack 3, as far as checkpoints were kept."""
    entries = some_entries()
    entries[280] = b"forged"
    write_log(exported, entries)
    report = examine(exported)
    assert report.first_index == 256


def test_a_tail_that_is_missing_is_found_by_the_earlier_checkpoints(exported):
    (exported / "checkpoint").write_bytes((exported / "checkpoints" / "300").read_bytes())
    report = examine(exported)
    assert "checkpoints/555: 555 entries were signed, but the checkpoint has only 300" in messages(report)
    assert report.first_index is not None


@pytest.mark.parametrize(
    ("change", "index", "told"),
    [
        (lambda entries: entries.pop(5), 5, "entry 5 was changed"),
        (lambda entries: entries.pop(255), 255, "entry 255 is missing"),
        (lambda entries: entries.insert(5, b"backdated"), 5, "entry 5 was changed"),
        (lambda entries: entries.append(b"more"), None, "holds 257 entries where 256 were signed"),
        (lambda entries: entries.reverse(), 0, "entry 0 was changed"),
        (lambda entries: entries.clear(), 0, "entry 0 is missing"),
    ],
)
def test_entries_removed_inserted_or_swapped_are_found(exported, change, index, told):
    entries = some_entries()[:256]
    change(entries)
    (exported / "tile/entries/000").write_bytes(encode_bundle(entries))
    report = examine(exported)
    assert told in messages(report)
    assert report.first_index == index


FILES = [
    "checkpoint",
    "checkpoints/256",
    "checkpoints/300",
    "tile/0/000",
    "tile/0/001",
    "tile/0/002.p/88",
    "tile/1/000.p/2",
    "tile/entries/000",
    "tile/entries/002.p/88",
]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "longer", "folder", "noise", "pipe", "unreadable"])
def test_a_file_damaged_in_any_way_is_told_and_never_crashes(exported, name, damage):
    path = exported / name
    data = path.read_bytes()
    path.unlink()
    if damage == "folder":
        path.mkdir()
    elif damage == "pipe":
        os.mkfifo(path)
    elif damage == "unreadable":
        path.symlink_to(path)
    elif damage != "missing":
        path.write_bytes(
            {"empty": b"", "cut": data[:-1], "longer": data + b"\x00", "noise": os.urandom(len(data))}[damage]
        )
    report = examine(exported, key=SIGNER.verifier)
    if name.startswith("checkpoints/") and damage == "missing":
        # A checkpoint that somebody did not keep is not missed: only those at hand can be compared.
        assert report.problems == []
        return
    assert name in messages(report)


@pytest.mark.parametrize("name", ["tile/0/001", "tile/entries/001"])
def test_both_a_tile_and_its_entries_lost_leave_the_rest_checked(exported, name):
    (exported / "tile/0/001").write_bytes(b"")
    (exported / "tile/entries/001").unlink()
    flip(exported / "tile/entries/002.p/88", 5)
    report = examine(exported)
    assert "entry 512 was changed" in messages(report)
    assert name in messages(report)
    assert report.first_index == 256


def test_an_earlier_checkpoint_of_another_tree_is_told(exported):
    other = Checkpoint(SIGNER.name, 300, bytes(32)).signed(SIGNER).encode()
    (exported / "checkpoints/300").write_bytes(other)
    (exported / "checkpoints/100").write_bytes(other)
    (exported / "checkpoints/noise").write_bytes(other)
    text = messages(examine(exported))
    assert "checkpoints/300: the first 300 entries are not those that were signed" in text
    assert "checkpoints/100: is a checkpoint of 300 entries" in text
    assert "checkpoints/'noise': the name is not a size" in text


def test_a_log_signed_by_somebody_else_is_refused(exported):
    other = SignerKey.generate(SIGNER.name)
    (exported / "log.vkey").write_text(f"{other.verifier}\n")
    assert "the note is not signed by log.example/audit" in messages(examine(exported))
    assert "log.vkey: holds another key" in messages(examine(exported, key=SIGNER.verifier))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_flipped_bit_anywhere_is_found(exported, data):
    path = exported / data.draw(st.sampled_from([*FILES, "log.vkey"]))
    whole = path.read_bytes()
    # The newline at the end of the key's file is no part of the key.
    flip(path, data.draw(st.integers(0, len(whole) - 2)), data.draw(st.integers(0, 7)))
    try:
        assert examine(exported, key=SIGNER.verifier).problems
    finally:
        path.write_bytes(whole)


class TestCommand:
    def test_it_ends_with_0_when_all_is_well(self, exported, capsys):
        assert main([str(exported), "--vkey", str(SIGNER.verifier)]) == 0
        told = capsys.readouterr()
        assert "VERIFIED" in told.out
        assert "Entries  600" in told.out
        assert "taken from the export itself" not in told.out
        assert "100 % of 600 entries" in told.err

    def test_it_warns_when_the_key_comes_from_the_export(self, exported, capsys):
        assert main([str(exported), "--quiet"]) == 0
        told = capsys.readouterr()
        assert "taken from the export itself" in told.out
        assert told.err == ""

    def test_it_ends_with_1_and_names_the_entry_when_something_is_wrong(self, exported, capsys):
        flip(exported / "tile/entries/001", 3)
        assert main([str(exported)]) == 1
        told = capsys.readouterr().out
        assert "entry 256 was changed" in told
        assert "NOT VERIFIED: the first entry in doubt is 256" in told

    def test_it_ends_with_2_when_it_cannot_check(self, exported, tmp_path, capsys):
        assert main([str(tmp_path / "nowhere")]) == 2
        assert main([str(exported), "--vkey", "nonsense"]) == 2
        (exported / "log.vkey").unlink()
        assert main([str(exported)]) == 2
        assert "give the log's key with --vkey" in capsys.readouterr().err
        with pytest.raises(CannotCheck):
            examine(exported)

    def test_it_runs_without_django_or_any_other_package_of_the_product(self, exported):
        program = (
            "import sys, runpy\n"
            f"sys.argv = ['verify', {str(exported)!r}, '--quiet']\n"
            "try:\n    runpy.run_module('audit.verify', run_name='__main__')\n"
            "except SystemExit as end:\n    assert end.code == 0, end.code\n"
            "foreign = {name.split('.')[0] for name in sys.modules} & {'django', 'rfc8785', 'config', 'integrity'}\n"
            "assert not foreign, foreign\n"
        )
        root = Path(__file__).resolve().parents[2]
        subprocess.run([sys.executable, "-c", program], check=True, cwd=root, timeout=60)
