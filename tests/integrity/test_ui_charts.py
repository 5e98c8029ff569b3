"""Charts: what is drawn, what is said in words, and what is not shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from django.template import Context, Template
from django.utils import translation

from integrity.ui import charts


def draw(tag: str, **values: Any) -> str:
    """The markup of one chart tag."""
    return Template("{% load ui %}" + tag).render(Context(values))


ROWS: Sequence[tuple[str, float | None]] = [("Undervaluation", 40), ("Speed money", 10), ("Gifts", None)]


def test_the_greatest_bar_is_full_and_the_rest_in_proportion() -> None:
    chart = charts.bar_chart(ROWS, title="Kinds", description="", unit="")
    assert [bar.width for bar in chart.bars] == ["100.00%", "25.00%", ""]


@pytest.mark.parametrize("tag", ["bar_chart", "share_chart"])
def test_a_suppressed_number_is_shown_as_withheld(tag: str) -> None:
    source = draw("{% " + tag + " rows title='Kinds' %}", rows=ROWS)
    assert source.count("withheld") >= 2
    assert "None" not in source


@pytest.mark.parametrize("tag", ["bar_chart rows title='Kinds'", "share_chart rows title='Kinds'"])
def test_every_figure_is_also_in_a_table(tag: str) -> None:
    source = draw("{% " + tag + " %}", rows=ROWS)
    table = source[source.index("<table") : source.index("</table>")]
    for label, value in ROWS:
        assert f'<th scope="row">{label}</th>' in table
        assert str(value or "withheld") in table


def test_a_chart_without_suppression_has_no_note_about_it() -> None:
    assert "chart__note" not in draw("{% bar_chart rows title='Kinds' %}", rows=[("Gifts", 9)])


def test_geometry_is_not_translated_with_the_language() -> None:
    with translation.override("fr"):
        source = draw("{% share_chart rows title='Parts' %}", rows=[("a", 1.5), ("b", 3)])
    assert 'width="33.33%"' in source
    assert "1,5" in source


def test_parts_fill_the_whole_in_order() -> None:
    chart = charts.share_chart([("a", 1), ("b", 3)], title="Parts", description="", unit="")
    assert [(part.start, part.width) for part in chart.parts] == [("0.00%", "25.00%"), ("25.00%", "75.00%")]


def test_more_parts_than_can_be_told_apart_are_refused() -> None:
    with pytest.raises(ValueError, match="6 parts"):
        charts.share_chart([(str(n), 1) for n in range(7)], title="Parts", description="", unit="")


def test_a_line_breaks_where_a_number_is_suppressed() -> None:
    chart = charts.line_chart(
        ["1", "2", "3", "4", "5"],
        [("Reports", [10, 20, None, 5, 6])],
        title="Course",
        description="",
        unit="",
    )
    assert chart.top_text == "20"
    assert chart.lines[0].paths == ["M0.00 50.00L25.00 0.00", "M75.00 75.00L100.00 70.00"]
    assert chart.lines[0].latest == "6"


def test_plots_side_by_side_have_one_scale() -> None:
    chart = charts.line_chart(["1", "2"], [("a", [0, 90]), ("b", [0, 9])], title="Course", description="", unit="")
    assert chart.top_text == "100"
    assert chart.lines[1].paths == ["M0.00 100.00L100.00 91.00"]


def test_a_series_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="2 values for 1 labels"):
        charts.line_chart(["1"], [("a", [1, 2])], title="Course", description="", unit="")


@pytest.mark.parametrize(
    "values",
    [
        {"rows": []},
        {"rows": [("a", 0)]},
        {"rows": [("a", None)]},
    ],
)
@pytest.mark.parametrize("tag", ["bar_chart", "share_chart"])
def test_nothing_to_draw_is_no_error(tag: str, values: Mapping[str, Any]) -> None:
    assert "<figure" in draw("{% " + tag + " rows title='Kinds' %}", **values)


def test_a_line_chart_without_a_month_is_no_error() -> None:
    assert "<figure" in draw("{% line_chart labels series title='Course' %}", labels=[], series=[("a", [])])


def test_a_label_from_outside_is_escaped() -> None:
    source = draw("{% bar_chart rows title='Kinds' %}", rows=[("<b>x</b>", 9)])
    assert "<b>" not in source
