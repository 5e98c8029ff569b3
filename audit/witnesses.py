"""Asks witnesses for their cosignatures: the client of C2SP tlog-witness.

Every answer but 200 with a good cosignature is a refusal, and a refusal is told, never raised: a witness that is
down must not keep the log from going on.
"""

import http.client
import ssl
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

from audit.checkpoint import Checkpoint
from audit.note import (
    BadSignature,
    MalformedNote,
    Note,
    Signature,
    decode_decimal,
    encode_base64,
    parse_signatures,
)
from audit.policy import Witness

Prove = Callable[[int, int], Sequence[bytes]]

SIZE = "text/x.tlog.size"
MAXIMUM_ANSWER = 65_536
MAXIMUM_ATTEMPTS = 3
TIMEOUT = 10.0


class UnknownPlace(ValueError):
    """A witness has an address that nothing can be posted to."""


@dataclass(frozen=True)
class Outcome:
    """What one witness answered: its cosignature and the time in it, or why there is none.

    `size` is what the witness is known to have cosigned last. `contradicts` means that it remembers what the log no
    longer has, or has otherwise: nothing more should be signed before somebody has looked into it.
    """

    witness: Witness
    signature: Signature | None
    time: int | None
    size: int
    refusal: str = ""
    contradicts: bool = False


class _Refused(Exception):
    """The witness did not cosign; the message says why."""

    def __init__(self, why: str, *, contradicts: bool = False) -> None:
        super().__init__(why)
        self.contradicts = contradicts


@dataclass(frozen=True)
class _Answer:
    status: int
    content_type: str
    body: bytes


def gather(
    note: bytes,
    *,
    prove: Prove,
    witnesses: Iterable[Witness],
    known_sizes: Mapping[str, int],
    timeout: float = TIMEOUT,
) -> tuple[list[str], list[Outcome]]:
    """Ask every witness, all at once, to cosign the signed checkpoint `note`.

    `prove(old, new)` gives the consistency proof; it is called in this thread. `known_sizes` tells by the witness's
    name what it cosigned last. Gives the signature lines to append to the note, and what came of each witness in
    their order. Each request takes about `timeout` seconds at most. Raises MalformedNote when `note` is none.
    """
    signed = Note.parse(note)
    checkpoint = Checkpoint.parse(signed.text)
    asked = [_Conversation(each, signed, checkpoint, known_sizes.get(each.name, 0)) for each in witnesses]
    with ThreadPoolExecutor(max(1, len(asked))) as pool:
        for _attempt in range(MAXIMUM_ATTEMPTS):
            waiting = [each for each in asked if each.outcome is None]
            bodies = [each.request(prove) for each in waiting]
            posted = [
                pool.submit(_post, each.witness.url, body, timeout) for each, body in zip(waiting, bodies, strict=True)
            ]
            for each, future in zip(waiting, posted, strict=True):
                each.take(future)
    outcomes = [each.outcome or each.refused("changed its mind with every answer") for each in asked]
    return [str(outcome.signature) for outcome in outcomes if outcome.signature], outcomes


class _Conversation:
    """What is said to one witness about one checkpoint, until there is an outcome."""

    def __init__(self, witness: Witness, note: Note, checkpoint: Checkpoint, known: int) -> None:
        self.witness = witness
        self.note = note
        self.checkpoint = checkpoint
        self.known = known
        self.old = min(known, checkpoint.size)
        self.outcome: Outcome | None = None

    def request(self, prove: Prove) -> bytes:
        """The body of the next request."""
        proof = prove(self.old, self.checkpoint.size) if 0 < self.old < self.checkpoint.size else ()
        lines = [f"old {self.old}", *map(encode_base64, proof)]
        return "".join(f"{line}\n" for line in lines).encode() + b"\n" + self.note.encode()

    def take(self, answer: Future[_Answer]) -> None:
        """Make the outcome of an answer, or the next request when the witness named another size."""
        try:
            self._read(answer.result())
        except _Refused as refusal:
            self.outcome = self.refused(str(refusal), contradicts=refusal.contradicts)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.outcome = self.refused(f"{type(error).__name__}: {error}")

    def refused(self, why: str, *, contradicts: bool = False) -> Outcome:
        """The outcome without a cosignature."""
        return Outcome(self.witness, None, None, self.known, why, contradicts)

    def _read(self, answer: _Answer) -> None:
        told = answer.body[:200].decode("utf-8", "replace").strip()
        if answer.status == http.client.OK:
            signature, moment = self._cosignature(answer.body)
            self.outcome = Outcome(self.witness, signature, moment, self.checkpoint.size)
        elif answer.status == http.client.CONFLICT and answer.content_type.split(";")[0].strip().lower() == SIZE:
            self._take_size(answer.body)
        elif answer.status == http.client.UNPROCESSABLE_ENTITY:
            raise _Refused(f"has cosigned other {self.old} entries: {told!r}", contradicts=True)
        else:
            raise _Refused(f"answered {answer.status}: {told!r}")

    def _take_size(self, body: bytes) -> None:
        try:
            size = decode_decimal(body.decode("ascii").removesuffix("\n"))
        except (MalformedNote, UnicodeDecodeError) as error:
            raise _Refused(f"named no size in its answer: {body[:200]!r}") from error
        self.known = size
        if size > self.checkpoint.size:
            here = self.checkpoint.size
            raise _Refused(f"has cosigned {size} entries already, more than the {here} here", contradicts=True)
        if size == self.old:
            raise _Refused(f"has cosigned another tree of {size} entries", contradicts=True)
        self.old = size

    def _cosignature(self, body: bytes) -> tuple[Signature, int]:
        try:
            for signature in parse_signatures(body.decode()):
                if self.witness.key.made(signature):
                    moment = self.witness.key.verify(self.note.text, signature)
                    if moment is not None:
                        return signature, moment
        except (MalformedNote, UnicodeDecodeError, BadSignature) as error:
            raise _Refused(f"answered with what is no cosignature: {error}") from error
        raise _Refused("answered without a cosignature of its own key")


def _post(url: str, body: bytes, timeout: float) -> _Answer:
    """Send one request and read the answer, within the time; redirections are not followed."""
    ends = time.monotonic() + timeout
    connection, path = _connect(url, timeout)
    try:
        connection.request("POST", f"{path}/add-checkpoint", body, {"Content-Type": "text/plain; charset=utf-8"})
        answer = connection.getresponse()
        data = b""
        while len(data) <= MAXIMUM_ANSWER:
            if time.monotonic() > ends:
                raise TimeoutError("the answer took too long")
            part = answer.read1(MAXIMUM_ANSWER)
            if not part:
                return _Answer(answer.status, answer.headers.get("Content-Type", ""), data)
            data += part
        raise ValueError("the answer is too long")
    finally:
        connection.close()


def _connect(url: str, timeout: float) -> tuple[http.client.HTTPConnection, str]:
    parts = urlsplit(url)
    host, port = parts.hostname, parts.port
    if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment:
        raise UnknownPlace(f"{url!r} is not the address of a witness")
    if parts.scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=timeout), parts.path.rstrip("/")
    secure = http.client.HTTPSConnection(host, port, timeout=timeout, context=ssl.create_default_context())
    return secure, parts.path.rstrip("/")
