"""The scanner as it is: a real clamd sees files while they arrive, is away, hangs and is killed."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from intake.portal.models import Report
from integrity.vault.scanning import Patience, Scan, Scanning, Unscanned, Verdict
from tests.desk import at_desk, entries, words_of
from tests.intake.pages import a_file, send
from tests.integrity.real_clamd import MALWARE, NAME, RealClamd, real_clamd
from tests.world import World

pytestmark = pytest.mark.once

MIB = 1024 * 1024
CLEAN, FOUND = Scan(Verdict.CLEAN), Scan(Verdict.INFECTED, name=NAME)


@pytest.fixture(scope="module")
def clamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealClamd]:
    """One for all tests that do not end it."""
    with real_clamd(tmp_path_factory.mktemp("clamd")) as running:
        yield running


@pytest.fixture
def of_our_own(tmp_path: Path) -> Iterator[RealClamd]:
    """One to be killed."""
    with real_clamd(tmp_path / "clamd") as running:
        yield running


def scanned(address: str, pieces: Iterable[bytes], *, patience: Patience | None = None) -> Scan:
    """What it says of a file that passes in these pieces."""
    scanning = Scanning(patience or Patience(30), address=address)
    for piece in pieces:
        scanning.see(piece)
    return scanning.end()


@pytest.fixture(params=["by_socket", "by_port"])
def address(request: pytest.FixtureRequest, clamd: RealClamd) -> str:
    """Both ways to reach it."""
    return str(getattr(clamd, request.param))


def test_it_finds_what_it_knows_and_nothing_else(address: str) -> None:
    assert scanned(address, [b"an ordinary letter"]) == CLEAN
    assert scanned(address, [MALWARE]) == FOUND
    assert scanned(address, [bytes(10 * MIB), MALWARE[:20], MALWARE[20:], bytes(10 * MIB)]) == FOUND
    assert scanned(address, []) == CLEAN


def test_a_file_above_its_limit_is_called_too_large_and_not_clean(address: str) -> None:
    assert scanned(address, [bytes(MIB)] * 100) == CLEAN
    assert scanned(address, [*[bytes(MIB)] * 100, MALWARE]) == Scan.missing(Unscanned.LARGE)


def test_what_it_did_not_look_at_is_neither_clean_nor_malware(tmp_path: Path) -> None:
    """Above `MaxFileSize` clamd looks at nothing; as we set it up it says so, in the form of a find."""
    with real_clamd(tmp_path / "clamd", MaxFileSize="1M") as clamd:
        assert scanned(clamd.by_port, [MALWARE]) == FOUND
        assert scanned(clamd.by_port, [MALWARE, bytes(2 * MIB)]) == Scan.missing(Unscanned.LARGE)


def test_a_file_of_two_hundred_megabytes_is_seen_to_its_end(tmp_path: Path) -> None:
    limits = dict.fromkeys(("StreamMaxLength", "MaxFileSize", "MaxScanSize"), "250M")
    with real_clamd(tmp_path / "clamd", **limits) as clamd:
        assert scanned(clamd.by_socket, [*[bytes(MIB)] * 200, MALWARE]) == FOUND


def test_several_files_of_one_request_have_a_verdict_each(address: str) -> None:
    patience = Patience(30)
    told = [scanned(address, [content], patience=patience) for content in (b"one", MALWARE, b"three", MALWARE)]
    assert told == [CLEAN, FOUND, CLEAN, FOUND]


def test_files_that_arrive_at_once_are_not_mixed_up(address: str) -> None:
    arriving = [Scanning(Patience(30), address=address) for _file in range(8)]
    for half in (MALWARE[:20], MALWARE[20:]):
        for number, scanning in enumerate(arriving):
            scanning.see(half if number % 2 else half.upper())
    assert [scanning.end() for scanning in arriving] == [CLEAN, FOUND] * 4


def test_one_that_hangs_costs_the_patience_of_one_request_and_its_files_are_taken(clamd: RealClamd) -> None:
    clamd.signal(signal.SIGSTOP)
    try:
        for where in (clamd.by_socket, clamd.by_port):
            patience = Patience(0.5)
            for content in ([MALWARE], [bytes(MIB)] * 30):
                assert scanned(where, content, patience=patience) == Scan.missing(Unscanned.SLOW)
            assert patience.left == 0
    finally:
        clamd.signal(signal.SIGCONT)
    assert scanned(clamd.by_port, [MALWARE]) == FOUND


def test_one_that_answers_late_is_waited_for(clamd: RealClamd) -> None:
    clamd.signal(signal.SIGSTOP)
    threading.Timer(0.5, clamd.signal, [signal.SIGCONT]).start()
    assert scanned(clamd.by_port, [MALWARE]) == FOUND


def test_while_it_looks_a_file_lies_in_clear_where_it_was_told_and_goes_with_the_answer(clamd: RealClamd) -> None:
    """Why its temporary folder must be memory: docs/operating.md, docker-compose.yml."""
    for leave in (Scanning.end, Scanning.leave):
        scanning = Scanning(Patience(30), address=clamd.by_socket)
        scanning.see(b"words of a reporting person" * 10_000)
        assert eventually(lambda: any(b"words of a reporting person" in each for each in clamd.written()))
        leave(scanning)
        assert eventually(lambda: clamd.written() == [])


def test_one_that_is_killed_in_the_middle_breaks_off_and_leaves_what_it_saw(of_our_own: RealClamd) -> None:
    clamd = of_our_own
    scanning = Scanning(Patience(30), address=clamd.by_port)
    scanning.see(b"words of a reporting person" * 10_000)
    assert eventually(lambda: b"words of a reporting person" in b"".join(clamd.written()))
    clamd.kill()
    scanning.see(bytes(10 * MIB))
    assert scanning.end() == Scan.missing(Unscanned.BROKE_OFF)
    for where in (clamd.by_socket, clamd.by_port):
        assert scanned(where, [MALWARE]) == Scan.missing(Unscanned.AWAY)
    clamd.start()
    assert scanned(clamd.by_socket, [MALWARE]) == FOUND
    # Started again, it does not clear away: the memory must go with its process.
    assert b"words of a reporting person" in b"".join(clamd.written())


def test_a_report_with_malware_arrives_and_the_desk_reads_what_was_found(
    world: World, client: Any, settings: Any, clamd: RealClamd
) -> None:
    settings.CLAMAV = clamd.by_port
    answer = send(client, files=[a_file(MALWARE, "invoice.pdf"), a_file(b"harmless words", "note.txt")])
    assert b"receipt" in answer.content
    report = Report.objects.get()
    infected, harmless = report.attachments.order_by("pk")
    intake = at_desk("intake")
    page = words_of(intake.get(reverse("triage:report", args=[report.reference])))
    assert page.count("Malware found") == 1
    look = reverse("triage:attachment_look", args=[report.reference, infected.pk])
    assert f"The scanner found malware in it: {NAME}." in words_of(intake.get(look))
    asked = intake.get(reverse("triage:attachment", args=[report.reference, infected.pk]))
    assert NAME in words_of(asked)
    assert not entries("report.file_opened")
    fetched = intake.get(reverse("triage:attachment", args=[report.reference, harmless.pk]))
    assert b"".join(fetched.streaming_content) == b"harmless words"


def eventually(holds: Any) -> bool:
    """Whether it becomes true; clamd writes and removes in its own time."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.02)
    return False
