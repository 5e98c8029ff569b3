"""The auditor's wider looks: timelines, names, health and cadence, patterns, and how they stay fast."""

import json
import re
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit import clock
from audit.console import names, patterns
from audit.console.health import cadence
from audit.console.listing import NEAR, _joined, _span, matching, page_of, places, timeline_of
from audit.console.patterns import Span, bursts
from audit.log import actions as log
from audit.log.enforcement.functions import BLOCK
from audit.log.events import declare
from audit.log.models import Block, Checkpoint, Entry
from tests.audit.console_site import mount
from tests.audit.tampering import change

pytestmark = [pytest.mark.django_db]
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
SEEN = declare("test.seen")


@pytest.fixture(autouse=True)
def _mounted(settings, log_key, monkeypatch):
    mount(settings, monkeypatch)
    for registry in ("_readings", "_refusals", "_failures"):
        monkeypatch.setattr(patterns, registry, set())
    for registry in ("_administrators", "_teams"):
        monkeypatch.setattr(patterns, registry, [])
    monkeypatch.setattr(names, "_resolvers", [])


@pytest.fixture
def auditor(client):
    """A browser in which an auditor is signed in."""
    client.defaults["HTTP_TEST_ROLE"] = "auditor"
    return client


def seen(actor: str, object: str, *, after: int = 0, times: int = 1) -> None:
    with clock.at(NOON + timedelta(minutes=after)), log.transaction():
        for _number in range(times):
            log.append(SEEN, actor=actor, object=object, facts={})


def span() -> Span:
    log.number()
    return Span(NOON - timedelta(days=1), NOON + timedelta(days=1))


# Timelines and names


def test_a_timeline_holds_what_a_pseudonym_did_and_what_was_done_to_it_once_each(auditor):
    for number in range(70):
        seen("person/a", f"case/{number}")
        seen("person/b", "person/a")
        seen("person/b", "case/1")
    seen("person/a", "person/a")
    first = auditor.get("/desk/audit/timeline/?of=person/a")
    indexes, page = [], first
    while True:
        indexes += [row.entry.index for row in page.context["page"].rows]
        if page.context["older"] is None:
            break
        page = auditor.get("/desk/audit/timeline/" + page.context["older"])
    wanted = [each.index for each in Entry.objects.all() if "person/a" in (each.actor, each.object)]
    assert indexes == sorted(wanted, reverse=True)
    back = auditor.get("/desk/audit/timeline/" + page.context["newer"])
    assert [row.entry.index for row in back.context["page"].rows] == indexes[50:100]


def test_a_timeline_of_nothing_is_no_page_and_its_word_is_not_kept(auditor):
    for address in ("?of=Somebody+Smith", "", "?of=%0A", "?of=../x"):
        assert auditor.get(f"/desk/audit/timeline/{address}").status_code == 404
    log.number()
    assert not Entry.objects.filter(leaf__contains=b"Smith").exists()


def test_names_are_shown_where_somebody_tells_them_and_never_kept(auditor):
    names.declare(lambda asked: {each: "Ada Lovelace" for each in asked if each == "person/a"})
    seen("person/a", "case/1")
    seen("reporter/1", "person/a")
    for page in ("", "entries/0/", "timeline/?of=person/a"):
        assert "Ada Lovelace" in auditor.get(f"/desk/audit/{page}").content.decode(), page
    log.number()
    assert not Entry.objects.filter(leaf__contains=b"Lovelace").exists()


def test_a_name_cannot_bring_markup_onto_the_page(auditor):
    names.declare(lambda asked: dict.fromkeys(asked, "<script>x</script>"))
    seen("person/a", "<b>case</b>")
    for page in ("", "entries/0/", "timeline/?of=person/a"):
        text = auditor.get(f"/desk/audit/{page}").content.decode()
        assert "<script>" not in text
        assert "<b>" not in text


# Health and cadence


def test_the_health_page_tells_of_guards_that_are_gone_and_entries_that_were_changed(auditor, note_down):
    note_down(40)
    log.integrate()
    text = auditor.get("/desk/audit/health/").content.decode()
    assert "Every guard in the database is as it was made." in text
    assert "and right" in text
    change("UPDATE audit_log_entry SET leaf_hash = leaf_hash, leaf = %s", b"{}")
    with connection.cursor() as cursor:
        off = "ALTER TABLE audit_log_entry DISABLE TRIGGER USER"
        cursor.execute(off if connection.vendor == "postgresql" else "DROP TRIGGER audit_log_entry_no_delete")
    page = auditor.get("/desk/audit/health/")
    assert "The database does not defend the log as it should" in page.content.decode()
    assert page.context["condition"].looked.wrong == page.context["condition"].looked.at
    assert "do not lead to the signed root" in page.content.decode()


