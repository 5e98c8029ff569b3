"""XML written anew, piece by piece, without what a set of rules leaves out. Prefixes and their meanings stay."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from integrity.inspection.codes import Refused, Removed, Trouble

Name = tuple[str, str]
# Of an attribute of an element: its value as it stays, or None when it goes.
Keep = Callable[[Name, Name, str], str | None]
Family = Callable[[str], str]
DEEPEST: Final = 1000


@dataclass(frozen=True)
class Rules:
    """What goes: elements with all that is in them, elements of which the inside stays, attributes.

    Names are (family of the namespace, local name); the codes say what a thing that went was.
    """

    family: Family
    without: Mapping[Name, Removed]
    unwrapped: Mapping[Name, Removed] = field(default_factory=dict)


class _Writer:
    def __init__(self, rules: Rules, keep: Keep, removed: set[Removed]) -> None:
        self._rules, self._keep, self._removed = rules, keep, removed
        self._written: list[str] = ['<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n']
        self._meanings: list[dict[str, str]] = [{"xml": "xml"}]
        self._shown: list[bool] = []
        self._inside_removed = 0

    def parse(self, content: bytes) -> bytes:
        """The content as the handlers write it."""
        parser = expat.ParserCreate()
        parser.ordered_attributes = True
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = _refuse
        try:
            parser.Parse(content, True)
        except expat.ExpatError as error:
            raise Refused(Trouble.UNREADABLE) from error
        return "".join(self._written).encode("utf-8", "replace")

    def _start(self, name: str, given: list[str]) -> None:
        attributes = list(zip(given[::2], given[1::2], strict=True))
        meanings = dict(self._meanings[-1])
        for key, value in attributes:
            if key == "xmlns":
                meanings[""] = value
            elif key.startswith("xmlns:"):
                meanings[key[6:]] = value
        self._meanings.append(meanings)
        if len(self._meanings) > DEEPEST:
            raise Refused(Trouble.UNREADABLE)
        element = self._named(name, meanings)
        if self._inside_removed or element in self._rules.without:
            self._inside_removed += 1
            if self._inside_removed == 1:
                self._removed.add(self._rules.without[element])
            return
        shown = element not in self._rules.unwrapped
        self._shown.append(shown)
        if not shown:
            self._removed.add(self._rules.unwrapped[element])
            return
        kept = []
        for key, value in attributes:
            is_meaning = key == "xmlns" or key.startswith("xmlns:")
            stays = value if is_meaning else self._keep(element, self._named(key, meanings, bare=""), value)
            if stays is not None:
                kept.append(f" {key}={quoteattr(stays)}")
        self._written.append(f"<{name}{''.join(kept)}>")

    def _end(self, name: str) -> None:
        self._meanings.pop()
        if self._inside_removed:
            self._inside_removed -= 1
        elif self._shown.pop():
            self._written.append(f"</{name}>")

    def _text(self, text: str) -> None:
        if not self._inside_removed:
            self._written.append(escape(text))

    def _named(self, name: str, meanings: Mapping[str, str], *, bare: str | None = None) -> Name:
        prefix, colon, local = name.rpartition(":")
        if not colon and bare is not None:
            return bare, local
        return self._rules.family(meanings.get(prefix, "")), local


def rewritten(content: bytes, rules: Rules, keep: Keep, removed: set[Removed]) -> bytes:
    """The same XML in UTF-8 without what the rules leave out; `removed` learns what that was.

    Comments and processing instructions go as well. Raises Refused for what is no XML, or has a document type.
    """
    return _Writer(rules, keep, removed).parse(content)


def element(name: str, attributes: Mapping[str, str]) -> str:
    """An empty element as text."""
    return f"<{name}{''.join(f' {key}={quoteattr(value)}' for key, value in attributes.items())}/>"


def elements(content: bytes) -> list[tuple[str, dict[str, str]]]:
    """All elements with their attributes, flat: of relationships, content types and manifests that is everything."""
    found: list[tuple[str, dict[str, str]]] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, given: found.append((name.rpartition(":")[2], given))
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise Refused(Trouble.UNREADABLE) from error
    return found


def _refuse(*_arguments: object) -> None:
    # No office document has a document type; it could define what stands for something else.
    raise Refused(Trouble.UNREADABLE)
