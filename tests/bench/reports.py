"""Sending a report: from opening the form to the page with the receipt."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from config.wsgi import application
from integrity.vault.passphrase import receipt_cost
from integrity.vault.seal import SEED_LENGTH
from tests.bench import raw
from tests.bench.browsing import Browser, InProcess, Line, Loopback, Unexpected
from tests.bench.measure import at_once, compare, one, processor_seconds
from tests.bench.observed import observed
from tests.bench.scratch import Scene
from tests.bench.server import granian
from tests.bench.table import Figure, Result, duration
from tests.walks.portal import ANSWERS

FORM = {"path": "partner", "name": "", "contact": "", **ANSWERS}
CLIENTS = 8
ALONE, TOGETHER = 8, 6


def run(scene: Scene) -> Result:
    """Reports per second, alone and by eight at once, in this process and over a socket."""
    scene.found()
    raw.make_bare_table()

    def send() -> None:
        send_report(InProcess(application))

    send()
    with observed() as seen:
        send()
    seal = raw.sealing(seen.seals)

    def least() -> None:
        raw.argon2id(receipt_cost(), length=2 * SEED_LENGTH)
        seal()
        raw.insert_row()

    def send_by_socket() -> None:
        with loopback(server.port) as line:
            send_report(line)

    against = f"1 Argon2id, {seen.seals} seals, 1 durable row"
    alone = compare(one(send, times=ALONE), one(least, times=ALONE), pairs=7)
    together = compare(
        at_once(send, clients=CLIENTS, times=TOGETHER), at_once(least, clients=CLIENTS, times=TOGETHER), pairs=5
    )
    processor = processor_seconds(send, times=20)
    argon2id = processor_seconds(lambda: raw.argon2id(receipt_cost(), length=2 * SEED_LENGTH), times=20)
    with granian() as server:
        served_alone = compare(one(send_by_socket, times=ALONE), one(least, times=ALONE), pairs=5)
        served = compare(
            at_once(send_by_socket, clients=CLIENTS, times=TOGETHER),
            at_once(least, clients=CLIENTS, times=TOGETHER),
            pairs=5,
        )
    return Result(
        title="Sending a report (form page, sending, receipt page)",
        figures=[
            Figure("in process, one at a time", against, alone, as_rate=True),
            Figure(f"in process, {CLIENTS} at once", f"the same, {CLIENTS} at once", together, as_rate=True),
            Figure("granian on loopback, one at a time", against, served_alone, as_rate=True),
            Figure(f"granian on loopback, {CLIENTS} at once", f"the same, {CLIENTS} at once", served, as_rate=True),
        ],
        remarks=[
            f"Processor time of a report: {duration(processor)}, of which Argon2id {duration(argon2id)} "
            f"({argon2id / processor:.0%}).",
            f"Form and sending ask {len(seen.queries)} queries and make {seen.writes} writes, in one transaction.",
        ],
    )


def send_report(line: Line) -> None:
    """Send one report as a new visitor, without files or a name."""
    browser = Browser(line)
    form = browser.get("/report/").expect(200)
    answer = browser.post("/report/", {"page": form.hidden("page"), **FORM}).expect(200)
    if b'class="receipt"' not in answer.body:
        raise Unexpected("The page that came back shows no receipt.")


@contextmanager
def loopback(port: int) -> Iterator[Line]:
    """A new connection, as a new visitor makes it."""
    line = Loopback(port)
    try:
        yield line
    finally:
        line.close()
