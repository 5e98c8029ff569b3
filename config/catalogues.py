"""The message catalogues: extract the sentences into them, compile them, and say which languages can be offered.

`make messages` extracts and compiles; the compiled files are kept with the sources, so that `make run` needs no tool.
A catalogue's header says with `X-Reviewed: yes` that a speaker of the language has read it; without, it is a draft.
`X-Scope: public` says that it holds what the public reads and nothing of the desk, which then stays English.
`X-Public: 760/767` is written at extraction: how many of the public side's sentences have a translation.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from gettext import GNUTranslations
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf.locale import LANG_INFO

from config import public_sources

if TYPE_CHECKING:
    from polib import POFile

ROOT = Path(__file__).resolve().parent.parent
LOCALE = Path(__file__).resolve().parent / "locale"
SOURCE_LANGUAGE = "en"
NOT_EXTRACTED = ("tests", "var", "docs", ".*")
# What changes with each run and says nothing about a sentence.
RESTLESS_HEADERS = ("POT-Creation-Date", "PO-Revision-Date", "Report-Msgid-Bugs-To", "Last-Translator", "Language-Team")


# Languages that Django does not know by name, or not by their own.
LANG_INFO.setdefault("fil", {"bidi": False, "code": "fil", "name": "Filipino", "name_local": "Filipino"})
LANG_INFO["km"]["name_local"] = "ភាសាខ្មែរ"
LANG_INFO.setdefault("lo", {"bidi": False, "code": "lo", "name": "Lao", "name_local": "ລາວ"})


class UnknownLanguage(ValueError):
    """A language was asked for that has no compiled catalogue."""


def languages(wanted: Iterable[str] = ()) -> list[str]:
    """The codes that can be offered: English, and what has a compiled catalogue; `wanted` narrows and orders them.

    Raises UnknownLanguage for a wanted code that cannot be offered.
    """
    compiled = sorted(path.parent.parent.name for path in LOCALE.glob("*/LC_MESSAGES/django.mo"))
    available = [
        SOURCE_LANGUAGE,
        *(code for code in map(_code, compiled) if code in LANG_INFO and code != SOURCE_LANGUAGE),
    ]
    chosen = list(dict.fromkeys(code.strip().lower() for code in wanted if code.strip()))
    for code in chosen:
        if code not in available:
            raise UnknownLanguage(f"There is no catalogue for {code!r}; there are {', '.join(available)}.")
    return chosen or available


def drafts(codes: Iterable[str]) -> frozenset[str]:
    """Those of the languages whose translation no speaker has reviewed yet."""
    return frozenset(code for code in codes if code != SOURCE_LANGUAGE and not _reviewed(code))


@dataclass(frozen=True)
class Standing:
    """How far a language is: `translated` of `sentences` of the public side, and whether a speaker has reviewed it."""

    code: str
    translated: int
    sentences: int
    reviewed: bool
    with_desk: bool

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the public side is missing."""
        return self.translated == self.sentences


def standings() -> list[Standing]:
    """Every language with a compiled catalogue, by its code, from the catalogues' own headers."""
    found = []
    for path in sorted(LOCALE.glob("*/LC_MESSAGES/django.mo")):
        header = _header(path)
        translated, _slash, sentences = header.get("x-public", "0/0").partition("/")
        found.append(
            Standing(
                code=_code(path.parent.parent.name),
                translated=int(translated),
                sentences=int(sentences),
                reviewed=header.get("x-reviewed", "no").lower() == "yes",
                with_desk=header.get("x-scope", "whole") != "public",
            )
        )
    return found


def extract() -> list[Path]:
    """Bring every catalogue up to date with the sentences of the sources; needs GNU gettext.

    Nothing in a catalogue depends on when or where this ran, so that a diff shows sentences only.
    """
    from django.core.management import call_command
    from django.core.management.commands import makemessages

    class Extraction(makemessages.Command):
        # A guessed translation is worse than none. One whose sentence is gone stays as a comment to copy from.
        msgmerge_options = ["-q", "--backup=none", "--update", "--no-fuzzy-matching"]

    folders = sorted(folder.name for folder in LOCALE.iterdir() if (folder / "LC_MESSAGES").is_dir())
    call_command(
        Extraction(),
        locale=folders,
        ignore_patterns=list(NOT_EXTRACTED),
        add_location="file",
        no_wrap=True,
        verbosity=0,
    )
    sources = sorted(LOCALE.glob("*/LC_MESSAGES/*.po"))
    public = {path.relative_to(public_sources.ROOT).as_posix() for path in public_sources.public_files()}
    for source in sources:
        catalogue = _read(source)
        _narrow(catalogue, public)
        for header in RESTLESS_HEADERS:
            catalogue.metadata.pop(header, None)
        catalogue.metadata["Project-Id-Version"] = "integrity"
        catalogue.metadata["Language"] = source.parent.parent.name
        catalogue.metadata.setdefault("X-Reviewed", "no")
        catalogue.metadata_is_fuzzy = 0
        catalogue.header = "A text of the product in each entry. How to translate: docs/translating.md"
        catalogue.save(str(source))
    return sources


def compile_all() -> list[Path]:
    """Compile every catalogue with a package from PyPI (no system tool is needed) and return the files written."""
    written = []
    for source in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        target.write_bytes(compiled(source))
        written.append(target)
    return written


def compiled(source: Path) -> bytes:
    """The compiled form of a catalogue; what is marked fuzzy is left out."""
    content: bytes = _read(source).to_binary()
    return content


def _narrow(catalogue: POFile, public: set[str]) -> None:
    """Leave the desk's sentences out of a catalogue of the public side, and count what is translated of that."""
    of_the_public = [entry for entry in catalogue if any(name in public for name, _line in entry.occurrences)]
    if catalogue.metadata.get("X-Scope") == "public":
        kept = {id(entry) for entry in of_the_public}
        # Sentences of the desk that it tells reporting persons are translated here and there as well.
        catalogue[:] = [entry for entry in catalogue if id(entry) in kept or entry.obsolete or entry.translated()]
    translated = sum(entry.translated() for entry in of_the_public)
    catalogue.metadata["X-Public"] = f"{translated}/{len(of_the_public)}"


def _header(path: Path) -> dict[str, str]:
    with path.open("rb") as file:
        return GNUTranslations(file).info()


def _read(source: Path) -> POFile:
    import polib

    return polib.pofile(str(source), wrapwidth=0)


def _code(folder: str) -> str:
    """A folder is named like a locale ("pt_BR"), a language like Django's ("pt-br")."""
    return folder.replace("_", "-").lower()


def _reviewed(code: str) -> bool:
    return any(each.reviewed for each in standings() if each.code == code)


def _main(arguments: list[str]) -> None:
    if "--compile-only" not in arguments:
        extract()
    for path in compile_all():
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    _main(sys.argv[1:])
