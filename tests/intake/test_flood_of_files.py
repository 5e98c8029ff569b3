"""One person who fills the disk: files are refused, with a sentence, and every report's text still arrives."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.core.cache import cache
from django.test import Client

from intake.portal import crowding, drafts
from intake.portal.models import Attachment, Draft, Report
from integrity import sources
from integrity.vault import limits, storage
from tests.desk import at_desk
from tests.intake import pages
from tests.intake.test_entry import WHAT, enter
from tests.intake.writing import press, walk_to
from tests.world import World

pytestmark = pytest.mark.django_db
API = "/api/v1/reports/"
TOLD = {"path": "partner", "concerns": "others", "what": "At gate 3 an officer asks drivers for money."}
MIB = 1024 * 1024
NO_ROOM = "was not taken: there is no room for it at the moment"
ENOUGH = "was not taken: very much has been sent today from the same part of the network"


@pytest.fixture
def files(settings) -> Path:
    """The folder of the vault."""
    return Path(settings.VAULT_FILES)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many bytes each write puts on disk."""
    lengths: list[int] = []
    write = storage.write

    def counted(file: Any, content: bytes | memoryview) -> None:
        lengths.append(len(content))
        write(file, content)

    monkeypatch.setattr(storage, "write", counted)
    return lengths


def on_disk(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.suffix != storage.DETAILS]


@contextmanager
def free(*amounts: int, total: int = 1000 * MIB) -> Iterator[list[int]]:
    """A disk with so much free at each look, and as much as at the last from then on; gives what the looks saw."""
    seen: list[int] = []
    kind = type(shutil.disk_usage("/"))

    def usage(_folder: Path) -> Any:
        seen.append(amounts[min(len(seen), len(amounts) - 1)])
        return kind(total, total - seen[-1], seen[-1])

    with patch("integrity.vault.storage.shutil.disk_usage", usage):
        yield seen


def later(seconds: float) -> AbstractContextManager[Any]:
    """As if so much time had gone by."""
    now = time.time()
    return patch("time.time", lambda: now + seconds)


def test_at_the_reserve_a_file_is_refused_beside_its_field_and_the_report_arrives(
    world: World, client: Client, settings, files: Path
) -> None:
    settings.VAULT_RESERVE = 100 * MIB
    page = pages.open_form(client)
    with free(100 * MIB):
        refused = pages.send(client, page, files=[pages.a_file()])
        assert refused.status_code == 422
        assert f"“plates.txt” {NO_ROOM}" in pages.text_of(refused)
        assert pages.REPORT["what"] in pages.text_of(refused)
        assert on_disk(files) == []
        assert pages.receipt_on(pages.send(client, page))
        by_api = client.post(API, {**TOLD, "files": [pages.a_file()]})
        assert (by_api.status_code, "no room" in by_api.json()["files"][0]) == (400, True)
        assert client.post(API, json.dumps(TOLD), content_type="application/json").status_code == 201
    assert (Report.objects.count(), Attachment.objects.count()) == (2, 0)
    with free(100 * MIB + 1):
        assert pages.receipt_on(pages.send(client, files=[pages.a_file()]))


def test_a_disk_that_falls_to_the_reserve_while_a_file_comes_keeps_nothing_of_it(
    world: World, client: Client, settings, files: Path, written: list[int]
) -> None:
    settings.VAULT_RESERVE = 100 * MIB
    large = pages.a_file(b"L" * 20 * MIB, "film.mp4")
    with free(500 * MIB, 500 * MIB, 99 * MIB) as looks:
        refused = pages.send(client, files=[large, pages.a_file()])
    assert all(f"“{name}” {NO_ROOM}" in pages.text_of(refused) for name in ("film.mp4", "plates.txt"))
    assert len(looks) == 4, "the last is for the second file"
    assert 8 * MIB <= sum(written) < 10 * MIB
    assert on_disk(files) == []


def test_the_disk_is_looked_at_now_and_then(world: World, client: Client) -> None:
    with free(500 * MIB) as looks:
        pages.send(client, files=[pages.a_file(b"L" * 20 * MIB)])
    assert 2 <= len(looks) <= 6


