"""Standing holders: keys that are given every new key of some kinds, such as the institution's recovery key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from integrity.vault.models import Key, KeyKind

Source = Callable[[KeyKind], list[Key]]

# What is sealed for a person or a reporting person alone is given to nobody else.
GIVEN_TO_STANDING_HOLDERS: Final = frozenset(
    {
        KeyKind.REPORT,
        KeyKind.CASE,
        KeyKind.APPEAL,
        KeyKind.IDENTITY,
        KeyKind.REQUEST,
        KeyKind.PUBLICATION,
        KeyKind.PROTECTION,
        KeyKind.DETRIMENT,
        KeyKind.AUDIT,
    }
)
_sources: list[Source] = []


def declare_standing_holder(source: Source) -> Source:
    """Register a function that names the keys to which each new key of a kind is granted as it is made.

    Called in AppConfig.ready(), or as a decorator; declaring the same function again changes nothing.
    """
    if source not in _sources:
        _sources.append(source)
    return source


def standing_holders(kind: KeyKind) -> list[Key]:
    """The keys that hold every new key of this kind, of all sources."""
    if kind not in GIVEN_TO_STANDING_HOLDERS:
        return []
    return [key for source in _sources for key in source(kind)]
