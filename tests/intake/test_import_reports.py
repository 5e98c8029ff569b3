"""Reports of an earlier system, imported from CSV or JSON: looked at first, all or none, each once."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from audit.log.models import Entry
from intake.entry.importing import import_reports
from intake.entry.reading import layout, plan
from intake.portal.models import Origin, Report
from integrity.action import Incomplete, NotConfirmed, NotPermitted
from integrity.people.importing import Unreadable
from tests.desk import at_desk, entries, words_of
from tests.intake import pages
from tests.intake.questioning import published
from tests.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.once]

ROW: dict[str, Any] = {
    "reference": "CANARY-REF-1",
    "received_on": "2025-03-01",
    "path": "staff",
    "concerns": "others",
    "what": "CANARY-WHAT; at gate 3",
    "name": "CANARY-NAME",
}
ROWS = [ROW, {**ROW, "reference": "CANARY-REF-2", "concerns": "leadership", "name": "", "language": "ar"}]


def as_json(rows: list[dict[str, Any]]) -> bytes:
    return json.dumps(rows).encode()


def as_csv(rows: list[dict[str, Any]], delimiter: str = ";") -> bytes:
    written = io.StringIO()
    names = list(dict.fromkeys(name for row in rows for name in row))
    table = csv.DictWriter(written, names, delimiter=delimiter)
    table.writeheader()
    table.writerows(rows)
    return written.getvalue().encode("utf-8-sig")


def faults(content: bytes) -> list[tuple[int, str]]:
    return [(fault.line, fault.column) for fault in plan(content, source="old").faults]


def look(browser: Any, content: bytes, name: str = "old.csv") -> Any:
    """Choose a file and look at it."""
    return browser.post("/desk/entry/import/", {"table": pages.a_file(content, name), "source": "old", "do": "look"})


@pytest.mark.parametrize(
    "content", [as_csv(ROWS), as_csv(ROWS, ","), as_json(ROWS)], ids=["semicolons", "commas", "json"]
)
def test_a_file_is_looked_at_then_imported_and_never_twice(world: World, content: bytes) -> None:
    browser = at_desk("intake")
    looked = look(browser, content)
    assert looked.status_code == 200, words_of(looked)
    assert "Nothing is imported yet" in words_of(looked)
    assert "CANARY" not in words_of(looked)
    assert Report.objects.count() == 0
    kept = {"table-kept": pages.hidden(looked, "table-kept"), "source": "old", "do": "import"}
    # What waits between the two is encrypted, and so is everything else on the disk.
    on_disk = b"".join(path.read_bytes() for path in Path(settings.VAULT_FILES).rglob("*") if path.is_file())
    assert on_disk
    assert b"CANARY" not in on_disk
    assert browser.post("/desk/entry/import/", kept).status_code == 302
    first, second = Report.objects.order_by("channel__independent")
    assert (first.origin, str(first.received_on), first.has_identity) == (Origin.IMPORT, "2025-03-01", True)
    assert (second.channel, second.language, second.receipt_kept) == (world.independent, "ar", True)
    keys = world.actor("triage").keys
    keys.find([first.key])
    assert first.open(keys, "answers") == {"concerns": "others", "what": "CANARY-WHAT; at gate 3"}
    assert not keys.holds(second.key)

    again = look(browser, content)
    assert '2</span><span class="tile__label">imported before' in words_of(again)
    import_reports(actor=world.actor("intake"), content=content, source="old", digest="0" * 64)
    assert Report.objects.count() == 2
    (made, nothing) = entries("reports.imported")
    assert (made["facts"]["made"], nothing["facts"]["made"], nothing["facts"]["there"]) == (2, 0, 2)
    assert browser.post("/desk/entry/import/", kept).status_code == 422, "the file is gone once it was imported"
    assert b"CANARY" not in b"".join(bytes(row.leaf) for row in Entry.objects.all())


def test_one_wrong_row_keeps_all_out_and_each_is_named(world: World) -> None:
    wrong = [
        ROW,
        {**ROW, "reference": ""},
        ROW,
        {**ROW, "reference": "2", "received_on": "2999-01-01"},
        {**ROW, "reference": "3", "received_on": "1.3.2025"},
        {**ROW, "reference": "4", "path": "nobody"},
        {**ROW, "reference": "5", "what": ""},
        {**ROW, "reference": "6", "channel": "independent"},
        {**ROW, "reference": "7", "language": "xx"},
    ]
    found = [(1, "reference"), (2, "reference"), (3, "received_on"), (4, "received_on"), (5, "path"), (6, "what")]
    expected = [(line + 2, column) for line, column in [*found, (7, "channel"), (8, "language")]]
    assert faults(as_csv(wrong)) == expected
    assert faults(as_json(wrong)) == [(line - 1, column) for line, column in expected]
    looked = look(at_desk("intake"), as_csv(wrong))
    assert looked.status_code == 422
    assert "CANARY" not in words_of(looked)
    with pytest.raises(Incomplete):
        import_reports(actor=world.actor("intake"), content=as_json(wrong), source="old", digest="0" * 64)
    assert Report.objects.count() == 0


def test_answers_of_every_kind_come_in_cells_and_in_json(world: World) -> None:
    version = published(world.channel)
    base = {"reference": "1", "received_on": "2025-03-01", "path": "partner", "concerns": "others", "what": "x"}
    answers = {
        "paid": "yes",
        "how_much": {"amount": "1500", "currency": "IDR"},
        "ways": ["cash", "gift"],
        "when": {"from": "2025-01-01", "until": "2025-01-31"},
    }
    cells = {**answers, "ways": "cash | gift", "how_much": json.dumps(answers["how_much"]), "when": "in January"}
    for content, when in (
        (as_json([{**base, **answers}]), answers["when"]),
        (as_csv([{**base, **cells}]), {"words": "in January"}),
    ):
        (planned,) = plan(content, source="old").reports
        assert planned.told.questions == version
        assert planned.told.answers == {"concerns": "others", "what": "x", **answers, "when": when}
    assert {"how_much", "reference"} <= set(layout().columns)
    assert faults(as_json([{**base, "where": "not asked"}])) == [(1, "where")]


def test_what_a_row_says_is_in_no_fault(world: World) -> None:
    published(world.channel)
    base = {**ROW, "path": "partner", "name": ""}
    values: list[dict[str, Any]] = [
        {"paid": "CANARY"},
        {"paid": "yes", "ways": ["CANARY"], "how_much": {"amount": "CANARY", "currency": "CANARY"}},
        {"paid": "yes", "how_much": {"CANARY": "1"}},
        {"when": {"from": "CANARY"}},
        {"when": {"CANARY": "2025"}},
        {"people": [{"CANARY": "CANARY"}]},
        {"concerns": "CANARY"},
        {"channel": "CANARY"},
        {"language": "CANARY"},
        {"received_on": "CANARY"},
        {"files": ["CANARY"]},
    ]
    rows = [{**base, "reference": str(number), **more} for number, more in enumerate(values)]
    found = plan(as_json(rows), source="old").faults
    assert {fault.line for fault in found} == set(range(1, len(values) + 1))
    assert not [fault.sentence for fault in found if "CANARY" in fault.sentence]


def test_hostile_files_are_refused_with_a_sentence(world: World) -> None:
    for content in (
        b"",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'[{"reference": NaN}]',
        b"[1, 2]",
        b"{}",
        b"[]",
        b"reference;what\nx;y\n",
        b'reference;received_on;path;concerns\n"open;x;y;z\n',
        as_json([{**ROW, "reference": str(number)} for number in range(1_001)]),
        b"PK\x03\x04\x00\x00",
    ):
        with pytest.raises(Unreadable):
            plan(content, source="old")
    for source in ("", "Old system", "../x", "x" * 41):
        with pytest.raises(Unreadable):
            plan(as_json(ROWS), source=source)
    strange = [{**ROW, "what": {"x": [1]}}, {**ROW, "reference": 7}, {**ROW, "reference": "8", "received_on": 20250301}]
    assert {line for line, _column in faults(as_json(strange))} == {1, 2, 3}
    browser = at_desk("intake")
    assert look(browser, b"\xff\xfe\x00").status_code == 422
    assert look(browser, b"x" * (8 * 1024 * 1024 + 1)).status_code == 422
    assert b"reference,received_on" in browser.get("/desk/entry/import/reports.csv").content


def test_nobody_else_imports_and_it_asks_for_the_second_factor(world: World) -> None:
    for username in ("triage", "admin", "programme"):
        assert at_desk(username).get("/desk/entry/import/").status_code == 403
        with pytest.raises(NotPermitted):
            import_reports(actor=world.actor(username), content=as_json(ROWS), source="old", digest="0" * 64)
    actor = world.actor("intake", confirmed=False)
    with pytest.raises(NotConfirmed):
        import_reports(actor=actor, content=as_json(ROWS), source="old", digest="0" * 64)


def test_the_command_says_what_it_would_do_and_prints_no_content(world: World, tmp_path: Path, capsys) -> None:
    file = tmp_path / "old.json"
    file.write_bytes(as_json(ROWS))
    call_command("intake", "import", str(file), "--source", "old", "--dry-run")
    assert Report.objects.count() == 0
    for _again in range(2):
        call_command("intake", "import", str(file), "--source", "old")
    assert Report.objects.count() == 2
    file.write_bytes(as_csv([{**ROW, "reference": "9", "path": "CANARY-PATH"}]))
    with pytest.raises(CommandError, match="Nothing was imported"):
        call_command("intake", "import", str(file), "--source", "old")
    said = capsys.readouterr()
    assert "2 to make, 0 imported before." in said.out
    assert "line 2, path" in said.err
    assert "CANARY" not in said.out + said.err
