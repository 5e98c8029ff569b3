"""How heavy the public pages are: bytes and requests of a first visit, by page and by language."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator

from django.conf import settings

from config.wsgi import application
from intake.portal.receipt import Receipt
from tests.bench.browsing import Browser, InProcess, Page
from tests.bench.measure import compare, one
from tests.bench.reports import FORM
from tests.bench.scratch import Scene
from tests.bench.table import Figure, Result
from tests.walks.portal import send_report

ASSET = re.compile(r'(?:<link rel="(?:icon|stylesheet)" href|<(?:img|script|source)[^>]* src)="([^"]+)"')
GOAL_BYTES, GOAL_REQUESTS = 30_000, 3


def run(scene: Scene) -> Result:
    """Each page in English, the heaviest language of the first page, and drawing it against sending it made."""
    world = scene.found()
    _report, receipt = send_report(world)
    browser = Browser(InProcess(application))
    weights = {name: _weight(browser, page) for name, page in _pages(browser, receipt)}
    by_language = {
        code: _weight(browser, browser.get("/" if code == settings.LANGUAGE_CODE else f"/{code}/").expect(200))
        for code, _name in settings.LANGUAGES
    }
    heaviest = max(by_language, key=lambda code: by_language[code][0])
    drawn = compare(
        one(lambda: browser.get("/").expect(200), times=40),
        one(lambda: browser.get("/health/").expect(200), times=40),
        pairs=5,
    )
    octets, requests = weights["first page"]
    return Result(
        title="The public pages: bytes and requests of a visit with an empty cache",
        figures=[Figure("drawing the first page", "the address that only says “ok”", drawn, as_rate=True)],
        remarks=[
            *(f"{name}: {total:,} bytes, {number} requests" for name, (total, number) in weights.items()),
            f"First page: {octets:,} bytes in {requests} requests; the goal is under {GOAL_BYTES:,} in "
            f"{GOAL_REQUESTS}. In {len(by_language)} languages at most {by_language[heaviest][0]:,} ({heaviest}).",
        ],
    )


def _pages(browser: Browser, receipt: Receipt) -> Iterator[tuple[str, Page]]:
    yield "first page", browser.get("/").expect(200)
    yield "where a report begins", browser.get("/report/").expect(200)
    form = browser.get("/report/?all=1").expect(200)
    yield "everything on one page", form
    yield "the receipt", browser.post("/report/", {"page": form.hidden("page"), **FORM}).expect(200)
    door = browser.get("/inbox/").expect(200)
    yield "the inbox's door", door
    yield "an inbox", browser.post("/inbox/", {"door": door.hidden("door"), "receipt": receipt.digits}).expect(200)
    yield "how one is protected", browser.get("/protection/").expect(200)


def _weight(browser: Browser, page: Page) -> tuple[int, int]:
    """Bytes and requests. Style sheet and icon come compressed, as a browser asks for them; pages never do."""
    assets = ASSET.findall(page.body.decode())
    fetched = [gzip.compress(browser.get(address).expect(200).body, 9) for address in assets]
    return len(page.body) + sum(map(len, fetched)), 1 + len(assets)
