"""Appending one entry to the log in a transaction of its own, against inserting one bare row."""

from __future__ import annotations

import threading
from collections.abc import Callable

from django.db import connection

from audit import clock
from audit.log import actions as log
from audit.log.events import declare
from audit.log.leaf import make_leaf
from tests.bench import raw
from tests.bench.measure import Timed, at_once, compare, one
from tests.bench.scratch import Scene
from tests.bench.table import Figure, Result

APPENDED = declare("bench.appended", facts=("from", "to"), description="A benchmark appended an entry.")
ACTOR = "person/3f0c2f5e-8a8e-4d55-9a52-0f6b3a8f6f1e"
OBJECT = "case/0b7c9a52-1df0-4f0e-8c5b-4a5d1a6a9f10"
CLIENTS = 8
TIMES = 40
BACKLOG = 4_000
PAUSE = 0.1
PAIRS = 15
FACTS = {"from": "investigating", "to": "findings"}


def run(scene: Scene) -> Result:
    """Entries per second by one client and by eight, and how quickly they are numbered and signed."""
    raw.make_bare_table()
    bare_row = one_of_the_same_bytes()
    bare = at_once(bare_row, clients=CLIENTS, times=TIMES)
    alone = compare(one(append, times=150), one(bare_row, times=150), pairs=9)
    ours = at_once(append, clients=CLIENTS, times=TIMES)
    together = compare(ours, bare, pairs=PAIRS)
    numbered = compare(while_numbering(ours), bare, pairs=9)
    log.integrate()
    signed = compare(integrate_backlog, ours, pairs=5)
    eight = f"{CLIENTS} clients"
    return Result(
        title="Appending an entry to the log",
        figures=[
            Figure("1 client", "1 bare row, durable", alone, as_rate=True),
            Figure(eight, f"the same, {eight}", together, as_rate=True),
            Figure(f"{eight}, numbered meanwhile", f"the same, {eight}", numbered, as_rate=True),
            Figure(f"numbering and signing {BACKLOG:,}, each", f"appending one, {eight}", signed, as_rate=True),
        ],
        remarks=[
            f"The rate of {eight} is {1 / together.ratio:.0%} of that of bare rows of the same bytes; the integrator "
            f"takes {1 / signed.ratio:.0f} times as many entries in the same time as {eight} append.",
            "An entry is made canonical, hashed and written; behind the commit it is numbered without gaps, indexed "
            "eight times and put into the tree.",
            f"Meanwhile: one more connection numbers what waits, {PAUSE:g} s after the last time.",
        ],
    )


def one_of_the_same_bytes() -> Callable[[], None]:
    """Inserts what an entry has in its columns, made once."""
    leaf = make_leaf(APPENDED, moment=clock.now(), actor=ACTOR, object=OBJECT, facts=FACTS, sealed={})
    values = [leaf.data, leaf.hash, leaf.type, leaf.actor, leaf.object, leaf.time.isoformat()]
    return lambda: raw.insert_row(values)


def append() -> None:
    """One entry, committed."""
    with log.transaction():
        put()


def put() -> None:
    """One entry into the open transaction."""
    log.append(APPENDED, actor=ACTOR, object=OBJECT, facts=FACTS)


def while_numbering(timed: Timed) -> Timed:
    """The same measurement while one more connection gives indexes all the time."""

    def measured() -> float:
        ended = threading.Event()

        def number() -> None:
            try:
                while not ended.wait(PAUSE):
                    log.number()
            finally:
                connection.close()

        worker = threading.Thread(target=number)
        worker.start()
        try:
            return timed()
        finally:
            ended.set()
            worker.join()

    return measured


def integrate_backlog() -> float:
    """Seconds for one of many entries to be numbered, integrated and signed."""
    with log.transaction():
        for _ in range(BACKLOG):
            put()
    return one(log.integrate)() / BACKLOG
