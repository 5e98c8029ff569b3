"""Who is next, when only a few may run at once: each source in turn, so that nobody waits behind somebody's flood."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

PLACES: Final = 4


class TooBusy(Exception):
    """More is being tried than may be at once, and the queue took too long or is full. Try again later."""


class Queue:
    """So many turns at once. A named source has few places to wait in; those without a name share a line of any length.

    Within a line the first come is the first served; between lines one of each in turn.
    """

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._lock = threading.Lock()
        # In the order of their turns: who was served goes to the end.
        self._lines: dict[str, deque[threading.Event]] = {}

    @contextmanager
    def turn(self, source: str, *, patience: float) -> Iterator[None]:
        """Wait for a turn and hold it for the block. Raises TooBusy after `patience` seconds, or with no place left."""
        self._take(source, patience)
        try:
            yield
        finally:
            self._give_back()

    def waiting(self, source: str) -> int:
        """How many wait in a line."""
        with self._lock:
            return len(self._lines.get(source, ()))

    def _take(self, source: str, patience: float) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            line = self._lines.setdefault(source, deque())
            if source and len(line) >= PLACES:
                raise TooBusy
            called = threading.Event()
            line.append(called)
        if called.wait(patience):
            return
        with self._lock:
            # Between the end of the wait and this line it may have been called after all.
            if called.is_set():
                return
            line.remove(called)
            if not line:
                self._lines.pop(source, None)
        raise TooBusy

    def _give_back(self) -> None:
        with self._lock:
            if not self._lines:
                self._free += 1
                return
            source, line = next(iter(self._lines.items()))
            del self._lines[source]
            line.popleft().set()
            if line:
                self._lines[source] = line
