"""Files as they arrive: sealed at once, refused with a reason, removed when nobody wants them."""

from __future__ import annotations

import errno
import gc
import hashlib
import http.client
import io
import os
import secrets
import time
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from integrity.vault import storage
from integrity.vault.content import content_type
from integrity.vault.files import open_stream
from integrity.vault.keyring import Keyring
from integrity.vault.models import StoredFile
from integrity.vault.naming import clean_name
from integrity.vault.storage import FileGone
from integrity.vault.tasks import sweep_uploads as sweep_task
from integrity.vault.uploads import PendingFile, SealedUpload, sweep_uploads
from tests.integrity import vault_pages
from tests.integrity.vault_scene import arrived, canary, kept, person

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.integrity.vault_pages")]


@pytest.fixture(autouse=True)
def holder() -> Keyring:
    """Whoever receives what the test page is sent."""
    vault_pages.OWNER["keyring"] = keyring = person()
    return keyring


@pytest.fixture
def files(settings) -> Path:
    """The folder of the vault."""
    return Path(settings.VAULT_FILES)


def file(content: bytes, name: str = "scan.pdf") -> SimpleUploadedFile:
    """A file as a browser sends it; its name goes into the request as it is."""
    sent = SimpleUploadedFile("placeholder", content)
    sent._name = name
    return sent


def on_disk(folder: Path) -> list[str]:
    """What lies in pending/ and kept/."""
    return sorted(f"{path.parent.name}/{path.suffix}" for path in folder.rglob("*") if path.is_file())


def make_old(folder: Path, hours: int) -> None:
    """Let time go by for every file."""
    moment = time.time() - hours * 3600
    for path in folder.rglob("*"):
        os.utime(path, (moment, moment))


def test_a_sent_file_is_kept_and_comes_back(client, holder: Keyring) -> None:
    content = secrets.token_bytes(700_000)
    answer = client.post("/report/", {"text": "it happened", "files": [file(content), file(b"two", "b.txt")]})
    first, second = (StoredFile.objects.get(pk=pk) for pk in answer.json()["kept"])
    assert b"".join(open_stream(first, holder)) == content
    assert b"".join(open_stream(second, holder)) == b"two"
    back = client.get(f"/download/{first.pk}/")
    assert b"".join(back.streaming_content) == content
    assert 'filename="scan.pdf"' in back["Content-Disposition"]


def test_files_that_a_page_does_not_want_are_gone_after_the_request(client, files: Path) -> None:
    answer = client.post("/elsewhere/", {"a": file(b"x" * 5000), "b": file(b"y")})
    assert answer.json() == ["a", "b"]
    assert on_disk(files) == []


