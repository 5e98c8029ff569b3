"""What the witness cosigned last of each log: one file that is replaced as a whole, or not at all.

Whoever takes the file away makes the witness forget, so it never begins afresh by itself: a file that is missing,
cut short or changed keeps it from starting.
"""

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from audit.checkpoint import Checkpoint
from audit.note import MalformedNote, Note
from audit.witness.configuration import Misconfigured

VERSION = 1


def write_durably(path: Path, data: bytes, *, replace: bool) -> None:
    """Put a file in place as a whole; it is on the disk when this returns, and readable by its owner alone.

    Raises FileExistsError when it is there already and is not to be replaced, and OSError.
    """
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            os.replace(temporary, path)
        else:
            os.link(temporary, path)
    finally:
        Path(temporary).unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class State:
    """The latest cosigned checkpoint of each log, as the log signed it. Not for several threads at once."""

    def __init__(self, path: Path, notes: dict[str, str]) -> None:
        self.path = path
        self._notes = notes

    @classmethod
    def create(cls, path: Path) -> "State":
        """The state of a witness that has cosigned nothing. Raises FileExistsError."""
        write_durably(path, _encode({}), replace=False)
        return cls(path, {})

    @classmethod
    def load(cls, path: Path) -> "State":
        """Read the file. Raises Misconfigured when it is missing or is not as it was written."""
        try:
            data = path.read_bytes()
        except OSError as error:
            raise Misconfigured(
                f"the state {path} cannot be read ({error.strerror}). Put it back: a witness that forgot what it "
                "cosigned is worthless. A new witness gets its empty state together with its key (create-key)."
            ) from error
        return cls(path, _decode(data, path))

    def latest(self, origin: str) -> Checkpoint | None:
        """The checkpoint that was cosigned last, or None when none of this log was."""
        note = self._notes.get(origin)
        return Checkpoint.parse(Note.parse(note.encode()).text) if note else None

    def note(self, origin: str) -> str | None:
        """The same as the log signed it."""
        return self._notes.get(origin)

    def origins(self) -> list[str]:
        """The logs of which something was cosigned."""
        return sorted(self._notes)

    def keep(self, origin: str, note: Note) -> None:
        """Remember a checkpoint; it is on the disk when this returns, and nothing has changed when it raises."""
        notes = {**self._notes, origin: note.encode().decode()}
        write_durably(self.path, _encode(notes), replace=True)
        self._notes = notes


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Let nobody else use this state in the meantime. Raises Misconfigured when another process does."""
    with path.with_name(f"{path.name}.lock").open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Misconfigured(f"another process works with the state {path}") from error
        yield


def _digest(notes: dict[str, str]) -> str:
    return sha256(json.dumps([VERSION, notes], sort_keys=True).encode()).hexdigest()


def _encode(notes: dict[str, str]) -> bytes:
    content = {"version": VERSION, "checkpoints": notes, "sha256": _digest(notes)}
    return (json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _decode(data: bytes, path: Path) -> dict[str, str]:
    try:
        content: Any = json.loads(data)
        notes: dict[str, str] = content["checkpoints"]
        whole = content["version"] == VERSION and content["sha256"] == _digest(notes)
        for origin, note in notes.items():
            whole = whole and Checkpoint.parse(Note.parse(note.encode()).text).origin == origin
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, MalformedNote) as error:
        raise _damaged(path) from error
    if not whole:
        raise _damaged(path)
    return notes


def _damaged(path: Path) -> Misconfigured:
    return Misconfigured(
        f"the state {path} is damaged. Put back its last whole copy, and nothing older: a witness that forgot what "
        "it cosigned would cosign another history."
    )
