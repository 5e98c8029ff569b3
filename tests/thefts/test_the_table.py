"""The table of thefts in docs/threat-model.md and the thefts in this folder are the same."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "threat-model.md"
ORDER = [
    "Database dump",
    "… and the file store",
    "… and the settings",
    "… and a running portal host",
    "… and one administrator",
    "… and one investigator",
    "… and m − 1 custodians",
]


def tables() -> list[list[list[str]]]:
    """The tables of the section "Thefts": rows of cells, without headings."""
    section = re.split(r"^## ", DOCUMENT.read_text("utf-8"), flags=re.MULTILINE)
    thefts = next(part for part in section if part.startswith("Thefts"))
    found: list[list[list[str]]] = []
    for line in thefts.splitlines():
        if re.fullmatch(r"[|-]+", line):
            found.append([])
        elif line.startswith("| **"):
            found[-1].append([cell.strip() for cell in line.strip("|").split(" | ")])
    return found


def named_by_tests() -> dict[str, list[str]]:
    """Row → the tests whose docstrings name it."""
    told: dict[str, list[str]] = {}
    for path in Path(__file__).parent.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for row in re.findall(r"^ *Row: ([^.]+)\.", ast.get_docstring(node) or "", flags=re.MULTILINE):
                    told.setdefault(row, []).append(node.name)
    return told


def name_of(row: list[str]) -> str:
    """What stands in bold in the first cell."""
    found = re.match(r"\*\*(.+?)\*\*", row[0])
    assert found, row
    return found[1]


def test_the_thief_who_takes_more_and_more_comes_first_and_in_order() -> None:
    assert [name_of(row) for row in tables()[0]] == ORDER


def test_every_row_of_the_thieves_has_a_test_that_does_the_theft_and_every_theft_has_a_row() -> None:
    rows = [name_of(row) for table in tables()[:2] for row in table]
    assert len(rows) == len(set(rows))
    assert {row for row in rows if row not in named_by_tests()} == set()
    assert {row for row in named_by_tests() if row not in rows} == set()


def test_what_is_seen_without_stealing_names_the_test_that_looks() -> None:
    for row in tables()[2]:
        paths = re.findall(r"`(tests/[a-z0-9_/]+\.py)`", row[-1])
        assert paths, row
        assert [path for path in paths if not (ROOT / path).exists()] == []
