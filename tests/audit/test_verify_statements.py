"""Cosignatures, quorums, timestamps, keys that were exchanged, and checkpoints from elsewhere, all in an export."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit.checkpoint import Checkpoint
from audit.examination import CannotCheck, examine
from audit.note import Algorithm, Note, Signature, SignerKey
from audit.policy import Log, Policy
from audit.timestamps import read_authority, request
from audit.verify import main
from tests.audit.authority import OPENSSL, Authority, make_authority, serving
from tests.audit.exports import KEPT, SIGNER, TIME, WITNESSES, some_entries, two_of_three, write_log

POLICY = two_of_three()


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    """An export that two of the three witnesses cosigned."""
    write_log(tmp_path / "log", some_entries(), kept=KEPT, witnesses=WITNESSES[:2])
    return tmp_path / "log"


def told(exported: Path, **named: object) -> str:
    return "\n".join(problem.message for problem in examine(exported, **named).problems)


def cosigned(path: Path, *witnesses: SignerKey) -> None:
    """Leave the log's signature on a checkpoint, and put these witnesses' behind it."""
    note = Note.parse(path.read_bytes())
    kept = tuple(each for each in note.signatures if each.name == SIGNER.name)
    more = [witness.sign(note.text, time=TIME) for witness in witnesses]
    path.write_bytes(Note(note.text, kept).with_signatures(more).encode())


class TestQuorum:
    def test_an_export_with_its_quorum_verifies_and_tells_when_each_witness_signed(self, exported):
        report = examine(exported, policy=POLICY)
        assert report.problems == []
        assert report.cosigned == {"witness.example/w1": TIME + 600, "witness.example/w2": TIME + 600}
        assert (report.earlier, report.earlier_witnessed) == (6, 6)

    def test_too_few_witnesses_are_a_problem_of_the_latest_checkpoint(self, exported):
        cosigned(exported / "checkpoint", WITNESSES[0])
        assert "checkpoint: the quorum 'two' is not reached: cosigned by witness.example/w1" in told(
            exported, policy=POLICY
        )

    def test_the_same_witness_twice_is_one_witness(self, exported):
        path = exported / "checkpoint"
        cosigned(path, WITNESSES[0])
        note = Note.parse(path.read_bytes())
        path.write_bytes(note.with_signatures([WITNESSES[0].sign(note.text, time=TIME + 9)]).encode())
        assert "is not reached" in told(exported, policy=POLICY)

    def test_a_stranger_under_the_name_of_a_witness_counts_for_nothing(self, exported):
        cosigned(exported / "checkpoint", WITNESSES[0], SignerKey.generate("witness.example/w2", Algorithm.COSIGNATURE))
        assert "is not reached: cosigned by witness.example/w1" in told(exported, policy=POLICY)

    def test_earlier_checkpoints_without_the_quorum_are_counted_and_no_problem(self, exported):
        cosigned(exported / "checkpoints/300")
        report = examine(exported, policy=POLICY)
        assert (report.problems, report.earlier, report.earlier_witnessed) == ([], 6, 5)

    @pytest.mark.parametrize("name", ["checkpoint", "checkpoints/300"])
    def test_a_cosignature_that_was_forged_is_found_wherever_it_is(self, exported, name):
        path = exported / name
        note = Note.parse(path.read_bytes())
        forged = Signature(WITNESSES[2].name, WITNESSES[2].verifier.key_id, TIME.to_bytes(8, "big") + bytes(64))
        path.write_bytes(note.with_signatures([forged]).encode())
        assert f"{name}: the signature of witness.example/w3 does not belong to this text" in told(
            exported, policy=POLICY
        )

    def test_a_cosignature_of_another_checkpoint_is_found(self, exported):
        other = Note.parse((exported / "checkpoints/555").read_bytes())
        note = Note.parse((exported / "checkpoint").read_bytes())
        moved = Note(note.text, (note.signatures[0], other.signatures[1]))
        (exported / "checkpoint").write_bytes(moved.encode())
        assert "checkpoint: the signature of witness.example/w1" in told(exported, policy=POLICY)

    def test_the_export_s_own_policy_is_taken_only_when_none_is_given(self, exported):
        (exported / "policy").write_bytes(POLICY.encode())
        cosigned(exported / "checkpoint")
        assert "is not reached" in told(exported)
        assert told(exported, key=SIGNER.verifier) == ""
        (exported / "policy").write_text("nonsense\n")
        assert "policy: line 1" in told(exported)


class TestKeys:
    def test_checkpoints_of_both_keys_of_a_log_verify_while_one_replaces_the_other(self, exported):
        new = SignerKey.from_seed(SIGNER.name, b"\x09" * 32)
        path = exported / "checkpoint"
        note = Note.parse(path.read_bytes())
        path.write_bytes(Note(note.text, new.signatures(note.text)).encode())
        both = Policy((Log(new.verifier), Log(SIGNER.verifier)))
        assert told(exported, policy=both) == ""
        assert "checkpoints/300: the note is not signed" in told(exported, policy=Policy.of(new.verifier))
        assert "checkpoint: the note is not signed" in told(exported, policy=Policy.of(SIGNER.verifier))

    def test_a_checkpoint_of_another_log_of_the_policy_cannot_be_slipped_in(self, exported):
        other = SignerKey.generate("log.example/other")
        both = Policy((Log(SIGNER.verifier), Log(other.verifier)))
        note = Checkpoint(other.name, 300, bytes(32)).signed(other)
        (exported / "checkpoints/300").write_bytes(note.encode())
        assert "the first 300 entries are not those that were signed" in told(exported, policy=both)


class TestFromElsewhere:
    def test_a_checkpoint_that_the_log_contains_is_counted(self, exported):
        report = examine(exported, policy=POLICY, outside=[("mine", (exported / "checkpoints/300").read_bytes())])
        assert (report.problems, report.outside, report.earlier) == ([], 1, 6)

    @pytest.mark.parametrize(("size", "index"), [(300, 256), (600, 555), (7, 1)])
    def test_a_checkpoint_of_another_history_names_where_they_part(self, exported, tmp_path, size, index):
        entries = some_entries(size)
        entries[-1] = b"another"
        write_log(tmp_path / "other", entries)
        mine = (tmp_path / "other/checkpoint").read_bytes()
        report = examine(exported, policy=POLICY, outside=[("mine", mine)])
        assert report.first_index == index
        assert f"mine (from elsewhere): the first {size} entries are not those" in report.problems[0].message

    def test_a_checkpoint_of_more_entries_shows_that_the_end_is_missing(self, exported, tmp_path):
        write_log(tmp_path / "longer", some_entries(700))
        mine = (tmp_path / "longer/checkpoint").read_bytes()
        report = examine(exported, policy=POLICY, outside=[("mine", mine)])
        assert "700 entries were signed, but the checkpoint has only 600" in report.problems[0].message
        assert report.first_index == 600

    def test_a_file_that_is_no_checkpoint_of_the_log_stops_the_check(self, exported):
        for data in (b"nonsense", Checkpoint("x", 1, bytes(32)).signed(SignerKey.generate("x")).encode()):
            with pytest.raises(CannotCheck, match="mine"):
                examine(exported, policy=POLICY, outside=[("mine", data)])


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Iterator[Authority]:
    with serving(make_authority(tmp_path_factory.mktemp("tsa") / "one")) as authority:
        yield authority


@pytest.mark.skipif(OPENSSL is None, reason="needs openssl")
class TestTimestamps:
    @pytest.fixture
    def stamped(self, exported, authority) -> Path:
        (exported / "timestamps").mkdir()
        trusted = read_authority(authority.certificates)
        for size, name in [(300, "checkpoints/300"), (600, "checkpoint")]:
            text = Note.parse((exported / name).read_bytes()).text.encode()
            stamp = request(text, url=authority.url, authority=trusted)
            (exported / f"timestamps/{size}.tsr").write_bytes(stamp)
        return exported

    def test_timestamps_are_checked_by_the_authority_s_certificate(self, stamped, authority):
        report = examine(stamped, policy=POLICY, authority=authority.certificates)
        assert (report.problems, sorted(report.stamps), report.remarks) == ([], [300, 600], [])

    def test_without_a_certificate_it_is_said_that_they_were_not_checked(self, stamped):
        report = examine(stamped, policy=POLICY)
        assert (report.problems, report.stamps) == ([], {})
        assert "2 timestamps were not checked" in report.remarks[0]

    def test_a_certificate_from_the_export_is_used_and_said_to_be(self, stamped, authority):
        (stamped / "timestamps/ca.pem").write_bytes(authority.certificates)
        report = examine(stamped, policy=POLICY)
        assert sorted(report.stamps) == [300, 600]
        assert "taken from the export itself" in report.remarks[0]
        (stamped / "timestamps/ca.pem").write_bytes(b"nonsense")
        assert "timestamps/ca.pem: these are no certificates" in told(stamped, policy=POLICY)

    def test_timestamps_that_changed_places_are_found(self, stamped, authority):
        one, two = stamped / "timestamps/300.tsr", stamped / "timestamps/600.tsr"
        first, second = one.read_bytes(), two.read_bytes()
        one.write_bytes(second)
        two.write_bytes(first)
        text = told(stamped, policy=POLICY, authority=authority.certificates)
        assert "timestamps/300.tsr: this is no timestamp of this text" in text
        assert "timestamps/600.tsr: this is no timestamp of this text" in text

    def test_timestamps_of_nothing_are_found(self, stamped, authority):
        (stamped / "timestamps/17.tsr").write_bytes((stamped / "timestamps/300.tsr").read_bytes())
        (stamped / "timestamps/noise").write_bytes(b"")
        text = told(stamped, policy=POLICY, authority=authority.certificates)
        assert "timestamps/17.tsr: there is no checkpoint of 17 entries" in text
        assert "timestamps/'noise'" in text

    def test_certificates_that_are_none_stop_the_check(self, stamped):
        with pytest.raises(CannotCheck, match="certificates"):
            examine(stamped, policy=POLICY, authority=b"nonsense")

    def test_the_command_tells_of_them(self, stamped, authority, tmp_path, capsys):
        (tmp_path / "policy").write_bytes(POLICY.encode())
        arguments = [str(stamped), "--policy", f"{tmp_path}/policy", "--timestamp-ca", f"{authority.folder}/ca.pem"]
        assert main([*arguments, "--quiet"]) == 0
        assert "Stamped  2 timestamps; the first 600 entries existed at 20" in capsys.readouterr().out


class TestCommand:
    @pytest.fixture
    def policy(self, tmp_path: Path) -> str:
        (tmp_path / "policy").write_bytes(POLICY.encode())
        return f"{tmp_path}/policy"

    def test_it_reads_the_policy_and_checkpoints_from_elsewhere(self, exported, policy, capsys):
        mine = str(exported / "checkpoints/300")
        assert main([str(exported), "--policy", policy, "--checkpoint", mine, "--checkpoint", mine]) == 0
        out = capsys.readouterr().out
        assert "Witness  witness.example/w2 cosigned at 2027-01-15T08:10:00+00:00" in out
        assert "Outside  1 checkpoints from elsewhere" in out
        assert "6 with the quorum" in out

    def test_it_reports_as_json(self, exported, policy, capsys):
        assert main([str(exported), "--policy", policy, "--json", "--quiet"]) == 0
        report = json.loads(capsys.readouterr().out)
        assert (report["verified"], report["size"], report["quorum"]) == (True, 600, "two")
        assert report["cosigned"]["witness.example/w1"].startswith("2027-01-15T08:10")
        (exported / "tile/entries/001").unlink()
        assert main([str(exported), "--policy", policy, "--json", "--quiet"]) == 1
        report = json.loads(capsys.readouterr().out)
        assert (report["verified"], report["first_index"]) == (False, 256)
        assert report["problems"][0]["index"] == 256
        assert main([str(exported / "nowhere"), "--json"]) == 2
        assert json.loads(capsys.readouterr().out)["verified"] is None

    def test_it_ends_with_2_for_a_policy_or_checkpoint_that_is_none(self, exported, policy, tmp_path, capsys):
        (tmp_path / "bad").write_text("quorum nobody\n")
        for arguments in (
            ["--policy", f"{tmp_path}/bad"],
            ["--policy", f"{tmp_path}/missing"],
            ["--policy", policy, "--checkpoint", f"{tmp_path}/bad"],
            ["--policy", policy, "--checkpoint", f"{tmp_path}/missing"],
            ["--policy", policy, "--timestamp-ca", f"{tmp_path}/bad"],
        ):
            assert main([str(exported), *arguments]) == 2
        assert capsys.readouterr().out == ""

    def test_it_needs_nothing_but_cryptography(self, exported, policy):
        program = (
            "import sys\n"
            "class Nothing:\n"
            "    def find_spec(self, name, *more):\n"
            "        if name.split('.')[0] in {'django', 'rfc3161_client', 'rfc8785', 'reportlab'}:\n"
            "            raise ImportError(name)\n"
            "sys.meta_path.insert(0, Nothing())\n"
            "from audit.verify import main\n"
            f"sys.exit(main([{str(exported)!r}, '--policy', {policy!r}, '--quiet']))\n"
        )
        (exported / "timestamps").mkdir()
        (exported / "timestamps/300.tsr").write_bytes(b"something")
        root = Path(__file__).resolve().parents[2]
        done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done
        assert "1 timestamps were not checked" in done.stdout
