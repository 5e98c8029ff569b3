"""Sending a report, of words and with a file of 1 MB: from opening the form to the page with the receipt."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path

from config.wsgi import application
from integrity.vault.passphrase import receipt_cost
from integrity.vault.seal import SEED_LENGTH
from tests.bench import raw
from tests.bench.browsing import Browser, InProcess, Line, Loopback, Unexpected, multipart
from tests.bench.measure import at_once, compare, one, processor_seconds
from tests.bench.observed import observed
from tests.bench.scratch import Scene
from tests.bench.server import granian
from tests.bench.table import Figure, Result, duration
from tests.walks.portal import ANSWERS

FORM = {"path": "partner", "name": "", "contact": "", **ANSWERS, "what": "At gate 3 an officer asks for money. " * 28}
# So many people at once, how many reports each sends for one measurement, and how many pairs are measured.
LEVELS = ((1, 8, 5), (8, 4, 4), (32, 2, 3))
MEGABYTE = secrets.token_bytes(1_000_000)


def run(scene: Scene) -> Result:
    """Reports per second by 1, 8 and 32 at once over a socket, with 1 KB of text and with a file of 1 MB besides."""
    scene.found()
    raw.make_bare_table()
    send = partial(send_report, InProcess(application))
    send()
    with observed() as seen:
        send()
    least = _least(seen.seals)
    with_file = _least(seen.seals + 1, folder=scene.folder)
    against = f"1 Argon2id, {seen.seals} seals, 1 durable row"
    figures = [Figure("1 KB, in process, alone", against, compare(one(send, times=8), one(least, times=8), pairs=5))]
    with granian() as server:
        for what, sending, floor, floor_of in (
            ("1 KB", partial(_by_socket, server.port), least, against),
            ("and 1 MB", partial(_by_socket, server.port, MEGABYTE), with_file, f"{against}, 1 MB encrypted to disk"),
        ):
            for clients, times, pairs in LEVELS:
                ours, other = (at_once(work, clients=clients, times=times) for work in (sending, floor))
                figures.append(
                    Figure(
                        f"{what}, granian on loopback, {clients} at once",
                        floor_of if clients == 1 else f"the same, {clients} at once",
                        compare(ours, other, pairs=pairs),
                        as_rate=True,
                    )
                )
    processor = processor_seconds(send, times=20)
    heavier = processor_seconds(partial(send, MEGABYTE), times=10)
    argon2id = processor_seconds(lambda: raw.argon2id(receipt_cost(), length=2 * SEED_LENGTH), times=20)
    return Result(
        title="Sending a report (form page, sending, receipt page)",
        figures=figures,
        remarks=[
            f"Processor time of a report: {duration(processor)}, of which Argon2id {duration(argon2id)} "
            f"({argon2id / processor:.0%}); with a file of 1 MB {duration(heavier)} ({argon2id / heavier:.0%}).",
            f"Form and sending ask {len(seen.queries)} queries and make {seen.writes} writes, in one transaction.",
        ],
    )


def send_report(line: Line, file: bytes = b"") -> None:
    """Send one report as a new visitor, without a name; with a file, if there is one."""
    browser = Browser(line)
    form = browser.get("/report/").expect(200)
    sent = multipart({"page": form.hidden("page"), **FORM}, {"files": file} if file else None)
    answer = browser.post_body("/report/", *sent).expect(200)
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


def _by_socket(port: int, file: bytes = b"") -> None:
    with loopback(port) as line:
        send_report(line, file)


def _least(seals: int, *, folder: Path | None = None) -> Callable[[], None]:
    """What no report can do without; with a folder, also 1 MB encrypted into a file there."""
    seal, numbers = raw.sealing(seals), count()

    def least() -> None:
        raw.argon2id(receipt_cost(), length=2 * SEED_LENGTH)
        seal()
        if folder is not None:
            path = folder / f"raw-{threading.get_ident()}-{next(numbers)}"
            raw.encrypt_to_file(MEGABYTE, path)
            path.unlink()
        raw.insert_row()

    return least
