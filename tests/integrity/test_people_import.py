"""Importing lists of staff and headcounts: what is read, what is refused and why, and how long it takes."""

from __future__ import annotations

import csv
import io
import re
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from audit import clock
from cases.conflicts import reason
from integrity.action import NotPermitted
from integrity.people import headcount_list, importing, staff_list
from integrity.people.importing import Unreadable, harmless
from integrity.people.models import Headcount, PersonEvent, User
from integrity.rules.terms import GradeBand
from tests.desk import at_desk, entries, words_of
from tests.walks import triage
from tests.world import SYSTEM, World

HEADER = "staff_number;name;office;grade_band;superior;email"
LAYOUTS = (staff_list.LAYOUT, headcount_list.LAYOUT)


def table(text: str | bytes) -> importing.Table:
    return importing.read_table(text.encode() if isinstance(text, str) else text, LAYOUTS)[1]


def planned(text: str | bytes, actor: Any = SYSTEM) -> staff_list.StaffPlan:
    return staff_list.plan(table(text), actor=actor)


def faults(text: str | bytes) -> list[tuple[int, str]]:
    """Line and column of everything that is wrong."""
    return [(fault.line, fault.column) for fault in planned(text).faults]


def imported(text: str | bytes, actor: Any = SYSTEM) -> staff_list.StaffPlan:
    return staff_list.import_staff(actor=actor, table=table(text), digest="0" * 64)


def send(browser: Client, content: str | bytes, do: str = "look", name: str = "staff.csv") -> Any:
    raw = content.encode() if isinstance(content, str) else content
    return browser.post(reverse("people:import"), {"do": do, "table": SimpleUploadedFile(name, raw)})


def confirm(browser: Client, page: Any, do: str = "import") -> Any:
    token = words_of(page).split('name="table-kept" value="')[1].split('"')[0]
    return browser.post(reverse("people:import"), {"do": do, "table-kept": token})


GOOD = f"{HEADER}\n1001;Ana Cruz;HQ;B;;ana@office.example\n1002;Bo Lee;PORT;C;1001;\n"


def test_a_list_is_looked_at_first_and_then_imported(world: World):
    browser = at_desk("admin")
    page = send(browser, GOOD)
    assert page.status_code == 200
    assert "people to add" in words_of(page)
    assert not User.objects.filter(staff_number="1001").exists(), "looking at it imported it"
    assert confirm(browser, page).status_code == 302
    second = User.objects.get(staff_number="1002")
    assert (second.name, second.office.code, second.grade_band) == ("Bo Lee", "PORT", "C")
    assert second.superior == User.objects.get(staff_number="1001")
    assert (second.username, second.key, second.roles()) == ("1002", None, frozenset())
    entry = entries("people.staff_imported")[-1]
    assert entry["facts"] | {"added": 2, "changed": 0} == entry["facts"]
    assert "Ana" not in str(entries())


def test_after_a_list_that_cannot_be_read_the_next_one_is_taken_in_its_place(world: World):
    browser = at_desk("admin")
    refused = send(browser, b"\xff\xfe not a table")
    assert refused.status_code == 422
    kept = re.findall(r'name="table-kept" value="([^"]+)"', words_of(refused))
    assert len(kept) == 1
    # What a browser sends then: the file that waits, and the one that was chosen instead.
    file = SimpleUploadedFile("staff.csv", GOOD.encode())
    page = browser.post(reverse("people:import"), {"do": "look", "table-kept": kept, "table": file})
    assert page.status_code == 200, words_of(page)
    assert "people to add" in words_of(page)
    assert re.findall(r'name="table-kept" value="([^"]+)"', words_of(page)) != kept
    assert confirm(browser, page).status_code == 302
    assert User.objects.filter(staff_number="1001").exists()


def test_two_lists_at_once_are_refused(world: World):
    files = [SimpleUploadedFile(name, GOOD.encode()) for name in ("one.csv", "two.csv")]
    page = at_desk("admin").post(reverse("people:import"), {"do": "look", "table": files})
    assert page.status_code == 422
    assert "Choose one file at a time." in words_of(page)


