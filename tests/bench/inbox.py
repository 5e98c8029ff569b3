"""Coming back: from a typed receipt to the inbox, and what the wait costs that makes a wrong receipt look alike."""

from __future__ import annotations

from functools import partial
from itertools import cycle

from django.conf import settings
from django.test.utils import override_settings

from config.wsgi import application
from intake.portal.receipt import Receipt
from integrity.vault.passphrase import receipt_cost
from integrity.vault.seal import SEED_LENGTH
from tests.bench import raw
from tests.bench.browsing import Browser, InProcess, Line, Page
from tests.bench.measure import at_once, compare, one, processor_seconds
from tests.bench.observed import observed
from tests.bench.reports import loopback
from tests.bench.scratch import Scene
from tests.bench.server import granian
from tests.bench.table import Figure, Result, duration
from tests.walks.portal import send_report

CLIENTS = 8
# How many messages the inbox holds that is opened.
MESSAGES = 10
NOT_WAITING = {"RECEIPT_MILLISECONDS": "0"}


def run(scene: Scene) -> Result:
    """Opening an inbox against the derivation and the private-key operations that it cannot do without."""
    world = scene.found()
    raw.make_bare_table()
    _report, receipt = send_report(world)
    here = InProcess(application)
    for number in range(MESSAGES):
        _write(here, receipt, f"{number}. The number plate was written down by two drivers.")
    enter = partial(open_inbox, here, receipt)
    with override_settings(RECEIPT_SECONDS=0), observed() as seen:
        enter()
    unseal = raw.opening(seen.opens)

    def least() -> None:
        raw.argon2id(receipt_cost(), length=2 * SEED_LENGTH)
        unseal()
        raw.insert_row()

    def argon2id() -> None:
        raw.argon2id(receipt_cost(), length=2 * SEED_LENGTH)

    with override_settings(RECEIPT_SECONDS=0):
        alone = compare(one(enter, times=8), one(least, times=8), pairs=5)
        work, derivation = processor_seconds(enter, times=20), processor_seconds(argon2id, times=20)
        wrong = processor_seconds(partial(open_inbox, here, Receipt.new()), times=20)
    with granian(**NOT_WAITING) as server:

        def enter_by_socket() -> None:
            with loopback(server.port) as line:
                open_inbox(line, receipt)

        served = compare(one(enter_by_socket, times=8), one(least, times=8), pairs=5)
        together = compare(
            at_once(enter_by_socket, clients=CLIENTS, times=4), at_once(least, clients=CLIENTS, times=4), pairs=4
        )
    with granian() as server:
        tried = cycle((receipt, Receipt.new()))

        def try_by_socket(which: Receipt) -> None:
            with loopback(server.port) as line:
                open_inbox(line, which)

        alike = compare(
            one(lambda: try_by_socket(receipt), times=2), one(lambda: try_by_socket(Receipt.new()), times=2), pairs=8
        )
        waiting = at_once(lambda: try_by_socket(next(tried)), clients=CLIENTS, times=4)()
    against = f"1 Argon2id, {seen.opens} opens, 1 durable row"
    return Result(
        title=f"Opening an inbox with {MESSAGES} messages by its receipt",
        figures=[
            Figure("in process, alone, without the wait", against, alone, as_rate=True),
            Figure("granian on loopback, without the wait", against, served, as_rate=True),
            Figure(f"{CLIENTS} at once, without the wait", f"the same, {CLIENTS} at once", together, as_rate=True),
            Figure("as it is: a right receipt", "a wrong receipt", alike),
        ],
        remarks=[
            f"Processor time: {duration(work)} for a right receipt, of which Argon2id {duration(derivation)} "
            f"({derivation / work:.0%}), and {duration(wrong)} for a wrong one.",
            f"It asks {len(seen.queries)} queries and makes {seen.writes} writes.",
            f"Every answer waits {duration(settings.RECEIPT_SECONDS)} behind its derivation; {CLIENTS} at once are "
            f"answered {1 / waiting:.1f} times a second.",
        ],
    )


def open_inbox(line: Line, receipt: Receipt) -> None:
    """Type a receipt at the door."""
    _enter(Browser(line), receipt)


def _enter(browser: Browser, receipt: Receipt) -> Page:
    door = browser.get("/inbox/").expect(200).hidden("door")
    return browser.post("/inbox/", {"door": door, "receipt": receipt.digits}).expect(200)


def _write(line: Line, receipt: Receipt, text: str) -> None:
    browser = Browser(line)
    page = _enter(browser, receipt)
    form = {"sitting": page.hidden("sitting"), "page": page.hidden("page"), "text": text}
    browser.post("/inbox/write/", form).expect(200)
