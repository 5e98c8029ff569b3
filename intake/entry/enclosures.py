"""The files beside a list, and which row of it speaks of which."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from intake.entry.archives import Member, Unfit

MOST_FOR_A_REPORT: Final = 100
_LEFT_BEHIND: Final = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
_LEFT_BEHIND_IN: Final = "__macosx"


class Enclosures:
    """The files that came with a list. A row names one by its path, or by the end of it that no other file has.

    What systems leave in folders by themselves counts as not there.
    """

    def __init__(self, members: Iterable[Member] = ()) -> None:
        self._members = [member for member in members if not _is_left_behind(comparable(member.path))]
        self._spoken_of: set[Member] = set()
        self._by_last: dict[str, list[tuple[str, Member]]] = {}
        for member in self._members:
            path = comparable(member.path)
            self._by_last.setdefault(_last(path), []).append((path, member))

    def of_row(self, names: Sequence[str]) -> tuple[tuple[Member, ...], list[str]]:
        """The files that a row names, and what is wrong with them: each by its place in the row, not by its name."""
        found: list[Member] = []
        faults: list[str] = []
        missing: list[int] = []
        for number, name in enumerate(names, start=1):
            alike = self._alike(comparable(name))
            self._spoken_of.update(alike)
            if not alike:
                missing.append(number)
            elif len(alike) > 1:
                faults.append(
                    _at(number, _("More than one file has this name. Write the folder that it is in as well."))
                )
            elif alike[0].unfit is not None:
                faults.append(_at(number, alike[0].unfit.sentence))
            elif alike[0] in found:
                faults.append(_at(number, _("This row names it twice.")))
            else:
                found.append(alike[0])
        if missing:
            faults.append(_missing(missing))
        if len(names) > MOST_FOR_A_REPORT:
            faults.append(_("One report has at most %(most)d files.") % {"most": MOST_FOR_A_REPORT})
        return tuple(found), faults

    def damages(self, members: Sequence[Member]) -> list[str]:
        """What is wrong inside those files of a row, each of which is read to its end."""
        return [
            _at(number, Unfit.DAMAGED.sentence) for number, member in enumerate(members, start=1) if member.is_damaged
        ]

    @property
    def unnamed(self) -> list[str]:
        """The paths of files that no row named."""
        return sorted(comparable(member.path) for member in self._members if member not in self._spoken_of)

    def _alike(self, wanted: str) -> list[Member]:
        """The files that a name can mean: whose path it is, or the end of it; else without regard to capitals."""
        near = self._by_last.get(_last(wanted), [])
        folded = wanted.casefold()
        for found in (
            [member for path, member in near if path == wanted],
            [member for path, member in near if path.endswith(f"/{wanted}")],
            [member for path, member in near if path.casefold() == folded],
            [member for path, member in near if path.casefold().endswith(f"/{folded}")],
        ):
            if found:
                return found
        return []


def comparable(name: str) -> str:
    """A path as it is compared and shown: one spelling of letters and slashes, without what cannot be seen."""
    text = unicodedata.normalize("NFC", name).replace("\\", "/")
    visible = "".join(letter for letter in text if not unicodedata.category(letter).startswith("C")).strip()
    return visible.removeprefix("./")


def names_in(value: Any) -> list[str] | None:
    """The names that the column of a row holds: several between bars, or a list in JSON. None for anything else."""
    if value in (None, ""):
        return []
    names = value.split("|") if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return None
    return [name.strip() for name in names if name.strip()]


def _last(path: str) -> str:
    return path.rpartition("/")[2].casefold()


def _is_left_behind(path: str) -> bool:
    parts = path.casefold().split("/")
    return _LEFT_BEHIND_IN in parts[:-1] or parts[-1] in _LEFT_BEHIND


def _at(number: int, sentence: str) -> str:
    return _("File %(number)d of the row: %(sentence)s") % {"number": number, "sentence": sentence}


def _missing(numbers: Sequence[int]) -> str:
    listed = ", ".join(map(str, numbers))
    return ngettext(
        "File %(numbers)s of the row is not among the files.",
        "Files %(numbers)s of the row are not among the files.",
        len(numbers),
    ) % {"numbers": listed}
