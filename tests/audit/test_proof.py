"""Proof files: to the byte, checked by a policy, and refused when anything about them is wrong."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.note import (
    Algorithm,
    BadSignature,
    MalformedNote,
    Note,
    NoTrustedSignature,
    SignerKey,
    encode_base64,
)
from audit.policy import Log, MalformedPolicy, Policy, QuorumMissing, Witness
from audit.proof import ProofFile, main
from audit.tree import Frontier, InvalidProof, Node, inclusion_proof, leaf_hash, node_hash

LOG = SignerKey.from_seed("log.example/audit", bytes(32))
WITNESS = SignerKey.from_seed("witness.example/w1", b"\x01" * 32, Algorithm.COSIGNATURE)
HASH = b"sTeYX/SE+2ANuTEHx3sDZcgNePW0Kd7Q/Zc2HQd5mes=\n"
NOTE = (
    "log.example/audit\n3\nNmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=\n\n"
    "— log.example/audit ngVV7KhcN71itJpH3UN9L42MmD1Xhj9wE2kr2hOz1ZGvGMvGh3Jyf/MiXfuGnRcAq7/Jrh61RvNPyh7s"
    "h7YvQoUrxQI=\n"
    "— witness.example/w1 CtfTXgAAAABqsTuA3qmYlEJgAjDt6yvXUxajsa4kXYxYKzm+1pn4eWJ4pYQAlcL6lvuUEo7S+PJAf1oQ"
    "mZm2aW72MZdGduaqHADXBQ==\n"
).encode()
PROOF = b"c2sp.org/tlog-proof@v1\nindex 2\n" + HASH + b"\n" + NOTE
TRUSTED = Policy.of(LOG.verifier)
WITNESSED = Policy((Log(LOG.verifier),), (Witness("w1", WITNESS.verifier),), quorum="w1")
REFUSALS = (MalformedNote, BadSignature, NoTrustedSignature, QuorumMissing, InvalidProof)


def test_the_proof_file_of_the_worked_example():
    left = node_hash(leaf_hash(b"a"), leaf_hash(b"b"))
    assert ProofFile(2, (left,), NOTE).encode() == PROOF
    opened = ProofFile.parse(PROOF).verify(b"c", policy=WITNESSED)
    assert (opened.checkpoint.size, dict(opened.cosigned)) == (3, {"w1": 0x6AB13B80})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"tlog-proof@v1", b"tlog-proof@v2"),
        (b"tlog-proof@v1\n", b"tlog-proof@v1\r\n"),
        (b"tlog-proof@v1\n", b"tlog-proof@v1 \n"),
        (b"tlog-proof@v1\n", b"tlog-proof@v1\n\n"),
        (b"c2sp.org", b"\nc2sp.org"),
        (b"index 2", b"index 02"),
        (b"index 2", b"index -2"),
        (b"index 2", b"index +2"),
        (b"index 2", b"index 2 "),
        (b"index 2", b"index  2"),
        (b"index 2", b"index 9223372036854775808"),
        (b"index 2", b"index"),
        (b"index 2", b"Index 2"),
        (b"index 2\n", b""),
        (b"index 2\n", b"index 2\nindex 2\n"),
        (b"index 2\n", b"extra !\nindex 2\n"),
        (b"index 2\n", b"index 2\nextra AAAA\n"),
        (b"index 2\n", b"extra AAAA\nextra AAAA\nindex 2\n"),
        (HASH, HASH[:-9] + b"\n"),
        (HASH, HASH[:-1] + b"\r\n"),
        (HASH, b" " + HASH),
        (HASH, HASH.replace(b"s=", b"t=")),
        (HASH, HASH.replace(b"/", b"_")),
        (HASH, HASH * 64),
        (b"\n\nlog", b"\nlog"),
        (b"index 2", "indéx 2".encode()),
    ],
)
def test_a_malformed_proof_file_is_refused(old, new):
    assert old in PROOF
    with pytest.raises(MalformedNote):
        ProofFile.parse(PROOF.replace(old, new, 1))


@pytest.mark.parametrize(
    ("data", "entry"),
    [
        (PROOF, b"b"),
        (PROOF, b""),
        (PROOF.replace(b"index 2", b"index 1"), b"c"),
        (PROOF.replace(b"index 2", b"index 3"), b"c"),
        (PROOF.replace(b"index 2", b"index 0"), b"c"),
        (PROOF.replace(HASH, b""), b"c"),
        (PROOF.replace(HASH, HASH * 2), b"c"),
        (PROOF.replace(HASH, HASH * 63), b"c"),
    ],
)
def test_a_proof_for_another_entry_or_index_or_with_other_hashes_is_refused(data, entry):
    with pytest.raises(InvalidProof):
        ProofFile.parse(data).verify(entry, policy=TRUSTED)


def test_a_node_of_the_tree_cannot_pass_for_an_entry():
    """A leaf is hashed with another first byte than a node, so the children of a node are no entry."""
    left = node_hash(leaf_hash(b"a"), leaf_hash(b"b"))
    forged = ProofFile(0, (leaf_hash(b"c"),), NOTE)
    for entry in (left, leaf_hash(b"a") + leaf_hash(b"b"), b"\x01" + leaf_hash(b"a") + leaf_hash(b"b")):
        with pytest.raises(InvalidProof):
            forged.verify(entry, policy=TRUSTED)


def test_a_proof_under_another_log_or_without_its_quorum_is_refused():
    proof, other = ProofFile.parse(PROOF), SignerKey.generate(LOG.name)
    with pytest.raises(NoTrustedSignature):
        proof.verify(b"c", policy=Policy.of(other.verifier))
    with pytest.raises(NoTrustedSignature):
        proof.verify(b"c", policy=Policy.of())
    alone = ProofFile(proof.index, proof.hashes, NOTE[: NOTE.index("— witness".encode())])
    assert alone.verify(b"c", policy=TRUSTED).cosigned == {}
    with pytest.raises(QuorumMissing, match="cosigned by nobody"):
        alone.verify(b"c", policy=WITNESSED)
    with pytest.raises(NoTrustedSignature):
        ProofFile(2, proof.hashes, NOTE.replace(b"log.example/audit ", b"log.example/other ")).verify(
            b"c", policy=WITNESSED
        )
    with pytest.raises(MalformedNote):
        ProofFile(2, proof.hashes, b"").verify(b"c", policy=TRUSTED)


def test_a_witness_counts_once_however_often_it_signs():
    second = SignerKey.generate("witness.example/w2", Algorithm.COSIGNATURE)
    policy = Policy.parse(
        f"log {LOG.verifier}\nwitness w1 {WITNESS.verifier}\nwitness w2 {second.verifier}\n"
        "group both 2 w1 w2\nquorum both\n".encode()
    )
    text = NOTE.decode().split("\n\n")[0] + "\n"
    twice = Note(text, (LOG.sign(text), WITNESS.sign(text, time=1), WITNESS.sign(text, time=2)))
    with pytest.raises(QuorumMissing, match="cosigned by w1"):
        ProofFile(2, ProofFile.parse(PROOF).hashes, twice.encode()).verify(b"c", policy=policy)


def test_extra_data_of_a_proof_is_carried_along():
    proof = ProofFile(0, (), NOTE, extra=b"more")
    assert ProofFile.parse(proof.encode()) == proof


@given(st.integers(1, 150), st.data())
def test_a_proof_of_any_entry_of_a_log_of_any_size_survives_its_file(size, data):
    index = data.draw(st.integers(0, size - 1))
    entries = [b"%d" % number for number in range(size)]
    hashes = [leaf_hash(entry) for entry in entries]

    def read(node: Node) -> bytes:
        frontier = Frontier()
        for value in hashes[node.number << node.level : (node.number + 1) << node.level]:
            frontier.append(value)
        return frontier.root()

    whole = Frontier()
    for value in hashes:
        whole.append(value)
    text = f"{LOG.name}\n{size}\n" + f"{encode_base64(whole.root())}\n"
    written = ProofFile(index, tuple(inclusion_proof(index, size, read)), Note(text, LOG.signatures(text)).encode())
    assert ProofFile.parse(written.encode()) == written
    written.verify(entries[index], policy=TRUSTED)


@given(st.integers(0, len(PROOF) - 1), st.integers(0, 7))
def test_any_flipped_bit_of_a_proof_file_is_refused(at, bit):
    damaged = bytearray(PROOF)
    damaged[at] ^= 1 << bit
    with pytest.raises(REFUSALS):
        ProofFile.parse(bytes(damaged)).verify(b"c", policy=WITNESSED)


@given(st.binary(max_size=400))
def test_random_bytes_never_cause_anything_but_a_refusal(data):
    with pytest.raises(MalformedNote):
        ProofFile.parse(data)
    with pytest.raises(MalformedPolicy):
        Policy.parse(data)


class TestCommand:
    @pytest.fixture
    def files(self, tmp_path: Path) -> Path:
        (tmp_path / "proof").write_bytes(PROOF)
        (tmp_path / "entry").write_bytes(b"c")
        (tmp_path / "policy").write_bytes(WITNESSED.encode())
        return tmp_path

    def test_it_ends_with_0_when_the_entry_is_in_the_log(self, files, capsys):
        assert main([f"{files}/proof", "--entry", f"{files}/entry", "--policy", f"{files}/policy"]) == 0
        told = capsys.readouterr().out
        assert "Cosigned by w1 at 2026-09-21" in told
        assert "PROVED: this is entry 2 of the first 3 entries of log.example/audit" in told
        assert main([f"{files}/proof", "--entry", f"{files}/entry", "--vkey", str(LOG.verifier)]) == 0

    def test_it_ends_with_1_when_it_is_not(self, files, capsys):
        (files / "entry").write_bytes(b"d")
        assert main([f"{files}/proof", "--entry", f"{files}/entry", "--policy", f"{files}/policy"]) == 1
        assert "NOT PROVED" in capsys.readouterr().out

    def test_it_ends_with_2_when_it_cannot_check(self, files, capsys):
        assert main([f"{files}/proof", "--entry", f"{files}/nothing", "--policy", f"{files}/policy"]) == 2
        assert main([f"{files}/proof", "--entry", f"{files}/entry", "--policy", f"{files}/proof"]) == 2
        assert main([f"{files}/proof", "--entry", f"{files}/entry", "--vkey", "nonsense"]) == 2
        assert "Cannot check" in capsys.readouterr().err

    def test_it_runs_alone(self, files):
        told = subprocess.run(
            [sys.executable, "-m", "audit.proof", "proof", "--entry", "entry", "--policy", "policy"],
            cwd=files,
            env={"PYTHONPATH": str(Path(__file__).resolve().parents[2])},
            capture_output=True,
            timeout=60,
        )
        assert told.returncode == 0, told.stderr
