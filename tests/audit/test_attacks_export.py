"""The attacks on an exported log: each is found by `audit.verify`, and by a stranger's program that knows no more of
this project than the standards.

Everybody outside holds three things that no attacker on the inside can change: the keys of log and witnesses, and a
checkpoint that they saw (here of 300 entries, and where it matters the last one, of 600).
"""

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from audit.checkpoint import Checkpoint
from audit.examination import Report, examine
from audit.note import Algorithm, Note, SignerKey
from audit.policy import MalformedPolicy, Policy, QuorumMissing
from audit.proof import ProofFile
from audit.tiles import encode_bundle, split_hashes, subtree_root
from audit.tree import Frontier, InvalidProof, consistency_proof, inclusion_proof, leaf_hash, verify_consistency
from audit.witness.deciding import Witness
from audit.witness.state import State
from tests.audit.exports import SIGNER, TIME, WITNESSES, some_entries, two_of_three, write_log
from tests.audit.stranger import Forged, check_export

POLICY = two_of_three()
KEYS = [str(witness.verifier) for witness in WITNESSES]
HONEST = WITNESSES[:2]


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    """The true log: 600 entries, cosigned by two of three, with kept checkpoints."""
    write_log(tmp_path / "log", some_entries(), kept=(100, 300), witnesses=HONEST)
    return tmp_path / "log"


@pytest.fixture
def seen(exported: Path) -> bytes:
    """The checkpoint of 300 entries that somebody outside keeps."""
    return (exported / "checkpoints/300").read_bytes()


def told(report: Report) -> str:
    return "\n".join(problem.message for problem in report.problems)


def both(export: Path, *seen: bytes) -> Report:
    """Let the project's program and the stranger's check it; they must be of one mind."""
    report = examine(export, policy=POLICY, outside=[(f"seen {at}", note) for at, note in enumerate(seen)])
    try:
        check_export(export, log=str(SIGNER.verifier), witnesses=KEYS, quorum=2, seen=seen)
        stranger = True
    except (Forged, OSError):
        stranger = False
    assert stranger is not bool(report.problems), told(report)
    return report


def test_the_true_log_holds(exported, seen):
    assert both(exported, seen).problems == []


def test_1_a_row_that_was_edited(exported):
    for index in (0, 255, 256, 599):
        path = exported / (f"tile/entries/00{index // 256}" if index < 512 else "tile/entries/002.p/88")
        whole = path.read_bytes()
        path.write_bytes(
            whole.replace(b'{"number":%d}' % index, b'{"number":%d}' % (10 ** len(str(index)) - 1 - index))
        )
        assert both(exported).first_index == index
        path.write_bytes(whole)


@pytest.mark.parametrize("level", [0, 1])
def test_2_a_row_edited_with_its_leaf_hash_and_the_tiles_above_it(exported, level):
    index, entries = 300, some_entries()
    entries[index] = b"forged"
    (exported / "tile/entries/001").write_bytes(encode_bundle(entries[256:512]))
    hashes = split_hashes((exported / "tile/0/001").read_bytes())
    hashes[index - 256] = leaf_hash(b"forged")
    (exported / "tile/0/001").write_bytes(b"".join(hashes))
    if level:
        above = split_hashes((exported / "tile/1/000.p/2").read_bytes())
        (exported / "tile/1/000.p/2").write_bytes(above[0] + subtree_root(hashes))
    report = both(exported)
    assert report.first_index is not None
    assert report.first_index <= index


def test_3_everything_edited_and_signed_anew_with_the_real_key(exported, seen, tmp_path):
    """The quorum is missing, because the witnesses remember; and whoever saw a checkpoint knows where it begins."""
    entries = some_entries()
    entries[280] = b"forged"
    forged = tmp_path / "forged"
    write_log(forged, entries, kept=(100, 300))
    report = both(forged, seen)
    assert "the quorum 'two' is not reached" in told(report)
    assert "seen 0 (from elsewhere): the first 300 entries are not those that were signed" in told(report)
    assert report.first_index == 100


def test_3_and_with_one_witness_on_the_forger_s_side(exported, seen, tmp_path):
    entries = some_entries()
    entries[280] = b"forged"
    write_log(tmp_path / "forged", entries, witnesses=WITNESSES[2:])
    assert "is not reached: cosigned by witness.example/w3" in told(both(tmp_path / "forged"))


