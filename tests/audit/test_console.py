"""What an auditor sees: the list, an entry with its proof, the log's health; and that reading leaves a trace."""

import json
from datetime import UTC, datetime
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit import clock
from audit.checkpoint import Checkpoint as Signed
from audit.log import actions as log
from audit.log.events import declare
from audit.log.models import Entry
from audit.log.stored import tile_within
from audit.policy import Policy
from audit.proof import ProofFile
from audit.tiles import TileName, decode_bundle
from audit.tree import leaf_hash
from tests.audit.console_site import mount
from tests.audit.tampering import change

pytestmark = [pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _mounted(settings, log_key, monkeypatch):
    mount(settings, monkeypatch)


@pytest.fixture
def auditor(client):
    """A browser in which an auditor is signed in."""
    client.defaults["HTTP_TEST_ROLE"] = "auditor"
    return client


def last_entry() -> dict:
    return json.loads(bytes(Entry.objects.last().leaf))


def rows(response) -> list[int]:
    return [row.entry.index for row in response.context["page"].rows]


PAGES = [
    "",
    "checkpoint",
    "entries/0/",
    "entries/0/leaf",
    "entries/0/proof",
    "health/",
    "patterns/",
    "timeline/?of=person/1",
]


@pytest.mark.parametrize("page", PAGES)
def test_only_an_auditor_reads_the_log(client, note_down, page):
    note_down(3)
    log.integrate()
    assert client.get(f"/desk/audit/{page}").status_code == 403
    assert log.head_size() == 3


@pytest.mark.parametrize("page", PAGES)
def test_each_page_that_is_read_leaves_an_entry(auditor, note_down, page):
    note_down(3)
    log.integrate()
    assert auditor.get(f"/desk/audit/{page}").status_code == 200
    assert log.head_size() == 4
    entry = last_entry()
    assert (entry["type"], entry["actor"], entry["object"]) == ("log.read", "person/auditor", "log")
    assert entry["facts"].get("index", 0) == 0


@pytest.mark.parametrize("page", PAGES)
def test_nothing_can_be_sent_to_the_log(auditor, page):
    assert auditor.post(f"/desk/audit/{page}").status_code == 405


def test_the_list_is_newest_first_and_pages_both_ways(auditor, note_down):
    note_down(120)
    first = auditor.get("/desk/audit/")
    assert rows(first) == list(range(119, 69, -1))
    assert first.context["newer"] is None
    second = auditor.get("/desk/audit/" + first.context["older"])
    assert rows(second) == list(range(69, 19, -1))
    third = auditor.get("/desk/audit/" + second.context["older"])
    assert rows(third) == list(range(19, -1, -1))
    assert third.context["older"] is None
    assert rows(auditor.get("/desk/audit/" + third.context["newer"])) == rows(second)
    assert "?before=70" in unescape(first.content.decode())


def test_the_list_is_narrowed_by_kind_object_person_and_day(auditor, noted):
    sent = declare("test.sent", by_day=True)
    for day in (1, 2, 3):
        with clock.at(datetime(2026, 5, day, 12, tzinfo=UTC)), log.transaction():
            log.append(noted, actor="person/1", object=f"thing/{day}", facts={})
            log.append(sent, actor="person/2", object="thing/1", facts={})
    for query, expected in [
        ("type=test.sent", [5, 3, 1]),
        ("object=thing/1", [5, 3, 1, 0]),
        ("actor=person/1", [4, 2, 0]),
        ("since=2026-05-02&until=2026-05-02", [3, 2]),
        ("since=2026-05-03", [5, 4]),
        ("until=2026-05-01", [1, 0]),
        ("since=2026-05-02&since_time=12:00&until=2026-05-02&until_time=12:00", [2]),
        ("since=2026-05-02&since_time=12:01&until=2026-05-03&until_time=11:59", [5]),
        ("since=2026-05-02&type=test.sent", [5, 3]),
        ("since=2027-01-01", []),
        ("type=test.noted&object=thing/1&actor=person/1", [0]),
        ("actor=person/3", []),
    ]:
        assert rows(auditor.get(f"/desk/audit/?{query}&before=6")) == expected, query


def test_a_filter_is_kept_from_page_to_page(auditor, note_down):
    note_down(200)
    first = auditor.get("/desk/audit/?object=thing/1")
    second = auditor.get("/desk/audit/" + first.context["older"])
    assert {row.entry.object for row in second.context["page"].rows} == {"thing/1"}


def test_what_was_searched_is_recorded_but_no_word_that_the_log_did_not_have(auditor, note_down):
    note_down(3)
    auditor.get("/desk/audit/?object=thing/1&since=2020-01-01")
    assert last_entry()["facts"] == {
        "page": "entries",
        "filter": {"object": "thing/1", "since": "2020-01-01"},
    }
    auditor.get("/desk/audit/?actor=Somebody+Smith")
    assert last_entry()["facts"]["filter"] == {"actor": "-"}
    assert not Entry.objects.filter(leaf__contains=b"Smith").exists()


def test_a_wrong_filter_is_told_beside_the_field_and_what_was_typed_is_kept(auditor, note_down):
    note_down(3)
    page = auditor.get("/desk/audit/?since=2026-05-02&until=2026-05-01&object=thing/1")
    assert page.status_code == 200
    text = page.content.decode()
    assert "The last day is before the first day." in text
    assert 'value="thing/1"' in text
    for query, fields in [
        ("since=yesterday&type=none", {"since", "type"}),
        ("since=0001-01-01&until=9999-12-31", {"since", "until"}),
        ("since_time=10:00&until_time=11:00", {"since", "until"}),
        ("since=2026-05-01&until=2026-05-01&since_time=10:00&until_time=09:00", {"until_time"}),
    ]:
        assert auditor.get(f"/desk/audit/?{query}").context["form"].errors.keys() == fields, query


@pytest.mark.parametrize("query", ["before=x", "after=-1", f"before={10**30}", "after=", f"after={10**17}"])
def test_a_damaged_address_is_no_crash(auditor, note_down, query):
    note_down(3)
    assert auditor.get(f"/desk/audit/?{query}").status_code == 200
    assert auditor.get(f"/desk/audit/entries/{10**30}/").status_code == 404


def test_an_entry_shows_its_content_and_a_proof_that_verifies(auditor, note_down, log_key):
    note_down(300)
    checkpoint = log.integrate()
    page = auditor.get("/desk/audit/entries/270/").content.decode()
    entry = Entry.objects.get(index=270)
    assert bytes(entry.leaf_hash).hex() in page
    assert "This entry is in the signed log" in page
    assert '"object": "thing/0"' in unescape(page)
    proof = auditor.get("/desk/audit/entries/270/proof")
    leaf = auditor.get("/desk/audit/entries/270/leaf")
    assert proof["Content-Disposition"] == 'attachment; filename="entry-270.tlog-proof"'
    proved = ProofFile.parse(proof.content).verify(leaf.content, policy=Policy.of(log_key))
    assert proved.checkpoint.size == checkpoint.size
    assert unescape(page).count(proof.content.decode()) == 1


def test_an_entry_that_waits_for_its_checkpoint_says_so(auditor, note_down):
    note_down(3)
    assert "Not yet under a checkpoint" in auditor.get("/desk/audit/entries/2/").content.decode()
    assert auditor.get("/desk/audit/entries/2/proof").status_code == 404


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("UPDATE audit_log_entry SET leaf = %s", "This entry is not what was signed"),
        ("UPDATE audit_log_entry SET actor = %s", "The search columns were changed"),
    ],
)
def test_an_entry_that_was_changed_in_the_database_says_so(auditor, note_down, sql, told):
    note_down(3)
    log.integrate()
    change(sql, b"no json" if "leaf" in sql else "person/2")
    page = auditor.get("/desk/audit/entries/1/").content.decode()
    assert told in page
    assert "This entry is in the signed log" not in page
    assert auditor.get("/desk/audit/").status_code == 200


