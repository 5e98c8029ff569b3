"""Asking witnesses for cosignatures: real ones on loopback, and some that lie, dawdle or are not there."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from audit.checkpoint import Checkpoint
from audit.note import Algorithm, MalformedNote, Note, SignerKey
from audit.policy import Group, Log, Policy
from audit.policy import Witness as Known
from audit.tree import Frontier, consistency_proof, leaf_hash
from audit.witness.deciding import Witness
from audit.witness.server import WitnessServer
from audit.witness.state import State
from audit.witnesses import gather

LOG = SignerKey.from_seed("log.example/audit", bytes(32))
KEYS = [SignerKey.from_seed(f"witness.example/w{n}", bytes([n]) * 32, Algorithm.COSIGNATURE) for n in (1, 2, 3)]


def hashes(size: int, kind: bytes = b"entry") -> list[bytes]:
    return [leaf_hash(b"%s %d" % (kind, number)) for number in range(size)]


def root_of(leaves: list[bytes]) -> bytes:
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def note(size: int, kind: bytes = b"entry") -> bytes:
    return Checkpoint(LOG.name, size, root_of(hashes(size, kind))).signed(LOG).encode()


def proving(size: int, kind: bytes = b"entry") -> Callable[[int, int], list[bytes]]:
    leaves = hashes(size, kind)

    def prove(old: int, new: int) -> list[bytes]:
        return consistency_proof(
            old, new, lambda node: root_of(leaves[node.number << node.level : (node.number + 1) << node.level])
        )

    return prove


@contextmanager
def listening(key: SignerKey, folder: Path) -> Iterator[Known]:
    folder.mkdir()
    witness = Witness(key, {LOG.name: (LOG.verifier,)}, State.create(folder / "state"))
    server = WitnessServer(("127.0.0.1", 0), witness, prefix="/w", quiet=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield Known(key.name, key.verifier, f"http://127.0.0.1:{server.server_port}/w/")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def witnesses(tmp_path: Path) -> Iterator[list[Known]]:
    """Three that listen."""
    with ExitStack() as stack:
        yield [stack.enter_context(listening(key, tmp_path / str(number))) for number, key in enumerate(KEYS)]


@contextmanager
def answering(answer: bytes, *, times: int = 5) -> Iterator[str]:
    """Something that gives the same bytes to whoever asks, so many times."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            for _ in range(times):
                try:
                    connection, _address = listener.accept()
                except OSError:
                    return
                with connection, connection.makefile("rb") as request:
                    # All of it: what closes with something unread resets, and the answer may be lost.
                    length = 0
                    while (line := request.readline().lower()) not in {b"\r\n", b""}:
                        if line.startswith(b"content-length:"):
                            length = int(line.partition(b":")[2])
                    request.read(length)
                    connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def http(status: str, body: bytes, kind: str = "text/plain") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body


def test_every_witness_cosigns_and_the_policy_is_content(witnesses):
    names = tuple(each.name for each in witnesses)
    policy = Policy((Log(LOG.verifier),), tuple(witnesses), (Group("two", 2, names),), "two")
    known: dict[str, int] = {}
    for size in (0, 1, 5, 5, 40):
        lines, outcomes = gather(note(size), prove=proving(size), witnesses=witnesses, known_sizes=known)
        assert [outcome.refusal for outcome in outcomes] == ["", "", ""]
        known = {outcome.witness.name: outcome.size for outcome in outcomes}
        assert set(known.values()) == {size}
        opened = policy.open(note(size) + "".join(lines).encode())
        assert set(opened.cosigned) == set(names)
        assert all(opened.cosigned[outcome.witness.name] == outcome.time for outcome in outcomes)


@pytest.mark.parametrize("wrong", [0, 3, 9, 1_000])
def test_a_size_that_was_remembered_wrongly_is_corrected_by_the_witness(witnesses, wrong):
    gather(note(5), prove=proving(5), witnesses=witnesses, known_sizes={})
    known = {each.name: wrong for each in witnesses}
    lines, outcomes = gather(note(9), prove=proving(9), witnesses=witnesses, known_sizes=known)
    assert len(lines) == 3
    assert [outcome.size for outcome in outcomes] == [9, 9, 9]


def test_a_witness_that_knows_more_than_the_log_contradicts_it(witnesses):
    """A database that was rolled back together with everything on its own machine (attack 11)."""
    gather(note(9), prove=proving(9), witnesses=witnesses, known_sizes={})
    lines, outcomes = gather(note(5), prove=proving(5), witnesses=witnesses, known_sizes={})
    assert lines == []
    for outcome in outcomes:
        assert outcome.contradicts
        assert "has cosigned 9 entries already, more than the 5 here" in outcome.refusal
        assert outcome.size == 9


