"""Appending one entry to the log in a transaction of its own, against inserting one bare row."""

from __future__ import annotations

import threading

from django.db import connection

from audit.log import actions as log
from audit.log.events import declare
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


def run(scene: Scene) -> Result:
    """Entries per second by one client and by eight, and how quickly they are numbered and signed."""
    raw.make_bare_table()
    bare = at_once(raw.insert_row, clients=CLIENTS, times=TIMES)
    alone = compare(one(append, times=150), one(raw.insert_row, times=150), pairs=9)
    together = compare(at_once(append, clients=CLIENTS, times=TIMES), bare, pairs=9)
    figures = [
        Figure("1 client", "1 bare row, durable", alone, as_rate=True),
        Figure(f"{CLIENTS} clients", f"the same, {CLIENTS} clients", together, as_rate=True),
    ]
    if connection.vendor == "postgresql":
        numbered = compare(while_numbering(at_once(append, clients=CLIENTS, times=TIMES)), bare, pairs=9)
        figures.append(
            Figure(f"{CLIENTS} clients, numbered meanwhile", f"the same, {CLIENTS} clients", numbered, as_rate=True)
        )
    log.integrate()
    signed = compare(integrate_backlog, bare, pairs=5)
    figures.append(
        Figure(f"numbering and signing {BACKLOG:,}, each", f"1 bare row, {CLIENTS} clients", signed, as_rate=True)
    )
    return Result(
        title="Appending an entry to the log",
        figures=figures,
        remarks=[
            "An entry is made canonical, hashed and written; it is numbered without gaps and indexed four times: on "
            "SQLite in the same transaction, on PostgreSQL behind it, all that wait at once.",
            f"Meanwhile: one more connection numbers what waits, {PAUSE:g} s after the last time.",
        ],
    )


def append() -> None:
    """One entry, committed."""
    with log.transaction():
        put()


def put() -> None:
    """One entry into the open transaction."""
    log.append(APPENDED, actor=ACTOR, object=OBJECT, facts={"from": "investigating", "to": "findings"})


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
