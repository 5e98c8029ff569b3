"""A witness answers over HTTP what C2SP tlog-witness says, and never forgets what it cosigned."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from audit.checkpoint import Checkpoint
from audit.note import Algorithm, MalformedNote, Note, SignerKey, VerifierKey, encode_base64, parse_signatures
from audit.tree import EMPTY_ROOT, Frontier, consistency_proof, leaf_hash
from audit.witness import server as serving
from audit.witness.__main__ import main
from audit.witness.configuration import Configuration, Misconfigured
from audit.witness.deciding import Witness, load_key
from audit.witness.server import WitnessServer
from audit.witness.state import State, held

LOG = SignerKey.from_seed("log.example/audit", bytes(32))
NEXT = SignerKey.from_seed("log.example/audit", b"\x07" * 32)
WITNESS = SignerKey.from_seed("witness.example/w1", b"\x01" * 32, Algorithm.COSIGNATURE)
ROOT = Path(__file__).resolve().parents[2]


def hashes(size: int, kind: bytes = b"entry") -> list[bytes]:
    return [leaf_hash(b"%s %d" % (kind, number)) for number in range(size)]


def root_of(leaves: list[bytes]) -> bytes:
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def note(size: int, *, kind: bytes = b"entry", signer: SignerKey = LOG) -> Note:
    return Checkpoint(signer.name, size, root_of(hashes(size, kind))).signed(signer)


def proof(old: int, new: int, kind: bytes = b"entry") -> list[bytes]:
    if not 0 < old < new:
        return []
    leaves = hashes(new, kind)
    return consistency_proof(
        old, new, lambda node: root_of(leaves[node.number << node.level : (node.number + 1) << node.level])
    )


def body(old: int, signed: Note, hashes_: list[bytes]) -> bytes:
    lines = [f"old {old}", *map(encode_base64, hashes_)]
    return "".join(f"{line}\n" for line in lines).encode() + b"\n" + signed.encode()


def asking(old: int, new: int) -> bytes:
    return body(old, note(new), proof(old, new))


@dataclass
class Served:
    """A witness that listens on loopback, and its state."""

    port: int
    state: Path
    server: WitnessServer

    def post(self, data: bytes, path: str = "/w/add-checkpoint") -> tuple[int, str, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("POST", path, data)
            answer = connection.getresponse()
            return answer.status, answer.read().decode(), answer.headers["Content-Type"]
        finally:
            connection.close()

    def latest(self) -> int:
        kept = State.load(self.state).latest(LOG.name)
        return kept.size if kept else 0


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    state = State.create(tmp_path / "state")
    witness = Witness(WITNESS, {LOG.name: (LOG.verifier,)}, state, now=lambda: 1_800_000_000.7)
    server = WitnessServer(("127.0.0.1", 0), witness, prefix="/w", quiet=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield Served(server.server_port, tmp_path / "state", server)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def check_cosignature(answer: str, signed: Note) -> None:
    (signature,) = parse_signatures(answer)
    assert WITNESS.verifier.made(signature)
    assert WITNESS.verifier.verify(signed.text, signature) == 1_800_000_000


class TestAnswers:
    def test_a_growing_log_is_cosigned_step_by_step(self, served):
        for old, new in [(0, 1), (1, 2), (2, 7), (7, 7), (7, 64), (64, 300)]:
            status, answer, _type = served.post(asking(old, new))
            assert status == 200, answer
            check_cosignature(answer, note(new))
            assert served.latest() == new

    def test_an_empty_log_is_cosigned_and_then_grows(self, served):
        assert served.post(asking(0, 0))[0] == 200
        assert served.post(asking(0, 5))[0] == 200
        assert served.post(body(5, Checkpoint(LOG.name, 5, EMPTY_ROOT).signed(LOG), []))[0] == 409

    def test_an_empty_log_with_the_root_of_something_is_refused(self, served):
        assert served.post(body(0, Checkpoint(LOG.name, 0, bytes(32)).signed(LOG), []))[:2] == (409, "0\n")
        assert served.latest() == 0

    def test_another_old_size_gets_the_latest_as_409(self, served):
        served.post(asking(0, 5))
        for old, new in [(0, 9), (4, 9), (6, 9), (0, 5), (3, 4), (0, 3)]:
            assert served.post(asking(old, new)) == (409, "5\n", "text/x.tlog.size")
        assert served.latest() == 5

    def test_the_same_size_with_another_root_is_409_and_the_evidence_is_kept(self, served):
        served.post(asking(0, 5))
        forged = note(5, kind=b"forged")
        assert served.post(body(5, forged, [])) == (409, "5\n", "text/x.tlog.size")
        (evidence,) = served.state.with_name("state.evidence").iterdir()
        assert evidence.read_bytes() == forged.encode()
        assert State.load(served.state).latest(LOG.name).root == root_of(hashes(5))

    def test_a_log_that_is_not_known_is_404(self, served):
        stranger = SignerKey.generate("log.example/other")
        assert served.post(body(0, note(5, signer=stranger), []))[0] == 404

    def test_a_checkpoint_without_a_good_signature_of_the_log_is_403(self, served):
        impostor = SignerKey.generate(LOG.name)
        assert served.post(body(0, note(5, signer=impostor), []))[0] == 403
        text = note(5).text
        bad = Note(text, (LOG.sign(note(6).text), impostor.sign(text)))
        assert served.post(body(0, bad, []))[0] == 403
        assert served.latest() == 0

    def test_signatures_of_strangers_are_passed_over_and_not_kept(self, served):
        stranger = SignerKey.generate("stranger.example", Algorithm.COSIGNATURE)
        with_more = note(5).with_signatures([stranger.sign(note(5).text, time=1)])
        assert served.post(body(0, with_more, []))[0] == 200
        assert "stranger" not in served.state.read_text()

    def test_an_old_size_beyond_the_checkpoint_is_400(self, served):
        served.post(asking(0, 5))
        assert served.post(body(6, note(5), []))[0] == 400
        assert served.post(body(5, note(4), []))[0] == 400

    def test_the_order_of_the_checks_is_that_of_the_specification(self, served):
        stranger, impostor = SignerKey.generate("log.example/other"), SignerKey.generate(LOG.name)
        assert served.post(body(9, note(5, signer=stranger), []))[0] == 404
        assert served.post(body(9, note(5, signer=impostor), []))[0] == 403
        assert served.post(body(9, note(5), [bytes(32)]))[0] == 400
        assert served.post(body(4, note(5), [bytes(32)]))[0] == 409

    @pytest.mark.parametrize(
        "hashes_",
        [[], proof(5, 9)[:-1], [*proof(5, 9), bytes(32)], [bytes(32)], proof(5, 9, b"forged"), proof(5, 8)],
    )
    def test_a_proof_that_does_not_hold_is_422(self, served, hashes_):
        served.post(asking(0, 5))
        assert served.post(body(5, note(9), hashes_))[0] == 422
        assert served.latest() == 5

    def test_a_log_that_was_rewritten_gets_422_whatever_it_proves(self, served):
        served.post(asking(0, 5))
        assert served.post(body(5, note(9, kind=b"forged"), proof(5, 9, b"forged")))[0] == 422
        assert len(list(served.state.with_name("state.evidence").iterdir())) == 1

    def test_hashes_where_none_are_needed_are_422(self, served):
        assert served.post(body(0, note(5), [bytes(32)]))[0] == 422
        served.post(asking(0, 5))
        assert served.post(body(5, note(5), [bytes(32)]))[0] == 422

    @pytest.mark.parametrize(
        "change",
        [
            lambda data: b"",
            lambda data: b"\n\n",
            lambda data: data.replace(b"old 0", b"old 00"),
            lambda data: data.replace(b"old 0", b"old -1"),
            lambda data: data.replace(b"old 0", b"old"),
            lambda data: data.replace(b"old 0", b"old 9223372036854775808"),
            lambda data: data.replace(b"old 0", b"Old 0"),
            lambda data: data.replace(b"old 0\n", b"old 0\r\n"),
            lambda data: data.replace(b"old 0\n\n", b"old 0\n"),
            lambda data: data.replace(b"old 0\n", b"old 0\nAAAA\n"),
            lambda data: data.replace(b"old 0\n", b"old 0\nno hash\n"),
            lambda data: data.replace(b"old 0\n", b"old 0\n" + f"{encode_base64(bytes(32))}\n".encode() * 64),
            lambda data: data.replace("—".encode(), b"-"),
            lambda data: data.removesuffix(b"\n"),
            lambda data: data.replace(b"audit\n5\n", b"audit\n05\n"),
            lambda data: data.replace(b"audit\n5\n", b"audit\n"),
            lambda data: b"\xff" + data,
        ],
    )
    def test_what_is_no_request_is_400(self, served, change):
        assert served.post(change(asking(0, 5)))[0] == 400
        assert served.latest() == 0

    def test_both_keys_of_a_log_are_known_while_one_replaces_the_other(self, tmp_path):
        witness = Witness(WITNESS, {LOG.name: (LOG.verifier, NEXT.verifier)}, State.create(tmp_path / "state"))
        assert witness.add_checkpoint(body(0, note(3), [])).status == 200
        assert witness.add_checkpoint(body(3, note(5, signer=NEXT), proof(3, 5))).status == 200


class TestHTTP:
    def test_other_addresses_and_methods(self, served):
        assert served.post(asking(0, 5), "/add-checkpoint")[0] == 404
        assert served.post(asking(0, 5), "/w/add-checkpoint/")[0] == 404
        for method, path, status in [
            ("GET", "/w/add-checkpoint", 405),
            ("PUT", "/w/add-checkpoint", 405),
            ("GET", "/", 404),
        ]:
            connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
            connection.request(method, path)
            assert connection.getresponse().status == status
            connection.close()
        assert served.latest() == 0

    def test_one_connection_serves_many_requests(self, served):
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
        for old, new, status in [(0, 2, 200), (0, 4, 409), (2, 4, 200)]:
            connection.request("POST", "/w/add-checkpoint", asking(old, new))
            answer = connection.getresponse()
            answer.read()
            assert answer.status == status
        connection.close()

    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            (b"", b"411"),
            (b"Transfer-Encoding: chunked\r\n", b"411"),
            (b"Content-Length: -1\r\n", b"411"),
            (b"Content-Length: 1_0\r\n", b"411"),
            (b"Content-Length: 131073\r\n", b"413"),
            (b"Content-Length: 99999999999999999999\r\n", b"413"),
        ],
    )
    def test_a_length_that_is_missing_or_absurd_is_refused_before_anything_is_read(self, served, headers, status):
        with socket.create_connection(("127.0.0.1", served.port), timeout=20) as connection:
            connection.sendall(b"POST /w/add-checkpoint HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n")
            assert connection.recv(65_536).split()[1] == status

    def test_a_request_that_is_cut_short_changes_nothing(self, served):
        data = asking(0, 5)
        with socket.create_connection(("127.0.0.1", served.port), timeout=20) as connection:
            connection.sendall(b"POST /w/add-checkpoint HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(data) + data[:-1])
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(65_536) == b""
        assert served.latest() == 0

    def test_somebody_who_says_nothing_is_hung_up_on(self, served, monkeypatch):
        monkeypatch.setattr(serving._Handler, "timeout", 0.05)
        with socket.create_connection(("127.0.0.1", served.port), timeout=20) as connection:
            assert connection.recv(65_536) == b""

    def test_somebody_who_dawdles_is_hung_up_on(self, served, monkeypatch):
        monkeypatch.setattr(serving, "SECONDS_OF_CONNECTION", 0)
        with socket.create_connection(("127.0.0.1", served.port), timeout=20) as connection:
            connection.sendall(b"POST /w/add-checkpoint HTTP/1.1\r\n")
            assert connection.recv(65_536) == b""

    def test_beyond_so_many_connections_the_next_is_hung_up_on(self, served, monkeypatch):
        monkeypatch.setattr(serving, "CONNECTIONS", 2)
        idle = [socket.create_connection(("127.0.0.1", served.port), timeout=20) for _ in range(3)]
        assert idle[2].recv(65_536) == b""
        for connection in idle:
            connection.close()


class TestNeverForgetting:
    def test_two_requests_at_once_are_cosigned_one_after_the_other(self, served):
        """Of two sizes that both continue the same one, the second to come sees what the first left."""
        for start in range(1, 40, 4):
            old = served.latest()
            with ThreadPoolExecutor(8) as pool:
                sizes = [start + 1 + number % 3 for number in range(8)]
                answers = list(pool.map(served.post, [asking(old, new) for new in sizes]))
            assert {status for status, _body, _type in answers} <= {200, 409}
            won = {size for size, (status, _body, _type) in zip(sizes, answers, strict=True) if status == 200}
            assert won == {served.latest()}

    def test_what_cannot_be_written_down_is_not_cosigned(self, served, monkeypatch):
        def full(*arguments: object) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", full)
            status, answer, _type = served.post(asking(0, 5))
        assert (status, "cosigned" in answer) == (500, True)
        assert "witness.example" not in answer
        assert served.latest() == 0
        assert served.post(asking(0, 3))[0] == 200
        assert [path.name for path in served.state.parent.iterdir()] == ["state"]

    @pytest.mark.parametrize(("killed", "kept"), [("before", 3), ("after", 5)])
    def test_killed_before_or_after_the_state_is_replaced_it_goes_on_from_what_is_on_the_disk(
        self, tmp_path, killed, kept
    ):
        state = tmp_path / "state"
        Witness(WITNESS, {LOG.name: (LOG.verifier,)}, State.create(state)).add_checkpoint(asking(0, 3))
        program = (
            "import os, sys\n"
            "from audit.note import Algorithm, SignerKey\n"
            "from audit.witness.deciding import Witness\n"
            "from audit.witness.state import State\n"
            "replace = os.replace\n"
            "def die(*names):\n"
            f"    if {killed == 'after'}: replace(*names)\n"
            "    os._exit(9)\n"
            "os.replace = die\n"
            "log = SignerKey.from_seed('log.example/audit', bytes(32)).verifier\n"
            "key = SignerKey.from_seed('witness.example/w1', b'\\x01' * 32, Algorithm.COSIGNATURE)\n"
            "witness = Witness(key, {log.name: (log,)}, State.load(__import__('pathlib').Path(sys.argv[1])))\n"
            "print(witness.add_checkpoint(sys.stdin.buffer.read()))\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program, str(state)], input=asking(3, 5), capture_output=True, cwd=ROOT, timeout=60
        )
        assert (done.returncode, done.stdout) == (9, b"")
        again = Witness(WITNESS, {LOG.name: (LOG.verifier,)}, State.load(state))
        answer = again.add_checkpoint(asking(3, 5))
        assert (answer.status, answer.body if answer.status == 409 else "") == (
            (200, "") if kept == 3 else (409, "5\n")
        )
        assert again.add_checkpoint(asking(5, 5)).status == 200

    def test_two_processes_cannot_share_a_state(self, tmp_path):
        with held(tmp_path / "state"), pytest.raises(Misconfigured, match="another process"), held(tmp_path / "state"):
            pass


CONFIGURATION = 'key = "key"\nstate = "state"\nlisten = "127.0.0.1:0"\nprefix = "/w"\nlogs = ["%s"]\n'


class TestCommand:
    @pytest.fixture
    def configuration(self, tmp_path: Path) -> Path:
        path = tmp_path / "witness.toml"
        path.write_text(CONFIGURATION % LOG.verifier)
        return path

    @pytest.fixture
    def made(self, configuration: Path, capsys) -> Path:
        assert main(["create-key", "witness.example/w9", str(configuration)]) == 0
        key = VerifierKey.parse(capsys.readouterr().out.strip())
        assert (key.name, key.algorithm) == ("witness.example/w9", Algorithm.COSIGNATURE)
        return configuration

    def test_a_new_witness_has_a_key_for_its_owner_alone_and_an_empty_state(self, made):
        for name in ("key", "state"):
            assert made.with_name(name).stat().st_mode & 0o777 == 0o600
        assert State.load(made.with_name("state")).origins() == []

    def test_a_key_or_a_state_is_never_replaced(self, made, capsys):
        before = made.with_name("key").read_bytes()
        assert main(["create-key", "witness.example/w9", str(made)]) == 2
        made.with_name("state").unlink()
        assert main(["create-key", "witness.example/w9", str(made)]) == 2
        assert "never replaced" in capsys.readouterr().err
        assert made.with_name("key").read_bytes() == before
        assert not made.with_name("state").exists()

    def test_it_does_not_start_without_its_state(self, made, capsys):
        made.with_name("state").unlink()
        assert main(["run", str(made)]) == 2
        assert "Put it back" in capsys.readouterr().err
        assert not made.with_name("state").exists()

    @pytest.mark.parametrize(
        "damage",
        [
            lambda data: b"",
            lambda data: data[:-2],
            lambda data: data[: len(data) // 2],
            lambda data: data.replace(b"\\n5\\n", b"\\n4\\n"),
            lambda data: data.replace(b'"version": 1', b'"version": 2'),
            lambda data: b"[]",
            lambda data: b"null",
            lambda data: b"{}",
            lambda data: b'{"version": 1, "checkpoints": [], "sha256": ""}',
            lambda data: b"[" * 100_000,
            lambda data: b"\xff" + data,
            lambda data: json.dumps({**json.loads(data), "checkpoints": {}}).encode(),
        ],
    )
    def test_it_does_not_start_with_a_damaged_state(self, made, capsys, damage):
        path = made.with_name("state")
        Witness(WITNESS, {LOG.name: (LOG.verifier,)}, State.load(path)).add_checkpoint(asking(0, 5))
        damaged = damage(path.read_bytes())
        path.write_bytes(damaged)
        assert main(["run", str(made)]) == 2
        assert "damaged" in capsys.readouterr().err
        assert path.read_bytes() == damaged

    def test_it_does_not_start_with_a_state_that_it_cannot_read(self, made, capsys):
        path = made.with_name("state")
        path.unlink()
        path.mkdir()
        assert main(["run", str(made)]) == 2
        assert "cannot be read" in capsys.readouterr().err

    def test_it_does_not_start_with_a_key_that_others_can_read_or_that_is_a_log_s(self, made, capsys):
        made.with_name("key").chmod(0o640)
        assert main(["run", str(made)]) == 2
        assert "0600" in capsys.readouterr().err
        made.with_name("key").chmod(0o600)
        made.with_name("key").write_text(LOG.encode())
        assert main(["show", str(made)]) == 2
        assert "key of a log" in capsys.readouterr().err
        made.with_name("key").write_text("nonsense")
        with pytest.raises(MalformedNote):
            load_key(made.with_name("key"))

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "nonsense",
            CONFIGURATION.replace('key = "key"\n', ""),
            CONFIGURATION.replace('"key"', "5"),
            CONFIGURATION + "more = 1\n",
            CONFIGURATION.replace('"127.0.0.1:0"', '"8100"'),
            CONFIGURATION.replace('"127.0.0.1:0"', '"127.0.0.1:99999"'),
            CONFIGURATION.replace('"/w"', '"w/"'),
            CONFIGURATION.replace('["%s"]', '"%s"'),
            CONFIGURATION.replace("%s", "nonsense"),
            CONFIGURATION.replace("%s", str(WITNESS.verifier)),
        ],
    )
    def test_a_configuration_that_makes_no_sense_is_refused(self, configuration, text):
        configuration.write_text(text % LOG.verifier if "%s" in text else text)
        with pytest.raises(Misconfigured):
            Configuration.read(configuration)
        assert main(["run", str(configuration)]) == 2

    def test_it_serves_as_a_process_of_its_own_and_stops_when_told(self, made, capsys):
        process = subprocess.Popen(
            [sys.executable, "-m", "audit.witness", "run", str(made)], stderr=subprocess.PIPE, text=True, cwd=ROOT
        )
        try:
            port = int(process.stderr.readline().split("port ")[1].split()[0])
            served = Served(port, made.with_name("state"), None)
            assert served.post(asking(0, 5))[0] == 200
            assert main(["run", str(made)]) == 2
            assert "another process" in capsys.readouterr().err
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=60) == 0
        finally:
            process.kill()
            process.stderr.close()
        assert main(["show", str(made)]) == 0
        assert note(5).encode().decode() in capsys.readouterr().out

    def test_it_imports_nothing_but_cryptography_and_the_standard_library(self):
        program = (
            "import sys, audit.witness.__main__\n"
            "foreign = {name.split('.')[0] for name in sys.modules} - set(sys.stdlib_module_names)\n"
            "import json; print(json.dumps(sorted(name for name in foreign if name[0] != '_')))"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, timeout=60)
        assert set(json.loads(done.stdout)) <= {"audit", "cryptography", "cffi"}, done
