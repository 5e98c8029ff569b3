"""Small figures are not shown, nor others from which they could be reckoned. Pure.

Primary suppression takes out cells from 1 to 4; complementary suppression takes out as many more as it needs so
that no suppressed cell has only one possible value. Which those are is told by cycles: a suppressed cell of a
table whose totals are known can change exactly when it lies on a cycle of suppressed cells, rows and columns
being the nodes and cells the edges (Gusfield, "A graph theoretic approach to statistical data security", SIAM J.
Computing 17, 1988). Noughts are shown, so a reader knows that every suppressed cell is at least 1. Not so in a row
or column whose own total is small: there a nought would tell how the one or two people in it fared, so all of it is
suppressed, and protected like the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LEAST = 5
Shown = int | None
Place = tuple[int, int]


@dataclass(frozen=True)
class Suppressed:
    """A table as it may be shown: None is suppressed. Totals are by row, by column, and of everything."""

    cells: tuple[tuple[Shown, ...], ...]
    rows: tuple[Shown, ...]
    columns: tuple[Shown, ...]
    total: Shown


def suppress_figure(figure: int) -> Shown:
    """One figure that stands alone."""
    return None if _is_small(figure) else figure


def _is_small(figure: int) -> bool:
    return 0 < figure < LEAST


def suppress_list(figures: Sequence[int]) -> tuple[Shown, ...]:
    """Figures whose sum is shown as well, unless the sum itself is small: then none is shown.

    No suppressed figure follows from the others. The same figures are always suppressed alike, so that a list
    may also stand at the edge of several tables.
    """
    total = sum(figures)
    if _is_small(total):
        return (None,) * len(figures)
    hidden = {place for place, figure in enumerate(figures) if _is_small(figure)}
    # One alone is the difference to the sum; ones alone are known because each must be at least 1.
    while hidden and (len(hidden) == 1 or all(figures[place] == 1 for place in hidden)):
        more = [place for place, figure in enumerate(figures) if figure and place not in hidden]
        if not more:
            return (None,) * len(figures)
        hidden.add(min(more, key=lambda place: (figures[place], place)))
    return tuple(None if place in hidden else figure for place, figure in enumerate(figures))


def suppress_table(cells: Sequence[Sequence[int]]) -> Suppressed:
    """A table with its totals. Totals are suppressed as lists of their own, before anything inside.

    So the totals of one thing look the same in every table that has them. When the inside cannot be
    protected cell by cell, all of it is suppressed.
    """
    rows = [sum(row) for row in cells]
    columns = [sum(column) for column in zip(*cells, strict=True)]
    total = sum(rows)
    shown_rows, shown_columns = suppress_list(rows), suppress_list(columns)
    hidden = _hidden_inside(cells, rows, columns, shown_rows, shown_columns) if not _is_small(total) else None
    return Suppressed(
        cells=tuple(
            tuple(None if hidden is None or (r, c) in hidden else figure for c, figure in enumerate(row))
            for r, row in enumerate(cells)
        ),
        rows=shown_rows,
        columns=shown_columns,
        total=suppress_figure(total),
    )


def _hidden_inside(
    cells: Sequence[Sequence[int]],
    rows: Sequence[int],
    columns: Sequence[int],
    shown_rows: Sequence[Shown],
    shown_columns: Sequence[Shown],
) -> set[Place] | None:
    """Which cells inside are not shown; None when only hiding all of them helps."""
    inside = {(r, c): figure for r, row in enumerate(cells) for c, figure in enumerate(row)}
    # Where the other total is nought, so is the cell, and everybody sees it.
    possible = {(r, c) for r, c in inside if rows[r] and columns[c]}
    in_small_line = {(r, c) for r, c in possible if _is_small(rows[r]) or _is_small(columns[c])}
    hidden = in_small_line | {place for place, figure in inside.items() if _is_small(figure)}
    last_row, last_column = len(rows), len(columns)
    totals = {(r, last_column): rows[r] for r, shown in enumerate(shown_rows) if shown is None}
    totals |= {(last_row, c): columns[c] for c, shown in enumerate(shown_columns) if shown is None}
    while True:
        unknown = {place: inside[place] for place in hidden} | totals
        # What a reader knows of each from below.
        above = {place: figure - (0 if place in in_small_line else 1) for place, figure in unknown.items()}
        known = sorted(place for place in unknown if not _could_differ(place, above, last_row, last_column))
        if not known:
            return hidden
        more = {
            place
            for r, c in known
            for place, figure in inside.items()
            if figure and place not in hidden and (place[0] == r or place[1] == c)
        }
        if not more:
            return None
        hidden.add(min(more, key=lambda place: (inside[place], place)))


def _could_differ(place: Place, above: dict[Place, int], last_row: int, last_column: int) -> bool:
    """Whether a suppressed cell has more than one possible value; `above` is by how much each could be less.

    Moving along a row-to-column arc raises a cell, against it lowers one. Totals count with the opposite sign
    in their row and column, so for them the directions are exchanged.
    """

    def is_total(cell: Place) -> bool:
        return (cell[0] == last_row) != (cell[1] == last_column)

    def may_rise(cell: Place) -> bool:
        return above[cell] > 0 if is_total(cell) else True

    def may_fall(cell: Place) -> bool:
        return True if is_total(cell) else above[cell] > 0

    arcs: dict[str, set[str]] = {}
    for cell in above:
        if cell == place:
            continue
        row, column = f"r{cell[0]}", f"c{cell[1]}"
        if may_rise(cell):
            arcs.setdefault(row, set()).add(column)
        if may_fall(cell):
            arcs.setdefault(column, set()).add(row)
    row, column = f"r{place[0]}", f"c{place[1]}"
    return (may_rise(place) and _reaches(arcs, column, row)) or (may_fall(place) and _reaches(arcs, row, column))


def _reaches(arcs: dict[str, set[str]], start: str, end: str) -> bool:
    seen, frontier = {start}, [start]
    while frontier:
        for node in arcs.get(frontier.pop(), set()) - seen:
            if node == end:
                return True
            seen.add(node)
            frontier.append(node)
    return start == end
