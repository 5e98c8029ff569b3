"""Words on paper: a seed split by Shamir's scheme into sheets of 33 English words (SLIP-39).

One group, no passphrase. Any `threshold` sheets give the seed again; fewer say nothing about it.
"""

from __future__ import annotations

import difflib
import re
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from shamir_mnemonic import EncryptedMasterSecret, MnemonicError, Share, combine_mnemonics, split_ems
from shamir_mnemonic.wordlist import WORD_INDEX_MAP, WORDLIST

LENGTH: Final = 33
GREATEST_COUNT: Final = 16
IDENTIFIERS: Final = 2**15
_ITERATION_EXPONENT: Final = 1
_LETTERS: Final = re.compile(r"[^\W\d_]+")
# The words of the list differ in their first four letters, so that many can be abbreviated to four.
_ENOUGH: Final = 4
_TOLD_AT_ONCE: Final = 5


class Unreadable(Exception):
    """What was typed is no sheet of words; `sentences` tell its reader what to look at."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__(*sentences)
        self.sentences = tuple(sentences)


class DoNotFit(Exception):
    """Each sheet can be read, but together they do not give one secret."""


@dataclass(frozen=True)
class Words:
    """One sheet: its text, the number that all sheets of one splitting share, and which of them it is (from 1)."""

    text: str = field(repr=False)
    identifier: int
    position: int
    threshold: int

    @property
    def listed(self) -> list[str]:
        """The words one by one, in order."""
        return self.text.split()


def split(seed: bytes, *, threshold: int, count: int, taken: Collection[int] = ()) -> list[Words]:
    """Split a seed of 32 bytes into `count` sheets, any `threshold` of which give it again (SLIP-39).

    Their identifier (15 bits) is none of `taken`. Raises ValueError unless 2 <= threshold <= count <= 16, and when no
    identifier is left.
    """
    if not 2 <= threshold <= count <= GREATEST_COUNT:
        raise ValueError(f"{threshold} of {count} sheets is not possible.")
    free = [number for number in range(IDENTIFIERS) if number not in taken]
    if not free:
        raise ValueError("Every identifier is taken.")
    # Extendable, and without a passphrase: the identifier tells sheets apart and goes into nothing else.
    secret = EncryptedMasterSecret.from_master_secret(seed, b"", secrets.choice(free), True, _ITERATION_EXPONENT)
    (shares,) = split_ems(1, [(threshold, count)], secret)
    return [_words(share.mnemonic()) for share in shares]


def read(typed: str) -> Words:
    """The sheet that somebody typed: capitals, numbers and punctuation do not matter, four letters are enough.

    Raises Unreadable with sentences that name each word which is not in the list, by its number.
    """
    tokens = _LETTERS.findall(typed.lower())
    if not tokens:
        raise Unreadable([_("Type the words of your sheet.")])
    sentences = []
    if len(tokens) != LENGTH:
        sentences.append(
            ngettext(
                "You typed %(count)d word; a sheet has %(length)d. Perhaps one was left out or typed twice.",
                "You typed %(count)d words; a sheet has %(length)d. Perhaps one was left out or typed twice.",
                len(tokens),
            )
            % {"count": len(tokens), "length": LENGTH}
        )
    completed = [_complete(token) for token in tokens]
    unknown = [number for number, word in enumerate(completed) if word is None]
    sentences += [_about(number + 1, tokens[number]) for number in unknown[:_TOLD_AT_ONCE]]
    if sentences:
        raise Unreadable(sentences)
    try:
        return _words(" ".join(word for word in completed if word))
    except MnemonicError as error:
        raise Unreadable(
            [
                _(
                    "Every word is in the list, but together they do not add up. Compare them with your sheet, one "
                    "by one: two may have changed places, or a similar word may stand for the right one."
                )
            ]
        ) from error


def combine(sheets: Sequence[Words]) -> bytes:
    """The seed of exactly `threshold` different sheets of one splitting. Raises DoNotFit for anything else."""
    try:
        return combine_mnemonics([sheet.text for sheet in sheets])
    except MnemonicError as error:
        raise DoNotFit(f"{len(sheets)} sheets do not give one secret.") from error


def _words(text: str) -> Words:
    share = Share.from_mnemonic(text)
    return Words(text=text, identifier=share.identifier, position=share.index + 1, threshold=share.member_threshold)


def _complete(token: str) -> str | None:
    if token in WORD_INDEX_MAP:
        return token
    if len(token) < _ENOUGH:
        return None
    meant = [word for word in WORDLIST if word.startswith(token)]
    return meant[0] if len(meant) == 1 else None


def _about(number: int, token: str) -> str:
    near = difflib.get_close_matches(token, WORDLIST, n=1)
    if near:
        return _("Word %(number)d, “%(word)s”, is not in the list. Is it “%(near)s”?") % {
            "number": number,
            "word": token,
            "near": near[0],
        }
    return _("Word %(number)d, “%(word)s”, is not in the list.") % {"number": number, "word": token}
