"""How a summary is laid out: figures that may be shown stand out, and what is withheld is said once and quietly.

Nothing here knows a figure that the summary does not hold.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from cases.statistics.figures import Summary
from cases.statistics.periods import in_words
from cases.statistics.shapes import Distribution, Table
from cases.statistics.suppression import Shown


@dataclass(frozen=True)
class Bars:
    """Figures to draw, none of them withheld; `description` tells of the rows that are not drawn."""

    title: str
    rows: list[tuple[str, int]]
    description: str


@dataclass(frozen=True)
class Grid:
    """A table without the rows that are withheld as a whole, and lines of noughts; `note` names these."""

    title: str
    columns: list[str]
    rows: list[tuple[str, tuple[Shown, ...], Shown]]
    totals: tuple[Shown, ...]
    total: Shown
    note: str

    @property
    def has_gaps(self) -> bool:
        """Whether a figure in it is withheld."""
        shown = [*self.totals, *(figure for _label, cells, total in self.rows for figure in (*cells, total))]
        return None in shown


@dataclass
class Page:
    """A summary as it is laid out. `withheld` and `empty` name what has no figure to show."""

    title: str
    tiles: list[tuple[str, int, bool]] = field(default_factory=list)
    bars: list[Bars] = field(default_factory=list)
    grids: list[Grid] = field(default_factory=list)
    withheld: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)

    @property
    def is_bare(self) -> bool:
        """Whether not one figure is shown."""
        return not (self.tiles or self.bars or self.grids)

    @property
    def has_gaps(self) -> bool:
        """Whether a table shows the mark of a figure that is withheld."""
        return any(grid.has_gaps for grid in self.grids)


def laid_out(summary: Summary) -> Page:
    """The page of a summary."""
    page = Page(title=in_words(summary.period))
    _tiles(page, summary)
    for part in summary.distributions:
        _distribution(page, part)
    for table in summary.tables:
        _table(page, table)
    return page


def _tiles(page: Page, summary: Summary) -> None:
    for label, figure in ((_("Reports received"), summary.reports), (_("Cases closed"), summary.closed)):
        if figure:
            page.tiles.append((label, figure, False))
        else:
            (page.withheld if figure is None else page.empty).append(label)
    for rate in summary.rates:
        if rate.is_empty:
            page.empty.append(rate.label)
        elif rate.percent is None:
            page.withheld.append(rate.label)
        else:
            page.tiles.append((rate.label, rate.percent, True))


def _distribution(page: Page, part: Distribution) -> None:
    bars = [(label, figure) for label, figure in part.rows if figure]
    if bars:
        page.bars.append(Bars(part.title, bars, _rest(part)))
    elif part.total == 0:
        page.empty.append(part.title)
    else:
        page.withheld.append(part.title)


def _rest(part: Distribution) -> str:
    """What the bars leave out. The sum of what is withheld follows from the total, so it may be told."""
    hidden = [label for label, figure in part.rows if figure is None]
    none = [label for label, figure in part.rows if figure == 0]
    if not hidden or part.total is None:
        return " ".join(_sentences(hidden, none))
    rest = part.total - sum(figure for _label, figure in part.rows if figure is not None)
    more = _("%(count)s more in figures that are withheld: %(names)s.") % {"count": rest, "names": _listed(hidden)}
    return " ".join([more, *_sentences([], none)])


def _table(page: Page, table: Table) -> None:
    if not any(cell for _label, cells, _total in table.rows for cell in cells):
        _only_totals(page, table)
        return
    hidden = [label for label, cells, total in table.rows if total is None and not any(cells)]
    none = [label for label, _cells, total in table.rows if total == 0]
    none += [label for label, total in zip(table.columns, table.totals, strict=True) if total == 0]
    kept = [place for place, total in enumerate(table.totals) if total != 0]
    page.grids.append(
        Grid(
            title=table.title,
            columns=[table.columns[place] for place in kept],
            rows=[
                (label, tuple(cells[place] for place in kept), total)
                for label, cells, total in table.rows
                if label not in {*hidden, *none}
            ],
            totals=tuple(table.totals[place] for place in kept),
            total=table.total,
            note=" ".join(_sentences(hidden, none)),
        )
    )


def _only_totals(page: Page, table: Table) -> None:
    if table.total == 0:
        page.empty.append(table.title)
        return
    page.withheld.append(table.title)
    totals = [(label, total) for label, _cells, total in table.rows]
    if any(total for _label, total in totals):
        _distribution(page, Distribution(table.title_of_totals, totals, table.total))


def _sentences(hidden: list[str], none: list[str]) -> list[str]:
    sentences = [_("Withheld: %(names)s.") % {"names": _listed(hidden)}] if hidden else []
    return sentences + ([_("None: %(names)s.") % {"names": _listed(none)}] if none else [])


def _listed(names: Iterable[str]) -> str:
    return _(", ").join(names)