def test_nobody_imported_can_sign_in(world: World):
    imported(GOOD)
    for passphrase in ("", "1001", "Ana Cruz"):
        answer = Client().post(reverse("people:sign_in"), {"username": "1001", "passphrase": passphrase})
        assert answer.status_code == 422


def test_the_imported_line_of_superiors_keeps_people_out_of_a_matter_about_their_superior(world: World):
    """The reason for the list: the superior has no account, and is the subject all the same."""
    imported(f"{HEADER}\nS-boss;The Boss;HQ;A;;\nS-investigator;Investigator;HQ;B;S-boss;\n")
    case = triage.open_case(world, staff_number="S-boss")
    investigator = User.objects.get(username="investigator")
    assert "superior" in reason(case, investigator, world.actor("supervisor").keys)


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.replace(";", ",").encode(),
        GOOD.replace("\n", "\r\n").encode(),
        GOOD.replace("\n", "\r").encode(),
        ("\n\n" + GOOD + "\n;;;;;\n").encode(),
        GOOD.replace("Ana Cruz", '"Ana Cruz"').replace("Bo Lee", '" Bo Lee "').encode(),
        GOOD.replace(HEADER, "Staff Number; NAME ;Office;grade band;Superior;Email").encode(),
        GOOD.replace(";B;", ";b;").replace(";HQ;", ";hq;").encode(),
    ],
    ids=["mark", "commas", "crlf", "cr", "empty lines", "quoted", "header", "small letters"],
)
def test_what_spreadsheets_write_is_read(world: World, content: bytes):
    found = planned(content)
    assert not found.faults
    assert [person.name for person in found.added] == ["Ana Cruz", "Bo Lee"]


def test_a_cell_may_hold_the_separator_and_quotation_marks(world: World):
    found = planned(f'{HEADER}\n1;"Cruz; Ana ""Nan""";HQ;B;;\n')
    assert found.added[0].name == 'Cruz; Ana "Nan"'


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (GOOD.encode("utf-16"), "UTF-16"),
        (f"{HEADER}\n1;Ana\u00e9;HQ;B;;\n".encode("latin-1"), "line 2"),
        (b"PK\x03\x04\x00\x00", "no text"),
        (f"{HEADER}\n", "no rows"),
        (b"name;office\nA;HQ\n", "Missing: staff_number, grade_band"),
        (f"{HEADER};salary\n1;A;HQ;B;;;9\n", "salary"),
        (f"{HEADER};name\n1;A;HQ;B;;;9\n", "twice"),
        (f'{HEADER}\n1;"A;HQ;B;;\n', "quotation"),
        (f'{HEADER}\n1;"A"x;HQ;B;;\n', "line 2"),
        (f"{HEADER}\n1;{'A' * 200_000};HQ;B;;\n", "too long"),
        ('"staff_number;name', "quotation"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(world: World, content: Any, sentence: str):
    raw = content.encode() if isinstance(content, str) else content
    with pytest.raises(Unreadable, match=sentence):
        table(raw)
    if raw:
        page = send(at_desk("admin"), raw)
        assert page.status_code == 422
        assert sentence in words_of(page)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (";A;HQ;B;;", "staff_number"),
        ("1 2;A;HQ;B;;", "staff_number"),
        ("=1;A;HQ;B;;", "staff_number"),
        (f"{'1' * 31};A;HQ;B;;", "staff_number"),
        ("1;;HQ;B;;", "name"),
        (f"1;{'A' * 121};HQ;B;;", "name"),
        ("1;=HYPERLINK(1);HQ;B;;", "name"),
        ("1;+1;HQ;B;;", "name"),
        ("1;@SUM(A1);HQ;B;;", "name"),
        ('1;"A\nB";HQ;B;;', "name"),
        ("1;A\u202eB;HQ;B;;", "name"),
        ("1;A;MOON;B;;", "office"),
        ("1;A;;B;;", "office"),
        ("1;A;HQ;E;;", "grade_band"),
        ("1;A;HQ;;;", "grade_band"),
        ("1;A;HQ;B;404;", "superior"),
        ("1;A;HQ;B;1;", "superior"),
        ("1;A;HQ;B;;nowhere", "email"),
        ("1;A;HQ", ""),
        ("1;A;HQ;B;;;;", ""),
        ("triage;A;HQ;B;;", "staff_number"),
    ],
)
def test_a_wrong_cell_is_named_with_its_line(world: World, row: str, column: str):
    assert faults(f"{HEADER}\n{row}\n") == [(2, column)]
    with pytest.raises(Exception, match="Some rows are wrong"):
        imported(f"{HEADER}\n{row}\n3;Right;HQ;B;;\n")
    assert not User.objects.filter(staff_number="3").exists(), "part of a wrong list was imported"


