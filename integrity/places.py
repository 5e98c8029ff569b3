"""A few places for each source, held while something is done: whoever comes with many at once finds none left."""

from __future__ import annotations

import threading
from collections import Counter


class Places:
    """Who holds places in this process; its length is how many. Nothing is kept of a source that holds none."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: Counter[str] = Counter()

    def __len__(self) -> int:
        with self._lock:
            return self._held.total()

    def take(self, source: str, *, most: int | None = None, in_all: int | None = None) -> bool:
        """Take a place, unless the source holds `most` already, or all together `in_all`; None is no bound."""
        with self._lock:
            own, everybodys = self._held[source], self._held.total()
            if (most is not None and own >= most) or (in_all is not None and everybodys >= in_all):
                return False
            self._held[source] += 1
            return True

    def leave(self, source: str) -> None:
        """Give a place back."""
        with self._lock:
            self._held[source] -= 1
            if not self._held[source]:
                del self._held[source]
