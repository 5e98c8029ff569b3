"""What a case page is made of: each room registers a panel; the floor's own folder knows none of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cases.models import Case
from integrity.action import Actor

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

Build = Callable[["CaseFile"], Mapping[str, Any] | None]


@dataclass(frozen=True)
class CaseFile:
    """A case as one actor sees it. `reads` is False for a board, which reads only the transmitted record."""

    case: Case
    actor: Actor
    reads: bool
    capacities: frozenset[str]


@dataclass(frozen=True)
class Panel:
    """A section of the case page: `build` gives the template's context, or None when there is nothing to show."""

    name: str
    title: StrPromise
    template: str
    order: int
    build: Build
    for_board: bool


_panels: dict[str, Panel] = {}


def panel(
    name: str, *, title: StrPromise, template: str, order: int, for_board: bool = False
) -> Callable[[Build], Build]:
    """Register a panel. Its template is included with the context that the function returns and `file`."""

    def decorate(build: Build) -> Build:
        _panels[name] = Panel(name, title, template, order, build, for_board)
        return build

    return decorate


def panels_of(file: CaseFile) -> list[tuple[Panel, Mapping[str, Any]]]:
    """The panels that have something to show on this case for this actor, in order."""
    shown = []
    for found in sorted(_panels.values(), key=lambda panel: panel.order):
        if not file.reads and not found.for_board:
            continue
        context = found.build(file)
        if context is not None:
            shown.append((found, context))
    return shown
