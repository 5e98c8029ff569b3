"""How the summary looks to a small office: figures that may be shown, and one sentence about the rest."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from audit import clock
from cases.statistics.figures import periods, summary_of
from cases.statistics.presentation import laid_out
from tests.cases.publication_scene import desk, text_of
from tests.cases.statistics_scene import closed
from tests.walks.triage import received_report
from tests.world import World

pytestmark = pytest.mark.django_db
NEXT_YEAR = datetime(2027, 1, 4, 4, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def in_the_year_after():
    with clock.at(NEXT_YEAR):
        yield


def seen(page: str) -> str:
    """The words of the page, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_a_wholly_withheld_distribution_is_one_name_in_a_sentence_and_no_chart(world: World) -> None:
    for category in ("bribery", "fraud", "conduct"):
        closed(2, period="2026", category=category)
    page = text_of(desk("manager"), "/desk/summary/")
    words = seen(page)
    assert re.search(r"Withheld: [^.]*Closed cases by category", words)
    assert ">Closed cases by category<" not in page
    assert "Closed cases by category" not in [part.title for part in laid_out(summary_of("2026", periods())).bars]


def test_a_withheld_share_is_no_tile(world: World) -> None:
    closed(9, period="2026")
    closed(2, period="2026", result="not_established")
    page = text_of(desk("manager"), "/desk/summary/")
    tiles = page[page.index('<ul class="tiles">') : page.index("</ul>", page.index('<ul class="tiles">'))]
    assert "11" in tiles
    assert "withheld" not in tiles
    assert "established" not in tiles
    assert "Cases in which something was established" in page


def test_what_a_chart_leaves_out_is_told_with_its_sum_which_follows_from_the_total() -> None:
    closed(7, period="2026", category="conduct")
    closed(2, period="2026", category="fraud")
    closed(3, period="2026", category="bribery")
    (chart,) = [each for each in laid_out(summary_of("2026", periods())).bars if each.title.endswith("category")]
    assert chart.rows == [("conduct", 7)]
    assert chart.description.startswith("5 more in figures that are withheld")
    assert "bribery, fraud" in chart.description


def test_a_table_whose_inside_is_withheld_becomes_its_totals() -> None:
    closed(3, period="2026", grade="C", result="lighter")
    closed(3, period="2026", grade="C", result="heavier")
    closed(3, period="2026", grade="D", result="lighter")
    closed(3, period="2026", grade="D", result="heavier")
    page = laid_out(summary_of("2026", periods()))
    assert "Results by grade" not in [grid.title for grid in page.grids]
    assert "Results by grade" in page.withheld
    (totals,) = [each for each in page.bars if each.title == "Closed cases by grade"]
    assert totals.rows == [("Officer", 6), ("Support staff", 6)]


def test_a_year_in_which_nearly_nothing_happened_has_one_calm_sentence(world: World) -> None:
    closed(2, period="2026")
    page = text_of(desk("manager"), "/desk/summary/")
    assert "Too little happened to show figures" in page
    assert "withheld" not in page


def test_reports_are_told_by_the_shortest_time_in_which_none_is_few(world: World) -> None:
    for month, number in ((1, 4), (3, 2), (5, 5), (8, 7), (11, 6)):
        with clock.at(datetime(2026, month, 9, 4, 0, tzinfo=UTC)):
            for _each in range(number):
                received_report(world)
    (course,) = [each for each in summary_of("2026", periods()).distributions if each.title.startswith("Reports")]
    assert course.title == "Reports received by quarter"
    assert [figure for _label, figure in course.rows] == [6, 5, 7, 6]
    assert course.rows[0][0] == "January to March"


def test_reports_have_no_course_when_even_half_years_are_few(world: World) -> None:
    for month, number in ((1, 9), (8, 3)):
        with clock.at(datetime(2026, month, 9, 4, 0, tzinfo=UTC)):
            for _each in range(number):
                received_report(world)
    found = summary_of("2026", periods())
    assert found.reports == 12
    assert not [each for each in found.distributions if each.title.startswith("Reports")]


def test_a_table_leaves_out_what_is_withheld_or_nought_and_names_it(world: World) -> None:
    for grade in "CD":
        for result in ("not_established", "lighter"):
            closed(8, period="2026", grade=grade, result=result)
    page = laid_out(summary_of("2026", periods()))
    (grid,) = [each for each in page.grids if each.title == "Results by grade"]
    assert grid.columns == ["Not established", "Lighter sanction"]
    assert grid.rows == [("Officer", (8, 8), 16), ("Support staff", (8, 8), 16)]
    assert grid.note == "None: Executive, Senior officer, No sanction, Heavier sanction."
    assert not grid.has_gaps
    assert "••" not in text_of(desk("manager"), "/desk/summary/")