def test_4_the_tail_that_was_cut_off(exported, tmp_path):
    """Shorter, but once truly signed and cosigned: only a later checkpoint from outside shows it."""
    last = (exported / "checkpoint").read_bytes()
    write_log(tmp_path / "short", some_entries(300), witnesses=HONEST)
    assert both(tmp_path / "short").problems == []
    report = both(tmp_path / "short", last)
    assert "600 entries were signed, but the checkpoint has only 300: the end of the log is missing" in told(report)
    assert report.first_index == 300


@pytest.mark.parametrize(
    ("change", "index"),
    [
        pytest.param(lambda entries: entries.pop(280), 280, id="5 deleted from the middle and renumbered"),
        pytest.param(lambda entries: entries.insert(280, entries.pop(281)), 280, id="6 two entries swapped"),
        pytest.param(lambda entries: entries.insert(280, b"backdated"), 280, id="7 inserted backdated"),
    ],
)
@pytest.mark.parametrize("signed", [False, True])
def test_5_6_7_entries_deleted_swapped_or_inserted(
    exported, seen, tmp_path, signed: bool, change: Callable[[list[bytes]], object], index: int
):
    entries = some_entries()
    change(entries)
    forged = tmp_path / "forged"
    write_log(forged, entries, kept=(100, 300))
    if not signed:
        for name in ("checkpoint", "checkpoints/100", "checkpoints/300"):
            shutil.copy(exported / name, forged / name)
    report = both(forged, seen)
    assert report.problems
    assert report.first_index is not None
    assert report.first_index <= index


def test_8_the_log_key_replaced(exported):
    other = SignerKey.generate(SIGNER.name)
    write_log(exported, some_entries(), kept=(100, 300), signer=other, witnesses=HONEST)
    report = both(exported)
    assert "log.vkey: holds another key than the one given" in told(report)
    assert "checkpoint: the note is not signed by log.example/audit" in told(report)


def test_8_or_a_witness_s_key(exported):
    impostors = [SignerKey.generate(witness.name, Algorithm.COSIGNATURE) for witness in HONEST]
    write_log(exported, some_entries(), kept=(100, 300), witnesses=impostors)
    assert "the quorum 'two' is not reached: cosigned by nobody" in told(both(exported))


class TestTwoViews:
    """9: one log for these, another for those, both signed with the real key."""

    def test_the_witnesses_cosign_one_of_them(self, tmp_path, exported):
        other = some_entries()
        other[-1] = b"another"
        write_log(tmp_path / "other", other)
        signed = []
        for number, key in enumerate(WITNESSES):
            witness = Witness(key, {SIGNER.name: (SIGNER.verifier,)}, State.create(tmp_path / f"state{number}"))
            for view in (exported, tmp_path / "other"):
                note = Note.parse((view / "checkpoint").read_bytes())
                answer = witness.add_checkpoint(b"old 0\n\n" + Note(note.text, note.signatures[:1]).encode())
                if answer.status == 200:
                    signed.append(view)
        assert signed == [exported] * 3
        assert "is not reached" in told(both(tmp_path / "other"))

    def test_two_who_compare_what_they_saw_find_it(self, tmp_path, exported):
        other = some_entries()
        other[-1] = b"another"
        write_log(tmp_path / "other", other, witnesses=HONEST)
        mine = (exported / "checkpoint").read_bytes()
        assert both(tmp_path / "other").problems == []
        report = both(tmp_path / "other", mine)
        assert "the first 600 entries are not those that were signed" in told(report)

    def test_no_proof_leads_from_one_to_the_other(self):
        leaves = [leaf_hash(entry) for entry in some_entries()]
        other = [*leaves[:299], leaf_hash(b"another")]
        proof = consistency_proof(300, 600, reading(leaves))
        old, new = root_of(other), root_of(leaves)
        with pytest.raises(InvalidProof):
            verify_consistency(proof, old_size=300, new_size=600, old_root=old, new_root=new)


def test_10_an_old_backup_restored_and_gone_on_from(exported, seen, tmp_path):
    """The first 250 are true, what follows is not what was signed. The witnesses refuse, and what was seen tells."""
    entries = [*some_entries(250), *(b"after the restore %d" % number for number in range(400))]
    write_log(tmp_path / "restored", entries, kept=(100,))
    report = both(tmp_path / "restored", seen)
    assert "is not reached" in told(report)
    assert "the first 300 entries are not those that were signed" in told(report)
    assert report.first_index == 100


