"""The outer side of the sandbox: a process of its own reads a stranger's file, and gives back bytes or a reason.

The process gets the file through one pipe and answers through another. It has no environment, no descriptor but
these, no file, no network, no second process, bounded memory and time (`sandboxed/confinement.py`); nothing of the
file is on disk. What it answers is not believed either: lengths are compared, codes looked up, and bytes only ever
kept sealed or sent as a picture. How much of this is in force is told by tests that try to get out.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from django.conf import settings

from integrity.inspection.codes import Job, Refused, Removed, Trouble
from integrity.inspection.sandboxed.confinement import is_possible

ROOT: Final = Path(__file__).resolve().parents[2]
MEMORY: Final = 1536 * 1024 * 1024
GREATEST_LINE: Final = 64 * 1024
PIECE: Final = 256 * 1024
_START: Final = (
    "import runpy, sys; sys.path.insert(0, {root!r}); "
    "runpy.run_module('integrity.inspection.sandboxed', run_name='__main__', alter_sys=True)"
)


def size_limit() -> int:
    """The largest file that is cleaned or previewed, in bytes (settings.CLEANING_LIMIT)."""
    return int(getattr(settings, "CLEANING_LIMIT", 64 * 1024 * 1024))


def seconds() -> int:
    """How long one file may take (settings.CLEANING_SECONDS)."""
    return int(getattr(settings, "CLEANING_SECONDS", 60))


_at_once: Final = threading.BoundedSemaphore(int(getattr(settings, "CLEANINGS_AT_ONCE", 2)))


@dataclass(frozen=True)
class Answer:
    """What the sandbox gave: pages for a count, what was removed for a cleaned copy, and the bytes, once."""

    pages: int
    removed: tuple[Removed, ...]
    length: int
    content: Iterator[bytes]


@contextmanager
def sandbox(job: Job, content: Iterable[bytes], *, media_type: str, size: int, page: int = 1) -> Iterator[Answer]:
    """Have the sandbox do one job on a file of `size` bytes. Raises Refused, also while the bytes are read.

    What `content` raises (FileDamaged) goes through. At most as many at once in one process as the settings say; who
    waits longer than a job may take is told that others were faster.
    """
    if size > size_limit():
        raise Refused(Trouble.LARGE)
    if not is_possible():
        raise Refused(Trouble.UNAVAILABLE)
    if not _at_once.acquire(timeout=seconds()):
        raise Refused(Trouble.BUSY)
    try:
        with _process(job, media_type, page) as (process, overdue):
            yield _talk(process, content, overdue)
    finally:
        _at_once.release()


@contextmanager
def _process(job: Job, media_type: str, page: int) -> Iterator[tuple[subprocess.Popen[bytes], threading.Event]]:
    limit = seconds()
    given = (job.value, media_type, str(page), str(MEMORY), str(limit))
    process = subprocess.Popen(  # noqa: S603 - our own interpreter, and no word of a stranger's among the arguments
        [sys.executable, "-I", "-B", "-c", _START.format(root=str(ROOT)), *given],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        close_fds=True,
        start_new_session=True,
        env={},
        cwd="/",
    )
    overdue = threading.Event()

    def end() -> None:
        overdue.set()
        process.kill()

    alarm = threading.Timer(limit, end)
    alarm.daemon = True
    alarm.start()
    try:
        yield process, overdue
    finally:
        alarm.cancel()
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue
        process.wait()


def _talk(process: subprocess.Popen[bytes], content: Iterable[bytes], overdue: threading.Event) -> Answer:
    assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - both are pipes
    try:
        for piece in content:
            process.stdin.write(piece)
        process.stdin.close()
    except BrokenPipeError:
        # It ended before it read everything: its answer, if there is one, says why.
        pass
    said = _understood(process.stdout.readline(GREATEST_LINE))
    if said is None:
        raise Refused(Trouble.SLOW if overdue.is_set() else Trouble.UNREADABLE)
    if "trouble" in said:
        raise Refused(_trouble(said["trouble"]))
    length = said["length"]
    return Answer(
        pages=_number(said.get("pages")),
        removed=tuple(each for each in Removed if each.value in _words(said.get("removed"))),
        length=length,
        content=_pieces(process.stdout, length, overdue),
    )


def _pieces(pipe: IO[bytes], length: int, overdue: threading.Event) -> Iterator[bytes]:
    left = length
    while left:
        piece = pipe.read(min(PIECE, left))
        if not piece:
            raise Refused(Trouble.SLOW if overdue.is_set() else Trouble.UNREADABLE)
        left -= len(piece)
        yield piece


def _understood(line: bytes) -> dict[str, Any] | None:
    """The line of an answer, when it is one and promises no more than a file may have."""
    try:
        said = json.loads(line)
    except ValueError:
        return None
    if not isinstance(said, dict) or type(said.get("length")) is not int:
        return None
    return said if 0 <= said["length"] <= 4 * size_limit() else None


def _trouble(said: Any) -> Trouble:
    try:
        return Trouble(said)
    except ValueError:
        return Trouble.UNREADABLE


def _number(said: Any) -> int:
    return max(0, said) if type(said) is int else 0


def _words(said: Any) -> frozenset[str]:
    return frozenset(each for each in said if isinstance(each, str)) if isinstance(said, list) else frozenset()
