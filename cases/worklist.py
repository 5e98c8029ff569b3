"""The work list: what waits for a person, and what is late. Rooms register where work comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from audit import clock
from integrity.action import Actor

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


@dataclass(frozen=True)
class WorkItem:
    """One line of the work list. `due` is a day; `action` the next step that this person can take, if any."""

    reference: str
    kind: StrPromise | str
    title: str
    url: str
    state: StrPromise | str
    action: StrPromise | str = ""
    due: date | None = None
    news: bool = False

    @property
    def is_late(self) -> bool:
        """True when its day has passed."""
        return self.due is not None and self.due < clock.today()


# How many items the page shows; a source gives at most one more, so that the page knows there is more.
LIMIT = 100

Source = Callable[[Actor], Iterable[WorkItem]]
_sources: list[Source] = []


def work_source(source: Source) -> Source:
    """Register a function that gives the items which wait for an actor."""
    _sources.append(source)
    return source


def work_of(actor: Actor) -> list[WorkItem]:
    """Everything that waits for this actor: late first, then by day, then what has no day."""
    items = [item for source in _sources for item in source(actor)]
    far = date.max

    def order(item: WorkItem) -> tuple[Any, ...]:
        return (not item.is_late, not item.action, item.due or far, item.reference)

    return sorted(items, key=order)