def test_the_health_page_of_an_empty_log_and_of_wrong_settings_is_no_crash(auditor, settings):
    assert "Nothing was signed yet" in auditor.get("/desk/audit/health/").content.decode()
    settings.LOG_WITNESSES = ["nonsense"]
    assert "make no sense" in auditor.get("/desk/audit/health/").content.decode()


def test_a_witness_that_gave_nothing_is_told(auditor, settings, log_key):
    from audit.note import Algorithm, SignerKey

    key = SignerKey.generate("witness.example", algorithm=Algorithm.COSIGNATURE)
    settings.LOG_WITNESSES = [f"{key.verifier} http://127.0.0.1:1/"]
    text = auditor.get("/desk/audit/health/").content.decode()
    assert "witness.example" in text
    assert "nothing yet" in text


def signed_at(*ticks: int) -> None:
    for tick in ticks:
        with clock.at(NOON + timedelta(minutes=10 * tick)):
            log.append_alone(SEEN, actor="person/a", object="case/1", facts={})
            log.integrate()


def test_gaps_in_the_cadence_are_marked_at_their_hours(settings):
    settings.LOG_CADENCE = 600
    signed_at(0, 1, 2, 5, 6, 20, 21)
    assert [each.minute for each in Checkpoint.objects.values_list("time", flat=True)] == [0, 10, 20, 50, 0, 20, 30]
    with clock.at(NOON + timedelta(minutes=10 * 23)):
        found = cadence()
    assert [(gap.first, gap.missing) for gap in found.gaps] == [
        (NOON + timedelta(minutes=30), 2),
        (NOON + timedelta(minutes=70), 13),
        (NOON + timedelta(minutes=220), 1),
    ]
    assert found.missing == 16
    hours = {hour.begins: hour for _day, row in found.days for hour in row}
    states = [hours[NOON + timedelta(hours=number)] for number in range(-1, 5)]
    assert [hour.state for hour in states] == ["off", "part", "part", "none", "part", "off"]
    assert sum(hour.missing for hour in hours.values()) == 16


def test_a_whole_cadence_has_no_gap_and_the_present_stretch_is_not_missed(settings):
    settings.LOG_CADENCE = 600
    signed_at(0, 1, 2)
    for minutes in (29, 39):
        with clock.at(NOON + timedelta(minutes=minutes)):
            assert not cadence().gaps
    with clock.at(NOON + timedelta(minutes=40)):
        assert cadence().missing == 1


def test_a_very_quick_cadence_shows_fewer_days_instead_of_more_rows(settings):
    settings.LOG_CADENCE = 1
    signed_at(0)
    with clock.at(NOON + timedelta(days=6)):
        assert sum(hour.due for _day, row in cadence().days for hour in row) <= 12_001


# Patterns


