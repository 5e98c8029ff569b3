"""A text of a rule pack or of the code of conduct, in one or more languages."""

from dataclasses import dataclass
from typing import Self

from django.utils.translation import get_language

FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class Text:
    """A text with its translations. English is always there; `str()` gives the language of the reader.

    Example: `Text.of(en="Bribery", ms="Rasuah")`.
    """

    translations: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        if FALLBACK not in dict(self.translations):
            raise ValueError("A text needs its English words.")

    @classmethod
    def of(cls, **translations: str) -> Self:
        """Make a text from its words by language."""
        return cls(tuple(sorted(translations.items())))

    @property
    def language(self) -> str:
        """The language that `str()` gives now: the reader's where the text has it, else English."""
        return self._closest(get_language() or FALLBACK)

    def in_language(self, language: str) -> str:
        """The words in `language` ("pt-br" falls back to "pt"), else in English."""
        return dict(self.translations)[self._closest(language)]

    def __str__(self) -> str:
        return self.in_language(get_language() or FALLBACK)

    def _closest(self, language: str) -> str:
        known = dict(self.translations)
        for candidate in (language, language.partition("-")[0]):
            if candidate in known:
                return candidate
        return FALLBACK
