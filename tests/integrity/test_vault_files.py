"""Kept files: whole or not at all, durable before they are acknowledged, and never in clear on disk."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

import pytest
from django.db import transaction

from audit.log import actions as log
from audit.log.errors import Unrecorded
from audit.log.models import Entry
from integrity.vault.files import FileDamaged, FileGone, download_response, file_details, keep, open_stream
from integrity.vault.keyring import Keyring, NoGrant
from integrity.vault.models import Key, KeyKind, StoredFile
from integrity.vault.uploads import SealedUpload
from tests.integrity.vault_scene import arrived, canary, kept, key_for, person, recorded

pytestmark = pytest.mark.django_db

CHUNK_ON_DISK = 16 * 1024 + 16
HEADER = 56


@pytest.fixture
def holder() -> Keyring:
    """Somebody who may read the report."""
    return person()


@pytest.fixture
def report(holder: Keyring) -> Key:
    """The key of a report."""
    return key_for(KeyKind.REPORT, holder)


def lying(stored: StoredFile, settings) -> Path:
    """Where the ciphertext lies."""
    return Path(settings.VAULT_FILES) / "kept" / str(stored.pk)


@pytest.mark.parametrize("size", [1, 16383, 16384, 16385, 262144, 262145, 5_000_000])
def test_a_file_comes_back_as_it_was_sent(size: int, holder: Keyring, report: Key) -> None:
    content = b"\0" + secrets.token_bytes(size - 1)
    stored = StoredFile.objects.get(pk=kept(content, report, "minutes.pdf").pk)
    assert b"".join(open_stream(stored, holder)) == content
    assert file_details(stored, holder) == {
        "name": "minutes.pdf",
        "type": "application/octet-stream",
        "size": size,
        "sha256": hashlib.sha256(content).hexdigest(),
        "scan": {},
    }


def test_opening_a_file_costs_three_private_key_operations(holder: Keyring, report: Key) -> None:
    stored = kept(b"content", report)
    list(open_stream(stored, holder))
    assert holder.count == 3


def test_the_digest_and_size_of_the_ciphertext_are_in_the_row_and_in_the_log(report: Key, settings) -> None:
    stored = kept(b"content" * 1000, report)
    ciphertext = lying(stored, settings).read_bytes()
    digest = hashlib.sha256(ciphertext).hexdigest()
    assert (stored.ciphertext_size, stored.ciphertext_sha256) == (len(ciphertext), digest)
    leaf = bytes(Entry.objects.order_by("-index").first().leaf).decode()
    assert f'"vault_storedfile/content/{stored.pk}/1":"{digest}"' in leaf


def test_who_has_no_grant_gets_no_byte(report: Key) -> None:
    stored = kept(b"content", report)
    with pytest.raises(NoGrant):
        open_stream(stored, person())
    with pytest.raises(NoGrant):
        download_response(stored, person())


def damage(content: bytes, how: str) -> bytes:
    """The ciphertext, spoiled in one of the ways that a thief or a bad disk might."""
    first, second = HEADER + CHUNK_ON_DISK, HEADER + 2 * CHUNK_ON_DISK
    match how:
        case "bit flipped":
            return content[:50_000] + bytes([content[50_000] ^ 1]) + content[50_001:]
        case "header flipped":
            return bytes([content[0] ^ 1]) + content[1:]
        case "reordered":
            return content[:HEADER] + content[first:second] + content[HEADER:first] + content[second:]
        case "last byte flipped":
            return content[:-1] + bytes([content[-1] ^ 1])
        case "zeroed":
            return bytes(len(content))
    raise AssertionError(how)


@pytest.mark.parametrize("how", ["bit flipped", "header flipped", "reordered", "last byte flipped", "zeroed"])
def test_a_changed_file_is_not_given_out_as_whole(how: str, holder: Keyring, report: Key, settings) -> None:
    content = secrets.token_bytes(1_000_000)
    stored = kept(content, report)
    path = lying(stored, settings)
    path.write_bytes(damage(path.read_bytes(), how))
    pieces: list[bytes] = []
    with pytest.raises(FileDamaged):
        pieces.extend(open_stream(stored, holder))
    given = b"".join(pieces)
    assert len(given) < len(content)
    assert content.startswith(given)


@pytest.mark.parametrize("length", [0, 10, HEADER, HEADER + CHUNK_ON_DISK, -CHUNK_ON_DISK, -1])
def test_a_truncated_file_is_refused_before_the_first_byte(length: int, holder: Keyring, report: Key, settings) -> None:
    stored = kept(secrets.token_bytes(100_000), report)
    path = lying(stored, settings)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(FileDamaged, match="were kept"):
        download_response(stored, holder)


@pytest.mark.parametrize("length", [HEADER, HEADER + CHUNK_ON_DISK, HEADER + 3 * CHUNK_ON_DISK, -1])
def test_a_truncation_that_hides_in_the_row_is_found_while_reading(
    length: int, holder: Keyring, report: Key, settings
) -> None:
    content = secrets.token_bytes(6 * 16 * 1024)
    stored = kept(content, report)
    path = lying(stored, settings)
    path.write_bytes(path.read_bytes()[:length])
    stored.ciphertext_size = path.stat().st_size
    pieces: list[bytes] = []
    with pytest.raises(FileDamaged):
        pieces.extend(download_response(stored, holder).streaming_content)
    given = b"".join(pieces)
    assert len(given) < len(content)


def test_two_files_swapped_are_both_refused(holder: Keyring, report: Key, settings) -> None:
    one, other = kept(b"1" * 1000, report), kept(b"2" * 1000, report)
    first, second = lying(one, settings), lying(other, settings)
    content = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(content)
    for stored in (one, other):
        with pytest.raises(FileDamaged):
            list(open_stream(stored, holder))


def test_a_missing_file_is_said_to_be_damaged(holder: Keyring, report: Key, settings) -> None:
    stored = kept(b"content", report)
    lying(stored, settings).unlink()
    with pytest.raises(FileDamaged, match="missing"):
        open_stream(stored, holder)


def test_a_download_is_named_sandboxed_and_measured(holder: Keyring, report: Key) -> None:
    stored = kept(b"<script>alert(1)</script>", report, "รายงาน “1”.html")
    response = download_response(stored, holder)
    assert b"".join(response.streaming_content) == b"<script>alert(1)</script>"
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Length"] == "25"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "no-store"
    disposition = response["Content-Disposition"]
    assert disposition.startswith("attachment; filename*=utf-8''%E0%B8%A3")
    assert disposition.isascii()


def test_a_file_is_durable_before_its_row_is_committed(report: Key, settings, monkeypatch) -> None:
    steps: list[str] = []
    real_fsync, real_replace, real_save = os.fsync, Path.replace, StoredFile.save

    def fsync(descriptor: int) -> None:
        steps.append("fsync " + Path(os.readlink(f"/proc/self/fd/{descriptor}")).parent.name)
        real_fsync(descriptor)

    def replace(path: Path, target: Path) -> Path:
        steps.append(f"rename into {target.parent.name}")
        return real_replace(path, target)

    def save(stored: StoredFile, **options: bool) -> None:
        steps.append("row")
        real_save(stored, **options)

    upload = arrived(b"content")
    Path(settings.VAULT_FILES, "kept").mkdir()
    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    monkeypatch.setattr(StoredFile, "save", save)
    with recorded():
        keep(upload, owner_key=report)
    assert steps == ["fsync pending", "rename into kept", "fsync files", "row"]
    assert Path(settings.VAULT_FILES).name == "files"


def test_when_the_action_is_rolled_back_the_file_can_still_be_sent(holder: Keyring, report: Key) -> None:
    content = secrets.token_bytes(50_000)
    upload = arrived(content)
    token = upload.token
    with pytest.raises(Unrecorded), log.transaction():
        keep(upload, owner_key=report)
    assert not StoredFile.objects.exists()
    again = SealedUpload.from_token(token)
    assert (again.name, again.size, again.sha256) == (upload.name, upload.size, upload.sha256)
    with recorded():
        stored = keep(again, owner_key=report)
    assert b"".join(open_stream(stored, holder)) == content


@pytest.mark.django_db(transaction=True)
def test_a_file_is_kept_once_however_often_its_form_is_sent() -> None:
    report = key_for(KeyKind.REPORT)
    token = arrived(b"content").token
    twice = [SealedUpload.from_token(token), SealedUpload.from_token(token)]
    with recorded():
        keep(twice[0], owner_key=report)
    with pytest.raises(FileGone), recorded():
        keep(twice[1], owner_key=report)
    with pytest.raises(FileGone):
        SealedUpload.from_token(token)
    assert StoredFile.objects.count() == 1


def test_a_file_cut_short_while_it_waited_is_not_kept(report: Key, settings) -> None:
    upload = arrived(b"content" * 1000)
    waiting = Path(settings.VAULT_FILES) / "pending" / str(upload.identifier)
    waiting.write_bytes(waiting.read_bytes()[:-1])
    with recorded(), pytest.raises(FileGone), transaction.atomic():
        keep(upload, owner_key=report)
    assert not StoredFile.objects.exists()


def test_no_plaintext_lies_anywhere_on_disk(
    report: Key, holder: Keyring, settings, tmp_path: Path, monkeypatch
) -> None:
    elsewhere = tmp_path / "tmp"
    elsewhere.mkdir()
    monkeypatch.setenv("TMPDIR", str(elsewhere))
    mark = canary()
    waiting = arrived(mark * 10_000, f"{mark.decode()}.pdf")
    stored = kept(mark * 10_000, report, f"{mark.decode()}.pdf")
    assert b"".join(open_stream(stored, holder)) == mark * 10_000
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len([path for path in files if str(waiting.identifier) in path.name]) == 2
    for path in files:
        assert mark not in path.read_bytes(), path
        assert mark.decode() not in path.name


def test_only_the_systems_user_may_read_the_files(report: Key, settings) -> None:
    stored = kept(b"content", report)
    assert lying(stored, settings).stat().st_mode & 0o777 == 0o600
    assert lying(stored, settings).parent.stat().st_mode & 0o777 == 0o700
