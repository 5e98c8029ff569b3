"""Suppressed figures cannot be reckoned from what is shown."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cases.statistics.suppression import Suppressed, suppress_figure, suppress_list, suppress_table

small_lists = st.lists(st.integers(min_value=0, max_value=12), min_size=1, max_size=6)
tables = st.integers(min_value=1, max_value=3).flatmap(
    lambda width: st.lists(
        st.lists(st.integers(min_value=0, max_value=12), min_size=width, max_size=width), min_size=1, max_size=3
    )
)


@pytest.mark.parametrize(("figure", "shown"), [(0, 0), (1, None), (4, None), (5, 5), (60, 60)])
def test_figures_from_one_to_four_are_not_shown(figure: int, shown: int | None) -> None:
    assert suppress_figure(figure) == shown


def test_one_small_figure_takes_the_next_smallest_with_it() -> None:
    assert suppress_list([3, 9, 7, 0]) == (None, 9, None, 0)


def test_two_ones_are_known_from_their_sum_and_take_a_third_with_them() -> None:
    assert suppress_list([1, 1, 10, 8]) == (None, None, 10, None)


def test_a_small_sum_hides_everything_even_which_figure_is_nought() -> None:
    assert suppress_list([2, 0, 1]) == (None, None, None)


def test_nothing_is_hidden_without_need() -> None:
    assert suppress_list([5, 6, 0]) == (5, 6, 0)
    assert suppress_table([[5, 6], [7, 0]]).cells == ((5, 6), (7, 0))


def test_a_table_hides_a_square_around_one_small_figure() -> None:
    shown = suppress_table([[3, 20, 30], [20, 9, 30], [20, 20, 8]])
    hidden = {(r, c) for r, row in enumerate(shown.cells) for c, cell in enumerate(row) if cell is None}
    assert (0, 0) in hidden
    assert len(hidden) == 4
    assert shown.rows == (53, 59, 48)


def test_the_totals_of_one_thing_are_shown_alike_in_every_table() -> None:
    by_gender = suppress_table([[6, 3, 9], [5, 1, 9]])
    by_grade = suppress_table([[1, 0, 9], [2, 4, 9], [8, 0, 0]])
    assert by_gender.columns == by_grade.columns
    assert by_gender.total == by_grade.total


def test_no_nought_tells_how_one_or_two_people_fared() -> None:
    """Of one executive, three noughts and a withheld figure would say how the case ended."""
    shown = suppress_table([[0, 0, 0, 1], [12, 0, 8, 9], [9, 0, 7, 6]])
    assert shown.cells[0] == (None, 0, None, None)


def test_such_a_nought_does_not_follow_from_the_total_of_its_column_either() -> None:
    shown = suppress_table([[1, 0, 1], [6, 8, 5]])
    assert shown.columns[1] == 8
    assert shown.cells[1][1] is None


@given(tables)
def test_a_line_with_a_small_total_shows_no_figure(cells: list[list[int]]) -> None:
    shown = suppress_table(cells)
    for r, row in enumerate(shown.cells):
        for c, cell in enumerate(row):
            assert cell is None or not in_small_line(cells, r, c)


@given(small_lists)
def test_no_figure_of_a_list_follows_from_the_others_and_the_sum(figures: list[int]) -> None:
    shown = suppress_list(figures)
    assert all(figure == seen for figure, seen in zip(figures, shown, strict=True) if seen is not None)
    assert not [figure for figure, seen in zip(figures, shown, strict=True) if 0 < figure < 5 and seen is not None]
    hidden = [figure for figure, seen in zip(figures, shown, strict=True) if seen is None]
    total = sum(figures)
    if not hidden or total < 5:
        return
    if (len(hidden) == len(figures) and 0 in hidden) or all(figure == 1 for figure in hidden):
        # Everything is hidden, noughts as well: one figure alone is then the sum, which is not small.
        assert len(hidden) > 1 or total >= 5
        return
    assert len(hidden) > 1
    assert sum(hidden) > len(hidden)


def in_small_line(cells: list[list[int]], r: int, c: int) -> bool:
    """Whether the row or the column of a cell has a small total, and neither is all noughts."""
    by_row, by_column = sum(cells[r]), sum(row[c] for row in cells)
    return by_row > 0 and by_column > 0 and min(by_row, by_column) < 5


def could_differ(cells: list[list[int]], shown: Suppressed, place: tuple[int, int]) -> bool:
    """Whether another table gives the same page, with another value in this place.

    Tries every table whose hidden cells differ by at most one. That is enough: such equations are totally
    unimodular, so where two solutions exist, two exist that differ by one along a cycle.
    """
    # Where nothing at all is shown, in the table or in a line, noughts may be among what is hidden.
    is_bare = all(cell is None for row in shown.cells for cell in row)

    def least(r: int, c: int) -> int:
        return 0 if is_bare or in_small_line(cells, r, c) else 1

    unknown = [(r, c) for r, row in enumerate(shown.cells) for c, cell in enumerate(row) if cell is None]
    for steps in product((-1, 0, 1), repeat=len(unknown)):
        change = dict(zip(unknown, steps, strict=True))
        if not change.get(place) or sum(steps):
            continue
        if any(cells[r][c] + step < least(r, c) for (r, c), step in change.items()):
            continue
        by_row = [sum(step for (r, _c), step in change.items() if r == row) for row in range(len(cells))]
        by_column = [sum(step for (_r, c), step in change.items() if c == column) for column in range(len(cells[0]))]
        if fits(by_row, shown.rows, [sum(row) for row in cells]) and fits(
            by_column, shown.columns, [sum(column) for column in zip(*cells, strict=True)]
        ):
            return True
    return False


def fits(steps: list[int], shown: tuple[int | None, ...], totals: list[int]) -> bool:
    """Whether totals that are shown stay as they are, and those that are not stay possible."""
    least = 0 if all(seen is None for seen in shown) else 1
    return all(
        step == 0 or (seen is None and total + step >= least)
        for step, seen, total in zip(steps, shown, totals, strict=True)
    )


@settings(max_examples=200, deadline=None)
@given(tables)
def test_no_small_cell_of_a_table_can_be_solved(cells: list[list[int]]) -> None:
    shown = suppress_table(cells)
    total = sum(map(sum, cells))
    assume(total == 0 or total >= 5)
    small = [
        (r, c)
        for r, row in enumerate(cells)
        for c, cell in enumerate(row)
        if 0 < cell < 5 or in_small_line(cells, r, c)
    ]
    for r, c in small:
        assert shown.cells[r][c] is None
    # Five ones in five rows are told by their sum alone, whatever is hidden.
    rows, columns = [sum(row) for row in cells], [sum(column) for column in zip(*cells, strict=True)]
    assume(not any(all(value in (0, 1) for value in edge) for edge in (rows, columns)))
    unsolved = [place for place in small if could_differ(cells, shown, place)]
    assert unsolved == small


@given(tables)
def test_what_is_shown_is_true(cells: list[list[int]]) -> None:
    shown = suppress_table(cells)
    for row, line in zip(cells, shown.cells, strict=True):
        assert all(seen in (None, cell) for cell, seen in zip(row, line, strict=True))
    assert all(seen in (None, sum(row)) for row, seen in zip(cells, shown.rows, strict=True))
    assert shown.total in (None, sum(map(sum, cells)))
