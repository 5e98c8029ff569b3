"""Nothing that anybody writes is kept in clear: canaries go into every form, and are searched for everywhere."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cases.engine import performer
from cases.workflow import SYSTEM, TRANSITIONS
from tests.e2e.canaries import Canaries, Watch, dump_of, shapes_of
from tests.e2e.canary_cases import (
    close_another_without_charge,
    convert,
    decide_and_appeal,
    investigate,
    publish_and_close,
    take_rarer_branches,
)
from tests.e2e.canary_entry import import_a_batch, look_at_files, report_as_a_client, search_for_somebody
from tests.e2e.canary_inbox import follow_up_a_call
from tests.e2e.canary_reports import (
    begin_the_report,
    end_other_reports,
    knock_at_other_doors,
    report_through_the_portal,
    talk_through_the_inbox,
)
from tests.e2e.canary_walk import CASE, Walk, newest_report
from tests.e2e.serving import Served

# Steps whose forms take no words, and which this walk does not pass.
WITHOUT_WORDS = {"NameSupervisor", "NewAuthority", "ReplaceMember", "ApproveEntry", "NoRepresentation", "NameReviewer"}


@pytest.fixture(scope="module")
def walk(served: Served) -> tuple[Walk, dict[str, bytes]]:
    """Every form sent once, and what passed through the folders whose files live for moments only."""
    zone = ZoneInfo(served.environment.get("TIME_ZONE", "Asia/Bangkok"))
    walk = Walk(served, Canaries(datetime.now(zone).date().isoformat()))
    watch = Watch(served.data / "queue", served.data / "queue-control", served.data / "temporary")
    watch.start()
    try:
        walk_through_every_form(walk)
    finally:
        passed = watch.stop()
    return walk, passed


def test_every_form_that_takes_words_was_walked(walk: tuple[Walk, dict[str, bytes]]) -> None:
    """A new form is not forgotten here."""
    steps = {(row.track, row.name) for row in TRANSITIONS if SYSTEM not in row.by}
    walked = {performer(*step).form for step in walk[0].walked}
    missing = {form.__name__ for step in steps if (form := performer(*step).form) and form not in walked}
    assert missing <= WITHOUT_WORDS


def test_no_canary_is_in_the_database(walk: tuple[Walk, dict[str, bytes]]) -> None:
    """Neither in its dump, nor in the bytes of its files, nor in what its sessions hold."""
    story = walk[0]
    dump = dump_of(story.served)
    assert b"audit_log_entry" in dump
    assert story.canaries.found_in(dump) == []
    assert story.canaries.found_in(sessions_of(story.served)) == []


def test_no_canary_is_in_a_file(walk: tuple[Walk, dict[str, bytes]], tmp_path: Path) -> None:
    """Neither in the data folder with its files, queue and keys, nor in what was printed, nor in the exported log."""
    story = walk[0]
    exported = story.served.command("audit", "export", str(tmp_path / "log"))
    assert exported.returncode == 0, exported.stderr
    paths = [path for folder in (story.served.data, tmp_path) for path in folder.rglob("*") if path.is_file()]
    found = {str(path): story.canaries.found_in(path.read_bytes()) for path in paths}
    assert any("kept" in path for path in found)
    assert {path: names for path, names in found.items() if names} == {}


def test_no_canary_passed_through_the_queue_or_a_temporary_file(walk: tuple[Walk, dict[str, bytes]]) -> None:
    """What was there for a moment only counts as well."""
    story, passed = walk
    found = {path: story.canaries.found_in(content) for path, content in passed.items()}
    assert {path: names for path, names in found.items() if names} == {}


def test_no_canary_is_in_redis(walk: tuple[Walk, dict[str, bytes]]) -> None:
    """Neither now nor in what Redis wrote down while it ran (which is in the data folder)."""
    address = walk[0].served.environment.get("REDIS_URL", "")
    if not address:
        # On the file system the queue is a folder, and the tests above have looked into it.
        assert (walk[0].served.data / "queue").is_dir()
        return
    import redis

    with closing(redis.Redis.from_url(address)) as store:
        content = b"".join(key + (store.dump(key) or b"") for key in store.scan_iter())
    assert walk[0].canaries.found_in(content) == []


def test_no_table_tells_from_where_somebody_came(walk: tuple[Walk, dict[str, bytes]]) -> None:
    """Neither an address of the network nor a kind of browser."""
    dump = dump_of(walk[0].served) + sessions_of(walk[0].served)
    told = [shape for word in (b"127.0.0.1", b"Mozilla/5.0") for shape in shapes_of(word) if shape in dump]
    assert told == []


def test_what_was_written_can_be_read_by_those_it_is_for(walk: tuple[Walk, dict[str, bytes]]) -> None:
    """The other half of the promise, and the proof that the canaries arrived at all."""
    story = walk[0]
    case = next(iter(CASE.findall(story.at("supervisor").get("/desk/cases/").text)))
    page = story.at("supervisor").get(f"/desk/cases/{case}/").text
    assert len(set(re.findall(rf"{story.canaries.mark}\d{{4}}", page))) > 20


def sessions_of(served: Served) -> bytes:
    """What the sessions of the desk hold; in the database they are compressed."""
    told = served.command(
        "shell", "-c", "from django.contrib.sessions.models import Session\n"
        "for each in Session.objects.all(): print(each.get_decoded())",
    )  # fmt: skip
    assert "_auth_user_id" in told.stdout, told.stderr
    return told.stdout.encode()


def walk_through_every_form(walk: Walk) -> None:
    """The whole product, in the order in which it happens; demonstration cases lend the rarer branches."""
    receipt = report_through_the_portal(walk)
    report = newest_report(walk)
    begin_the_report(walk, report)
    talk_through_the_inbox(walk, receipt)
    case = convert(walk, report, "gift-accepted")
    investigate(walk, case)
    end_other_reports(walk, case)
    decide_and_appeal(walk, case)
    publish_and_close(walk, case)
    close_another_without_charge(walk)
    take_rarer_branches(walk)
    follow_up_a_call(walk)
    look_at_files(walk, report_as_a_client(walk))
    import_a_batch(walk)
    search_for_somebody(walk)
    knock_at_other_doors(walk)
