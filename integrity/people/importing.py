"""Reading a table that somebody exported from elsewhere: CSV in, rows with line numbers out, or a plain sentence.

`docs/people.md` describes the columns. Whatever is wrong with a row is collected, so that one look shows all of it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

BYTE_ORDER_MARK: Final = "\ufeff"
MOST_ROWS: Final = 50_000
# What a spreadsheet takes for the beginning of a formula, in any of the alphabets' widths.
FORMULA: Final = frozenset("=+-@\t\r＝＋－＠")


class Unreadable(Exception):
    """The file as a whole cannot be read; `sentence` says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Fault:
    """What is wrong with a row: its line (from 1, the header is 1), the column if one is to blame, and its text."""

    line: int
    column: str
    value: str
    sentence: str


@dataclass(frozen=True)
class Row:
    """One row: its line in the file, and its cells by column, without spaces around them."""

    line: int
    cells: Mapping[str, str]

    def fault(self, column: str, sentence: str) -> Fault:
        """What is wrong with one of its cells."""
        return Fault(self.line, column, self.cells.get(column, ""), sentence)


@dataclass(frozen=True)
class Layout:
    """The columns of a kind of table."""

    needed: Sequence[str]
    optional: Sequence[str] = ()

    @property
    def columns(self) -> list[str]:
        """All of them, as the template has them."""
        return [*self.needed, *self.optional]


@dataclass(frozen=True)
class Table:
    """The columns that the file has, its rows, and the rows that could not be split into its columns."""

    columns: frozenset[str]
    rows: Sequence[Row]
    faults: Sequence[Fault]


def read_table(content: bytes, layouts: Iterable[Layout]) -> tuple[Layout, Table]:
    """The table in a CSV file, and which of the layouts it has.

    UTF-8 with or without a byte order mark, separated by semicolons or commas, cells quoted or not; lines without
    anything are left out. Raises Unreadable.
    """
    text = _decoded(content)
    known = list(layouts)
    reader, header = _header(text, known)
    names = [_name(cell) for cell in header]
    layout = _layout(names, known)
    rows: list[Row] = []
    faults: list[Fault] = []
    for line, cells in _lines(reader):
        if len(cells) != len(names):
            faults.append(Fault(line, "", "", _cell_count(len(cells), len(names))))
            continue
        rows.append(Row(line, {name: cell.strip() for name, cell in zip(names, cells, strict=True)}))
        if len(rows) > MOST_ROWS:
            raise Unreadable(_("The file has more than %(most)d rows. Split it.") % {"most": MOST_ROWS})
    if not rows and not faults:
        raise Unreadable(_("The file has a header and no rows."))
    return layout, Table(frozenset(names), rows, faults)


def template(layout: Layout) -> str:
    """An empty table of this layout, as spreadsheets read it."""
    return BYTE_ORDER_MARK + _line(layout.columns)


def as_table(faults: Iterable[Fault]) -> Iterator[str]:
    """The faults as lines of CSV. What a spreadsheet would run as a formula is made harmless by an apostrophe."""
    yield BYTE_ORDER_MARK + _line([_("line"), _("column"), _("value"), _("problem")])
    for fault in faults:
        yield _line([str(fault.line), *map(harmless, (fault.column, fault.value, fault.sentence))])


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.lstrip()[:1] in FORMULA or cell[:1] in FORMULA else cell


def text_fault(value: str, *, longest: int) -> str:
    """Why a text may not be kept, as a sentence, or "" when it may."""
    if len(value) > longest:
        return _("It is longer than %(longest)d characters.") % {"longest": longest}
    if any(not character.isprintable() for character in value):
        return _("It holds a line break or another character that cannot be seen.")
    if value[:1] in FORMULA:
        return _("It begins with “%(character)s”, which a spreadsheet would run as a formula.") % {
            "character": value[:1]
        }
    return ""


def _decoded(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise Unreadable(_("The file is UTF-16. Save it as “CSV UTF-8” and choose it again."))
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise Unreadable(
            _("The file is not UTF-8: line %(line)d has a character of another encoding. Save it as “CSV UTF-8”.")
            % {"line": line}
        ) from error
    text = text.removeprefix(BYTE_ORDER_MARK)
    if "\0" in text:
        raise Unreadable(_("The file is no text. Save the table as “CSV UTF-8” and choose it again."))
    if not text.strip():
        raise Unreadable(_("The file is empty."))
    return text


def _header(text: str, layouts: Iterable[Layout]) -> tuple[Iterator[list[str]], list[str]]:
    """A reader that stands after the header, and the header, split so that most columns are known."""
    known = {column for layout in layouts for column in layout.columns}
    best: tuple[int, int, Iterator[list[str]], list[str]] | None = None
    for order, delimiter in enumerate(";,"):
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        try:
            header = next((cells for cells in reader if any(cell.strip() for cell in cells)), [])
        except csv.Error:
            continue
        score = sum(_name(cell) in known for cell in header)
        if best is None or (score, -order) > best[:2]:
            best = (score, -order, reader, header)
    if best is None:
        raise Unreadable(_("The first line, which names the columns, cannot be read: a quotation mark is left open."))
    return best[2], best[3]


def _name(cell: str) -> str:
    return "_".join(cell.strip().lower().split())


def _layout(names: Sequence[str], layouts: Sequence[Layout]) -> Layout:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Unreadable(_("The column “%(name)s” is there twice.") % {"name": twice[0]})
    closest = max(layouts, key=lambda layout: len(set(layout.needed) & set(names)) / len(layout.needed))
    missing = [name for name in closest.needed if name not in names]
    if missing:
        raise Unreadable(
            _("The first line must name the columns. Missing: %(missing)s.") % {"missing": ", ".join(missing)}
        )
    unknown = [name for name in names if name not in closest.columns]
    if unknown:
        raise Unreadable(
            _("The column “%(name)s” is not known. The columns are: %(columns)s.")
            % {"name": unknown[0][:40], "columns": ", ".join(closest.columns)}
        )
    return closest


def _lines(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Each row that holds anything, with the number of the line on which it begins."""
    while True:
        begins = reader.line_num + 1  # type: ignore[attr-defined]
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Unreadable(
                _("The row on line %(line)d cannot be read: a quotation mark is missing, or a cell is too long.")
                % {"line": begins}
            ) from error
        if any(cell.strip() for cell in cells):
            yield begins, cells


def _cell_count(found: int, expected: int) -> str:
    return ngettext(
        "The row has %(found)d cell, and there are %(expected)d columns.",
        "The row has %(found)d cells, and there are %(expected)d columns.",
        found,
    ) % {"found": found, "expected": expected}


def _line(cells: Iterable[str]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerow(cells)
    return written.getvalue()
