"""A machine that floods the portal from one address: reports from another arrive, each of them."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from tests.bench.attacking import WAITING, Flood, LineFrom, report_honestly
from tests.bench.browsing import Browser
from tests.e2e.serving import Served, Template, served_from

pytestmark = pytest.mark.once
HONEST_REPORTS = 6
PATIENCE = 600
LIMITS = {"PORTAL_POSTS_AT_ONCE": "12", "PORTAL_POSTS_PER_MINUTE": "6"}


@pytest.fixture(scope="module")
def server(demonstration: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served_from(demonstration, tmp_path_factory.mktemp("attacked"), **LIMITS) as served:
        yield served


def test_every_honest_report_arrives_while_the_flood_is_told_to_wait(server: Served) -> None:
    port = int(server.url.rpartition(":")[2])
    flood = Flood(port, per_second=60, hands=16)
    with flood.going_on(), ThreadPoolExecutor(2) as people:
        told = [
            people.submit(report_honestly, port, patience=PATIENCE, what=f"At gate {number} somebody asks for money.")
            for number in range(HONEST_REPORTS)
        ]
        sent = [each.result() for each in told]
    assert [each.arrived for each in sent] == [True] * HONEST_REPORTS
    assert flood.answers["told to wait"], flood.answers
    # The bucket gives so many at once, and a few more while the test runs.
    assert flood.reports < flood.answers["told to wait"]
    line = LineFrom(port, "127.0.0.1")
    waits = Browser(line).post("/report/", {"page": "x", "what": "Kept in the page"})
    line.close()
    assert waits.status in WAITING
    assert b"Kept in the page" in waits.body


def test_bodies_of_a_byte_a_second_from_one_address_leave_the_door_open_for_another(server: Served) -> None:
    port = int(server.url.rpartition(":")[2])
    told: list[bytes] = []
    # More than the server has threads.
    lines = [socket.create_connection(("127.0.0.1", port), source_address=("127.0.0.3", 0)) for _each in range(90)]
    for line in lines:
        line.sendall(
            b"POST /report/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\n"
            b"Content-Type: multipart/form-data; boundary=B\r\n\r\n--B\r\n"
        )
    try:
        for line in lines:
            line.settimeout(0.5)
            with suppress(OSError):
                line.sendall(b"x")
                told.append(line.recv(12))
        refused = [each for each in told if each == b"HTTP/1.1 429"]
        assert len(refused) >= 60, told
        assert report_honestly(port, patience=PATIENCE, what="At gate 7 somebody asks for money.").arrived
    finally:
        for line in lines:
            line.close()
