"""Entries taken away with their proofs: checked by the tool that knows no database, refused when it must be."""

import io
import json
import subprocess
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

from audit import clock
from audit.console import selection as taking
from audit.evidence import check
from audit.log import actions as log
from audit.log.cosigning import publish_witnessed
from audit.log.models import Entry
from audit.log.witnessed import Cosignature, Timestamp
from audit.note import Algorithm, Note, SignerKey
from audit.policy import Group, Log, Policy, Witness
from tests.audit.authority import OPENSSL, make_authority, serving
from tests.audit.console_site import mount
from tests.audit.tampering import change

pytestmark = [pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _mounted(settings, log_key, monkeypatch):
    mount(settings, monkeypatch)


@pytest.fixture
def auditor(client):
    """A browser in which an auditor is signed in."""
    client.defaults["HTTP_TEST_ROLE"] = "auditor"
    return client


def unpacked(answer, folder: Path) -> Path:
    assert answer["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        archive.extractall(folder)
    return folder


def last_entry() -> dict:
    log.number()
    return json.loads(bytes(Entry.objects.order_by("-index")[0].leaf))


def test_a_selection_is_proved_by_the_tool_that_knows_no_database(auditor, note_down, log_key, tmp_path):
    note_down(700)
    checkpoint = log.integrate()
    note_down(10)
    page = auditor.get("/desk/audit/selection/?object=thing/1")
    assert page.context["chosen"] is not None
    folder = unpacked(auditor.post("/desk/audit/selection/?object=thing/1"), tmp_path / "taken")
    found = check(folder, policy=Policy.of(log_key))
    wanted = [index for index in range(700) if index % 3 == 1]
    assert found.proved == wanted
    assert not found.problems
    assert last_entry()["type"] == "log.selection_exported"
    assert last_entry()["facts"] == {
        "entries": len(wanted),
        "size": checkpoint.size,
        "unproved": [],
        "filter": {"object": "thing/1"},
    }
    for name in ("README.txt", "checkpoint", "log.vkey", "policy"):
        assert (folder / name).read_bytes()
    assert "thing/1" in (folder / "README.txt").read_text()


def test_what_was_changed_in_the_database_is_taken_without_a_proof_and_named(auditor, note_down, log_key, tmp_path):
    note_down(300)
    log.integrate()
    change('UPDATE audit_log_entry SET leaf = %s WHERE "index" = 270', b"{}")
    folder = unpacked(auditor.post("/desk/audit/selection/"), tmp_path / "taken")
    assert last_entry()["facts"]["unproved"] == [270]
    assert "NOT PROVED" in (folder / "README.txt").read_text()
    found = check(folder, policy=Policy.of(log_key))
    assert len(found.proved) == 299
    assert [problem.split(":")[0] for problem in found.problems] == ["entries/270"]


def test_more_than_a_thousand_are_refused_and_so_is_nothing_at_all(auditor, note_down, monkeypatch):
    note_down(9)
    unsigned = auditor.post("/desk/audit/selection/")
    assert unsigned.status_code == 422
    log.integrate()
    monkeypatch.setattr(taking, "MOST", 5)
    for query, sentence in [("", "More than 5 entries fit"), ("?object=thing/9", "No entry under the latest")]:
        answer = auditor.post(f"/desk/audit/selection/{query}")
        assert answer.status_code == 422
        assert sentence in answer.content.decode()
        assert last_entry()["type"] == "log.read"
    assert auditor.post("/desk/audit/selection/?type=nothing").status_code == 422
    assert auditor.post("/desk/audit/selection/?object=thing/1").status_code == 200


def test_only_an_auditor_takes_entries_away_and_looking_takes_nothing(auditor, note_down):
    note_down(3)
    log.integrate()
    size = log.head_size()
    for method in ("get", "post"):
        assert getattr(auditor, method)("/desk/audit/selection/", headers={"Test-Role": "manager"}).status_code == 403
    assert log.head_size() == size
    assert auditor.get("/desk/audit/selection/")["Content-Type"].startswith("text/html")
    assert last_entry()["facts"]["page"] == "selection"


def test_a_process_that_may_not_read_the_log_s_key_still_gives_proofs(auditor, note_down, settings, tmp_path, log_key):
    note_down(3)
    log.integrate()
    settings.LOG_KEY_FILE.unlink()
    folder = unpacked(auditor.post("/desk/audit/selection/"), tmp_path / "taken")
    assert not (folder / "log.vkey").exists()
    assert len(check(folder, policy=Policy.of(log_key)).proved) == 3


@pytest.mark.skipif(OPENSSL is None, reason="openssl plays the authority")
def test_what_was_timestamped_is_proved_to_have_existed_before(auditor, note_down, log_key, settings, tmp_path):
    with serving(make_authority(tmp_path / "tsa")) as authority:
        settings.LOG_TIMESTAMP_URL, settings.LOG_TIMESTAMP_CA = authority.url, f"{authority.folder}/ca.pem"
        settings.LOG_TIMESTAMP_HOURS = 24
        for hours in (0, 25, 1):
            note_down(200)
            with clock.at(clock.now() + timedelta(hours=hours)):
                publish_witnessed(at_once=True)
    first, second = Timestamp.objects.order_by("size").values_list("size", flat=True)
    folder = unpacked(auditor.post("/desk/audit/selection/?object=thing/1"), tmp_path / "taken")
    found = check(folder, policy=Policy.of(log_key), authority=authority.certificates)
    assert found.problems == []
    assert found.stamps.keys() == {index for index in found.proved if index < second}
    assert {path.name for path in (folder / "timestamps").iterdir()} == {f"{first}.tsr", f"{second}.tsr", "ca.pem"}
    told = (folder / "README.txt").read_text()
    assert "--timestamp-ca CERTIFICATES" in told
    command = next(line.strip() for line in told.splitlines() if "openssl ts -verify" in line)
    command = command.replace("SIZE", str(first)).replace("CERTIFICATES", "timestamps/ca.pem")
    done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True)
    assert "Verification: OK" in done.stdout + done.stderr


def test_the_witnesses_of_the_checkpoint_are_named_and_their_cosignatures_are_in_it(
    auditor, note_down, log_key, tmp_path
):
    note_down(3)
    checkpoint = log.integrate()
    witness = SignerKey.generate("witness.example/w1", algorithm=Algorithm.COSIGNATURE)
    line = witness.sign(Note.parse(checkpoint.note.encode()).text, time=1_800_000_000)
    Cosignature.objects.create(size=3, witness=witness.name, line=str(line), time=clock.now())
    folder = unpacked(auditor.post("/desk/audit/selection/"), tmp_path / "taken")
    trusted = Policy(
        (Log(log_key),),
        (Witness(witness.name, witness.verifier),),
        (Group("quorum", 1, (witness.name,)),),
        "quorum",
    )
    assert check(folder, policy=trusted).cosigned.keys() == {witness.name}
    assert f"Cosigned by {witness.name} at" in (folder / "README.txt").read_text()
    assert not (folder / "timestamps").exists()