def test_every_wrong_row_is_told_at_once(world: World):
    text = f"{HEADER}\n1;;MOON;E;;\n1;A;HQ;B;;\n2;A;HQ\n3;A;HQ;B;4;\n"
    assert faults(text) == [
        (2, "name"),
        (2, "office"),
        (2, "grade_band"),
        (3, "staff_number"),
        (4, ""),
        (5, "superior"),
    ]
    page = words_of(send(at_desk("admin"), text))
    assert "6 things are wrong" in page
    assert "on line 2 already" in page


def test_the_line_is_the_one_that_an_editor_shows(world: World):
    text = f'{HEADER}\n1;"A\n\nB";HQ;B;;\n\n2;A;MOON;B;;\n'
    assert faults(text) == [(2, "name"), (6, "office")]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("1;A;HQ;B;2;\n2;B;HQ;B;1;\n3;C;HQ;B;1;\n", [(2, "superior"), (3, "superior")]),
        ("1;A;HQ;B;1;\n", [(2, "superior")]),
        ("1;A;HQ;B;2;\n2;B;HQ;B;3;\n3;C;HQ;B;1;\n4;D;HQ;B;5;\n5;E;HQ;B;4;\n", [(n, "superior") for n in range(2, 7)]),
        ("1;A;HQ;B;2;\n2;B;HQ;B;3;\n3;C;HQ;B;;\n", []),
    ],
)
def test_superiors_in_a_circle_are_found(world: World, rows: str, expected: list[tuple[int, str]]):
    assert faults(f"{HEADER}\n{rows}") == expected


def test_a_circle_through_somebody_who_is_not_on_the_list_is_found(world: World):
    imported(f"{HEADER}\n1;A;HQ;B;;\n2;B;HQ;B;1;\n")
    assert faults(f"{HEADER}\n1;A;HQ;B;2;\n") == [(2, "superior")]


def test_a_line_of_five_thousand_superiors_is_no_trouble(world: World):
    rows = "".join(f"{n};N{n};HQ;B;{n + 1 if n < 5000 else 1};\n" for n in range(1, 5001))
    started = time.monotonic()
    found = faults(f"{HEADER}\n{rows}")
    assert len(found) == 5000
    assert time.monotonic() - started < 10


def test_somebody_who_is_there_is_changed_and_sees_it(world: World):
    person = world.person("triage")
    before = User.objects.count()
    imported(f"{HEADER}\ns-TRIAGE;Grace New;PORT;C;S-manager;g@office.example\n")
    person.refresh_from_db()
    assert (person.name, person.office.code, person.grade_band) == ("Grace New", "PORT", "C")
    assert person.superior == world.person("manager")
    assert (person.username, person.key_id) == ("triage", world.person("triage").key_id)
    assert User.objects.count() == before
    assert entries("people.details_imported")[-1]["object"] == f"person/{person.pk}"
    assert PersonEvent.objects.filter(person=person, kind="details_changed").exists()
    assert "office, grade or superior" in words_of(at_desk("triage").get(reverse("people:me")))


def test_columns_that_the_list_lacks_stay_as_they_are(world: World):
    person = world.person("triage")
    person.superior, person.email = world.person("manager"), "g@office.example"
    person.save()
    imported("staff_number,name,office,grade_band\nS-triage,Triage,HQ,C\n")
    person.refresh_from_db()
    assert (person.superior, person.email) == (world.person("manager"), "g@office.example")
    imported(f"{HEADER}\nS-triage;Triage;HQ;C;;\n")
    person.refresh_from_db()
    assert (person.superior, person.email) == (None, "")