def test_entries_that_are_gone_make_no_crash(auditor, note_down):
    note_down(300)
    log.integrate()
    change('DELETE FROM audit_log_entry WHERE "index" = 290')
    assert "This entry is not what was signed" in auditor.get("/desk/audit/entries/270/").content.decode()
    change('DELETE FROM audit_log_entry WHERE "index" >= 100')
    change("UPDATE audit_log_head SET size = 100")
    assert "Entries are gone" in auditor.get("/desk/audit/").content.decode()


def test_the_health_of_the_log_is_on_the_first_page(auditor, note_down, settings):
    note_down(3)
    log.integrate()
    note_down(2)
    response = auditor.get("/desk/audit/")
    page = response.content.decode()
    assert response.context["health"].waiting == 2
    assert "Not yet under a checkpoint" in page
    assert "log.example/tests" in page
    settings.LOG_HIGH_WATER_FILE.unlink()
    assert "No high-water mark" in auditor.get("/desk/audit/").content.decode()


def test_the_latest_checkpoint_is_served_as_it_was_signed(auditor, note_down, log_key):
    assert auditor.get("/desk/audit/checkpoint").status_code == 404
    note_down(3)
    log.integrate()  # the attempt before is the fourth entry
    response = auditor.get("/desk/audit/checkpoint")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert Signed.open(response.content, key=log_key).size == 4


