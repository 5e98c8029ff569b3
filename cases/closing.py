"""What follows when a case closes: rooms above register here, and run inside the closing transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from cases.actions import GRAVITY_ORDER
from cases.models import Allegation, Case
from integrity.rules.terms import Gravity
from integrity.vault.keyring import Keyring


@dataclass(frozen=True)
class Closing:
    """What a case came to, as whoever closes it opened it with their keys.

    `charged` is False when there was no case to answer; `profile` is what Subject.profile holds; `sanction`
    and `appeal` are codes, "" for none.
    """

    case: Case
    offence: str
    gravity: Gravity
    charged: bool
    substantiated: bool
    profile: Mapping[str, str]
    sanction: str = ""
    appeal: str = ""


Source = Callable[[Closing], None]
_sources: list[Source] = []


def on_close(source: Source) -> Source:
    """Register what is done with every case that closes."""
    if source not in _sources:
        _sources.append(source)
    return source


def note_closing(closing: Closing) -> None:
    """Tell every room that registered. Called inside the action that closes the case."""
    for source in _sources:
        source(closing)


def gravest(allegations: Iterable[Allegation]) -> Allegation:
    """The gravest allegation, the first of several as grave. Raises ValueError when there is none."""
    return max(allegations, key=lambda one: (GRAVITY_ORDER.index(Gravity(one.gravity)), -one.number))


def without_charge(case: Case, keyring: Keyring) -> Closing:
    """The closing of a case in which there was no case to answer. Raises NoGrant without the case's key."""
    allegation = gravest(case.allegations.select_related("subject__case__key"))
    return Closing(
        case=case,
        offence=allegation.offence,
        gravity=Gravity(allegation.gravity),
        charged=False,
        substantiated=False,
        profile=allegation.subject.open(keyring, "profile"),
    )
