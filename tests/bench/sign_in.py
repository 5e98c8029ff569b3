"""Signing in: the page, the passphrase, and the answer that the sitting is open; over a socket, by one and by many."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from config.wsgi import application
from integrity.people.roles import Role
from integrity.vault.passphrase import staff_cost
from tests.bench import raw
from tests.bench.browsing import Browser, InProcess, Line, Loopback, Page
from tests.bench.measure import Comparison, at_once, compare, processor_seconds
from tests.bench.scratch import Scene
from tests.bench.server import Server, granian
from tests.bench.table import Figure, Result, duration, size
from tests.desk import at_desk
from tests.world import passphrase_of

ADDRESS = "/desk/sign-in/"
LEVELS = (1, 8, 32)
CORES = 2
PAIRS = 4
HASTY = "tests.bench.hasty_settings"
OPEN, BUSY = 302, frozenset({429, 503})


@dataclass
class Level:
    """So many people at once: what they were answered, and what memory the server took for them."""

    people: int
    comparison: Comparison
    hasty: bool = False
    answers: Counter[int] = field(default_factory=Counter)
    before: int = 0
    peak: int = 0

    @property
    def remark(self) -> str:
        """The memory, against what it would take if every derivation ran at once."""
        busy = sum(count for status, count in self.answers.items() if status in BUSY)
        ungated = self.people * staff_cost().memory * 1024
        waiting = " who wait a second at most" if self.hasty else ""
        return (
            f"{self.people} at once{waiting}: {self.answers[OPEN]} signed in, {busy} were told to come back; "
            f"the server's memory rose by {size(self.peak - self.before)} to at most {size(self.peak)} ({self.people} "
            f"derivations at once would be {size(ungated)})."
        )


def run(scene: Scene) -> Result:
    """Sign-ins per second and peak memory by 1, 8 and 32 at once, against the derivation that each must make."""
    world = scene.found()
    names = ["investigator", *(f"clerk{number}" for number in range(1, max(LEVELS)))]
    for name in names[1:]:
        world.add(name, Role.INVESTIGATOR)
    cost = f"1 Argon2id ({staff_cost().memory // 1024} MiB, t={staff_cost().iterations})"
    levels = [_level(names[:people]) for people in LEVELS]
    hasty = _level(names, hasty=True)

    def enter() -> None:
        sign_in(InProcess(application), "investigator").expect(OPEN)

    least = _least()
    processor, argon2id = processor_seconds(enter, times=6), processor_seconds(least, times=6)
    return Result(
        title="Signing in over granian on loopback (page, passphrase, redirect)",
        figures=[
            Figure(
                f"{level.people} at once", f"{cost}, {min(level.people, CORES)} at once", level.comparison, as_rate=True
            )
            for level in levels
        ],
        remarks=[
            *(level.remark for level in (*levels, hasty)),
            f"Processor time of a sign-in: {duration(processor)}, of which Argon2id {duration(argon2id)} "
            f"({argon2id / processor:.0%}).",
        ],
    )


def _level(names: list[str], *, hasty: bool = False) -> Level:
    people = len(names)
    level = Level(people=people, comparison=Comparison((), ()), hasty=hasty)
    times = 3 if people == 1 else 1
    least = at_once(_least(), clients=min(people, CORES), times=max(2, people // CORES))
    # Threads for all of them, so that the gate and not the server's own queue decides who waits.
    with granian(settings=HASTY if hasty else "config.settings", threads=max(LEVELS)) as server:
        warm = Loopback(server.port)
        sign_in(warm, names[0]).expect(OPEN)
        warm.close()
        level.before = server.memory()
        server.forget_peak()
        level.comparison = compare(_crowd(server, names, level, times), least, pairs=2 if hasty else PAIRS, warm=False)
        level.peak = server.peak_memory()
    return level


def _crowd(server: Server, names: list[str], level: Level, times: int) -> Callable[[], float]:
    """Everybody comes at the same moment; seconds from one finished sign-in to the next."""

    def timed() -> float:
        start, answered = threading.Barrier(len(names) + 1), Counter[int]()

        def person(name: str) -> None:
            line = Loopback(server.port)
            start.wait()
            for _ in range(times):
                answered[sign_in(line, name).status] += 1
            line.close()

        threads = [threading.Thread(target=person, args=(name,)) for name in names]
        for thread in threads:
            thread.start()
        start.wait()
        began = time.perf_counter()
        for thread in threads:
            thread.join()
        elapsed = time.perf_counter() - began
        if not answered[OPEN]:
            raise RuntimeError(f"Nobody was let in: {answered}")
        level.answers += answered
        return elapsed / answered[OPEN]

    return timed


def _least() -> Callable[[], None]:
    return lambda: raw.argon2id(staff_cost())


def sign_in(line: Line, username: str) -> Page:
    """A new browser asks for the page and sends the passphrase; the answer."""
    browser = Browser(line)
    page = browser.get(ADDRESS).expect(200)
    form = {
        "csrfmiddlewaretoken": page.hidden("csrfmiddlewaretoken"),
        "username": username,
        "passphrase": passphrase_of(username),
    }
    return browser.post(ADDRESS, form)


def signed_in(username: str, line: Line | None = None) -> Browser:
    """A browser in which this person is at the desk, both proofs given."""
    browser = Browser(line or InProcess(application))
    browser.take_cookies({name: morsel.value for name, morsel in at_desk(username).cookies.items()})
    return browser