def test_a_small_disk_has_a_small_reserve_and_a_store_that_tells_no_size_has_none(settings) -> None:
    settings.VAULT_RESERVE = None
    assert limits.reserve(1000 * 1024**3) == 5 * 1024**3
    assert limits.reserve(10 * 1024**3) == 512 * MIB
    with free(60 * MIB, 50 * MIB, 0):
        assert [storage.room() for _each in range(3)] == [10 * MIB, 0, 0]
    with free(0, total=0):
        assert storage.room() is None
        storage.demand_room()
    settings.VAULT_RESERVE = 0
    with free(7):
        assert storage.room() == 7


def sent(address: str, size: int, **more: Any) -> Any:
    """A report with a file from an address; gives the answer."""
    return pages.send(Client(REMOTE_ADDR=address), files=[pages.a_file(b"L" * size)], **more)


def test_a_box_has_its_bytes_of_a_day_and_text_is_never_refused(
    world: World, client: Client, settings, files: Path
) -> None:
    settings.PORTAL_BYTES_PER_DAY = 3 * MIB
    assert pages.receipt_on(sent("198.51.100.1", 2 * MIB))
    before = on_disk(files)
    refused = sent("198.51.100.1", 2 * MIB)
    assert f"“plates.txt” {ENOUGH}" in pages.text_of(refused)
    assert "You can send what you wrote now, and add files later." in pages.text_of(refused)
    assert on_disk(files) == before
    flood = Client(REMOTE_ADDR="198.51.100.1")
    assert pages.receipt_on(pages.send(flood, pages.hidden(refused, "page")))
    by_api = flood.post(API, {**TOLD, "files": [pages.a_file()]})
    assert (by_api.status_code, ENOUGH in by_api.json()["files"][0]) == (400, True)
    assert flood.post(API, json.dumps(TOLD), content_type="application/json").status_code == 201
    assert pages.receipt_on(sent("203.0.113.9", 2 * MIB)), "another box has its own"
    with later(sources.DAY):
        assert pages.receipt_on(sent("198.51.100.1", 2 * MIB)), "the next day's box is empty"


def test_files_of_one_request_and_of_many_are_counted_alike(world: World, settings) -> None:
    settings.PORTAL_BYTES_PER_DAY = 4 * MIB
    several = [pages.a_file(b"L" * (3 * MIB // 2), f"{each}.bin") for each in range(3)]
    refused = pages.text_of(pages.send(Client(REMOTE_ADDR="198.51.100.1"), files=several))
    assert [f"“{each}.bin” {ENOUGH}" in refused for each in range(3)] == [False, False, True]
    answers = [sent("203.0.113.9", 1000) for _each in range(5)]
    assert [bool(pages.receipt_on(each)) for each in answers] == [True] * 4 + [False]


def test_a_site_of_ipv6_sends_what_a_few_lines_may(world: World, settings) -> None:
    settings.PORTAL_BYTES_PER_DAY = MIB
    answers = [sent(f"2001:db8:7:{each:x}00::1", 1000) for each in range(crowding.LINES_OF_A_SITE + 2)]
    assert [bool(pages.receipt_on(each)) for each in answers] == [True] * crowding.LINES_OF_A_SITE + [False] * 2


def test_where_sources_are_not_told_apart_and_without_a_cache_no_bytes_are_counted(world: World, settings) -> None:
    settings.PORTAL_BYTES_PER_DAY = MIB
    settings.ONION_URL = f"http://{'a' * 56}.onion"
    settings.ALLOWED_HOSTS = [f"{'a' * 56}.onion", "testserver"]
    onion = Client(HTTP_HOST=f"{'a' * 56}.onion")
    assert pages.receipt_on(pages.send(onion, files=[pages.a_file(b"L" * 2 * MIB)]))
    with patch.object(settings, "PORTAL_POSTS_AT_ONCE", 0):
        assert pages.receipt_on(sent("198.51.100.1", 2 * MIB))
    with patch.object(settings, "PORTAL_BYTES_PER_DAY", 0):
        assert pages.receipt_on(sent("198.51.100.1", 2 * MIB))
    assert not pages.receipt_on(sent("198.51.100.1", 2 * MIB))
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }
    assert pages.receipt_on(sent("198.51.100.1", 2 * MIB))


def test_the_count_tells_no_address_and_ends_with_the_day(world: World, settings) -> None:
    # A cache in this process looks at the clock of this process.
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "a day"}}
    settings.PORTAL_BYTES_PER_DAY = 3 * MIB
    sent("198.51.100.77", MIB)
    today = int(time.time()) // sources.DAY
    box = sources.box("address", "198.51.100.77", boxes=sources.BOXES)
    assert cache.get(f"quota/{today}/{box}") == MIB
    with later(sources.DAY):
        assert cache.get(f"quota/{today}/{box}") is None


