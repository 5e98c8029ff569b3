"""Reading TOML that people write by hand: every refusal says where, what was expected, and what came."""

import re
import tomllib
from collections.abc import Collection, Iterable
from datetime import date, datetime
from enum import Enum
from itertools import pairwise
from typing import TypeVar

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrity.rules.text import FALLBACK, Text

Choice = TypeVar("Choice", bound=models.TextChoices)

_CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_CLAUSE = re.compile(r"[1-9][0-9]*(\.[1-9][0-9]*)*")
_VERSION = re.compile(r"[0-9A-Za-z]([0-9A-Za-z.-]*[0-9A-Za-z])?")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]+)*")
_SHOWN = 60


class _Nothing(Enum):
    NOTHING = 0


class SourceError(ValueError):
    """A document that cannot be read: `path` in the document, what was `expected`, what `came`."""

    def __init__(self, path: str, expected: str, came: str) -> None:
        self.path, self.expected, self.came = path, expected, came
        super().__init__(
            _("%(path)s: expected %(expected)s, but %(came)s came.")
            % {"path": path, "expected": expected, "came": came}
        )


def quoted(words: Iterable[str]) -> str:
    """The words in quotation marks, with commas."""
    return ", ".join(f"“{word}”" for word in words)


def described(value: object) -> str:
    """How a refusal names what it found."""
    match value:
        case _Nothing.NOTHING:
            return _("nothing")
        case str():
            return quoted([value if len(value) <= _SHOWN else value[: _SHOWN - 1] + "…"])
        case bool():
            return "true" if value else "false"
        case dict():
            return _("a table")
        case list():
            return ngettext("an array of %(count)d item", "an array of %(count)d items", len(value)) % {
                "count": len(value)
            }
        case _:
            return str(value)


