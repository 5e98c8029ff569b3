"""What rooms above add to the inbox: sections on its page, doors to pages of their own, and words on the status."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

    from intake.portal.models import Report
    from intake.portal.sittings import OpenInbox

Build = Callable[["OpenInbox"], Mapping[str, Any] | None]


@dataclass(frozen=True)
class Section:
    """A part of the inbox above the conversation; `build` gives what its template shows as `section`."""

    template: str
    order: int
    build: Build


@dataclass(frozen=True)
class Door:
    """A button that leads from the inbox to a page of its own; `address` is the name of its address."""

    address: str
    label: StrPromise
    hint: StrPromise
    icon: str
    order: int
    is_open: Callable[[OpenInbox], bool]


_sections: list[Section] = []
_doors: list[Door] = []
_awaiting: list[Callable[[Report], bool]] = []


def inbox_section(template: str, *, order: int) -> Callable[[Build], Build]:
    """Register a section: None from the function shows nothing."""

    def decorate(build: Build) -> Build:
        _sections.append(Section(template, order, build))
        return build

    return decorate


def declare_door(door: Door) -> None:
    """Register a door."""
    _doors.append(door)


def awaits_answer_when(question: Callable[[Report], bool]) -> Callable[[Report], bool]:
    """Register a function that tells whether the office awaits an answer besides one in the conversation."""
    _awaiting.append(question)
    return question


def sections_of(inbox: OpenInbox) -> list[tuple[str, Mapping[str, Any]]]:
    """The sections that have something to show, in order."""
    ordered = sorted(_sections, key=lambda section: section.order)
    found = ((section.template, section.build(inbox)) for section in ordered)
    return [(template, context) for template, context in found if context is not None]


def doors_of(inbox: OpenInbox) -> list[Door]:
    """The doors that are open for this reporting person, in order."""
    return [door for door in sorted(_doors, key=lambda door: door.order) if door.is_open(inbox)]


def awaits_more(report: Report) -> bool:
    """Whether an answer is awaited that a message in the conversation does not give."""
    return any(question(report) for question in _awaiting)
