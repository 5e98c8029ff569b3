"""The queue of derivations: in turn, with few places for each source, and none lost."""

from __future__ import annotations

import threading

import pytest

from integrity.vault.queue import PLACES, Queue, TooBusy

PATIENCE = 60


class Crowd:
    """Threads that wait for a turn each, and the order in which they had it."""

    def __init__(self, queue: Queue) -> None:
        self.queue, self.served, self.threads = queue, [], []

    def come(self, source: str) -> None:
        """One more, who waits when this returns."""
        before = self.queue.waiting(source)

        def wait() -> None:
            with self.queue.turn(source, patience=PATIENCE):
                self.served.append(source)

        self.threads.append(threading.Thread(target=wait))
        self.threads[-1].start()
        while self.queue.waiting(source) == before:
            pass

    def leave(self) -> None:
        for thread in self.threads:
            thread.join()


def test_each_source_has_its_turn_however_many_wait_from_another() -> None:
    queue = Queue(1)
    crowd = Crowd(queue)
    with queue.turn("flood", patience=PATIENCE):
        for _each in range(PLACES):
            crowd.come("flood")
        crowd.come("honest")
        crowd.come("another")
    crowd.leave()
    assert sorted(crowd.served[:3]) == ["another", "flood", "honest"]
    assert crowd.served[3:] == ["flood"] * (PLACES - 1)


def test_one_source_has_few_places_and_the_others_keep_theirs() -> None:
    queue = Queue(1)
    crowd = Crowd(queue)
    with queue.turn("", patience=PATIENCE):
        for _each in range(PLACES):
            crowd.come("flood")
        with pytest.raises(TooBusy), queue.turn("flood", patience=PATIENCE):
            pass
        for _each in range(PLACES + 1):
            crowd.come("")
        crowd.come("honest")
    crowd.leave()
    assert crowd.served.count("flood") == PLACES
    assert crowd.served.count("") == PLACES + 1, "those without a name share a line of any length"


def test_who_waits_too_long_leaves_the_line_and_the_turn_is_not_lost() -> None:
    queue = Queue(1)
    with queue.turn("a", patience=PATIENCE), pytest.raises(TooBusy), queue.turn("b", patience=0.01):
        pass
    assert queue.waiting("b") == 0
    with queue.turn("b", patience=0.01):
        pass


def test_a_turn_comes_back_after_an_error_and_never_more_run_than_may() -> None:
    queue, running, most, guard = Queue(2), 0, 0, threading.Lock()
    with pytest.raises(ZeroDivisionError), queue.turn("a", patience=PATIENCE):
        raise ZeroDivisionError

    def work(source: str) -> None:
        nonlocal running, most
        for _each in range(200):
            try:
                with queue.turn(source, patience=PATIENCE):
                    with guard:
                        running += 1
                        most = max(most, running)
                    with guard:
                        running -= 1
            except TooBusy:
                pass

    threads = [threading.Thread(target=work, args=(name,)) for name in ("a", "a", "b", "c", "", "")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most <= 2
    two = queue.turn("a", patience=0), queue.turn("b", patience=0)
    with two[0], two[1], pytest.raises(TooBusy), queue.turn("c", patience=0):
        pass
