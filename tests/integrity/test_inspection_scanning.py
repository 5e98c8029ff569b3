"""The scanner while bytes pass: its verdict is kept, and whatever it does, the file is taken."""

from __future__ import annotations

import re
import socket
import threading
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from integrity.vault.content import content_type, named_otherwise
from integrity.vault.files import file_details
from integrity.vault.keyring import Keyring
from integrity.vault.models import StoredFile
from integrity.vault.scanning import Patience, Scan, Scanning, Unscanned, Verdict, understood
from integrity.vault.uploads import PendingFile
from tests.integrity import vault_pages
from tests.integrity.fake_clamd import (
    MALWARE,
    Manner,
    dies,
    fake_clamd,
    hangs,
    lies,
    looks,
    never_reads,
    received,
    slow,
    too_large,
)
from tests.integrity.vault_scene import person

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.urls("tests.integrity.vault_pages")]

LARGE = bytes(5_000_000)
IDENTIFIER = re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.fixture(autouse=True)
def holder() -> Keyring:
    """Whoever receives what the test page is sent."""
    vault_pages.OWNER["keyring"] = keyring = person()
    return keyring


def scanned(content: bytes, manner: Manner, *, seconds: float = 5) -> tuple[Scan, list[bytes]]:
    """The verdict on a file that passes a scanner of this manner, and what the scanner saw."""
    with fake_clamd(manner) as fake:
        scanning = Scanning(Patience(seconds), address=fake.address)
        for start in range(0, len(content), 256 * 1024):
            scanning.see(content[start : start + 256 * 1024])
        return scanning.end(), fake.seen


def test_the_scanner_sees_the_whole_file_and_its_verdict_is_understood() -> None:
    content = bytes(range(256)) * 4000
    assert scanned(content, looks) == (Scan(Verdict.CLEAN), [content])
    assert scanned(content + MALWARE, looks)[0] == Scan(Verdict.INFECTED, name="Test.Malware-1")
    assert scanned(content, slow)[0] == Scan(Verdict.CLEAN)


@pytest.mark.parametrize(
    ("manner", "content", "reason"),
    [
        (hangs, b"x", Unscanned.SLOW),
        (never_reads, LARGE * 4, Unscanned.SLOW),
        (dies, LARGE, Unscanned.BROKE_OFF),
        (too_large, LARGE, Unscanned.LARGE),
        (lies(b"stream: maybe\0"), b"x", Unscanned.BROKE_OFF),
        (lies(b"HTTP/1.1 200 OK\r\n\r\n"), b"x", Unscanned.BROKE_OFF),
        (lies(b""), b"x", Unscanned.BROKE_OFF),
        (lies(b"\xff\xfe\0"), b"x", Unscanned.BROKE_OFF),
        (lies(b"stream: OK FOUND extra\0"), b"x", Unscanned.BROKE_OFF),
        (lies(b"A" * 100_000), b"x", Unscanned.BROKE_OFF),
    ],
)
def test_whatever_else_the_scanner_does_the_file_counts_as_not_scanned(
    manner: Manner, content: bytes, reason: Unscanned
) -> None:
    assert scanned(content, manner, seconds=0.5)[0] == Scan.missing(reason)


def test_a_scanner_that_is_away_or_not_set_up_is_told_apart() -> None:
    with fake_clamd() as fake:
        address = fake.address
    assert Scanning(Patience(1), address=address).end() == Scan.missing(Unscanned.AWAY)
    assert Scanning(Patience(1), address="unix:/nowhere/at/all").end() == Scan.missing(Unscanned.AWAY)
    assert Scanning(Patience(1), address="").end() == Scan.missing(Unscanned.OFF)


def test_a_socket_in_the_file_system_will_do(tmp_path: Path) -> None:
    place = tmp_path / "clamd.ctl"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(place))
        listening.listen()

        def serve() -> None:
            link, _peer = listening.accept()
            with link:
                received(link)
                link.sendall(b"stream: OK\0")

        threading.Thread(target=serve, daemon=True).start()
        scanning = Scanning(Patience(5), address=f"unix:{place}")
        scanning.see(b"x")
        assert scanning.end() == Scan(Verdict.CLEAN)


