"""Fields of Word: what they show stays as text, their codes go (ECMA-376-1, 17.16).

A code may hold a path, an address, a name of a property or a query. Only page numbers go on being counted. What a
field shows goes as well when that is who wrote, where the file lay, or when it was saved.

    begin ‖ code, perhaps with fields in it ‖ separate ‖ what is shown ‖ end
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from integrity.inspection.codes import Removed
from integrity.inspection.sandboxed.markup import Name

_COUNTED: Final = re.compile(
    r"\s*(PAGE|NUMPAGES|SECTION|SECTIONPAGES)"
    r"(\s+\\\*\s*(MERGEFORMAT|CHARFORMAT|ARABIC|ARABICDASH|ROMAN|ALPHABETIC|ORDINAL|CARDTEXT|ORDTEXT))*\s*",
    re.IGNORECASE,
)
_OF_THE_FILE: Final = re.compile(
    r"\s*(AUTHOR|LASTSAVEDBY|USERNAME|USERINITIALS|USERADDRESS|FILENAME|TEMPLATE|DOCPROPERTY|INFO"
    r"|CREATEDATE|SAVEDATE|PRINTDATE|EDITTIME|REVNUM)\b",
    re.IGNORECASE,
)
_MARK: Final = "fldChar"
_CODES: Final = frozenset({"instrText", "delInstrText"})
# What would be seen of a field's result. In a code it was not seen.
_SEEN: Final = frozenset({"t", "tab", "br", "cr", "sym", "noBreakHyphen", "drawing", "pict", "object"})


def is_counted(code: str) -> bool:
    """Whether a code says nothing but that pages are counted."""
    return _COUNTED.fullmatch(code) is not None


@dataclass
class _Field:
    code: str = ""
    pieces: list[int] = field(default_factory=list)


class _Reader:
    """Finds the pieces (marks and codes, in their order) of the fields that stay, and the first of unseen ones."""

    def __init__(self) -> None:
        self.staying: set[int] = set()
        self.unseen: set[int] = set()
        self._open: list[_Field] = []
        self._count = 0
        self._in_code = False

    def start(self, name: str, given: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == _MARK:
            self._marked(next((value for key, value in given.items() if key.endswith("fldCharType")), ""))
        elif local in _CODES:
            self._in_code = True
            self._piece()

    def end(self, name: str) -> None:
        self._in_code = self._in_code and name.rpartition(":")[2] not in _CODES

    def text(self, text: str) -> None:
        if self._in_code and self._open:
            self._open[-1].code += text

    def _marked(self, kind: str) -> None:
        if kind == "begin":
            self._open.append(_Field())
        self._piece()
        if kind == "end" and self._open:
            ended = self._open.pop()
            if is_counted(ended.code):
                self.staying.update(ended.pieces)
            elif _OF_THE_FILE.match(ended.code):
                self.unseen.add(ended.pieces[0])

    def _piece(self) -> None:
        if self._open:
            self._open[-1].pieces.append(self._count)
        self._count += 1


class Fields:
    """The fields of one part, asked element by element in their order."""

    def __init__(self, content: bytes) -> None:
        reader = _Reader()
        parser = expat.ParserCreate()
        parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
        parser.CharacterDataHandler = reader.text
        # What is no XML is refused where it is rewritten.
        try:
            parser.Parse(content, True)
        except expat.ExpatError:
            reader.staying.clear()
        self._staying, self._unseen, self._count = reader.staying, reader.unseen, 0
        # For each field that is open: whether nothing of it is seen here, and whether its result is not either.
        self._open: list[tuple[bool, bool]] = []

    def goes(self, element: Name, attributes: Mapping[Name, str]) -> tuple[bool, Removed] | None:
        """Whether an element goes: as `markup.Goes`."""
        local = element[1]
        if local in _CODES:
            return self._piece()
        if local == _MARK:
            kind = attributes.get(("w", "fldCharType"), "")
            if kind == "begin":
                self._open.append((True, self._count in self._unseen))
            elif kind == "separate" and self._open:
                self._open[-1] = (self._open[-1][1], self._open[-1][1])
            elif kind == "end" and self._open:
                self._open.pop()
            return self._piece()
        if local == "fldSimple":
            code = attributes.get(("w", "instr"), "")
            return None if is_counted(code) else (not _OF_THE_FILE.match(code), Removed.LINKS)
        return (False, Removed.LINKS) if local in _SEEN and any(hidden for hidden, _result in self._open) else None

    def _piece(self) -> tuple[bool, Removed] | None:
        self._count += 1
        return None if self._count - 1 in self._staying else (False, Removed.LINKS)