def read_toml(content: bytes) -> "Table":
    """The document's top table. Raises SourceError where the bytes are not UTF-8 or not TOML."""
    whole = _("the document")
    try:
        return Table("", tomllib.loads(content.decode("utf-8")))
    except UnicodeDecodeError as error:
        raise SourceError(
            whole,
            _("text in UTF-8"),
            _("byte 0x%(byte)02x at position %(position)d") % {"byte": content[error.start], "position": error.start},
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise SourceError(whole, _("valid TOML"), quoted([str(error)])) from error


class Table:
    """One table of the document. Take each key once by its kind; `end()` refuses whatever was not taken."""

    def __init__(self, path: str, values: dict[str, object], *, languages: Collection[str] = (FALLBACK,)) -> None:
        self.path = path
        self.languages = languages
        self._values = values
        self._taken: set[str] = set()

    def at(self, key: str) -> str:
        """The path of a key in this table."""
        return f"{self.path}.{key}" if self.path else key

    @property
    def names(self) -> tuple[str, ...]:
        """The keys of the table, in the order of the document."""
        return tuple(self._values)

    def has(self, key: str) -> bool:
        """Whether the table has an optional key, which `end()` then knows."""
        self._taken.add(key)
        return key in self._values

    def refuse(self, key: str, expected: str, came: str | None = None) -> SourceError:
        """The refusal of what stands at a key."""
        return SourceError(
            self.at(key),
            expected,
            described(self._values.get(key, _Nothing.NOTHING)) if came is None else came,
        )

    def end(self) -> None:
        """Refuse the keys that nobody asked for."""
        unknown = [key for key in self._values if key not in self._taken]
        if unknown:
            raise SourceError(
                self.path or _("the document"),
                _("no other keys than %(keys)s") % {"keys": quoted(sorted(self._taken))},
                quoted(unknown),
            )

    def string(self, key: str, expected: str | None = None, pattern: re.Pattern[str] | None = None) -> str:
        """A text without translations; not empty."""
        value = self._take(key)
        if not isinstance(value, str) or not value.strip() or (pattern and not pattern.fullmatch(value)):
            raise self.refuse(key, expected or _("a text"))
        return value

    def code(self, key: str) -> str:
        """A code such as “speed-money”."""
        return self.string(key, _("a code of small letters, digits and hyphens"), _CODE)

    def version(self, key: str) -> str:
        """The name of a version, such as “2024.1”."""
        return self.string(key, _("a version of digits, letters, full stops and hyphens"), _VERSION)

    def clause(self, key: str) -> str:
        """The number of a clause, such as “3.2”."""
        return self.string(key, _("the number of a clause, such as “3.2”"), _CLAUSE)

    def known(self, key: str, codes: Collection[str]) -> str:
        """A code that stands elsewhere in the document, among `codes`."""
        value = self._take(key)
        if not isinstance(value, str) or value not in codes:
            raise self.refuse(key, _("one of %(codes)s") % {"codes": quoted(codes)})
        return value

    def choice(self, key: str, choices: type[Choice]) -> Choice:
        """One word of a closed set."""
        return choices(self.known(key, choices.values))

    def words(self, key: str, among: Collection[str]) -> tuple[str, ...]:
        """An array, maybe empty, of different words among some; in the order of `among`."""
        value = self._take(key)
        words: list[object] = value if isinstance(value, list) else []
        if not isinstance(value, list) or any(word not in among or words.count(word) > 1 for word in words):
            expected = _("an array of different words among %(words)s") % {"words": quoted(among)}
            raise self.refuse(key, expected, quoted(map(str, words)) if words else None)
        return tuple(word for word in among if word in words)

    def choices(self, key: str, choices: type[Choice], among: Collection[Choice]) -> tuple[Choice, ...]:
        """An array, maybe empty, of different words among some of a closed set, in the order of the set."""
        return tuple(map(choices, self.words(key, [choice.value for choice in among])))

    def integer(self, key: str, *, minimum: int, maximum: int = 100_000) -> int:
        """A whole number between `minimum` and `maximum`, both included."""
        value = self._take(key)
        if not isinstance(value, int) or isinstance(value, bool) or not minimum <= value <= maximum:
            raise self.refuse(
                key,
                _("a whole number from %(minimum)d to %(maximum)d") % {"minimum": minimum, "maximum": maximum},
            )
        return value

    def integers(self, key: str, *, minimum: int) -> tuple[int, ...]:
        """An array of whole numbers from `minimum`, each greater than the one before."""
        value = self._take(key)
        numbers = [item for item in value if type(item) is int] if isinstance(value, list) else []
        rising = all(earlier < later for earlier, later in pairwise(numbers))
        if not isinstance(value, list) or not value or len(numbers) != len(value) or numbers[0] < minimum or not rising:
            raise self.refuse(
                key,
                _("an array of rising whole numbers from %(minimum)d") % {"minimum": minimum},
                str(value) if isinstance(value, list) else None,
            )
        return tuple(numbers)

    def boolean(self, key: str) -> bool:
        """true or false."""
        value = self._take(key)
        if not isinstance(value, bool):
            raise self.refuse(key, _("true or false"))
        return value

    def day(self, key: str) -> date:
        """A date without a time."""
        value = self._take(key)
        if not isinstance(value, date) or isinstance(value, datetime):
            raise self.refuse(key, _("a date such as 2025-01-31"))
        return value

    def days(self, key: str) -> frozenset[date]:
        """An array of dates without times."""
        value = self._take(key)
        found = (
            [d for d in value if isinstance(d, date) and not isinstance(d, datetime)] if isinstance(value, list) else []
        )
        if not isinstance(value, list) or len(found) != len(value):
            raise self.refuse(key, _("an array of dates such as 2025-01-31"))
        return frozenset(found)

    def language_codes(self, key: str) -> tuple[str, ...]:
        """An array of languages, English among them."""
        value = self._take(key)
        expected = _("an array of languages with “en” among them")
        if not isinstance(value, list) or FALLBACK not in value:
            raise self.refuse(key, expected)
        for language in value:
            if not isinstance(language, str) or not _LANGUAGE.fullmatch(language):
                raise self.refuse(key, expected, described(language))
        return tuple(value)

    def text(self, key: str) -> Text:
        """A text: plain English words, or a table with the words by language, English among them."""
        value = self._take(key)
        if isinstance(value, str) and value.strip():
            return Text.of(en=value.strip())
        if not isinstance(value, dict):
            raise self.refuse(key, _("a text, or a table of texts by language"))
        words = Table(self.at(key), value, languages=self.languages)
        for language in words.names:
            if language not in self.languages:
                raise SourceError(
                    words.path,
                    _("languages among %(codes)s") % {"codes": quoted(self.languages)},
                    quoted([language]),
                )
        if not words.has(FALLBACK):
            raise words.refuse(FALLBACK, _("a text"))
        return Text(tuple(sorted((language, words.string(language).strip()) for language in words.names)))

    def texts(self, key: str) -> tuple[Text, ...]:
        """An array of texts; not empty."""
        value = self._take(key)
        if not isinstance(value, list) or not value:
            raise self.refuse(key, _("an array of texts"))
        each = Table(self.path, {f"{key}[{n}]": item for n, item in enumerate(value, 1)}, languages=self.languages)
        return tuple(each.text(name) for name in each.names)

    def table(self, key: str) -> "Table":
        """The table at a key."""
        value = self._take(key)
        if not isinstance(value, dict):
            raise self.refuse(key, _("a table"))
        return Table(self.at(key), value, languages=self.languages)

    def tables(self, key: str, name: str = "code") -> tuple["Table", ...]:
        """The tables of an array, not empty, no two with the same `name`.

        Their paths carry the name where there is one: `offences["speed-money"]`, else the place from 1.
        """
        value = self._take(key)
        if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
            raise self.refuse(key, _("an array of tables"))
        names = [item.get(name) for item in value]
        for item_name in names:
            if isinstance(item_name, str) and names.count(item_name) > 1:
                raise self.refuse(
                    key,
                    _("each %(name)s once") % {"name": name},
                    _("%(word)s twice") % {"word": quoted([item_name])},
                )
        return tuple(
            Table(
                self.at(key) + (f'["{item[name]}"]' if isinstance(item.get(name), str) else f"[{place}]"),
                item,
                languages=self.languages,
            )
            for place, item in enumerate(value, 1)
        )

    def _take(self, key: str) -> object:
        self._taken.add(key)
        return self._values.get(key, _Nothing.NOTHING)
