"""The log asks its witnesses and the timestamping authority, keeps what they say, and ships it with an export."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from audit.examination import examine
from audit.log import actions as log
from audit.log import cosigning
from audit.log.cosigning import Misconfigured, cosign, policy, publish_witnessed, published, watched, witnesses
from audit.log.errors import AppendOnly, CannotSign
from audit.log.models import Checkpoint
from audit.log.witnessed import Cosignature, Timestamp
from audit.note import Algorithm, SignerKey
from audit.policy import Policy
from audit.witness.deciding import Witness
from audit.witness.server import WitnessServer
from audit.witness.state import State
from tests.audit.authority import OPENSSL, make_authority, serving
from tests.audit.tampering import guards_lifted

pytestmark = [pytest.mark.django_db]

KEYS = [SignerKey.from_seed(f"witness.example/w{n}", bytes([n]) * 32, Algorithm.COSIGNATURE) for n in (1, 2, 3)]


@contextmanager
def listening(key: SignerKey, log_key, folder: Path) -> Iterator[str]:
    folder.mkdir(parents=True)
    witness = Witness(key, {log_key.name: (log_key,)}, State.create(folder / "state"))
    server = WitnessServer(("127.0.0.1", 0), witness, quiet=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"{key.verifier} http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def witnessed(settings, log_key, tmp_path) -> Iterator[None]:
    """Three witnesses that listen, two of which must cosign."""
    with ExitStack() as stack:
        settings.LOG_WITNESSES = [
            stack.enter_context(listening(key, log_key, tmp_path / f"w{number}")) for number, key in enumerate(KEYS)
        ]
        settings.LOG_QUORUM = 2
        yield


@pytest.mark.usefixtures("witnessed")
def test_what_is_published_bears_the_cosignatures_and_an_export_verifies_by_its_policy(note_down, tmp_path):
    for _round in range(3):
        note_down(300)
        publish_witnessed(at_once=True)
    assert Cosignature.objects.count() == 9
    latest = Checkpoint.objects.last()
    assert len(policy().open(published(latest)).cosigned) == 3
    log.write_export(tmp_path / "export")
    trusted = Policy.parse((tmp_path / "export/policy").read_bytes())
    assert trusted == policy()
    report = examine(tmp_path / "export", policy=trusted)
    assert report.problems == []
    assert set(report.cosigned) == {key.name for key in KEYS}
    assert (report.earlier, report.earlier_witnessed) == (2, 2)


@pytest.mark.usefixtures("witnessed")
def test_a_witness_that_is_down_keeps_nothing_from_going_on_and_is_caught_up_with(settings, note_down):
    asked = settings.LOG_WITNESSES
    note_down(3)
    publish_witnessed(at_once=True)
    settings.LOG_WITNESSES = [*asked[:2], asked[2].split()[0] + " http://127.0.0.1:1"]
    note_down(3)
    publish_witnessed(at_once=True)
    assert [each.size == Checkpoint.objects.last().size for each in watched()] == [True, True, False]
    policy().open(published(Checkpoint.objects.last()))
    settings.LOG_WITNESSES = asked
    note_down(3)
    publish_witnessed(at_once=True)
    assert {each.size for each in watched()} == {Checkpoint.objects.last().size}


@pytest.mark.usefixtures("witnessed")
def test_the_age_of_each_cosignature_is_told(note_down, capsys):
    assert [each.time for each in watched()] == [None, None, None]
    call_command("audit", "witnesses")
    assert "witness.example/w1 (http://127.0.0.1" in capsys.readouterr().out
    note_down(1)
    publish_witnessed(at_once=True)
    call_command("audit", "witnesses")
    assert f"{Checkpoint.objects.last().size} entries at 20" in capsys.readouterr().out


@pytest.mark.usefixtures("witnessed")
def test_rolled_back_with_everything_on_this_machine_the_witnesses_stop_the_signing(settings, note_down):
    """Attack 11: the database and the high-water mark are both of yesterday; nothing here knows."""
    settings.LOG_PADDING = 0
    note_down(5)
    publish_witnessed(at_once=True)
    mark = Path(settings.LOG_HIGH_WATER_FILE)
    yesterday = mark.read_bytes()
    note_down(5)
    publish_witnessed(at_once=True)
    with guards_lifted(), connection.cursor() as cursor:
        cursor.execute('DELETE FROM audit_log_entry WHERE "index" > 4')
        cursor.execute("DELETE FROM audit_log_checkpoint WHERE size > 5")
        cursor.execute("DELETE FROM audit_log_cosignature WHERE size > 5")
        cursor.execute("UPDATE audit_log_head SET size = 5")
    mark.write_bytes(yesterday)
    note_down(20)
    with pytest.raises(CannotSign, match=r"has cosigned 10 entries already.*integrity audit new-epoch"):
        publish_witnessed(at_once=True)
    assert Checkpoint.objects.last().size == 5
    assert mark.read_bytes() == yesterday


@pytest.mark.usefixtures("witnessed")
def test_another_process_that_publishes_meanwhile_is_no_contradiction(note_down, monkeypatch):
    note_down(1)
    publish_witnessed(at_once=True)
    ask = cosigning.cosign

    def while_another_publishes(checkpoint):
        monkeypatch.setattr(cosigning, "cosign", ask)
        note_down(1)
        publish_witnessed(at_once=True)
        return ask(checkpoint)

    monkeypatch.setattr(cosigning, "cosign", while_another_publishes)
    note_down(1)
    assert publish_witnessed(at_once=True).size == Checkpoint.objects.last().size
    assert Checkpoint.objects.count() > 1


@pytest.mark.usefixtures("witnessed")
def test_nobody_outside_is_asked_before_a_checkpoint_is_due(note_down, monkeypatch):
    note_down(1)
    publish_witnessed()
    monkeypatch.setattr(cosigning, "gather", lambda *a, **b: pytest.fail("a witness was asked"))
    note_down(1)
    assert publish_witnessed() is None


@pytest.mark.usefixtures("witnessed")
def test_cosignatures_are_only_ever_added(note_down):
    note_down(1)
    publish_witnessed(at_once=True)
    row = Cosignature.objects.first()
    for change in (row.delete, row.save, Cosignature.objects.all().delete):
        with pytest.raises(AppendOnly):
            change()
    cosign(Checkpoint.objects.last())
    assert Cosignature.objects.count() == 3


@pytest.mark.parametrize(
    ("text", "quorum"),
    [
        (["nonsense http://w"], 0),
        ([""], 0),
        ([str(KEYS[0].verifier)], 0),
        ([f"{KEYS[0].verifier} http://w more"], 0),
        ([f"{KEYS[0].verifier} http://w", f"{KEYS[0].verifier} http://x"], 0),
        ([f"{SignerKey.from_seed('log.example', bytes(32)).verifier} http://w"], 0),
        ([f"{KEYS[0].verifier} http://w"], 2),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, text, quorum):
    settings.LOG_WITNESSES, settings.LOG_QUORUM = text, quorum
    with pytest.raises(Misconfigured):
        witnesses()


@pytest.mark.skipif(OPENSSL is None, reason="needs openssl")
class TestTimestamps:
    @pytest.fixture
    def stamped(self, settings, log_key, tmp_path) -> Iterator[None]:
        with serving(make_authority(tmp_path / "tsa")) as authority:
            settings.LOG_TIMESTAMP_URL = authority.url
            settings.LOG_TIMESTAMP_CA = f"{authority.folder}/ca.pem"
            yield authority

    def test_a_checkpoint_is_timestamped_once_in_so_many_hours_and_the_export_holds_it(
        self, stamped, settings, note_down, tmp_path
    ):
        for _round in range(3):
            note_down(1)
            publish_witnessed(at_once=True)
        assert Timestamp.objects.count() == 1
        log.write_export(tmp_path / "export")
        report = examine(tmp_path / "export", authority=stamped.certificates)
        assert (report.problems, list(report.stamps)) == ([], [Timestamp.objects.get().size])
        assert (tmp_path / "export/timestamps/ca.pem").read_bytes() == stamped.certificates
        settings.LOG_TIMESTAMP_HOURS = 0
        note_down(1)
        publish_witnessed(at_once=True)
        assert Timestamp.objects.count() == 2

    def test_an_authority_that_is_down_or_lies_keeps_nothing_from_going_on(self, stamped, note_down):
        stamped.instead = b"nonsense"
        note_down(1)
        assert publish_witnessed(at_once=True)
        assert not Timestamp.objects.exists()

    def test_a_certificate_that_cannot_be_read_is_no_reason_to_stop(self, stamped, settings, note_down):
        settings.LOG_TIMESTAMP_CA = "/nowhere"
        note_down(1)
        assert publish_witnessed(at_once=True)
