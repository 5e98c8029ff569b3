"""What the witness answers to a request: the checks of C2SP tlog-witness, in its order."""

import hashlib
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from audit.checkpoint import Checkpoint
from audit.note import (
    BadSignature,
    MalformedNote,
    Note,
    NoTrustedSignature,
    SignerKey,
    VerifierKey,
    decode_base64,
    decode_decimal,
)
from audit.tree import EMPTY_ROOT, HASH_SIZE, InvalidProof, verify_consistency
from audit.witness.state import State, write_durably

MAXIMUM_HASHES = 63
MAXIMUM_REQUEST_BYTES = 128 * 1024
MAXIMUM_EVIDENCE = 100
PLAIN = "text/plain; charset=utf-8"
SIZE = "text/x.tlog.size"


@dataclass(frozen=True)
class Request:
    """A request to cosign: the size that the log believes was cosigned last, the proof from there, the note."""

    old: int
    proof: tuple[bytes, ...]
    note: Note
    checkpoint: Checkpoint

    @classmethod
    def parse(cls, body: bytes) -> "Request":
        """Read the body of a request. Raises MalformedNote."""
        head, blank, rest = body.partition(b"\n\n")
        try:
            first, *lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError as error:
            raise MalformedNote("the request contains strange characters") from error
        if not blank or not first.startswith("old "):
            raise MalformedNote("a request begins with the old size, and an empty line precedes the checkpoint")
        if len(lines) > MAXIMUM_HASHES:
            raise MalformedNote(f"a proof has at most {MAXIMUM_HASHES} hashes")
        proof = tuple(map(decode_base64, lines))
        if any(len(value) != HASH_SIZE for value in proof):
            raise MalformedNote(f"a hash has {HASH_SIZE} bytes")
        note = Note.parse(rest)
        return cls(decode_decimal(first.removeprefix("old ")), proof, note, Checkpoint.parse(note.text))


@dataclass(frozen=True)
class Answer:
    """Status, body and type of an answer; `told` is a line for the operator."""

    status: HTTPStatus
    body: str
    told: str
    content_type: str = PLAIN


class Witness:
    """Cosigns checkpoints that only append to what it cosigned before. For many threads at once."""

    def __init__(
        self,
        signer: SignerKey,
        logs: Mapping[str, tuple[VerifierKey, ...]],
        state: State,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._signer = signer
        self._logs = logs
        self._state = state
        self._now = now
        self._lock = threading.Lock()

    def add_checkpoint(self, body: bytes) -> Answer:
        """Answer a request to cosign a checkpoint."""
        try:
            request = Request.parse(body)
        except MalformedNote as error:
            return _refusal(HTTPStatus.BAD_REQUEST, str(error))
        origin = request.checkpoint.origin
        keys = self._logs.get(origin)
        if not keys:
            return _refusal(HTTPStatus.NOT_FOUND, "this log is not known here")
        try:
            request.note.verified(keys)
        except (BadSignature, NoTrustedSignature) as error:
            return _refusal(HTTPStatus.FORBIDDEN, str(error))
        if request.old > request.checkpoint.size:
            return _refusal(HTTPStatus.BAD_REQUEST, "the old size is greater than the checkpoint's")
        # Whatever is compared with the state is written to it under the same lock, or not at all.
        with self._lock:
            return self._compare(origin, request)

    def _compare(self, origin: str, request: Request) -> Answer:
        latest = self._state.latest(origin)
        size, new = latest.size if latest else 0, request.checkpoint
        root = latest.root if latest else EMPTY_ROOT
        if request.old != size:
            if new.size == size and new.root != root:
                self._keep_evidence(request)
            return _conflict(size, f"{origin}: {request.old} was given as the size cosigned last, but that is {size}")
        if new.size == size and new.root != root:
            self._keep_evidence(request)
            return _conflict(size, f"{origin}: TWO DIFFERENT TREES of {size} entries were signed")
        try:
            _check_proof(request, root)
        except InvalidProof as error:
            self._keep_evidence(request)
            return _refusal(HTTPStatus.UNPROCESSABLE_ENTITY, f"{origin}: {new.size} does not continue {size}: {error}")
        self._state.keep(origin, self._without_strangers(request.note, origin))
        signature = self._signer.sign(request.note.text, time=int(self._now()))
        return Answer(HTTPStatus.OK, str(signature), f"{origin}: {new.size} entries cosigned")

    def _without_strangers(self, note: Note, origin: str) -> Note:
        """The note with the log's signatures alone, so that nobody fills the state with others."""
        keys = self._logs[origin]
        return Note(note.text, tuple(each for each in note.signatures if any(key.made(each) for key in keys)))

    def _keep_evidence(self, request: Request) -> None:
        """Keep what the log signed although it does not continue what it signed before, with its proof."""
        folder = self._state.path.with_name(f"{self._state.path.name}.evidence")
        name = hashlib.sha256(request.note.text.encode()).hexdigest()[:32]
        folder.mkdir(mode=0o700, exist_ok=True)
        path = folder / f"{request.checkpoint.size}-{name}"
        if not path.exists() and len(list(folder.iterdir())) < MAXIMUM_EVIDENCE:
            write_durably(path, self._without_strangers(request.note, request.checkpoint.origin).encode(), replace=True)

    def latest(self, origin: str) -> str | None:
        """The checkpoint of a log that was cosigned last, as the log signed it."""
        with self._lock:
            return self._state.note(origin)


def _check_proof(request: Request, root: bytes) -> None:
    new = request.checkpoint
    if new.size == request.old or not request.old:
        if request.proof:
            raise InvalidProof("this needs no proof, but hashes were given")
        return
    verify_consistency(request.proof, old_size=request.old, new_size=new.size, old_root=root, new_root=new.root)


def _refusal(status: HTTPStatus, why: str) -> Answer:
    return Answer(status, f"{why}\n", why)


def _conflict(size: int, told: str) -> Answer:
    return Answer(HTTPStatus.CONFLICT, f"{size}\n", told, SIZE)


def load_key(path: Path) -> SignerKey:
    """The witness's key. Raises OSError, or MalformedNote when the file holds none or others can read it."""
    if path.stat().st_mode & 0o077:
        raise MalformedNote(f"the key {path} can be read by others: set its permissions to 0600")
    return SignerKey.parse(path.read_text("utf-8").removesuffix("\n"))