def test_11_database_and_high_water_mark_rolled_back_together(exported, tmp_path):
    """Nothing on the machine knows any more. A witness does, and says so with the log's own signature."""
    witness = Witness(WITNESSES[0], {SIGNER.name: (SIGNER.verifier,)}, State.create(tmp_path / "state"))
    note = Note.parse((exported / "checkpoint").read_bytes())
    witness.add_checkpoint(b"old 0\n\n" + note.encode())
    write_log(tmp_path / "rolled", some_entries(300), witnesses=HONEST)
    short = (tmp_path / "rolled/checkpoint").read_bytes()
    assert (witness.add_checkpoint(b"old 300\n\n" + short).status, both(tmp_path / "rolled").problems) == (409, [])
    remembered = witness.latest(SIGNER.name)
    assert both(tmp_path / "rolled", remembered.encode()).first_index == 300


class TestProofs:
    """14: malformed and equivocating proofs, duplicate witnesses."""

    def proof(self, exported: Path, index: int = 42) -> ProofFile:
        leaves = [leaf_hash(entry) for entry in some_entries()]
        return ProofFile(
            index, tuple(inclusion_proof(index, 600, reading(leaves))), (exported / "checkpoint").read_bytes()
        )

    def test_a_true_proof_holds(self, exported):
        self.proof(exported).verify(some_entries()[42], policy=POLICY)

    def test_the_same_entry_cannot_be_proved_at_another_index_or_another_entry_at_this_one(self, exported):
        proof = self.proof(exported)
        for index in (0, 41, 43, 42 + 512, 599, 600, 2**62):
            with pytest.raises(InvalidProof):
                dataclasses.replace(proof, index=index).verify(some_entries()[42], policy=POLICY)
        with pytest.raises(InvalidProof):
            proof.verify(some_entries()[43], policy=POLICY)

    def test_hashes_swapped_left_out_repeated_or_turned_around_do_not_hold(self, exported):
        proof, entry = self.proof(exported), some_entries()[42]
        hashes = proof.hashes
        for wrong in (
            hashes[::-1],
            hashes[1:],
            hashes[:-1],
            hashes[:1] + hashes,
            hashes + hashes[-1:],
            (),
            (bytes(32),),
        ):
            with pytest.raises(InvalidProof):
                dataclasses.replace(proof, hashes=wrong).verify(entry, policy=POLICY)

    def test_a_proof_under_a_checkpoint_without_its_quorum_does_not_hold(self, exported, tmp_path):
        entries = some_entries()
        entries[42] = b"forged"
        write_log(tmp_path / "forged", entries, witnesses=WITNESSES[:1])
        leaves = [leaf_hash(entry) for entry in entries]
        note = (tmp_path / "forged/checkpoint").read_bytes()
        forged = ProofFile(42, tuple(inclusion_proof(42, 600, reading(leaves))), note)
        with pytest.raises(QuorumMissing):
            forged.verify(b"forged", policy=POLICY)

    def test_one_witness_cannot_stand_for_two(self, exported):
        note = Note.parse((exported / "checkpoint").read_bytes())
        twice = Note(note.text, note.signatures[:2]).with_signatures([WITNESSES[0].sign(note.text, time=TIME)])
        (exported / "checkpoint").write_bytes(twice.encode())
        assert "is not reached: cosigned by witness.example/w1" in told(both(exported))
        again = SignerKey(f"{WITNESSES[0].name}/again", Algorithm.COSIGNATURE, WITNESSES[0].private).verifier
        with pytest.raises(MalformedPolicy, match="the same witness twice"):
            Policy.parse(POLICY.encode().replace(b"group", f"witness again {again}\ngroup".encode(), 1))

    def test_two_signed_roots_of_one_size_are_told_apart(self, exported):
        """The export holds both: the log convicts itself."""
        forged = Checkpoint(SIGNER.name, 600, bytes(32)).signed(SIGNER).encode()
        report = both(exported, forged)
        assert "the first 600 entries are not those that were signed" in told(report)


def reading(leaves: list[bytes]) -> Callable:
    return lambda node: root_of(leaves[node.number << node.level : (node.number + 1) << node.level])


def root_of(leaves: list[bytes]) -> bytes:
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()
