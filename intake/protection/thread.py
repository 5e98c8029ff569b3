"""A detriment opened for a page: what was told, and the conversation about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from intake.protection.actions import Told
from intake.protection.models import Detriment
from integrity.vault.keyring import Keyring

# What a page opens is bounded.
MESSAGES: Final = 30


@dataclass(frozen=True)
class Line:
    """One opened message; `author` is "" for the reporting person, and in the inbox, which names nobody."""

    number: int
    from_office: bool
    author: str
    sent_on: date
    body: str


@dataclass(frozen=True)
class Thread:
    """What was told, and the latest messages, the oldest of them first."""

    told: Told
    lines: Sequence[Line]
    has_earlier: bool


def thread_of(detriment: Detriment, keyring: Keyring, *, named: bool = False) -> Thread:
    """Open a detriment; `named` tells who wrote for the office. One query, one opening for each message."""
    messages = detriment.messages.order_by("-number")
    rows = list((messages.select_related("author") if named else messages.defer("author"))[: MESSAGES + 1])
    for row in rows:
        row.detriment = detriment
    lines = [
        Line(
            number=row.number,
            from_office=row.from_office,
            author=row.author.name if named and row.author else "",
            sent_on=row.sent_on,
            body=row.open(keyring, "body"),
        )
        for row in reversed(rows[:MESSAGES])
    ]
    kept = detriment.open(keyring, "told")
    told = Told(what=kept["what"], kinds=tuple(kept["kinds"]), since=kept["since"], who=kept["who"])
    return Thread(told=told, lines=lines, has_earlier=len(rows) > MESSAGES)