@pytest.mark.unnumbered
def test_the_pages_take_the_same_number_of_queries_whatever_the_size(auditor, note_down):
    """The reading's own entry costs a savepoint, its release, and the append; before it, numbering what waits."""
    own = 6 if connection.vendor == "postgresql" else 4
    counts = []
    for more in (60, 600):
        note_down(more)
        log.integrate()
        for page in ("", "?object=thing/1", "entries/7/"):
            # What the page before left, so that each finds nothing that waits.
            log.number()
            with CaptureQueriesContext(
                connection,
            ) as queries:
                auditor.get(f"/desk/audit/{page}")
            counts.append(len(queries))
    assert counts[0] == counts[1] == counts[3] == counts[4] == own + 5
    assert max(counts[2], counts[5]) <= own + 2 + 3


@pytest.mark.unnumbered
def test_the_wider_looks_take_the_same_number_of_queries_whatever_the_size(auditor, note_down):
    counts = {}
    for more in (600, 600):
        note_down(more)
        log.integrate()
        for page in ("timeline/?of=person/1", "patterns/", "?since=2020-01-01"):
            with CaptureQueriesContext(connection) as queries:
                auditor.get(f"/desk/audit/{page}")
            counts.setdefault(page, set()).add(len(queries))
    assert all(len(found) == 1 for found in counts.values()), counts


def test_no_script_and_no_inline_style_is_on_any_page(auditor, note_down):
    note_down(3)
    log.integrate()
    for page in ("", "entries/1/", "?type=none", "health/", "patterns/", "timeline/?of=thing/1", "selection/"):
        text = auditor.get(f"/desk/audit/{page}").content.decode()
        assert "<script" not in text
        assert " style=" not in text
        assert text.count("<h1") == 1


def test_the_entries_beside_a_tile_are_for_the_auditor_and_hash_to_what_is_public(auditor, note_down):
    note_down(300)
    log.integrate()
    note_down(5)
    answer = auditor.get("/desk/audit/tile/entries/001.p/44")
    assert answer["Content-Type"] == "application/octet-stream"
    assert "no-store" in answer["Cache-Control"]
    entries, rest = decode_bundle(answer.content)
    assert rest == 0
    assert b"".join(map(leaf_hash, entries)) == tile_within(TileName(0, 1, 44), 300)
    assert last_entry()["facts"] == {"page": "bundle", "index": 256}
    for number in ("001.p/45", "001", "002.p/1", "x000/000"):
        assert auditor.get(f"/desk/audit/tile/entries/{number}").status_code == 404
    assert auditor.get("/desk/audit/tile/entries/000", headers={"Test-Role": "manager"}).status_code == 403
