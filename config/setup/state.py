"""How a step of the set-up stands, as a sentence for the terminal and for the page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

    from config.setup.conversation import Conversation


class Standing(StrEnum):
    """Done; to be looked at, but no reason to wait; or open, so that the portal must not be announced yet."""

    DONE = "done"
    WARNING = "warning"
    OPEN = "open"


@dataclass(frozen=True)
class Finding:
    """One thing that is so, or is not yet. `page` is the name of an address at the desk, `command` what to type."""

    standing: Standing
    sentence: str
    page: str = ""
    command: str = ""


@dataclass(frozen=True)
class Step:
    """A step: how to see where it stands, and how to do it at the terminal, if it is done there.

    An optional one is offered in each run until it is done, although nothing keeps the portal waiting for it.
    """

    key: str
    title: str | StrPromise
    check: Callable[[], Iterable[Finding]]
    perform: Callable[[Conversation], None] | None = None
    optional: bool = False


@dataclass(frozen=True)
class Seen:
    """A step as it stands now."""

    step: Step
    findings: tuple[Finding, ...] = field(default_factory=tuple)

    @property
    def standing(self) -> Standing:
        """The worst of what was found."""
        found = {finding.standing for finding in self.findings}
        for each in (Standing.OPEN, Standing.WARNING):
            if each in found:
                return each
        return Standing.DONE

    @property
    def open(self) -> tuple[Finding, ...]:
        """What keeps the portal from being announced."""
        return tuple(finding for finding in self.findings if finding.standing is Standing.OPEN)


def done(sentence: str, page: str = "") -> Finding:
    """Something that is as it must be."""
    return Finding(Standing.DONE, sentence, page)


def warning(sentence: str, page: str = "", command: str = "") -> Finding:
    """Something to look at, which does not keep the portal from being announced."""
    return Finding(Standing.WARNING, sentence, page, command)


def still_open(sentence: str, page: str = "", command: str = "") -> Finding:
    """Something that must be done before the portal is announced."""
    return Finding(Standing.OPEN, sentence, page, command)