def test_the_same_list_again_changes_nothing(world: World):
    imported(GOOD)
    again = planned(GOOD)
    assert (len(again.added), len(again.changed), again.unchanged) == (0, 0, 2)


def test_an_administrator_cannot_change_their_own_record_by_a_list(world: World):
    text = f"{HEADER}\nS-admin;Admin;PORT;A;;\n"
    found = planned(text, actor=world.actor("admin"))
    assert [(fault.column, "yourself" in fault.sentence or "you" in fault.sentence) for fault in found.faults] == [
        ("staff_number", True)
    ]
    page = send(at_desk("admin"), text)
    assert confirm(at_desk("admin"), page, "import").status_code == 422
    assert User.objects.get(username="admin").office.code == "HQ"
    same = f"{HEADER}\nS-admin;Admin;HQ;B;;\n"
    assert not planned(same, actor=world.actor("admin")).faults


def test_closed_and_double_staff_numbers_are_refused(world: World):
    User.objects.filter(username="manager").update(is_active=False)
    User.objects.filter(username="board1").update(staff_number="S-board2")
    assert faults(f"{HEADER}\nS-manager;M;HQ;A;;\nS-board2;B;HQ;A;;\n") == [(2, "staff_number"), (3, "staff_number")]
    assert faults(f"{HEADER}\n1;M;HQ;A;S-manager;\n") == [(2, "superior")]


def test_ten_thousand_rows_take_seconds(world: World):
    rows = "".join(
        f"{n};Person Number {n};{'HQ' if n % 2 else 'PORT'};C;{n // 10 or ''};p{n}@x.example\n"
        for n in range(1, 10_001)
    )
    text = f"{HEADER}\n{rows}"
    started = time.monotonic()
    assert len(imported(text).added) == 10_000
    assert time.monotonic() - started < 15
    assert User.objects.get(staff_number="5555").superior == User.objects.get(staff_number="555")
    started = time.monotonic()
    assert len(imported(text.replace(";C;", ";D;")).changed) == 10_000
    assert time.monotonic() - started < 15


def test_the_queries_do_not_grow_with_the_list(world: World, django_assert_max_num_queries: Any):
    parsed = table(f"{HEADER}\n" + "".join(f"{n};P {n};HQ;C;S-manager;\n" for n in range(1000)))
    with django_assert_max_num_queries(3):
        staff_list.plan(parsed, actor=SYSTEM)


def test_a_formula_is_shown_as_text_and_is_harmless_in_the_file_of_problems(world: World):
    formula = '=HYPERLINK("http://evil.example";"x")'
    script = "<script>alert(1)</script>"
    text = f'{HEADER}\n1;"{formula.replace(chr(34), chr(34) * 2)}";{script};B;@SUM(1);\n'
    browser = at_desk("admin")
    page = send(browser, text)
    assert script.encode() not in page.content
    answer = confirm(browser, page, "faults")
    assert answer["Content-Type"].startswith("text/csv")
    written = b"".join(answer.streaming_content).decode()
    cells = [cell for row in csv.reader(io.StringIO(written.removeprefix("\ufeff"))) for cell in row]
    assert f"'{formula}" in cells
    assert not [cell for cell in cells if cell[:1] in "=+-@\t\r"]


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "＝1"])
def test_no_spreadsheet_runs_a_cell_of_ours(cell: str):
    assert harmless(cell) == f"'{cell}"


def test_only_an_administrator_imports(world: World):
    for username in ("triage", "auditor", "programme"):
        assert send(at_desk(username), GOOD).status_code == 403
        with pytest.raises(NotPermitted):
            imported(GOOD, actor=world.actor(username))
    assert not User.objects.filter(staff_number="1001").exists()