def test_a_file_over_the_limit_is_named_and_the_others_stay(client, settings, files: Path) -> None:
    settings.VAULT_FILE_LIMIT = 1_000_000
    answer = client.post(
        "/report/",
        {"text": "x", "files": [file(b"small", "a.txt"), file(b"L" * 1_000_001, "film.mp4"), file(b"end", "z.txt")]},
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "“film.mp4” was not taken: it is larger than 976.6" in page
    assert page.count('name="files-kept"') == 2
    assert "a.txt" in page
    assert "z.txt" in page
    assert on_disk(files) == ["pending/", "pending/", "pending/.details", "pending/.details"]


def test_a_file_exactly_at_the_limit_is_taken(client, settings) -> None:
    settings.VAULT_FILE_LIMIT = 300_000
    assert client.post("/report/", {"text": "x", "files": [file(b"L" * 300_000)]}).status_code == 200


def test_an_empty_file_is_named(client, files: Path) -> None:
    answer = client.post("/report/", {"text": "x", "files": [file(b"", "blank.pdf")]})
    assert "“blank.pdf” was not taken: it is empty." in answer.content.decode()
    assert on_disk(files) == []


def test_one_file_too_many_is_named_and_the_others_stay(client, settings) -> None:
    settings.VAULT_FILES_PER_REQUEST = 2
    answer = client.post("/report/", {"text": "x", "files": [file(b"1"), file(b"2"), file(b"3", "third.pdf")]})
    page = answer.content.decode()
    assert "“third.pdf” was not taken: only 2 files can be sent at once." in page
    assert page.count('name="files-kept"') == 2


def test_gross_abuse_is_cut_off_and_leaves_nothing(client, settings, files: Path) -> None:
    settings.VAULT_REQUEST_LIMIT = 1_000_000
    answer = client.post("/report/", {"text": "x", "files": [file(b"1" * 600_000), file(b"2" * 600_000)]})
    assert answer.status_code in {400, 413}
    assert on_disk(files) == []
    assert not StoredFile.objects.exists()


def test_a_request_that_says_it_is_far_too_large_is_not_even_read(client, settings, files: Path) -> None:
    settings.VAULT_REQUEST_LIMIT = 1000
    answer = client.generic(
        "POST",
        "/report/",
        b"--b\r\n" + b"x" * 100,
        content_type="multipart/form-data; boundary=b",
        CONTENT_LENGTH=str(10**10),
    )
    assert answer.status_code in {400, 413}
    assert on_disk(files) == []


def test_when_the_disk_is_full_the_file_is_named_and_what_was_typed_stays(client, files, monkeypatch) -> None:
    real_write = storage.write

    def write(target: io.FileIO, content: bytes) -> None:
        if len(content) > 100_000:
            raise OSError(errno.ENOSPC, "No space left on device")
        real_write(target, content)

    monkeypatch.setattr(storage, "write", write)
    answer = client.post(
        "/report/", {"text": "my words", "files": [file(b"L" * 400_000, "film.mp4"), file(b"s", "small.txt")]}
    )
    page = answer.content.decode()
    assert "“film.mp4” was not taken: there is no room" in page
    assert "my words" in page
    assert "small.txt" in page
    assert on_disk(files) == ["pending/", "pending/.details"]


def test_a_connection_that_breaks_off_leaves_nothing(client, files: Path) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n' + b"x" * 600_000
    client.generic("POST", "/elsewhere/", body, content_type="multipart/form-data; boundary=b")
    gc.collect()
    assert on_disk(files) == []


def test_a_pending_file_that_is_forgotten_removes_itself(files: Path) -> None:
    pending = PendingFile("a.pdf")
    pending.write(b"x" * 100_000)
    assert on_disk(files) == ["pending/"]
    del pending
    gc.collect()
    assert on_disk(files) == []


def test_a_token_finds_the_file_and_any_other_finds_nothing() -> None:
    upload = arrived(b"content", "a.txt")
    again = SealedUpload.from_token(upload.token)
    assert again.details == upload.details
    assert again.key == upload.key
    other = arrived(b"other")
    mixed = SealedUpload(identifier=upload.identifier, key=other.key, details=other.details).token
    for wrong in ("", "x", "é", "=" * 64, upload.token[:-2], upload.token + "AA", mixed, "A" * 64):
        with pytest.raises(FileGone):
            SealedUpload.from_token(wrong)


def test_details_tampered_with_while_they_wait_are_not_believed(files: Path) -> None:
    token = arrived(b"content").token
    (details,) = (files / "pending").glob("*.details")
    changed = bytearray(details.read_bytes())
    changed[20] ^= 1
    details.write_bytes(changed)
    with pytest.raises(FileGone):
        SealedUpload.from_token(token)


def test_what_nobody_came_back_for_is_swept_and_what_is_kept_stays(holder: Keyring, files: Path) -> None:
    stored = kept(b"kept", holder.key)
    arrived(b"forgotten")
    orphan = arrived(b"moved, but its action was rolled back")
    storage.keep_pending(orphan.identifier, size=orphan.details.ciphertext_size)
    make_old(files, hours=25)
    fresh = arrived(b"being sent right now")
    assert sweep_uploads(timedelta(hours=24)) == 2
    assert b"".join(open_stream(stored, holder)) == b"kept"
    assert SealedUpload.from_token(fresh.token).size == fresh.size
    assert sorted(path.name for path in files.rglob("*") if path.is_file()) == sorted(
        [str(stored.pk), str(fresh.identifier), f"{fresh.identifier}.details"]
    )
    assert sweep_task() == 0


def test_a_form_that_comes_back_keeps_its_files_from_the_sweep(files: Path) -> None:
    upload = arrived(b"content")
    make_old(files, hours=25)
    SealedUpload.from_token(upload.token)
    assert sweep_uploads(timedelta(hours=24)) == 0
    assert SealedUpload.from_token(upload.token)


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\somchai\\Desktop\\bribe.docx", "bribe.docx"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\x00b\r\nc\t.txt", "ab c .txt"),
        ("  .hidden.. ", "hidden"),
        ("..", "file"),
        ("\u200b\u2066", "file"),
        ("", "file"),
        ("รายงาน.pdf", "รายงาน.pdf"),
        ("cafe\u0301.txt", "caf\u00e9.txt"),
        ("x" * 500 + ".docx", "x" * 115 + ".docx"),
        ("x" * 500, "x" * 120),
        ("x." + "y" * 500, "x." + "y" * 118),
    ],
)
def test_a_hostile_name_becomes_a_plain_one(raw: str, name: str) -> None:
    assert clean_name(raw) == name