def test_bursts_are_the_stretches_dense_enough_and_no_others():
    def at(*minutes: int) -> list[tuple[datetime, int]]:
        return [(NOON + timedelta(minutes=minute), 1) for minute in minutes]

    def found(*minutes: int) -> list[list[int]]:
        return [
            [int((time - NOON).total_seconds() // 60) for time, _count in burst]
            for burst in bursts(at(*minutes), least=3)
        ]

    assert found() == found(0, 1) == found(0, 59, 60) == found(0, 30, 60, 90) == []
    assert found(0, 30, 59) == [[0, 30, 59]]
    assert found(0, 30, 59, 61) == [[0, 30, 59, 61]]
    assert found(0, 1, 2, 300, 301, 302, 500) == [[0, 1, 2], [300, 301, 302]]
    assert list(bursts([(NOON, 3)], least=3)) == [[(NOON, 3)]]


def test_many_reads_and_refusals_are_found_by_person_and_failures_by_account():
    patterns.readings_are("test.seen")
    patterns.refusals_are("test.seen")
    patterns.failures_are("test.seen")
    seen("person/quick", "case/1", times=40)
    for hour in range(20):
        seen("person/steady", f"case/{hour}", after=61 * hour, times=2)
    (quick,) = span().many_reads().found
    assert (quick.actor, quick.count) == ("person/quick", 40)
    assert [each.actor for each in span().refused().found] == ["person/quick"]
    assert [each.object for each in span().failed().found] == ["case/1"]


def test_what_lies_outside_the_days_is_not_looked_at(auditor):
    patterns.readings_are("test.seen")
    seen("person/quick", "case/1", times=40)
    day = NOON + timedelta(days=5)
    assert not Span(day, day + timedelta(days=1)).many_reads().found
    page = auditor.get("/desk/audit/patterns/?since=2026-05-01&until=2026-05-01")
    assert [len(each["rows"]) for each in page.context["lists"] if each["key"] == "reads"] == [1]
    address = next(each["rows"][0]["address"] for each in page.context["lists"] if each["key"] == "reads")
    assert len(auditor.get(address).context["page"].rows) == 40


def test_administrators_and_people_outside_a_team_are_as_the_floors_above_say():
    patterns.readings_are("test.seen")
    patterns.administering(lambda asked, since, until: {"person/admin", "person/idle"})
    patterns.outside(lambda opened: [each for each in opened if each.actor == "person/admin"])
    for person in ("person/admin", "person/member"):
        seen(person, "case/1", times=2)
    (found,) = span().by_administrators().found
    assert (found.actor, found.count) == ("person/admin", 2)
    (found,) = span().outside_the_team().found
    assert (found.actor, found.object, found.count) == ("person/admin", "case/1", 2)


def test_a_long_list_is_cut_and_says_so():
    patterns.readings_are("test.seen")
    patterns.outside(lambda opened: list(opened))
    with clock.at(NOON), log.transaction():
        for number in range(60):
            log.append(SEEN, actor=f"person/{number}", object="case/1", facts={})
    found = span().outside_the_team()
    assert (len(found.found), found.more) == (50, True)


@pytest.mark.parametrize(
    "query", ["since=2026-01-01&until=2026-02-01", "since=2026-02-01&until=2026-01-01", "until=0001-01-02", "since=x"]
)
def test_a_span_that_cannot_be_looked_at_is_told_and_nothing_is_asked(auditor, query):
    page = auditor.get(f"/desk/audit/patterns/?{query}")
    assert page.status_code == 200
    assert page.context["form"].errors
    assert not page.context["lists"]


def test_the_wider_looks_leave_their_entries(auditor):
    seen("person/a", "case/1")
    for page, name in [("health/", "health"), ("patterns/", "patterns"), ("timeline/?of=person/a", "timeline")]:
        auditor.get(f"/desk/audit/{page}")
        log.number()
        last = json.loads(bytes(Entry.objects.order_by("-index")[0].leaf))
        assert (last["type"], last["facts"]["page"]) == ("log.read", name)


# How they stay fast


def plans(ask) -> list[str]:
    """How SQLite would find the rows of each question about entries."""
    with CaptureQueriesContext(connection) as queries:
        ask()
    told = []
    with connection.cursor() as cursor:
        for query in queries.captured_queries:
            if query["sql"].startswith("SELECT") and "audit_log_entry" in query["sql"]:
                cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
                told.append(" / ".join(row[3] for row in cursor.fetchall()))
    return told


def looked_for() -> None:
    looked = span()
    for ask in (looked.many_reads, looked.refused, looked.failed, looked.by_administrators, looked.outside_the_team):
        ask()


DAY = NOON.date()
LATER = DAY + timedelta(days=9)


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "ask",
    [
        lambda: list(matching({})[:51]),
        lambda: timeline_of("person/a"),
        lambda: timeline_of("person/a", before=30),
        lambda: list(matching({"actor": "person/a"}).order_by("-index")[:51]),
        lambda: list(matching({"object": "case/1", "since": DAY}).order_by("-index")[:51]),
        lambda: list(matching({"type": "test.seen", "since": DAY, "until": DAY}).order_by("-index")[:51]),
        lambda: list(matching({"since": DAY, "until": DAY}).order_by("-index")[:51]),
        looked_for,
    ],
)
def test_no_question_reads_the_whole_log(ask):
    patterns.readings_are("test.seen")
    patterns.refusals_are("test.seen")
    patterns.failures_are("test.seen")
    seen("person/a", "case/1", times=60)
    found = plans(ask)
    assert found
    for plan in found:
        reads = [step for step in plan.split(" / ") if "audit_log_entry" in step]
        assert reads, plan
        for step in reads:
            assert step.startswith("SEARCH") or "USING INDEX" in step, plan
            assert "SCAN" not in step or "sqlite_autoindex" in step, plan


@pytest.mark.unnumbered
def test_a_short_span_long_ago_is_looked_for_between_its_own_indexes():
    for day in range(5):
        seen("person/a", f"case/{day}", after=24 * 60 * day)
    filters = {"since": (NOON + timedelta(days=1)).date(), "until": (NOON + timedelta(days=2)).date()}
    log.number()
    with CaptureQueriesContext(connection) as queries:
        assert [each.object for each in matching(filters)] == ["case/1", "case/2"]
    *_blocks, rows = [query["sql"] for query in queries.captured_queries]
    assert '"index" >= 1' in rows
    assert '"index" < 3' in rows


def test_a_span_is_looked_for_in_the_blocks_that_it_can_lie_in():
    """In the second of four blocks, one entry was written by a clock that had gone wrong."""
    written = [(DAY, 1_100), (LATER, 1), (DAY, 500), (LATER, 2_000)]
    for day, count in written:
        seen("person/a", f"case/{day.day}", after=24 * 60 * (day - DAY).days, times=count)
    log.number()
    assert list(Block.objects.values_list("number", "earliest", "latest")) == [
        (0, NOON, NOON),
        (1, NOON, NOON + (LATER - DAY)),
        (2, NOON + (LATER - DAY), NOON + (LATER - DAY)),
    ]
    of_later = {"since": LATER, "until": LATER}
    assert places(_span(of_later)) == [range(1_024, 3_601)]
    assert places(_span(of_later), before=1_050) == [range(1_024, 1_050)]
    assert matching(of_later).count() == 2_001
    assert matching({"since": DAY, "until": DAY}).count() == 1_600
    oldest = page_of(of_later, before=1_700)
    assert [row.entry.index for row in oldest.rows][-1] == 1_650
    assert [row.entry.index for row in page_of(of_later, before=1_602).rows] == [1_601, 1_100]
    assert [row.entry.index for row in page_of(of_later, after=1_000).rows][-1] == 1_100
    assert [row.entry.index for row in page_of({"until": DAY}, after=1_597).rows] == [1_600, 1_599, 1_598]


def test_places_far_apart_are_few():
    single = [range(place, place + BLOCK) for place in range(0, 400 * NEAR, 4 * NEAR)]
    joined = _joined(single)
    assert 1 <= len(joined) <= 8
    assert (joined[0].start, joined[-1].stop) == (single[0].start, single[-1].stop)
    assert _joined([range(0, BLOCK), range(3 * BLOCK, 4 * BLOCK)]) == [range(4 * BLOCK)]
    apart = [range(0, BLOCK), range(40 * BLOCK, 41 * BLOCK)]
    assert _joined(apart) == apart


@pytest.mark.sqlite
@pytest.mark.parametrize("cursor", [{}, {"before": 30}, {"after": 30}])
@pytest.mark.parametrize("span", [{}, {"since": NOON.date()}, {"since": NOON.date(), "until": NOON.date()}])
def test_every_combination_of_filters_is_read_along_an_index_of_its_own(span, cursor):
    seen("person/a", "case/1", times=60)
    values = {"type": "test.seen", "actor": "person/a", "object": "case/1"}
    for chosen in (
        {"type"},
        {"actor"},
        {"object"},
        {"type", "actor"},
        {"type", "object"},
        {"actor", "object"},
        {*values},
    ):
        wanted = {name: values[name] for name in chosen} | span
        *_bounds, rows = plans(partial(page_of, wanted, **cursor))
        assert set(re.findall(r"(\w+)=\?", rows)) == chosen, rows
        assert "TEMP B-TREE" not in rows


def test_a_clock_that_ran_backwards_hides_no_entry_from_its_span():
    for day in (0, 1, 30, 1, 2):
        seen("person/a", f"case/{day}", after=24 * 60 * day)
    filters = {"since": (NOON + timedelta(days=1)).date(), "until": (NOON + timedelta(days=1)).date()}
    log.number()
    assert [each.index for each in matching(filters)] == [1, 3]
