"""Where the marks of a chart lie. Words and colours are the templates'; this is arithmetic only.

SVG attributes are never localised ("12.5", not "12,5"); what people read is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

Value = float | None
# Not "<5": a greater number is suppressed too where it would give a small one away.
SUPPRESSED = _("withheld")
SHARES_AT_MOST = 6


@dataclass(frozen=True)
class Figures:
    """What every chart has: words, and the same figures as a table (`headings`, then label and cells)."""

    title: Any
    description: Any
    headings: Sequence[Any]
    figures: Sequence[tuple[Any, Sequence[str]]]
    suppressed: bool


@dataclass(frozen=True)
class Bar:
    """One row; `width` is a percentage, empty where there is nothing to draw."""

    label: Any
    text: str
    width: str


@dataclass(frozen=True)
class BarChart(Figures):
    """Rows of bars from a common base."""

    bars: Sequence[Bar]


@dataclass(frozen=True)
class Part:
    """One part of a whole; `start` and `width` are percentages, `series` names its colour."""

    label: Any
    text: str
    series: str
    start: str
    width: str


@dataclass(frozen=True)
class ShareChart(Figures):
    """One bar split into parts; `summary` says it in words."""

    parts: Sequence[Part]
    summary: str


@dataclass(frozen=True)
class Line:
    """One small plot in a square of 100 × 100 units, y downwards; gaps split it into several paths."""

    name: Any
    latest: str
    summary: str
    paths: Sequence[str]
    areas: Sequence[str]
    dot: str


@dataclass(frozen=True)
class LineChart(Figures):
    """Small plots on one scale from nought to `top_text`."""

    lines: Sequence[Line]
    top_text: str
    bottom_text: str
    first_label: Any
    last_label: Any


def shown(value: Value, unit: str = "") -> str:
    """The value as people read it, in the locale; a suppressed one (None) as "withheld"."""
    if value is None:
        return str(SUPPRESSED)
    decimals = 0 if float(value).is_integer() else 1
    return number_format(value, decimal_pos=decimals, force_grouping=True) + unit


def bar_chart(rows: Sequence[tuple[Any, Value]], *, title: Any, description: Any, unit: str) -> BarChart:
    """Bars on a scale from nought to the greatest value."""
    greatest = max((value for _label, value in rows if value is not None), default=0)
    bars = [Bar(label, shown(value, unit), _percent(value, greatest)) for label, value in rows]
    return BarChart(
        title=title,
        description=description,
        headings=[_("Value")],
        figures=[(bar.label, [bar.text]) for bar in bars],
        suppressed=any(value is None for _label, value in rows),
        bars=bars,
    )


def share_chart(rows: Sequence[tuple[Any, Value]], *, title: Any, description: Any, unit: str) -> ShareChart:
    """Parts of the sum of the shown values. Raises ValueError for more parts than can be told apart."""
    if len(rows) > SHARES_AT_MOST:
        raise ValueError(f"a share chart tells {SHARES_AT_MOST} parts apart, not {len(rows)}")
    total = sum(value for _label, value in rows if value is not None)
    parts = []
    start = 0.0
    for position, (label, value) in enumerate(rows, 1):
        series = "suppressed" if value is None else str(position)
        parts.append(Part(label, shown(value, unit), series, f"{start:.2f}%", _percent(value, total)))
        start += 100 * (value or 0) / total if total else 0
    return ShareChart(
        title=title,
        description=description,
        headings=[_("Value")],
        figures=[(part.label, [part.text]) for part in parts],
        suppressed=any(value is None for _label, value in rows),
        parts=parts,
        summary="; ".join(f"{part.label}: {part.text}" for part in parts),
    )


def line_chart(
    labels: Sequence[Any],
    series: Sequence[tuple[Any, Sequence[Value]]],
    *,
    title: Any,
    description: Any,
    unit: str,
) -> LineChart:
    """One small plot for each series, all on the same scale. Raises ValueError when lengths differ."""
    for name, values in series:
        if len(values) != len(labels):
            raise ValueError(f"{name}: {len(values)} values for {len(labels)} labels")
    top = _round_up(max((v for _name, values in series for v in values if v is not None), default=0))
    return LineChart(
        title=title,
        description=description,
        headings=[name for name, _values in series],
        figures=[
            (label, [shown(values[index], unit) for _name, values in series]) for index, label in enumerate(labels)
        ],
        suppressed=any(value is None for _name, values in series for value in values),
        lines=[_line(name, values, labels=labels, top=top, unit=unit) for name, values in series],
        top_text=shown(top, unit),
        bottom_text=shown(0, unit),
        first_label=labels[0] if labels else "",
        last_label=labels[-1] if labels else "",
    )


def _line(name: Any, values: Sequence[Value], *, labels: Sequence[Any], top: float, unit: str) -> Line:
    runs: list[list[tuple[float, float]]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            x = 100 * index / (len(values) - 1) if len(values) > 1 else 50.0
            runs[-1].append((x, 100 - 100 * value / top))
    runs = [run for run in runs if run]
    latest = shown(values[-1], unit) if values else ""
    last = runs[-1][-1] if runs and values[-1] is not None else None
    return Line(
        name=name,
        latest=latest,
        summary=f"{labels[-1]}: {latest}" if labels else "",
        paths=["M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in run) for run in runs if len(run) > 1],
        areas=[
            f"M{run[0][0]:.2f} 100L" + "L".join(f"{x:.2f} {y:.2f}" for x, y in run) + f"L{run[-1][0]:.2f} 100Z"
            for run in runs
            if len(run) > 1
        ],
        # A line of no length with round ends is a dot that stays round however the plot is stretched.
        dot=f"M{last[0]:.2f} {last[1]:.2f}h0.01" if last else "",
    )


def _percent(value: Value, whole: float) -> str:
    return f"{100 * value / whole:.2f}%" if value and whole else ""


def _round_up(value: float) -> float:
    """The next of 1, 2, 5, 10, 20, 50 … at or above `value`; 1 when there is nothing."""
    step = 1
    while value > step * 5:
        step *= 10
    return next((step * factor for factor in (1, 2, 5) if value <= step * factor), 1)
