"""Appending one entry to the log in a transaction of its own, against inserting one bare row."""

from __future__ import annotations

from audit.log import actions as log
from audit.log.events import declare
from tests.bench import raw
from tests.bench.measure import at_once, compare, one
from tests.bench.scratch import Scene
from tests.bench.table import Figure, Result

APPENDED = declare("bench.appended", facts=("from", "to"), description="A benchmark appended an entry.")
ACTOR = "person/3f0c2f5e-8a8e-4d55-9a52-0f6b3a8f6f1e"
OBJECT = "case/0b7c9a52-1df0-4f0e-8c5b-4a5d1a6a9f10"
CLIENTS = 8


def run(scene: Scene) -> Result:
    """Entries per second by one client and by eight."""
    raw.make_bare_table()
    alone = compare(one(append, times=150), one(raw.insert_row, times=150), pairs=9)
    together = compare(
        at_once(append, clients=CLIENTS, times=40), at_once(raw.insert_row, clients=CLIENTS, times=40), pairs=7
    )
    return Result(
        title="Appending an entry to the log",
        figures=[
            Figure("1 client", "1 bare row, durable", alone, as_rate=True),
            Figure(f"{CLIENTS} clients", f"the same, {CLIENTS} clients", together, as_rate=True),
        ],
        remarks=["An entry is made canonical, hashed, numbered without gaps under a lock, and indexed four times."],
    )


def append() -> None:
    """One entry, committed."""
    with log.transaction():
        put()


def put() -> None:
    """One entry into the open transaction."""
    log.append(APPENDED, actor=ACTOR, object=OBJECT, facts={"from": "investigating", "to": "findings"})
