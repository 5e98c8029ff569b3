"""Asking: at a terminal, or from a file of answers. What was answered once is not asked again."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from getpass import getpass
from pathlib import Path
from typing import Any, Final

from config.setup.writing import write_whole

Say = Callable[[str], None]
YES: Final = frozenset({"yes", "y", "1", "true", "on"})
NO: Final = frozenset({"no", "n", "0", "false", "off"})


class Wrong(Exception):
    """An answer, or something kept, that does not fit; `str()` is the sentence that says so."""


class Later(Exception):
    """A step that cannot be done now, and stays open; `str()` says what it waits for."""


class Stopped(Exception):
    """Whoever typed has gone away."""


def _as_it_is(answer: str) -> str:
    return answer


@dataclass(frozen=True)
class Question:
    """What is asked; `key` is its name in a file of answers.

    `clean` gives the answer as it is kept, or raises Wrong. Without an answer and a default, the step waits, unless
    the answer is `optional`. A secret is not shown while it is typed, and kept nowhere but where it belongs.
    """

    key: str
    text: str
    hint: str = ""
    optional: bool = False
    secret: bool = False
    clean: Callable[[str], str] = _as_it_is


class Answers:
    """A file of answers (TOML). Secrets are named by a file: `password_file` instead of `password`."""

    def __init__(self, path: Path) -> None:
        """Raises Wrong for a file that cannot be read."""
        try:
            self._values = dict(_flat(tomllib.loads(path.read_text("utf-8"))))
        except OSError as error:
            raise Wrong(f"{path} cannot be read: {error.strerror}.") from error
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise Wrong(f"{path} is no TOML: {error}.") from error

    def refuse_unknown(self, known: Iterable[str], *, section: str = "") -> None:
        """Raise Wrong for an answer that nobody asks for, in one section or in all."""
        expected = set(known)
        for key in sorted(self._values):
            if key.startswith(f"{section}.") or not section:
                plain = key.removesuffix("_file")
                if key not in expected and plain not in expected:
                    raise Wrong(f"The answers hold “{key}”, for which nobody asks.")

    def get(self, question: Question) -> str | None:
        """The answer, or None. Raises Wrong for a file that cannot be read."""
        if question.key in self._values:
            return self._values[question.key]
        named = self._values.get(f"{question.key}_file")
        if named is None:
            return None
        try:
            return Path(named).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise Wrong(f"{named}, named for “{question.key}”, cannot be read.") from error


class Draft:
    """What was answered for a step that is not done yet, so that an interruption loses nothing. Never a secret."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._values: dict[str, str] = {}
        if path is not None and path.exists():
            try:
                self._values = dict(json.loads(path.read_text("utf-8")))
            except (OSError, ValueError) as error:
                raise Wrong(f"{path} cannot be read. Remove it to be asked again.") from error

    def get(self, key: str) -> str | None:
        """What was answered before."""
        return self._values.get(key)

    def keep(self, key: str, value: str) -> None:
        """Keep an answer; it is on the disk when this returns."""
        self._values[key] = value
        self._write()

    def forget(self, section: str) -> None:
        """Drop the answers of a step that is done, or whose answers were wrong."""
        left = {key: value for key, value in self._values.items() if not key.startswith(f"{section}.")}
        if left != self._values:
            self._values = left
            self._write()

    def _write(self) -> None:
        if self._path is None:
            return
        if self._values:
            write_whole(self._path, json.dumps(self._values, indent=1, ensure_ascii=False))
        else:
            self._path.unlink(missing_ok=True)


@dataclass
class Conversation:
    """One run of the set-up: it asks at the terminal, or takes what the file of answers holds and asks nobody."""

    say: Say
    answers: Answers | None = None
    draft: Draft | None = None

    def ask(self, question: Question, *, default: str = "") -> str:
        """The cleaned answer. Raises Later without one, Wrong for one in the file that does not fit, Stopped."""
        if self.answers is not None:
            return self._from_file(self.answers, question, default)
        kept = self.draft.get(question.key) if self.draft is not None else None
        if kept is not None:
            return kept
        while True:
            given = self._type(question, default) or default
            if not given and not question.optional:
                raise Later("It was left for later.")
            try:
                cleaned = question.clean(given) if given else ""
            except Wrong as wrong:
                self.say(f"    {wrong}")
                continue
            if self.draft is not None and not question.secret:
                self.draft.keep(question.key, cleaned)
            return cleaned

    def agrees(self, text: str) -> bool:
        """Whether the person at the terminal says yes; a file of answers has said so by being given."""
        if self.answers is not None:
            return True
        question = Question("-", f"{text} (yes/no)", clean=yes_or_no)
        while True:
            given = self._type(question, "yes") or "yes"
            try:
                return question.clean(given) == "1"
            except Wrong as wrong:
                self.say(f"    {wrong}")

    def forget(self, section: str) -> None:
        """Drop what was answered for a step."""
        if self.draft is not None:
            self.draft.forget(section)

    def _from_file(self, answers: Answers, question: Question, default: str) -> str:
        given = answers.get(question)
        if not given:
            given = default
        if not given and not question.optional:
            raise Later(f"The answers hold no “{question.key}”.")
        try:
            return question.clean(given) if given else ""
        except Wrong as wrong:
            raise Wrong(f"{question.key}: {wrong}") from wrong

    def _type(self, question: Question, default: str) -> str:
        if question.hint:
            self.say(f"    {question.hint}")
        offered = f" [{default}]" if default and not question.secret else ""
        prompt = f"  {question.text}{offered}: "
        if question.secret and sys.stdin.isatty():
            try:
                return getpass(prompt).strip()
            except EOFError as error:
                raise Stopped from error
        sys.stdout.write(prompt)
        sys.stdout.flush()
        line = sys.stdin.readline()
        if not sys.stdin.isatty():
            sys.stdout.write("\n")
        if not line:
            raise Stopped
        return line.strip()


def yes_or_no(answer: str) -> str:
    """`1` or `0`. Raises Wrong."""
    word = answer.strip().lower()
    if word in YES:
        return "1"
    if word in NO:
        return "0"
    raise Wrong("Answer yes or no.")


def _flat(table: Mapping[str, Any], before: str = "") -> Iterable[tuple[str, str]]:
    for key, value in table.items():
        name = f"{before}{key}"
        match value:
            case dict():
                yield from _flat(value, f"{name}.")
            case list():
                yield name, ", ".join(str(each) for each in value)
            case bool():
                yield name, "yes" if value else "no"
            case date():
                yield name, value.isoformat()
            case _:
                yield name, str(value)