@pytest.mark.parametrize(("size", "told"), [(5, "another tree of 5"), (9, "has cosigned other 5 entries")])
def test_a_log_that_was_rewritten_is_contradicted(witnesses, size, told):
    gather(note(5), prove=proving(5), witnesses=witnesses, known_sizes={})
    lines, outcomes = gather(
        note(size, b"forged"), prove=proving(size, b"forged"), witnesses=witnesses, known_sizes={KEYS[0].name: 5}
    )
    assert lines == []
    assert all(outcome.contradicts and told in outcome.refusal for outcome in outcomes)


def test_one_witness_that_is_not_there_keeps_nobody_else_from_cosigning(witnesses):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        nobody = Known("nobody", KEYS[0].verifier, f"http://127.0.0.1:{listener.getsockname()[1]}")
    lines, outcomes = gather(note(5), prove=proving(5), witnesses=[nobody, *witnesses], known_sizes={})
    assert len(lines) == 3
    assert "ConnectionRefusedError" in outcomes[0].refusal
    assert not outcomes[0].contradicts


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (http("200 OK", b""), "no cosignature"),
        (http("200 OK", b"\xff"), "no cosignature"),
        (http("200 OK", str(KEYS[1].sign(Note.parse(note(5)).text, time=1)).encode()), "of its own key"),
        (http("200 OK", str(KEYS[0].sign(Note.parse(note(6)).text, time=1)).encode()), "no cosignature"),
        (http("200 OK", b"x" * 100_000), "too long"),
        (http("404 Not Found", b"no\n"), "answered 404: 'no'"),
        (http("302 Found", b""), "answered 302"),
        (http("500 Error", b""), "answered 500"),
        (http("409 Conflict", b"3\n", "text/plain"), "answered 409"),
        (http("409 Conflict", b"three\n", "text/x.tlog.size"), "named no size"),
        (http("409 Conflict", b"-1\n", "text/x.tlog.size"), "named no size"),
        (http("409 Conflict", b"03\n", "text/x.tlog.size"), "named no size"),
        (http("409 Conflict", b"3\n", "text/x.tlog.size"), "another tree of 3"),
        (b"nonsense\r\n\r\n", "BadStatusLine"),
        (b"", "RemoteDisconnected"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort", "no cosignature"),
    ],
)
def test_an_answer_that_makes_no_sense_is_a_refusal(answer, told):
    with answering(answer) as url:
        witness = Known("w", KEYS[0].verifier, url)
        lines, (outcome,) = gather(note(5), prove=proving(5), witnesses=[witness], known_sizes={})
    assert lines == []
    assert outcome.signature is None
    assert told in outcome.refusal


def test_a_witness_that_never_answers_costs_no_more_than_the_time_allowed():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        silent = Known("w", KEYS[0].verifier, f"http://127.0.0.1:{listener.getsockname()[1]}")
        _lines, (outcome,) = gather(note(5), prove=proving(5), witnesses=[silent], known_sizes={}, timeout=0.05)
    assert "TimeoutError" in outcome.refusal


def test_a_witness_that_answers_drop_by_drop_costs_no_more_either():
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            connection, _address = listener.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n")
                while not stop.wait(0.02):
                    try:
                        connection.sendall(b"x")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        slow = Known("w", KEYS[0].verifier, f"http://127.0.0.1:{listener.getsockname()[1]}")
        try:
            _lines, (outcome,) = gather(note(5), prove=proving(5), witnesses=[slow], known_sizes={}, timeout=0.3)
        finally:
            stop.set()
            thread.join()
    assert "took too long" in outcome.refusal


@pytest.mark.parametrize("url", ["", "w.example", "ftp://w.example", "file:///etc/passwd", "http://", "http://w/?a=b"])
def test_an_address_that_is_none_is_a_refusal(url):
    _lines, (outcome,) = gather(
        note(5), prove=proving(5), witnesses=[Known("w", KEYS[0].verifier, url)], known_sizes={}
    )
    assert "not the address of a witness" in outcome.refusal


def test_nobody_to_ask_and_nothing_to_ask_about():
    assert gather(note(5), prove=proving(5), witnesses=[], known_sizes={}) == ([], [])
    with pytest.raises(MalformedNote):
        gather(b"nothing", prove=proving(5), witnesses=[], known_sizes={})
