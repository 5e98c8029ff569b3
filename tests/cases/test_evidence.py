"""Evidence for a court: a case's entries with their proofs, that anybody can check."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from audit import evidence
from audit.log import actions as log
from audit.log.models import Entry
from audit.log.signer import create_log_key
from audit.note import Algorithm, SignerKey
from audit.policy import Policy
from audit.witness.deciding import Witness
from audit.witness.server import WitnessServer
from audit.witness.state import State
from cases.models import Case
from tests.audit.authority import OPENSSL, Authority, make_authority, serving
from tests.walks import investigation, triage
from tests.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.skipif(OPENSSL is None, reason="needs openssl")]
WITNESS = SignerKey.from_seed("witness.example/w1", b"\x01" * 32, Algorithm.COSIGNATURE)


@pytest.fixture
def authority(settings, tmp_path) -> Iterator[Authority]:
    """A log with a witness and a timestamping authority."""
    key = create_log_key(settings.LOG_KEY_FILE, settings.LOG_ORIGIN)
    witness = Witness(WITNESS, {key.name: (key,)}, State.create(tmp_path / "state"))
    server = WitnessServer(("127.0.0.1", 0), witness, quiet=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    settings.LOG_WITNESSES = [f"{WITNESS.verifier} http://127.0.0.1:{server.server_port}"]
    settings.LOG_QUORUM = 1
    with serving(make_authority(tmp_path / "tsa")) as authority:
        settings.LOG_TIMESTAMP_URL, settings.LOG_TIMESTAMP_CA = authority.url, f"{authority.folder}/ca.pem"
        yield authority
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def written(world: World, authority: Authority, tmp_path: Path) -> Path:
    """The evidence of a case that is investigated, of which the beginning was timestamped."""
    case = investigation.to_investigating(world, triage.open_case(world))
    call_command("audit", "integrate")
    investigation.gather(world, case)
    call_command("audit", "prove", case.reference, f"{tmp_path}/evidence")
    return tmp_path / "evidence"


def test_every_entry_of_the_case_is_proved_by_the_standard_formats(written, authority, capsys):
    case = Case.objects.get()
    policy = Policy.parse((written / "policy").read_bytes())
    found = evidence.check(written, policy=policy, authority=authority.certificates)
    assert found.problems == []
    entries = Entry.objects.filter(object=case.pseudonym).exclude(type="log.proved")
    assert found.proved == list(entries.order_by("index").values_list("index", flat=True))
    assert list(found.cosigned) == ["witness.example/w1"]
    assert 0 < len(found.stamps) < len(found.proved)
    for index in found.proved:
        assert (written / f"entries/{index}.json").read_bytes() == bytes(entries.get(index=index).leaf)
    assert "WHAT IS PROVED" in (written / "README.txt").read_text()
    assert (written / "evidence.pdf").read_bytes().startswith(b"%PDF-")
    last = json.loads(bytes(Entry.objects.order_by("index").last().leaf))
    assert (last["type"], last["object"], last["facts"]["entries"]) == ("log.proved", case.pseudonym, len(found.proved))


def test_whatever_is_changed_in_the_folder_is_told(written, tmp_path):
    policy = Policy.parse((written / "policy").read_bytes())
    indexes = evidence.check(written, policy=policy).proved
    first, second = indexes[:2]
    entry = written / f"entries/{first}.json"
    whole = entry.read_bytes()
    entry.write_bytes(whole.replace(b"case/", b"case."))
    assert f"entries/{first}: the proof leads to the root" in evidence.check(written, policy=policy).problems[0]
    entry.write_bytes((written / f"entries/{second}.json").read_bytes())
    assert evidence.check(written, policy=policy).problems[0].startswith(f"entries/{first}: the proof leads")
    entry.write_bytes(whole)
    (written / f"entries/{first}.tlog-proof").write_bytes((written / f"entries/{second}.tlog-proof").read_bytes())
    assert f"the proof is of entry {second}" in evidence.check(written, policy=policy).problems[0]
    (written / f"entries/{first}.tlog-proof").unlink()
    assert evidence.check(written, policy=policy).problems == [f"entries/{first}: is missing"]
    for stamp in written.glob("timestamps/*.tsr"):
        stamp.write_bytes(b"nonsense")
    assert any(
        "stamped.tlog-proof: this is no timestamp" in told for told in evidence.check(written, policy=policy).problems
    )


def test_the_check_runs_without_the_product_and_ends_with_a_code(written, tmp_path):
    (tmp_path / "my-policy").write_bytes((written / "policy").read_bytes())
    root = str(Path(__file__).resolve().parents[2])

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "audit.evidence", *words],
            cwd=tmp_path,
            env={"PYTHONPATH": root},
            capture_output=True,
            text=True,
            timeout=60,
        )

    done = run("evidence", "--policy", "my-policy")
    assert done.returncode == 0, done.stderr
    assert "VERIFIED" in done.stdout
    assert "which existed before 20" in done.stdout
    assert json.loads(run("evidence", "--policy", "my-policy", "--json").stdout)["verified"] is True
    other = str(SignerKey.generate("log.example/other").verifier)
    assert run("evidence", "--vkey", other).returncode == 1
    assert run("tsa", "--policy", "my-policy").returncode == 2
    assert run("evidence", "--policy", "nowhere").returncode == 2


def test_a_matter_that_the_log_does_not_know_or_a_folder_in_use_is_refused(written, tmp_path):
    with pytest.raises(CommandError, match="no entry about"):
        call_command("audit", "prove", "C-NONE", f"{tmp_path}/more")
    with pytest.raises(CommandError, match="not an empty folder"):
        call_command("audit", "prove", Case.objects.get().reference, str(written))
    call_command("audit", "prove", Case.objects.get().pseudonym, f"{tmp_path}/more")
    assert log.head_size()
