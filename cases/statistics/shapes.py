"""The shapes that figures come in. Each is made from true figures, and holds only what may be shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cases.statistics.suppression import Shown, suppress_figure, suppress_list, suppress_table

Labelled = Iterable[tuple[Any, Any]]


@dataclass(frozen=True)
class Rate:
    """A share in whole percent; None when it is suppressed, or there is nothing to take a share of."""

    label: str
    percent: int | None
    is_empty: bool


@dataclass(frozen=True)
class Distribution:
    """Figures that add up to a total which is shown as well."""

    title: str
    rows: list[tuple[str, Shown]]
    total: Shown


@dataclass(frozen=True)
class Table:
    """Figures by two things at once; `title_of_totals` says what its totals by row are alone."""

    title: str
    title_of_totals: str
    columns: list[str]
    rows: list[tuple[str, tuple[Shown, ...], Shown]]
    totals: tuple[Shown, ...]
    total: Shown


def distribution(title: Any, values: Labelled, counts: Mapping[Any, int]) -> Distribution:
    """How often each value came, in the order of `values` (value, label)."""
    labelled = list(values)
    figures = [counts.get(value, 0) for value, _label in labelled]
    shown = suppress_list(figures)
    return Distribution(
        title=str(title),
        rows=[(str(label), figure) for (_value, label), figure in zip(labelled, shown, strict=True)],
        total=suppress_figure(sum(figures)),
    )


def table(
    title: Any, title_of_totals: str, rows: Labelled, columns: Labelled, counts: Mapping[tuple[str, str], int]
) -> Table:
    """How often each row and column came together. Tables with the same totals by column show them alike."""
    by_row, by_column = list(rows), list(columns)
    shown = suppress_table([[counts.get((row, column), 0) for column, _label in by_column] for row, _name in by_row])
    return Table(
        title=str(title),
        title_of_totals=title_of_totals,
        columns=[str(label) for _value, label in by_column],
        rows=[
            (str(label), cells, total)
            for (_value, label), cells, total in zip(by_row, shown.cells, shown.rows, strict=True)
        ],
        totals=shown.columns or tuple(0 for _each in by_column),
        total=shown.total,
    )


def rate(label: str, yes: int, no: int) -> Rate:
    """The share of `yes`. A share of a known total is a figure, so it is suppressed like one."""
    return rate_in_list(label, [yes, no], these={0}, others={1})


def rate_in_list(label: str, figures: Sequence[int], *, these: set[int], others: set[int]) -> Rate:
    """The share of some figures in those and others; suppressed unless each of them is shown."""
    shown = suppress_list(figures)
    part, whole = sum(figures[place] for place in these), sum(figures[place] for place in these | others)
    is_hidden = any(shown[place] is None for place in these | others)
    return Rate(
        label=label,
        percent=None if is_hidden or not whole else round(100 * part / whole),
        is_empty=not whole and not is_hidden,
    )
