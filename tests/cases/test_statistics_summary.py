"""The managers' summary: whole half-years, nothing small, the same tomorrow as today."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit import clock
from audit.log.models import Entry as LogEntry
from cases import closing
from cases.models import Case
from cases.statistics.facts import duration_of, keep_fact, weight_of
from cases.statistics.figures import Table, periods, summary_of
from cases.statistics.models import Duration, StatisticalFact, Weight
from intake.portal.models import Report
from integrity.rules.pack import load
from tests.cases.publication_scene import desk, text_of
from tests.walks.investigation import to_assigned
from tests.walks.triage import acknowledged_report, open_case, received_report
from tests.world import World

pytestmark = pytest.mark.django_db
IN_H1 = datetime(2026, 2, 16, 4, 0, tzinfo=UTC)
AFTER_H1 = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def in_july():
    with clock.at(AFTER_H1):
        yield


def facts(number: int, *, period: str = "2026-H1", **changes: str) -> None:
    """So many closed cases that are alike."""
    values = {
        "category": "bribery",
        "gravity": "serious",
        "grade_band": "C",
        "place": "South",
        "gender": "m",
        "outcome": "substantiated",
        "sanction": "fine",
        "weight": "lighter",
        "appeal": "none",
        "duration": "half_year",
        **changes,
    }
    StatisticalFact.objects.bulk_create(StatisticalFact(period=period, **values) for _each in range(number))


def rows_of(client: Client, period: str = "2026-H1") -> dict[tuple[str, str, str], str]:
    answer = client.get(f"/desk/summary/summary.csv?period={period}")
    lines = list(csv.reader(StringIO(answer.content.decode())))
    return {(section, row, column): figure for section, row, column, figure in lines[1:]}


def test_managers_programme_officers_and_supervisors_read_it_and_nobody_else(world: World) -> None:
    facts(9)
    for username in ("manager", "programme", "supervisor"):
        assert "Summary: first half of 2026" in text_of(desk(username), "/desk/summary/")
    for username in ("investigator", "triage", "editor", "auditor", "admin", "authority"):
        browser = desk(username)
        assert browser.get("/desk/summary/").status_code == 403
        assert browser.get("/desk/summary/summary.csv").status_code == 403


def test_every_look_is_in_the_log(world: World) -> None:
    facts(9)
    browser = desk("manager")
    browser.get("/desk/summary/")
    browser.get("/desk/summary/summary.csv?period=2026-H1")
    entries = LogEntry.objects.filter(type="statistics.summary_read")
    assert [entry.object for entry in entries] == ["summary/2026-H1"] * 2


def test_before_the_first_half_year_is_over_there_is_nothing_to_see(world: World) -> None:
    received_report(world)
    browser = desk("manager")
    assert "No half-year is over yet" in text_of(browser, "/desk/summary/")
    assert browser.get("/desk/summary/summary.csv").status_code == 404


def test_only_whole_half_years_that_are_over_can_be_chosen(world: World) -> None:
    facts(6, period="2025-H2")
    facts(7, period="2026-H1")
    facts(8, period="2026-H2")
    assert periods() == ["2026-H1", "2025-H2"]
    page = text_of(desk("manager"), "/desk/summary/?period=2026-H2")
    assert "Summary: first half of 2026" in page
    for asked in ("2026", "2026-H2", "2025", "all", "2026-H1,2025-H2"):
        assert "first half of 2026" in text_of(desk("manager"), f"/desk/summary/?period={asked}")


def test_what_happens_later_does_not_change_the_figures_of_a_half_year(world: World) -> None:
    """Two looks at the same half-year differ by nothing, so no case can be seen in the difference."""
    with clock.at(IN_H1):
        reports = [acknowledged_report(world) for _each in range(6)]
        case = to_assigned(world, open_case(world))
    facts(7)
    before = summary_of("2026-H1", periods())
    with clock.at(AFTER_H1 + timedelta(days=3)):
        facts(2, period="2026-H2")
        received_report(world)
        open_case(world, report=None)
        Case.objects.filter(pk=case.pk).update(state="closed")
        Report.objects.filter(pk=reports[0].pk).update(feedback_on=date(2026, 7, 4))
        assert summary_of("2026-H1", periods()) == before


def test_small_figures_are_withheld_on_the_page_and_in_the_file(world: World) -> None:
    facts(20)
    facts(3, gender="f")
    facts(9, outcome="not_substantiated", sanction="", weight="none")
    browser = desk("manager")
    rows = rows_of(browser)
    assert rows["Cases closed", "", ""] == "32"
    assert rows["Results by gender", "Female", "All"] == "withheld"
    assert rows["Results by gender", "Male", "All"] == "withheld"
    assert rows["Results by grade", "Officer", "Lighter sanction"] == "23"
    page = text_of(browser, "/desk/summary/")
    table = page[page.index("Results by gender") : page.index("Results by place")]
    assert "withheld" in table
    assert '<td class="numeric">3</td>' not in table.replace("\n", "")


def test_a_share_is_withheld_when_it_tells_a_small_figure(world: World) -> None:
    facts(30, appeal="uphold")
    facts(2, appeal="quash", outcome="not_substantiated", sanction="", weight="none")
    found = {rate.label: rate for rate in summary_of("2026-H1", periods()).rates}
    assert found["Cases in which something was established"].percent is None
    assert found["Decisions overturned on appeal"].percent is None
    facts(8, appeal="quash", outcome="not_substantiated", sanction="", weight="none")
    found = {rate.label: rate for rate in summary_of("2026-H1", periods()).rates}
    assert found["Cases in which something was established"].percent == 75
    assert found["Decisions overturned on appeal"].percent == 25


def test_the_totals_by_result_look_the_same_in_every_table(world: World) -> None:
    facts(11)
    facts(2, weight="heavier", sanction="suspension", grade_band="B", gender="f", gravity="gross")
    facts(6, weight="heavier", sanction="suspension", place="headquarters")
    facts(4, outcome="no_case", sanction="", weight="none", grade_band="D")
    tables: list[Table] = summary_of("2026-H1", periods()).tables
    assert len({(table.totals, table.total) for table in tables}) == 1


def test_the_two_clocks_and_the_anonymous_share_are_counted_from_the_reports(world: World) -> None:
    with clock.at(IN_H1):
        for _each in range(8):
            acknowledged_report(world)
        for _each in range(6):
            received_report(world, identity={"name": "Ama", "contact": "ama@example.org"})
        for _each in range(6):
            received_report(world)
    browser = desk("manager")
    rows = rows_of(browser)
    assert rows["Reports received", "", ""] == "20"
    assert rows["Reports received by month", "February", ""] == "20"
    assert rows["Reports received by month", "March", ""] == "0"
    assert rows["Anonymous reports", "", "%"] == "70"
    assert rows["Receipts confirmed in time", "", "%"] == "40"
    assert rows["Feedback given in time", "", "%"] == "0"


def test_open_cases_are_counted_where_they_stood_when_the_half_year_ended(world: World) -> None:
    with clock.at(IN_H1):
        cases = [open_case(world, staff_number=f"S-{number}") for number in range(5)]
    with clock.at(AFTER_H1):
        to_assigned(world, cases[0])
    rows = rows_of(desk("manager"))
    assert rows["Open cases by stage, at the end of the half-year", "Opened", ""] == "5"
    assert rows["What became of reports, by the half-year of the decision", "A case was opened", ""] == "5"


def test_the_page_costs_the_same_however_much_there_is_to_count(world: World) -> None:
    facts(6)
    browser = desk("manager")
    browser.get("/desk/summary/")
    with CaptureQueriesContext(connection) as few:
        browser.get("/desk/summary/")
    facts(40, gender="f", grade_band="D", place="headquarters")
    facts(40, period="2025-H2")
    with CaptureQueriesContext(connection) as many:
        page = text_of(browser, "/desk/summary/")
    assert len(few) == len(many)
    assert "<svg" in page
    assert page.count("<h1") == 1
    assert "<script" not in page


def test_a_fact_is_kept_once_however_often_the_room_registers() -> None:
    closing.on_close(keep_fact)

    assert closing._sources.count(keep_fact) == 1


def test_sanctions_weigh_by_their_place_on_the_ladder() -> None:
    pack = load()
    weights = {each.code: weight_of(each.code, pack) for each in pack.sanctions}
    assert weights["oral-warning"] == weights["fine"] == weights["increment-deferment"] == Weight.LIGHTER
    assert weights["pay-cut"] == weights["dismissal"] == Weight.HEAVIER
    assert weight_of("", pack) == Weight.NONE


@pytest.mark.parametrize(
    ("closed", "bucket"),
    [
        (date(2026, 4, 10), Duration.QUARTER),
        (date(2026, 4, 11), Duration.HALF_YEAR),
        (date(2026, 7, 11), Duration.YEAR),
        (date(2027, 1, 11), Duration.LONGER),
    ],
)
def test_a_duration_is_kept_only_as_a_bucket(closed: date, bucket: Duration) -> None:
    assert duration_of(date(2026, 1, 10), closed) == bucket


def test_the_database_refuses_a_sanction_without_a_finding(db: None) -> None:
    for values in ({"outcome": "no_case"}, {"sanction": ""}, {"weight": "none"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            facts(1, **values)
