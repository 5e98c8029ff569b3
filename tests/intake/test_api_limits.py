"""Who floods the API waits, and nobody else does: it takes from the buckets of the pages, and stands in their queue."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client, RequestFactory

from intake.portal import crowding
from intake.portal.models import Report
from intake.portal.receipt import PageSecret, Receipt
from integrity import sources
from integrity.vault import passphrase
from integrity.vault.queue import PLACES, Queue
from tests.intake import pages
from tests.intake.described import METHODS, Described
from tests.intake.test_abuse import everything_cached, later
from tests.intake.test_api import REPORT, by, post
from tests.intake.test_api_described import a_client, key_of
from tests.walks.portal import send_report
from tests.world import World

pytestmark = pytest.mark.django_db

WRONG = Receipt("1" * 24)
FLOOD, HONEST = "198.51.100.1", "203.0.113.9"
ONION = f"{'a' * 56}.onion"


@pytest.fixture
def few(settings) -> None:
    """Three tokens for each box, and one more each second."""
    settings.PORTAL_POSTS_AT_ONCE, settings.PORTAL_POSTS_PER_MINUTE = 3, 60


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """In whose line each derivation waits."""
    seen: list[str] = []
    queue = Queue(2)

    def noted(at_once: int, cost: object) -> Queue:
        seen.append(passphrase._source.get())
        return queue

    monkeypatch.setattr(passphrase, "_queue", noted)
    return seen


def guess(client: Client, address: str = "inbox/") -> HttpResponse:
    """A wrong receipt."""
    return client.get(f"/api/v1/{address}", headers=by(WRONG))


def test_guesses_at_receipts_are_counted_whatever_is_asked_with_them(world: World, few: None) -> None:
    ways: list[Callable[[Client], Any]] = [
        guess,
        lambda client: guess(client, "inbox/files/1/"),
        lambda client: post(client, "inbox/messages/", {"text": "x"}, **by(WRONG)),
        lambda client: client.options("/api/v1/inbox/", headers=by(WRONG)),
        lambda client: client.head("/api/v1/inbox/", headers=by(WRONG)),
    ]
    for number, way in enumerate(ways):
        flood = Client(REMOTE_ADDR=f"198.51.100.{number}")
        assert [way(flood).status_code for _each in range(5)] == [401] * 3 + [429] * 2, number


def test_a_flood_of_the_api_closes_the_door_for_nobody_else(world: World, few: None) -> None:
    _report, receipt = send_report(world)
    flood, honest = Client(REMOTE_ADDR=FLOOD), Client(REMOTE_ADDR=HONEST)
    assert [guess(flood).status_code for _each in range(9)].count(429) == 6
    assert honest.get("/api/v1/inbox/", headers=by(receipt)).status_code == 200
    assert post(honest, "reports/", REPORT).status_code == 201
    assert pages.receipt_on(pages.send(honest))


def test_pages_and_api_take_from_one_bucket(world: World, few: None) -> None:
    first, second = Client(REMOTE_ADDR=FLOOD), Client(REMOTE_ADDR=HONEST)
    assert [pages.enter(first, WRONG.digits).status_code for _each in range(3)] == [200] * 3
    assert guess(first).status_code == 429
    assert [guess(second).status_code for _each in range(3)] == [401] * 3
    assert pages.enter(second, WRONG.digits).status_code == 429


def test_a_report_that_was_told_to_wait_is_sent_with_the_same_key_and_arrives_once(world: World, few: None) -> None:
    flood = Client(REMOTE_ADDR=FLOOD)
    once = {"Idempotency-Key": PageSecret.new().text}
    for _each in range(3):
        # What is not taken was sent all the same.
        assert post(flood, "reports/", {"path": "partner"}).status_code == 400
    waits = post(flood, "reports/", REPORT, **once)
    assert waits.status_code == 429
    assert waits.json() == {"detail": ["There were too many attempts. Try again in 1 minute."]}
    assert Report.objects.count() == 0
    with later(int(waits.headers["Retry-After"])):
        first = post(flood, "reports/", REPORT, **once)
    with later(60):
        second = post(flood, "reports/", REPORT, **once)
    assert (first.status_code, first.json()) == (201, second.json())
    assert Report.objects.count() == 1


def test_files_that_come_with_too_much_are_not_kept(world: World, few: None, data_folder: Path) -> None:
    flood = Client(REMOTE_ADDR=FLOOD)
    for _each in range(3):
        guess(flood)
    waits = flood.post("/api/v1/reports/", {**REPORT, "files": [pages.a_file(b"one")]})
    assert waits.status_code == 429
    kept = data_folder / "files"
    assert [path for path in kept.rglob("*") if path.is_file()] == []
    with later(60):
        assert flood.post("/api/v1/reports/", {**REPORT, "files": [pages.a_file(b"one")]}).status_code == 201
    assert [path for path in kept.rglob("*") if path.is_file()] != []


def test_a_message_that_was_told_to_wait_is_sent_with_the_same_key_and_arrives_once(world: World, few: None) -> None:
    report, receipt = send_report(world)
    flood = Client(REMOTE_ADDR=FLOOD)
    for _each in range(3):
        guess(flood)
    once = {**by(receipt), "Idempotency-Key": PageSecret.new().text}
    waits = post(flood, "inbox/messages/", {"text": "More"}, **once)
    assert waits.status_code == 429
    for after in (int(waits.headers["Retry-After"]), 60):
        with later(after):
            assert post(flood, "inbox/messages/", {"text": "More"}, **once).status_code == 201
    assert report.messages.count() == 1


def test_the_wait_is_told_in_the_language_that_is_asked_for_and_as_described(world: World, few: None) -> None:
    flood = Client(REMOTE_ADDR=FLOOD)
    for _each in range(3):
        guess(flood)
    told = flood.get("/api/v1/inbox/", headers={**by(WRONG), "Accept-Language": "id"}).json()["detail"][0]
    assert told != guess(flood).json()["detail"][0]
    api = Described.served()
    # The client of the description comes from an address of its own.
    for _each in range(3):
        api.call("get", "inbox/", **by(WRONG), wrong=True)
    assert api.call("get", "inbox/", **by(WRONG), wrong=True).status_code == 429
    assert api.call("post", "reports/", REPORT, wrong=True).status_code == 429
    assert api.call("post", "inbox/messages/", {"text": "x"}, **by(WRONG), wrong=True).status_code == 429
    described = {
        operation["operationId"]: "429" in operation["responses"]
        for methods in api.schema["paths"].values()
        for method, operation in methods.items()
        if method in METHODS and "Reporting person" in operation.get("tags", [])
    }
    assert set(described) == api.operations() >= {"send_report", "read_inbox", "fetch_file"}
    assert [name for name, tells in described.items() if not tells] == []


def test_looking_at_the_channels_and_coming_without_a_receipt_are_not_counted(world: World, few: None) -> None:
    client = Client(REMOTE_ADDR=FLOOD)
    assert [client.get("/api/v1/channels/").status_code for _each in range(9)] == [200] * 9
    assert [client.get("/api/v1/inbox/").status_code for _each in range(9)] == [401] * 9
    assert guess(client).status_code == 401


def test_a_client_with_a_key_has_its_own_rate_and_no_bucket(world: World, few: None) -> None:
    issued = a_client(world, per_minute=5)
    hotline = Client(REMOTE_ADDR=FLOOD)
    for _each in range(4):
        guess(hotline)
    sent = [post(hotline, "reports/", REPORT, **key_of(issued)) for _each in range(6)]
    assert [each.status_code for each in sent] == [201] * 5 + [429]
    assert "agreed" in sent[-1].json()["detail"][0]
    # A key that is none opens no way around the bucket, because nothing is derived for it.
    wrong = {"Authorization": "Client ioc_wrong"}
    assert [post(hotline, "reports/", REPORT, **wrong).status_code for _each in range(5)] == [401] * 5


def test_a_clients_files_and_long_texts_are_not_counted_for_its_address(world: World, few: None, settings) -> None:
    settings.PORTAL_BYTES_PER_DAY = 1
    issued, hotline = a_client(world, per_minute=60), Client(REMOTE_ADDR=FLOOD)
    long = {**REPORT, "what": "x" * 3 * crowding.TEXT_OF_A_TOKEN}
    for _each in range(6):
        assert post(hotline, "reports/", long, **key_of(issued)).status_code == 201
    with_file = {**REPORT, "files": [pages.a_file()]}
    assert hotline.post("/api/v1/reports/", with_file, headers=key_of(issued)).status_code == 201
    refused = hotline.post("/api/v1/reports/", with_file)
    assert (refused.status_code, list(refused.json())) == (400, ["files"])


def test_derivations_of_the_api_wait_in_the_line_of_their_source(world: World, lines: list[str]) -> None:
    client, issued = Client(REMOTE_ADDR=FLOOD), a_client(world)
    box = sources.box_of(RequestFactory().get("/", REMOTE_ADDR=FLOOD))
    guess(client)
    post(client, "reports/", REPORT)
    assert lines == [box, box]
    post(client, "reports/", REPORT, **key_of(issued))
    assert lines == [box, box, ""], "many callers share the address of their hotline"


class Noting(Queue):
    """A queue that keeps in which order its turns were."""

    def __init__(self, at_once: int) -> None:
        super().__init__(at_once)
        self.turns: list[str] = []

    @contextmanager
    def turn(self, source: str, *, patience: float) -> Iterator[None]:
        with super().turn(source, patience=patience):
            self.turns.append(source)
            yield


def test_a_full_line_keeps_out_its_own_source_and_another_has_its_turn(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One derivation runs and four of a source wait: its next is refused, and somebody else's comes second."""
    flood, honest = (sources.box_of(RequestFactory().get("/", REMOTE_ADDR=each)) for each in (FLOOD, HONEST))
    queue, runs, is_over = Noting(1), threading.Event(), threading.Event()
    monkeypatch.setattr(passphrase, "_queue", lambda at_once, cost: queue)

    def wait() -> None:
        with queue.turn(flood, patience=600):
            pass

    def run_until_somebody_else_waits() -> None:
        with queue.turn("first", patience=600):
            runs.set()
            while not (queue.waiting(honest) or is_over.is_set()):
                time.sleep(0.01)

    with ThreadPoolExecutor(PLACES + 1) as threads:
        threads.submit(run_until_somebody_else_waits)
        runs.wait()
        for _each in range(PLACES):
            threads.submit(wait)
        while queue.waiting(flood) < PLACES:
            time.sleep(0.01)
        try:
            refused = guess(Client(REMOTE_ADDR=FLOOD))
            served = guess(Client(REMOTE_ADDR=HONEST))
        finally:
            is_over.set()
    assert served.status_code == 401
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "60")
    assert queue.turns == ["first", flood, honest, *[flood] * (PLACES - 1)]


