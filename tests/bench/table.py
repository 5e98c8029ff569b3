"""The table of figures, as Markdown that also reads well on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.bench.measure import Comparison

HEADINGS = ("What", "Takes", "Against", "Which takes", "Ratio", "Least – greatest")


@dataclass(frozen=True)
class Figure:
    """One line: what was measured against what; with `as_rate` the takings are also told per second."""

    what: str
    against: str
    comparison: Comparison
    as_rate: bool = False

    def cells(self) -> Sequence[str]:
        """The line's cells, in the order of HEADINGS."""
        ratios = self.comparison.ratios
        return (
            self.what,
            _taking(self.comparison.seconds, as_rate=self.as_rate),
            self.against,
            _taking(self.comparison.other_seconds, as_rate=self.as_rate),
            f"×{factor(self.comparison.ratio)}",
            f"{factor(ratios[0])} – {factor(ratios[-1])}",
        )


@dataclass(frozen=True)
class Result:
    """What one benchmark found: its lines, and remarks below them."""

    title: str
    figures: Sequence[Figure]
    remarks: Sequence[str] = ()


def print_result(result: Result) -> None:
    """Print a benchmark's title, its table and its remarks."""
    print(f"\n### {result.title}\n")
    _print_table([HEADINGS, *(figure.cells() for figure in result.figures)])
    print()
    for remark in result.remarks:
        print(f"- {remark}")


def duration(seconds: float) -> str:
    """Seconds with three digits, in the unit that fits."""
    if seconds >= 1:
        return f"{_three(seconds)} s"
    if seconds >= 0.001:
        return f"{_three(seconds * 1e3)} ms"
    return f"{_three(seconds * 1e6)} µs"


def rate(seconds: float) -> str:
    """How many come in a second when one takes this long."""
    each_second = 1 / seconds
    return f"{each_second:,.0f}/s" if each_second >= 100 else f"{_three(each_second)}/s"


def size(octets: int) -> str:
    """Bytes in MB (millions)."""
    return f"{octets / 1e6:,.0f} MB"


def factor(value: float) -> str:
    """A ratio with as many digits as it can bear."""
    if value < 0.1:
        return f"1/{1 / value:.0f}"
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def _taking(seconds: float, *, as_rate: bool) -> str:
    return f"{duration(seconds)} · {rate(seconds)}" if as_rate else duration(seconds)


def _three(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def _print_table(lines: Iterable[Sequence[str]]) -> None:
    rows = [list(line) for line in lines]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for number, row in enumerate(rows):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |")
        if number == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")