def test_the_list_waits_encrypted_and_goes_when_it_was_imported(world: World, data_folder: Path):
    browser = at_desk("admin")
    page = send(browser, GOOD)
    pending = list((data_folder / "files" / "pending").iterdir())
    assert pending
    assert not [path for path in pending if b"Ana Cruz" in path.read_bytes()]
    confirm(browser, page)
    assert not list((data_folder / "files" / "pending").iterdir())
    gone = confirm(browser, page)
    assert gone.status_code == 422
    assert "no longer here" in words_of(gone)


def test_templates_have_the_columns_and_are_read_again(world: World):
    browser = at_desk("admin")
    for kind, layout in (("staff", staff_list.LAYOUT), ("headcounts", headcount_list.LAYOUT)):
        answer = browser.get(reverse("people:import_template", args=[kind]))
        assert answer.content.startswith(b"\xef\xbb\xbf")
        with pytest.raises(Unreadable, match="no rows"):
            table(answer.content)
        assert answer.content.decode().strip("\ufeff\r\n").split(",") == layout.columns
    assert browser.get("/desk/people/import/nothing.csv").status_code == 404


def test_headcounts_are_imported_and_replace_those_of_the_day(world: World):
    browser = at_desk("admin")
    text = "office;grade_band;staff;as_of\nHQ;A;7;2024-01-31\nport;c;88;2024-01-31\n"
    for staff in (88, 89):
        page = send(browser, text.replace("88", str(staff)), name="headcounts.csv")
        assert confirm(browser, page).status_code == 302
        assert Headcount.objects.get(office__code="PORT", grade_band="C", as_of=date(2024, 1, 31)).staff == staff
    assert entries("people.headcounts_imported")[-1]["facts"]["rows"] == 2


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("MOON;A;7;2024-01-31", "office"),
        ("HQ;X;7;2024-01-31", "grade_band"),
        ("HQ;A;-7;2024-01-31", "staff"),
        ("HQ;A;7.5;2024-01-31", "staff"),
        ("HQ;A;٧;2024-01-31", "staff"),
        ("HQ;A;99999999;2024-01-31", "staff"),
        ("HQ;A;;2024-01-31", "staff"),
        ("HQ;A;7;31.01.2024", "as_of"),
        ("HQ;A;7;2024-02-30", "as_of"),
        ("HQ;A;7;", "as_of"),
        ("HQ;A;7;TOMORROW", "as_of"),
        ("HQ;B;7;2024-01-31", "office"),
    ],
)
def test_a_wrong_headcount_is_named_with_its_line(world: World, row: str, column: str):
    tomorrow = (clock.today() + timedelta(days=1)).isoformat()
    text = f"office;grade_band;staff;as_of\nHQ;B;1;2024-01-31\n{row.replace('TOMORROW', tomorrow)}\n"
    found = headcount_list.plan(table(text))
    assert [(fault.line, fault.column) for fault in found.faults] == [(3, column)]


def test_the_command_line_looks_first_too(world: World, tmp_path: Path):
    file = tmp_path / "staff.csv"
    file.write_text(GOOD)
    told = io.StringIO()
    call_command("people", "import", str(file), "--dry-run", stdout=told)
    assert "2 to add" in told.getvalue()
    assert "dry run" in told.getvalue()
    assert not User.objects.filter(staff_number="1001").exists()
    call_command("people", "import", str(file), stdout=told)
    assert User.objects.filter(staff_number="1001").exists()
    file.write_text(f"{HEADER}\n9;\x1b[31mred;MOON;B;;\n")
    errors = io.StringIO()
    with pytest.raises(CommandError, match="2 wrong"):
        call_command("people", "import", str(file), stderr=errors)
    assert "line 2, office ('MOON')" in errors.getvalue()
    assert "\x1b" not in errors.getvalue(), "the file wrote to the terminal"
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("people", "import", str(tmp_path / "none.csv"))


def test_who_is_not_on_the_list_is_counted_and_left_alone(world: World):
    before = User.objects.filter(is_active=True).count()
    assert planned(GOOD).absent == before
    imported(GOOD)
    assert User.objects.filter(is_active=True).count() == before + 2


def test_grades_of_the_template_are_those_of_the_rules():
    assert GradeBand.values == ["A", "B", "C", "D"], "docs/people.md names them"
