"""The sentences of the public side, found in its sources, and the words that a page shows to a reader."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from django.utils.translation.template import templatize

# How many arguments of each function are sentences, and whether a context comes before them.
FUNCTIONS = {"_": (1, False)} | {
    f"{prefix}gettext{suffix}": (2 if "n" in prefix else 1, "p" in prefix)
    for prefix in ("", "n", "p", "np")
    for suffix in ("", "_lazy", "_noop")
}
IN_TEMPLATES = re.compile(r"\b(n?p?gettext|_)\(((?:u?'(?:[^'\\]|\\.)*'|u?\"(?:[^\"\\]|\\.)*\"|[^()'\"])*)\)")
TEXT = re.compile(r"u?'(?:[^'\\]|\\.)*'|u?\"(?:[^\"\\]|\\.)*\"")
# Four words of Latin letters in a row are a sentence that nobody translated; a name seldom has so many.
LATIN_RUN = re.compile(r"[A-Za-z][A-Za-z'’-]*(?:[\s,;:.]+[A-Za-z][A-Za-z'’-]*){3,}")


@dataclass(frozen=True)
class Sentence:
    """A sentence marked for translation, with the context that tells it from another one."""

    words: str
    context: str | None = None


def sentences_of(path: Path) -> Iterator[Sentence]:
    """The sentences that a module or a template marks for translation."""
    text = path.read_text("utf-8")
    yield from _of_module(text) if path.suffix == ".py" else _of_template(text)


def _of_module(text: str) -> Iterator[Sentence]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS:
            sentences, has_context = FUNCTIONS[node.func.id]
            values = [each.value if isinstance(each, ast.Constant) else None for each in node.args]
            texts = [value for value in values[: sentences + has_context] if isinstance(value, str)]
            context = texts.pop(0) if has_context and texts else None
            yield from (Sentence(words, context) for words in texts[:1])


def _of_template(text: str) -> Iterator[Sentence]:
    for function, arguments in IN_TEMPLATES.findall(templatize(text)):
        texts = [ast.literal_eval(each) for each in TEXT.findall(arguments)]
        context = texts.pop(0) if "p" in function else None
        yield Sentence(texts[0], context)


class Reader(HTMLParser):
    """Gathers what a person sees or hears of a page, without what is marked as another language's."""

    HEARD = ("aria-label", "title", "alt", "placeholder", "data-label")
    VOID = frozenset({"meta", "link", "input", "br", "hr", "img", "rect", "path"})
    UNSEEN = frozenset({"style", "script"})

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language = language
        self.pieces: list[str] = []
        self.root: dict[str, str | None] = {}
        self._skipping: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what is heard of the element, and whether its content is another language's."""
        named = dict(attrs)
        if tag == "html":
            self.root = named
        other = named.get("lang", self.language) != self.language or tag in self.UNSEEN
        skip = other or (bool(self._skipping) and self._skipping[-1])
        if not skip:
            self.pieces += [value for name in self.HEARD if (value := named.get(name))]
        if tag not in self.VOID:
            self._skipping.append(skip)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element without content, such as those of a drawing."""

    def handle_endtag(self, tag: str) -> None:
        """Back to the element around it."""
        if tag not in self.VOID and self._skipping:
            self._skipping.pop()

    def handle_data(self, data: str) -> None:
        """Text."""
        if data.strip() and not (self._skipping and self._skipping[-1]):
            self.pieces.append(" ".join(data.split()))


def read(page: str, language: str) -> Reader:
    """The page as somebody reads it who knows one language only."""
    reader = Reader(language)
    reader.feed(page)
    return reader


def foreign_sentences(pieces: list[str], *, allowed: tuple[str, ...]) -> list[str]:
    """Runs of four or more Latin words, after what is allowed was taken out."""
    found = []
    for piece in pieces:
        for name in allowed:
            piece = piece.replace(name, "")
        found += LATIN_RUN.findall(piece)
    return found