def test_by_the_onion_service_the_api_has_no_bucket_and_all_share_one_line(
    world: World, few: None, settings, lines: list[str]
) -> None:
    settings.ONION_URL, settings.ALLOWED_HOSTS = f"http://{ONION}", [ONION, "testserver"]
    onion = Client(HTTP_HOST=ONION)
    assert [guess(onion).status_code for _each in range(6)] == [401] * 6
    assert post(onion, "reports/", REPORT).status_code == 201
    assert lines == [crowding.ONION] * 7


def test_where_sources_are_not_told_apart_the_api_counts_nothing(world: World, settings, lines: list[str]) -> None:
    settings.PORTAL_POSTS_AT_ONCE = 0
    assert [guess(Client()).status_code for _each in range(5)] == [401] * 5
    assert lines == [""] * 5


def test_the_api_keeps_no_address(world: World) -> None:
    client = Client(REMOTE_ADDR="198.51.100.77")
    guess(client)
    post(client, "reports/", REPORT)
    assert "crowding/" in everything_cached()
    assert "198.51.100.77" not in everything_cached()


def test_a_cache_that_is_away_closes_no_door_of_the_api(world: World, settings) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }
    settings.PORTAL_POSTS_AT_ONCE = 1
    client = Client()
    with pytest.raises(Exception, match="onnect"):
        cache.get("x")
    assert [post(client, "reports/", REPORT).status_code for _each in range(3)] == [201] * 3
    assert [guess(client).status_code for _each in range(3)] == [401] * 3
