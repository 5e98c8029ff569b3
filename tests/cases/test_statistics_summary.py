"""The managers' summary: whole periods, nothing small, the same tomorrow as today."""

from __future__ import annotations

import csv
import re
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit import clock
from audit.log.models import Entry as LogEntry
from cases.models import Case
from cases.statistics.figures import periods, summary_of
from cases.statistics.shapes import Table
from intake.portal.models import Report
from tests.cases.publication_scene import desk, text_of
from tests.cases.statistics_scene import closed
from tests.walks.investigation import to_assigned
from tests.walks.triage import acknowledged_report, open_case, received_report
from tests.world import World

pytestmark = pytest.mark.django_db
IN_H1 = datetime(2026, 2, 16, 4, 0, tzinfo=UTC)
AFTER_H1 = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def in_july_of_an_institution_that_counts_by_half_years(settings):
    settings.SUMMARY_PERIOD = "half-year"
    with clock.at(AFTER_H1):
        yield


def rows_of(client: Client, period: str = "2026-H1") -> dict[tuple[str, str, str], str]:
    answer = client.get(f"/desk/summary/summary.csv?period={period}")
    lines = list(csv.reader(StringIO(answer.content.decode())))
    return {(section, row, column): figure for section, row, column, figure in lines[1:]}


def test_managers_programme_officers_and_supervisors_read_it_and_nobody_else(world: World) -> None:
    closed(9)
    for username in ("manager", "programme", "supervisor"):
        assert "Summary: first half of 2026" in text_of(desk(username), "/desk/summary/")
    for username in ("investigator", "triage", "editor", "auditor", "admin", "authority"):
        browser = desk(username)
        assert browser.get("/desk/summary/").status_code == 403
        assert browser.get("/desk/summary/summary.csv").status_code == 403


def test_every_look_is_in_the_log(world: World) -> None:
    closed(9)
    browser = desk("manager")
    browser.get("/desk/summary/")
    browser.get("/desk/summary/summary.csv?period=2026-H1")
    entries = LogEntry.objects.filter(type="statistics.summary_read")
    assert [entry.object for entry in entries] == ["summary/2026-H1"] * 2


def test_before_the_first_half_year_is_over_there_is_nothing_to_see(world: World) -> None:
    received_report(world)
    browser = desk("manager")
    assert "No period is over yet" in text_of(browser, "/desk/summary/")
    assert browser.get("/desk/summary/summary.csv").status_code == 404


def test_only_whole_half_years_that_are_over_can_be_chosen(world: World) -> None:
    closed(6, period="2025-H2")
    closed(7, period="2026-H1")
    closed(8, period="2026-H2")
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
    closed(7)
    before = summary_of("2026-H1", periods())
    with clock.at(AFTER_H1 + timedelta(days=3)):
        closed(2, period="2026-H2")
        received_report(world)
        open_case(world, report=None)
        Case.objects.filter(pk=case.pk).update(state="closed")
        Report.objects.filter(pk=reports[0].pk).update(feedback_on=date(2026, 7, 4))
        assert summary_of("2026-H1", periods()) == before


def test_small_figures_are_withheld_on_the_page_and_in_the_file(world: World) -> None:
    closed(20)
    closed(3, gender="f")
    closed(9, result="not_established")
    closed(7, gender="u")
    browser = desk("manager")
    rows = rows_of(browser)
    assert rows["Cases closed", "", ""] == "39"
    assert rows["Results by gender", "Female", "All"] == "withheld"
    assert rows["Results by gender", "Not stated", "All"] == "withheld"
    assert rows["Results by grade", "Officer", "Lighter sanction"] == "30"
    page = text_of(browser, "/desk/summary/")
    assert "10 more in figures that are withheld: Female, Not stated." in page
    assert not re.search(r">\s*3\s*</(td|span)>", page)


def test_a_share_is_withheld_when_it_tells_a_small_figure(world: World) -> None:
    closed(30, appeal="uphold")
    closed(2, appeal="quash", result="not_established")
    found = {rate.label: rate for rate in summary_of("2026-H1", periods()).rates}
    assert found["Cases in which something was established"].percent is None
    assert found["Decisions overturned on appeal"].percent is None
    closed(8, appeal="quash", result="not_established")
    found = {rate.label: rate for rate in summary_of("2026-H1", periods()).rates}
    assert found["Cases in which something was established"].percent == 75
    assert found["Decisions overturned on appeal"].percent == 25


def test_the_totals_by_result_look_the_same_in_every_table(world: World) -> None:
    closed(11)
    closed(2, result="heavier", grade="B", gender="f", gravity="gross")
    closed(6, result="heavier", place="headquarters")
    closed(4, result="not_established", grade="D")
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
    assert rows["Open cases by stage, at the end of the period", "Opened", ""] == "5"
    assert rows["What became of reports decided in the period", "A case was opened", ""] == "5"


def test_the_page_costs_the_same_however_much_there_is_to_count(world: World) -> None:
    closed(6)
    browser = desk("manager")
    browser.get("/desk/summary/")
    with CaptureQueriesContext(connection) as few:
        browser.get("/desk/summary/")
    closed(40, gender="f", grade="D", place="headquarters")
    closed(40, period="2025-H2")
    with CaptureQueriesContext(connection) as many:
        page = text_of(browser, "/desk/summary/")
    assert len(few) == len(many)
    assert "<svg" in page
    assert page.count("<h1") == 1
    assert "<script" not in page
