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
# Of each element in its order, with its attributes: whether its inside stays, and what it was, when it goes.
Goes = Callable[[Name, Mapping[Name, str]], tuple[bool, Removed] | None]
# Of the text in an element: the text as it stays.
Words = Callable[[Name, str], str]
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


class NewNames:
    """Names that people gave to what is in a document, each exchanged for one that says nothing."""

    def __init__(self) -> None:
        self._given: dict[str, str] = {}

    def of(self, name: str) -> str:
        """The same name for the same name."""
        return self._given.setdefault(name, f"name_{len(self._given) + 1}")


class _Writer:
    def __init__(self, rules: Rules, keep: Keep, removed: set[Removed], goes: Goes | None, words: Words | None) -> None:
        self._rules, self._keep, self._removed = rules, keep, removed
        self._goes, self._words = goes, words
        self._written: list[str] = ['<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n']
        self._meanings: list[dict[str, str]] = [{"xml": "xml"}]
        self._shown: list[bool] = []
        self._elements: list[Name] = []
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
        named = [
            (key, value, None if key == "xmlns" or key.startswith("xmlns:") else self._named(key, meanings, bare=""))
            for key, value in attributes
        ]
        going = self._going(element, named)
        if self._inside_removed or (going and not going[0]):
            self._inside_removed += 1
            if self._inside_removed == 1 and going:
                self._removed.add(going[1])
            return
        self._shown.append(going is None)
        self._elements.append(element)
        if going:
            self._removed.add(going[1])
            return
        kept = []
        for key, value, attribute in named:
            stays = value if attribute is None else self._keep(element, attribute, value)
            if stays is not None:
                kept.append(f" {key}={quoteattr(stays)}")
        self._written.append(f"<{name}{''.join(kept)}>")

    def _going(self, element: Name, named: list[tuple[str, str, Name | None]]) -> tuple[bool, Removed] | None:
        """Whether the inside stays of an element that goes, and what it was; None when it stays itself."""
        chosen = None
        if self._goes:
            # Asked of what goes anyway as well, because it may count.
            chosen = self._goes(element, {attribute: value for _key, value, attribute in named if attribute})
        if element in self._rules.without:
            return False, self._rules.without[element]
        if element in self._rules.unwrapped:
            return True, self._rules.unwrapped[element]
        return chosen

    def _end(self, name: str) -> None:
        self._meanings.pop()
        if self._inside_removed:
            self._inside_removed -= 1
            return
        self._elements.pop()
        if self._shown.pop():
            self._written.append(f"</{name}>")

    def _text(self, text: str) -> None:
        if not self._inside_removed:
            self._written.append(escape(self._words(self._elements[-1], text) if self._words else text))

    def _named(self, name: str, meanings: Mapping[str, str], *, bare: str | None = None) -> Name:
        prefix, colon, local = name.rpartition(":")
        if not colon and bare is not None:
            return bare, local
        return self._rules.family(meanings.get(prefix, "")), local


def rewritten(
    content: bytes,
    rules: Rules,
    keep: Keep,
    removed: set[Removed],
    *,
    goes: Goes | None = None,
    words: Words | None = None,
) -> bytes:
    """The same XML in UTF-8 without what the rules and `goes` leave out; `removed` learns what that was.

    Comments and processing instructions go as well. Raises Refused for what is no XML, or has a document type.
    """
    return _Writer(rules, keep, removed, goes, words).parse(content)


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
