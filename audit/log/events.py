"""The registry of event types: what may be written to the log, and which facts each kind carries."""

from collections.abc import Iterable
from dataclasses import dataclass

SEALED = "sealed"


class UnknownEvent(LookupError):
    """An event type that nobody declared."""


class ConflictingEvent(ValueError):
    """An event type declared twice, differently, or with a fact that the log keeps for itself."""


@dataclass(frozen=True)
class EventType:
    """A kind of entry: its name, the facts it may carry, and whether only its day is kept.

    `private` names what may be written down with it sealed and erasable, because it may be personal data.
    """

    name: str
    facts: frozenset[str] = frozenset()
    by_day: bool = False
    description: str = ""
    private: frozenset[str] = frozenset()


_registered: dict[str, EventType] = {}


def declare(
    name: str,
    *,
    facts: Iterable[str] = (),
    by_day: bool = False,
    description: str = "",
    private: Iterable[str] = (),
) -> EventType:
    """Make an event type known. Declaring the same again changes nothing.

    Raises ConflictingEvent when `name` is already declared differently, or claims the fact "sealed".
    """
    event = EventType(name, frozenset(facts), by_day, description, frozenset(private))
    if not name or SEALED in event.facts:
        raise ConflictingEvent(f"{name!r} needs a name, and {SEALED!r} is a fact that the log adds by itself")
    if _registered.setdefault(name, event) != event:
        raise ConflictingEvent(f"{name} is already declared as {_registered[name]}, not as {event}")
    return event


def get(event: EventType | str) -> EventType:
    """The declared event type of this name. Raises UnknownEvent."""
    name = event if isinstance(event, str) else event.name
    if name not in _registered:
        raise UnknownEvent(f"no event type {name!r} is declared")
    return _registered[name]


def registered() -> dict[str, EventType]:
    """All declared event types by name, in the order of their names."""
    return dict(sorted(_registered.items()))


READ = declare(
    "log.read",
    facts=("page", "filter", "index", "opened"),
    private=("object", "actor"),
    description="Somebody read a page of the audit log.",
)
EXPORTED = declare("log.exported", facts=("size", "root"), description="The whole log was written to a folder.")
PADDING = declare("log.padding", by_day=True, description="Nothing: it keeps the log's growth from telling anything.")
PRIVATE_ERASED = declare(
    "log.private_erased",
    facts=("entry", "index", "ground"),
    private=("explanation",),
    description="The private part of an entry was erased, with its salt; its commitment stays.",
)
SEALED_FURTHER = declare("log.sealed", description="Digests of more ciphertexts than the entry before it had room for.")
