"""A person's opened keys, for one sitting: the ways from their own key along grants to what they need."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from integrity.vault.models import Grant, Key
from integrity.vault.seal import CannotOpen, Place, PrivateKey, open_sealed

GREATEST_DEPTH: Final = 4


class NoGrant(Exception):
    """No way leads from the keyring's own key to this one."""


class KeyringWiped(RuntimeError):
    """The keyring was wiped; the sitting is over."""


@dataclass(frozen=True)
class _Step:
    """The last grant on the way to a key, and how many grants the way has."""

    grant: Grant
    depth: int


class Keyring:
    """The private key of one person or reporter, and every key that it reaches.

    `count` is the number of private-key operations so far; a page keeps it small.
    """

    def __init__(self, key: Key, private: PrivateKey) -> None:
        if bytes(key.public) != private.public.raw:
            raise CannotOpen("This private key does not belong to this key.")
        self.key = key
        self.count = 0
        self._opened: dict[UUID, PrivateKey] = {key.pk: private}
        self._steps: dict[UUID, _Step] = {}
        self._wiped = False

    def __repr__(self) -> str:
        return f"<Keyring of {self.key.pk}>"

    @property
    def own(self) -> PrivateKey:
        """The private key that everything else is reached from."""
        self._refuse_when_wiped()
        return self._opened[self.key.pk]

    def private(self, key: Key) -> PrivateKey:
        """The private half of a key. Raises NoGrant when no way of at most 4 grants leads there.

        One query for each step that is not known yet, one private-key operation for each grant opened.
        """
        if not self.holds(key):
            raise NoGrant(f"No grant leads from {self.key.pk} to {key.pk}.")
        return self._open_key(key.pk)

    def holds(self, key: Key) -> bool:
        """Whether this keyring can open what is sealed to the key; opens nothing to find out."""
        self.find([key])
        return self._depth(key.pk) is not None

    def find(self, keys: Iterable[Key]) -> None:
        """Look for the ways to many keys at once, in one query for each step; for lists.

        Walks backwards from the wanted keys, breadth first, until each meets a key that is reached already:
        a key has few holders, while a person may hold thousands of keys.
        """
        self._refuse_when_wiped()
        wanted = {key.pk for key in keys if self._depth(key.pk) is None}
        frontier = set(wanted)
        seen = set(wanted)
        grants: list[Grant] = []
        for _ in range(GREATEST_DEPTH):
            if not frontier or all(self._depth(key) is not None for key in wanted):
                return
            found = list(Grant.objects.filter(key__in=frontier).select_related("key").order_by("pk"))
            grants += found
            self._reach(grants)
            frontier = {grant.holder_id for grant in found if self._depth(grant.holder_id) is None} - seen
            seen |= frontier

    def open(self, sealed: bytes, *, key: Key, place: Place) -> bytes:
        """Open a value sealed to `key`. Raises NoGrant, or CannotOpen when it was changed or moved."""
        private = self.private(key)
        self.count += 1
        return open_sealed(sealed, key=private, place=place)

    def wipe(self) -> None:
        """Forget every key. Python cannot overwrite them in memory; they go when it is used again."""
        self._opened.clear()
        self._steps.clear()
        self._wiped = True

    def _depth(self, key: UUID) -> int | None:
        if key == self.key.pk:
            return 0
        step = self._steps.get(key)
        return step.depth if step else None

    def _reach(self, grants: list[Grant]) -> None:
        """Follow the grants forwards from what is reached, keeping the shortest way to each key."""
        changed = True
        while changed:
            changed = False
            for grant in grants:
                holder, known = self._depth(grant.holder_id), self._depth(grant.key_id)
                if holder is None or holder >= GREATEST_DEPTH:
                    continue
                if known is None or known > holder + 1:
                    self._steps[grant.key_id] = _Step(grant=grant, depth=holder + 1)
                    changed = True

    def _open_key(self, wanted: UUID) -> PrivateKey:
        way: list[Grant] = []
        key = wanted
        while key not in self._opened:
            grant = self._steps[key].grant
            way.append(grant)
            key = grant.holder_id
        for grant in reversed(way):
            self.count += 1
            self._opened[grant.key_id] = grant.open_with(self._opened[grant.holder_id])
        return self._opened[wanted]

    def _refuse_when_wiped(self) -> None:
        if self._wiped:
            raise KeyringWiped
