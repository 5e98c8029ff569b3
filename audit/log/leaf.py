"""The bytes of an entry: canonical JSON (RFC 8785) of version, type, coarse time, actor, object, facts and a salt."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

import rfc8785
from django.utils import timezone

from audit.log.errors import EntryTooLarge, UndeclaredFact
from audit.log.events import SEALED, EventType
from audit.log.sealing import SealedPart
from audit.private import FIELD as PRIVATE
from audit.tiles import MAXIMUM_ENTRY
from audit.tree import leaf_hash

VERSION = 2
SALT_BYTES = 16
JSON: TypeAlias = "bool | int | float | str | list[Any] | tuple[Any, ...] | Mapping[str, Any] | None"


@dataclass(frozen=True)
class Leaf:
    """An entry before it has an index, with what is kept beside it."""

    type: str
    time: datetime
    actor: str
    object: str
    data: bytes
    private: SealedPart | None = None

    @property
    def hash(self) -> bytes:
        """The leaf hash, 32 bytes."""
        return leaf_hash(self.data)


def coarse(moment: datetime, *, by_day: bool) -> tuple[datetime, str]:
    """The moment cut to the minute in UTC, or to the institution's own day, and how the entry writes it.

    The day must be the one that is kept elsewhere: two different days for one deed would tell the time of it.
    """
    moment = moment.astimezone(UTC)
    if by_day:
        day = timezone.localdate(moment, timezone.get_default_timezone())
        return datetime(day.year, day.month, day.day, tzinfo=UTC), day.isoformat()
    return moment.replace(second=0, microsecond=0), f"{moment:%Y-%m-%dT%H:%MZ}"


def make_leaf(
    event: EventType,
    *,
    moment: datetime,
    actor: str,
    object: str,
    facts: Mapping[str, JSON],
    sealed: Mapping[str, str],
    private: SealedPart | None = None,
) -> Leaf:
    """Put an entry together; `sealed` gives the digest of each ciphertext by its place, `private` what it commits to.

    The salt keeps its hash, which is public, from telling whoever can guess the rest that they guessed right.
    Raises UndeclaredFact, EntryTooLarge, or what rfc8785 raises for values that are no JSON.
    """
    undeclared = sorted(set(facts) - event.facts)
    if undeclared:
        raise UndeclaredFact(f"{event.name} does not declare the fact {undeclared[0]!r}")
    for value in (actor, object):
        if not value or len(value) > 200:
            raise ValueError(f"{event.name}: actor and object are pseudonyms of 1 to 200 characters")
    if private is not None:
        sealed = {**sealed, private.place: private.digest}
    time, written = coarse(moment, by_day=event.by_day)
    content: dict[str, Any] = {
        "v": VERSION,
        "salt": secrets.token_hex(SALT_BYTES),
        "type": event.name,
        "time": written,
        "actor": actor,
        "object": object,
        "facts": {**facts, SEALED: dict(sealed)} if sealed else dict(facts),
    }
    if private is not None:
        content[PRIVATE] = private.commitment
    data = rfc8785.dumps(content)
    if len(data) > MAXIMUM_ENTRY:
        raise EntryTooLarge(f"{event.name}: an entry has at most {MAXIMUM_ENTRY} bytes, not {len(data)}")
    return Leaf(type=event.name, time=time, actor=actor, object=object, data=data, private=private)
