"""What rooms above show on the page of a report: each registers a section."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from intake.portal.models import Report
from integrity.action import Actor

Build = Callable[[Report, Actor], Mapping[str, Any] | None]
_sections: list[tuple[str, Build]] = []


def report_section(template: str) -> Callable[[Build], Build]:
    """Register a section: its template is included with the function's answer as `section`; None shows nothing."""

    def decorate(build: Build) -> Build:
        _sections.append((template, build))
        return build

    return decorate


def sections_of(report: Report, actor: Actor) -> list[tuple[str, Mapping[str, Any]]]:
    """The sections that have something to show of this report for this actor, in the order of their rooms."""
    found = ((template, build(report, actor)) for template, build in _sections)
    return [(template, context) for template, context in found if context is not None]
