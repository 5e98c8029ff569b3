"""A part of a kept file, without reading the rest: authentic, in its place, and refused when it is not."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrity.vault.chunks import CHUNK_LENGTH, HEADER_LENGTH, TAG_LENGTH, ciphertext_length
from integrity.vault.files import FileDamaged, OutOfRange, download_response, open_range, parse_range
from integrity.vault.keyring import Keyring, NoGrant
from integrity.vault.models import Key, KeyKind, StoredFile
from integrity.vault.pending import open_upload
from integrity.vault.storage import FileGone
from tests.integrity.vault_scene import arrived, kept, key_for, person

pytestmark = pytest.mark.django_db

CONTENT = secrets.token_bytes(5 * CHUNK_LENGTH + 777)
ON_DISK = CHUNK_LENGTH + TAG_LENGTH


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


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (0, 0),
        (0, 1),
        (0, CHUNK_LENGTH),
        (CHUNK_LENGTH - 1, CHUNK_LENGTH + 1),
        (CHUNK_LENGTH, 2 * CHUNK_LENGTH),
        (3 * CHUNK_LENGTH + 5, 3 * CHUNK_LENGTH + 6),
        (len(CONTENT) - 1, len(CONTENT)),
        (len(CONTENT), len(CONTENT)),
        (0, len(CONTENT)),
    ],
)
def test_a_range_is_what_lies_there(start: int, end: int, holder: Keyring, report: Key) -> None:
    stored = kept(CONTENT, report)
    assert b"".join(open_range(stored, holder, start=start, end=end)) == CONTENT[start:end]


@pytest.mark.parametrize("size", [1, CHUNK_LENGTH - 1, CHUNK_LENGTH, CHUNK_LENGTH + 1, 3 * CHUNK_LENGTH])
def test_the_length_on_disk_follows_from_the_length(size: int, holder: Keyring, report: Key) -> None:
    content = secrets.token_bytes(size)
    stored = kept(content, report)
    assert stored.ciphertext_size == ciphertext_length(size)
    assert b"".join(open_range(stored, holder, start=size // 2, end=size)) == content[size // 2 :]


def test_the_end_of_a_large_file_is_read_without_what_lies_before_it(holder: Keyring, report: Key) -> None:
    size = 32 * 1024 * 1024
    stored = kept(bytes(size), report)
    pieces = open_range(stored, holder, start=size - 10, end=size)

    def read_so_far() -> int:
        return int(Path("/proc/self/io").read_text().split("rchar: ")[1].split()[0])

    before = read_so_far()
    assert b"".join(pieces) == bytes(10)
    assert read_so_far() - before < 400_000


def test_a_change_in_the_range_is_refused_and_one_elsewhere_is_not_its_business(
    holder: Keyring, report: Key, settings
) -> None:
    stored = kept(CONTENT, report)
    with lying(stored, settings).open("r+b") as file:
        file.seek(HEADER_LENGTH + 2 * ON_DISK + 9)
        file.write(b"\x00\x01\x02")
    assert b"".join(open_range(stored, holder, start=0, end=100)) == CONTENT[:100]
    with pytest.raises(FileDamaged):
        list(open_range(stored, holder, start=2 * CHUNK_LENGTH, end=2 * CHUNK_LENGTH + 1))


def test_chunks_that_changed_places_are_refused(holder: Keyring, report: Key, settings) -> None:
    stored = kept(CONTENT, report)
    path = lying(stored, settings)
    raw = path.read_bytes()
    one, two = (raw[HEADER_LENGTH + at * ON_DISK : HEADER_LENGTH + (at + 1) * ON_DISK] for at in (0, 1))
    path.write_bytes(raw[:HEADER_LENGTH] + two + one + raw[HEADER_LENGTH + 2 * ON_DISK :])
    for start in (0, CHUNK_LENGTH):
        with pytest.raises(FileDamaged):
            list(open_range(stored, holder, start=start, end=start + 1))


def test_another_files_content_is_refused(holder: Keyring, report: Key, settings) -> None:
    stored, other = kept(CONTENT, report), kept(CONTENT[::-1], report)
    lying(stored, settings).write_bytes(lying(other, settings).read_bytes())
    with pytest.raises(FileDamaged):
        list(open_range(stored, holder, start=0, end=1))


def test_a_file_cut_at_a_chunk_is_refused_although_its_row_was_changed_too(
    holder: Keyring, report: Key, settings
) -> None:
    stored = kept(CONTENT, report)
    path = lying(stored, settings)
    cut = path.read_bytes()[: HEADER_LENGTH + 2 * ON_DISK]
    path.write_bytes(cut)
    with pytest.raises(FileDamaged, match="were kept"):
        open_range(stored, holder, start=0, end=1)
    stored.ciphertext_size = len(cut)
    with pytest.raises(FileDamaged, match="not as long"):
        list(open_range(stored, holder, start=0, end=1))


def test_a_range_outside_the_file_and_a_reader_without_the_key_are_refused(holder: Keyring, report: Key) -> None:
    stored = kept(b"0123456789", report)
    for start, end in ((-1, 3), (5, 4), (0, 11)):
        with pytest.raises(ValueError, match="do not lie within"):
            open_range(stored, holder, start=start, end=end)
    with pytest.raises(NoGrant):
        open_range(stored, person(), start=0, end=1)


@pytest.mark.parametrize(
    ("asked", "status", "content", "told"),
    [
        ("", 200, b"0123456789", None),
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=-99", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=8-99", 206, b"89", "bytes 8-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=-0", 416, b"", "bytes */10"),
        ("bytes=4-2", 200, b"0123456789", None),
        ("bytes=0-1,4-5", 200, b"0123456789", None),
        ("lines=0-1", 200, b"0123456789", None),
        ("bytes=-", 200, b"0123456789", None),
    ],
)
def test_a_download_answers_the_range_that_a_browser_asks_for(
    asked: str, status: int, content: bytes, told: str | None, holder: Keyring, report: Key
) -> None:
    response = download_response(kept(b"0123456789", report), holder, asked=asked)
    assert (response.status_code, b"".join(response.streaming_content)) == (status, content)
    assert response.get("Content-Range") == told
    if status != 416:
        assert response["Content-Length"] == str(len(content))
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"


@given(asked=st.text(max_size=30) | st.from_regex(r"bytes=[0-9]{0,4}-[0-9]{0,4}", fullmatch=True), size=st.integers(1))
def test_whatever_is_asked_for_lies_within_the_file(asked: str, size: int) -> None:
    try:
        found = parse_range(asked, size=size)
    except OutOfRange:
        return
    assert found is None or 0 <= found.start < found.stop <= size


@given(steps=st.lists(st.tuples(st.integers(0, len(CONTENT) + 10), st.integers(0, 2 * CHUNK_LENGTH)), max_size=8))
def test_a_waiting_file_is_read_from_any_place(steps: list[tuple[int, int]]) -> None:
    upload = arrived(CONTENT)
    with open_upload(upload) as file:
        for start, length in steps:
            assert file.seek(start) == start
            assert file.read(length) == CONTENT[start : start + length]
        assert file.seek(-5, 2) == len(CONTENT) - 5
        assert file.read() == CONTENT[-5:]
        with pytest.raises(OSError, match="before the first byte"):
            file.seek(-len(CONTENT) - 1, 2)
    upload.discard()


@pytest.mark.parametrize("size", [0, 1, CHUNK_LENGTH, 3 * CHUNK_LENGTH])
def test_a_waiting_file_of_any_size_is_read_to_its_end(size: int) -> None:
    with open_upload(arrived(CONTENT[:size])) as file:
        assert file.read() == CONTENT[:size]


def test_a_waiting_file_that_was_changed_or_cut_or_is_gone_is_told(settings) -> None:
    upload = arrived(CONTENT)
    path = Path(settings.VAULT_FILES) / "pending" / str(upload.identifier)
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[HEADER_LENGTH + 2 * ON_DISK + 7] ^= 1
    path.write_bytes(flipped)
    with open_upload(upload) as file, pytest.raises(FileGone):
        file.read()
    for damaged in (whole[:-1], whole[:-ON_DISK], whole[:10], bytes(1) + whole[1:]):
        path.write_bytes(damaged)
        with pytest.raises(FileGone):
            open_upload(upload)
    upload.discard()
    with pytest.raises(FileGone):
        open_upload(upload)