def test_all_files_of_a_request_share_one_allowance_of_waiting() -> None:
    with fake_clamd(hangs) as fake:
        patience = Patience(0.3)
        for _file in range(5):
            scanning = Scanning(patience, address=fake.address)
            scanning.see(b"x")
            assert scanning.end() == Scan.missing(Unscanned.SLOW)
        assert patience.left == 0
        assert len(fake.seen) <= 1


def test_a_name_that_the_scanner_gives_is_made_harmless() -> None:
    assert understood(b"stream: <script>\xe2\x80\xae FOUND") == Scan(Verdict.INFECTED, name="_script____")
    assert len(understood(b"stream: " + b"A" * 500 + b" FOUND").name) == 100  # type: ignore[union-attr]


def test_a_limit_that_stopped_the_scanner_is_no_malware() -> None:
    for limit, reason in (
        ("MaxFileSize", Unscanned.LARGE),
        ("MaxRecursion", Unscanned.LARGE),
        ("MaxScanTime", Unscanned.SLOW),
    ):
        assert understood(f"stream: Heuristics.Limits.Exceeded.{limit} FOUND".encode()) == Scan.missing(reason)
    assert understood(b"stream: Heuristics.Encrypted.Zip FOUND") == Scan(
        Verdict.INFECTED, name="Heuristics.Encrypted.Zip"
    )


def send(client, content: bytes, name: str = "a.txt"):
    """Send the test page a file."""
    return client.post("/report/", {"text": "my words", "files": [SimpleUploadedFile(name, content)]})


def test_whoever_sends_a_file_is_answered_alike_whether_and_how_it_was_scanned(
    client, settings, holder: Keyring
) -> None:
    answers, kept = set(), {}
    settings.CLAMAV_SECONDS = 1
    for name, manner in {"clean": looks, "infected": looks, "hangs": hangs, "dies": dies}.items():
        with fake_clamd(manner) as fake:
            settings.CLAMAV = fake.address
            answer = send(client, MALWARE if name == "infected" else b"harmless ______________")
        answers.add((answer.status_code, IDENTIFIER.sub(b"", answer.content)))
        (stored,) = StoredFile.objects.exclude(pk__in=[each.pk for each in kept.values()])
        kept[name] = stored
    settings.CLAMAV = ""
    answer = send(client, b"harmless ______________")
    answers.add((answer.status_code, IDENTIFIER.sub(b"", answer.content)))
    assert len(answers) == 1
    verdicts = {name: file_details(stored, holder)["scan"]["verdict"] for name, stored in kept.items()}
    assert verdicts == {"clean": "clean", "infected": "infected", "hangs": "not_scanned", "dies": "not_scanned"}
    # Nor does anything in clear tell it, nor the length of what is sealed.
    assert len({len(bytes(stored.details)) for stored in StoredFile.objects.all()}) == 1


def test_what_waits_for_its_form_does_not_tell_the_verdict_by_its_length(settings) -> None:
    lengths = set()
    for name, manner in (("a", looks), ("b" * 100, lies(b"stream: " + b"N" * 90 + b" FOUND\0"))):
        with fake_clamd(manner) as fake:
            pending = PendingFile(f"{name}.txt", scanning=Scanning(Patience(5), address=fake.address))
            pending.write(b"content")
            pending.finish()
    for path in (Path(settings.VAULT_FILES) / "pending").glob("*.details"):
        lengths.add(path.stat().st_size)
    assert len(lengths) == 1


@pytest.mark.parametrize(
    ("name", "content", "ending"),
    [
        ("notes.pdf", b"MZ\x90\x00" + bytes(60), "pdf"),
        ("photo.JPG", b"%PDF-1.4", "jpg"),
        ("photo.jpg", b"\xff\xd8\xff\xe0", ""),
        ("page.txt", b"<html><body>", "txt"),
        ("film.mp4", b"\x7fELF" + bytes(20), "mp4"),
        ("what.unheard", b"MZ\x90\x00", ""),
        ("README", b"text", ""),
    ],
)
def test_a_name_that_says_something_else_is_seen(name: str, content: bytes, ending: str) -> None:
    assert named_otherwise(name, content_type(content)) == ending
