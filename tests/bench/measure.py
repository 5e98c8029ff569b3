"""Measuring two ways of doing the same by turns, alone or by several clients at once."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from django.db import connection

Work = Callable[[], object]
Timed = Callable[[], float]


@dataclass(frozen=True)
class Comparison:
    """Seconds for one unit of work, ours and the other way's; the two at one position were measured together."""

    ours: tuple[float, ...]
    other: tuple[float, ...]

    @property
    def seconds(self) -> float:
        """Ours, the median."""
        return statistics.median(self.ours)

    @property
    def other_seconds(self) -> float:
        """The other way's, the median."""
        return statistics.median(self.other)

    def each(self, number: int) -> Comparison:
        """The same for one of `number` things that each measurement did."""
        return Comparison(
            ours=tuple(value / number for value in self.ours), other=tuple(value / number for value in self.other)
        )

    @property
    def ratios(self) -> list[float]:
        """How many times as long ours takes, pair by pair, the least first."""
        return sorted(ours / other for ours, other in zip(self.ours, self.other, strict=True))

    @property
    def ratio(self) -> float:
        """The median of the pairs."""
        return statistics.median(self.ratios)


def compare(ours: Timed, other: Timed, *, pairs: int, warm: bool = True) -> Comparison:
    """Take both measurements `pairs` times by turns, each first in every other pair.

    Whatever else the machine does meets both alike, so that the ratio holds where the seconds do not.
    """
    if warm:
        ours(), other()
    measured: list[tuple[float, float]] = []
    for number in range(pairs):
        if number % 2:
            second = other()
            measured.append((ours(), second))
        else:
            first = ours()
            measured.append((first, other()))
    return Comparison(ours=tuple(pair[0] for pair in measured), other=tuple(pair[1] for pair in measured))


def one(work: Work, *, times: int = 1, afterwards: Work | None = None) -> Timed:
    """Seconds for one call, over `times` calls in a row; `afterwards` tidies up untimed."""

    def timed() -> float:
        began = time.perf_counter()
        for _ in range(times):
            work()
        elapsed = time.perf_counter() - began
        if afterwards is not None:
            afterwards()
        return elapsed / times

    return timed


def at_once(work: Work, *, clients: int, times: int) -> Timed:
    """Seconds from one finished call to the next while `clients` threads make `times` calls each.

    Each thread has a database connection of its own, open before the clock starts.
    """

    def timed() -> float:
        start = threading.Barrier(clients + 1)
        failures: list[BaseException] = []

        def client() -> None:
            try:
                connection.ensure_connection()
                start.wait()
                for _ in range(times):
                    work()
            except BaseException as failure:  # noqa: BLE001 - raised again where it is seen
                failures.append(failure)
                start.abort()
            finally:
                connection.close()

        threads = [threading.Thread(target=client) for _ in range(clients)]
        for thread in threads:
            thread.start()
        with suppress(threading.BrokenBarrierError):
            start.wait()
        began = time.perf_counter()
        for thread in threads:
            thread.join()
        elapsed = time.perf_counter() - began
        if failures:
            raise next((each for each in failures if not isinstance(each, threading.BrokenBarrierError)), failures[0])
        return elapsed / (clients * times)

    return timed


def processor_seconds(work: Work, *, times: int) -> float:
    """Processor time of one call, over all threads of this process, as a mean of `times` calls."""
    began = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - began) / times