def test_the_desk_is_not_counted(world: World, settings, files: Path) -> None:
    settings.PORTAL_BYTES_PER_DAY = 1
    assert ENOUGH in pages.text_of(sent("127.0.0.1", 1))
    assert pages.receipt_on(enter(at_desk("intake"), **WHAT, files=[pages.a_file()]))
    assert Attachment.objects.count() == 1


def test_a_request_that_is_told_to_wait_writes_no_gigabytes(
    world: World, settings, files: Path, written: list[int]
) -> None:
    settings.PORTAL_POSTS_AT_ONCE, settings.PORTAL_POSTS_PER_MINUTE = 1, 1
    flood = Client(REMOTE_ADDR="198.51.100.1")
    pages.enter(flood, "1" * 24)
    page = pages.open_form(flood)
    many = [pages.a_file(b"L" * 20 * MIB, f"{each}.bin") for each in range(5)]
    waits = pages.send(flood, page, files=many)
    assert waits.status_code == 429
    assert [f"“{each}.bin” {NO_ROOM}" in pages.text_of(waits) for each in range(5)] == [False] * 3 + [True] * 2
    assert "nothing is lost" not in pages.text_of(waits)
    assert len(pages.all_hidden(waits, "files-kept")) == len(on_disk(files)) == 3
    assert pages.hidden(waits, "what") == pages.REPORT["what"]
    assert sum(written) < crowding.KEPT_WAITING * 1.01
    written.clear()
    one = pages.send(flood, page, files=[pages.a_file(b"L" * 100 * MIB)])
    assert NO_ROOM in pages.text_of(one)
    assert 0 < sum(written) < crowding.KEPT_WAITING * 1.01
    assert len(on_disk(files)) == 3
    kept = {name: pages.all_hidden(waits, name) for name in (*pages.REPORT, "page", "files-kept")}
    with later(120):
        assert pages.receipt_on(flood.post("/report/", {name: values for name, values in kept.items() if values}))
    assert Attachment.objects.count() == 3


def test_requests_that_are_told_to_wait_count_for_the_day(world: World, settings, files: Path) -> None:
    settings.PORTAL_POSTS_AT_ONCE, settings.PORTAL_POSTS_PER_MINUTE = 1, 1
    settings.PORTAL_BYTES_PER_DAY = 4 * MIB
    flood = Client(REMOTE_ADDR="198.51.100.1")
    pages.enter(flood, "1" * 24)
    answers = [sent("198.51.100.1", 2 * MIB) for _each in range(5)]
    assert [each.status_code for each in answers] == [429] * 5
    assert [ENOUGH in pages.text_of(each) for each in answers] == [False] * 2 + [True] * 3
    assert sum(path.stat().st_size for path in on_disk(files)) < 4.1 * MIB


def test_a_draft_has_an_end_and_what_was_kept_before_stays(world: World, client: Client) -> None:
    shown = walk_to(client, "what")
    kept = press(client, shown, "here", what="At gate 3.")
    size = len(bytes(Draft.objects.get().wrapped))
    answer = press(client, kept, "here", what="x" * (drafts.MOST + 1))
    assert answer.status_code == 413
    assert "its text, is more than this site takes in one go" in pages.text_of(answer)
    assert len(bytes(Draft.objects.get().wrapped)) == size
    assert "At gate 3." in pages.text_of(press(client, kept, "here", what="At gate 3."))


def test_seven_answers_of_the_greatest_length_in_thai_fit_a_draft(world: World, client: Client) -> None:
    from intake.channels.questionnaire import LONGEST_LONG
    from intake.portal.drafts import Writing, keep
    from intake.portal.receipt import PageSecret

    page = PageSecret.new()
    parts = {f"question{each}": {f"question{each}": ["ก" * (LONGEST_LONG - 1000)]} for each in range(7)}
    keep(page, lambda _writing: Writing(parts=parts))
    found = drafts.find(page)
    assert found is not None
    assert found.writing.parts == parts
