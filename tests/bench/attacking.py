"""Somebody's machine that sends without end from one address, and people who report from another meanwhile."""

from __future__ import annotations

import http.client
import itertools
import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.bench.browsing import Browser, Loopback, Page
from tests.walks.portal import ANSWERS

HOSTILE, HONEST = "127.0.0.1", "127.0.0.2"
FORM = {"path": "partner", "name": "", "contact": "", **ANSWERS}
WAITING = frozenset({429, 503})
RECEIPT_SHOWN = b'class="receipt"'


class LineFrom(Loopback):
    """A connection to a server on this machine, from an address of one's choosing."""

    def __init__(self, port: int, address: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120, source_address=(address, 0))


@dataclass
class Flood:
    """A machine that sends so many requests a second: guesses at receipts, forms, and pages, by turns."""

    port: int
    per_second: int
    hands: int = 48
    answers: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    _over: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Send for as long as the block lasts."""
        began = time.monotonic()
        threads = [threading.Thread(target=self._send, args=(hand,)) for hand in range(self.hands)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join()
            self.seconds = time.monotonic() - began

    @property
    def reports(self) -> int:
        """How many reports of the machine were taken."""
        return self.answers["report taken"]

    def _send(self, hand: int) -> None:
        """One of the hands, each of which has its moments in every second."""
        began = time.monotonic()
        line = LineFrom(self.port, HOSTILE)
        for number in itertools.count():
            moment = began + (number * self.hands + hand) / self.per_second
            if self._over.wait(max(0.0, moment - time.monotonic())):
                break
            try:
                said = self._one(Browser(line), number + hand)
            except (OSError, http.client.HTTPException):
                line.close()
                said = "no answer"
            with self._lock:
                self.answers[said] += 1
        line.close()

    @staticmethod
    def _one(browser: Browser, number: int) -> str:
        if number % 3 == 0:
            answer = browser.post("/inbox/", {"receipt": f"{secrets.randbelow(10**24):024d}"})
            return _said(answer, "guess taken")
        if number % 3 == 1:
            answer = browser.post("/report/", {"page": secrets.token_urlsafe(32), **FORM})
            return _said(answer, "report taken")
        return _said(browser.get("/report/"), "page shown")


def _said(answer: Page, taken: str) -> str:
    return "told to wait" if answer.status in WAITING else taken if answer.status in {200, 422} else str(answer.status)


@dataclass(frozen=True)
class Sent:
    """An honest report: how long it took, how often its person was told to wait, and whether the receipt came."""

    seconds: float
    waits: int
    arrived: bool


def report_honestly(port: int, *, patience: float, what: str = "") -> Sent:
    """Open the page, write, send, and press the button again when told to wait, until the receipt is shown."""
    began, waits = time.monotonic(), 0
    line = LineFrom(port, HONEST)
    browser = Browser(line)
    page = browser.get("/report/").hidden("page")
    form = {"page": page, **FORM, **({"what": what} if what else {})}
    arrived = False
    while not arrived and time.monotonic() < began + patience:
        answer = browser.post("/report/", form)
        arrived = RECEIPT_SHOWN in answer.body
        if not arrived:
            if answer.status not in WAITING:
                break
            waits += 1
            time.sleep(min(2.0, float(dict(answer.headers).get("Retry-After", "1"))))
    line.close()
    return Sent(seconds=time.monotonic() - began, waits=waits, arrived=arrived)