def test_a_hostile_name_is_clean_on_its_way_through_the_browser(client, holder: Keyring) -> None:
    for hostile in ("../../\u202eevil.sh", "a" * 500 + ".pdf", 'quo"te.pdf'):
        answer = client.post("/report/", {"text": "x", "files": [file(b"content", hostile)]})
        stored = StoredFile.objects.get(pk=answer.json()["kept"][0])
        name = stored.open(holder, "details")["name"]
        assert "/" not in name
        assert "\u202e" not in name
        assert len(name) <= 120


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"\xff\xd8\xff\xe0....JFIF", "image/jpeg"),
        (b"GIF89a...", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"RIFF\x00\x00\x00\x00AVI ", "video/x-msvideo"),
        (b"OggS\x00", "audio/ogg"),
        (b"ID3\x03\x00", "audio/mpeg"),
        (b"\xff\xfb\x90\x00", "audio/mpeg"),
        (b"\x00\x00\x00\x20ftypisom", "video/mp4"),
        (b"\x00\x00\x00\x20ftypM4A ", "audio/mp4"),
        (b"PK\x03\x04" + bytes(26) + b"notes.txt", "application/zip"),
        (
            b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml....word/document.xml",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (
            b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml....xl/workbook.xml",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        (b"<html><script>", "text/html"),
        (b"", "application/octet-stream"),
    ],
)
def test_what_a_file_is_is_told_from_its_content(head: bytes, media_type: str) -> None:
    assert content_type(head) == media_type


def test_a_name_or_a_header_does_not_make_a_page_into_an_image() -> None:
    assert arrived(b"<script>alert(1)</script>", "photo.png").content_type == "text/html"
    assert arrived(b"%PDF-1.4 ...", "photo.png").content_type == "application/pdf"


@pytest.mark.django_db(transaction=True)
def test_a_large_file_over_a_real_connection_is_never_in_clear_on_disk(
    live_server, files: Path, tmp_path: Path, monkeypatch
) -> None:
    elsewhere = tmp_path / "tmp"
    elsewhere.mkdir()
    monkeypatch.setenv("TMPDIR", str(elsewhere))
    monkeypatch.setattr("tempfile.tempdir", None)
    vault_pages.OWNER["keyring"] = holder = person()
    mark = canary()
    content = mark * (8_000_000 // len(mark))
    head = (
        b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\nit happened\r\n'
        b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.bin"\r\n\r\n'
    )
    tail = b"\r\n--b--\r\n"
    connection = http.client.HTTPConnection(urlsplit(live_server.url).netloc, timeout=30)
    connection.putrequest("POST", "/report/")
    connection.putheader("Content-Type", "multipart/form-data; boundary=b")
    connection.putheader("Content-Length", str(len(head) + len(content) + len(tail)))
    connection.endheaders()
    connection.send(head + content[:4_000_000])
    deadline = time.monotonic() + 10
    while not any(path.stat().st_size > 1_000_000 for path in files.rglob("*") if path.is_file()):
        assert time.monotonic() < deadline, "nothing was written while the file arrived"
        time.sleep(0.02)
    half_way = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(mark in path.read_bytes() for path in half_way)
    connection.send(content[4_000_000:] + tail)
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    stored = StoredFile.objects.get()
    digest = hashlib.sha256()
    for piece in open_stream(stored, holder):
        digest.update(piece)
    assert digest.digest() == hashlib.sha256(content).digest()
    assert not any(mark in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert on_disk(files) == ["kept/"]


@pytest.mark.django_db(transaction=True)
def test_a_damaged_download_is_seen_to_be_incomplete(live_server, files: Path) -> None:
    vault_pages.OWNER["keyring"] = holder = person()
    stored = kept(secrets.token_bytes(3_000_000), holder.key)
    path = files / "kept" / str(stored.pk)
    content = bytearray(path.read_bytes())
    content[-20_000] ^= 1
    path.write_bytes(content)
    connection = http.client.HTTPConnection(urlsplit(live_server.url).netloc, timeout=30)
    connection.request("GET", f"/download/{stored.pk}/", headers={"Connection": "close"})
    answer = connection.getresponse()
    assert answer.status == 200
    with pytest.raises(http.client.IncompleteRead):
        answer.read()
