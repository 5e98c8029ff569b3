"""Closed cases for the tests of the summary: counted as the rooms below count them, without walking through each."""

from __future__ import annotations

from django.db import transaction

from cases.statistics.tallies import Cell, add


def cells(
    *,
    category: str = "bribery",
    duration: str = "half_year",
    appeal: str = "none",
    result: str = "lighter",
    gravity: str = "serious",
    grade: str = "C",
    gender: str = "m",
    place: str = "South",
) -> list[Cell]:
    """Where one case is counted."""
    return [
        ("category", category, ""),
        ("duration", duration, ""),
        ("appeal", appeal, ""),
        ("gravity", gravity, result),
        ("grade", grade, result),
        ("gender", gender, result),
        ("place", place, result),
    ]


def closed(number: int, *, period: str = "2026-H1", **values: str) -> None:
    """So many cases that closed in a period and are alike."""
    for _each in range(number):
        with transaction.atomic():
            add(period, cells(**values))
