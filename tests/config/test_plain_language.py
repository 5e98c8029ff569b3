"""How hard the English of the public side is to read: by Flesch's reading ease, and by its longest sentences.

Flesch, R.: A new readability yardstick, Journal of Applied Psychology 32 (1948): 206.835 - 1.015 × words a sentence
- 84.6 × syllables a word. From 60 on a text counts as plain; from 70 on as fairly easy.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config.public_sources import ROOT, public_files
from tests.config.public_words import sentences_of

pytestmark = pytest.mark.once

# What a frightened person reads; the register and the rules speak of law, and are held to less.
OF_REPORTING = ("intake/portal", "intake/followup", "intake/protection", "intake/channels")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\{.*?\}\}")
LONGEST = 30


def prose(path: Path) -> list[str]:
    """The sentences of a file that end like one, without what is put into them."""
    found = []
    for each in sentences_of(path):
        text = PLACEHOLDER.sub("it", each.words)
        found += [part for part in re.split(r"(?<=[.?!])\s+", text) if re.search(r"[.?!]$", part)]
    return found


def syllables(word: str) -> int:
    """As a reader would count them, nearly: groups of vowels, without a silent e at the end."""
    groups = re.findall(r"[aeiouy]+", word.lower())
    silent = word.lower().endswith("e") and not word.lower().endswith("le") and len(groups) > 1
    return max(1, len(groups) - silent)


def words_of(sentence: str) -> list[str]:
    """The words of a sentence."""
    return re.findall(r"[A-Za-z]+(?:['’][A-Za-z]+)?", sentence)


def reading_ease(sentences: list[str]) -> float:
    """Flesch's figure for a text."""
    words = [word for sentence in sentences for word in words_of(sentence)]
    return 206.835 - 1.015 * len(words) / len(sentences) - 84.6 * sum(map(syllables, words)) / len(words)


def of_reporting() -> list[str]:
    """Every sentence that somebody who reports may meet."""
    paths = [path for path in public_files() if path.relative_to(ROOT).as_posix().startswith(OF_REPORTING)]
    return [sentence for path in paths for sentence in prose(path)]


def test_what_a_reporting_person_reads_is_plain() -> None:
    found = of_reporting()
    assert len(found) > 300
    assert reading_ease(found) > 70


def test_no_sentence_is_too_long_to_follow() -> None:
    assert [each for each in of_reporting() if len(words_of(each)) > LONGEST] == []


def test_officialese_would_be_noticed() -> None:
    hard = ["Notwithstanding the aforementioned provisions, institutional accountability necessitates documentation."]
    assert reading_ease(hard) < 0
    assert reading_ease(["You can stay unknown. Nobody asks who you are."]) > 70
