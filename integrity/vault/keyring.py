"""A person's opened keys, for one sitting: the ways from their own key along grants to what they need."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import Q

from integrity.vault.models import Grant, Key, KeyDestroyed
from integrity.vault.seal import Place, PrivateKey, open_sealed

GREATEST_DEPTH: Final = 4


class NoGrant(Exception):
    """No way leads from the keyring's own key to this one."""


class Erased(NoGrant, KeyDestroyed):
    """No way leads there for anybody any more, because the key was destroyed. A Refusal, with its sentence."""


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
        """The row of the key says in which suite the seed is used. Raises CannotOpen for another key's seed."""
        self.key = key
        self.count = 0
        self._opened: dict[UUID, PrivateKey] = {key.pk: key.accepts(private)}
        self._steps: dict[UUID, _Step] = {}
        self._wiped = False

    def __repr__(self) -> str:
        return f"<Keyring of {self.key.pk}>"

    @property
    def own(self) -> PrivateKey:
        """The private key that everything else is reached from."""
        self._refuse_when_wiped()
        return self._opened[self.key.pk]

    def private(self, key: Key | UUID) -> PrivateKey:
        """The private half of a key. Raises NoGrant when no way of at most 4 grants leads there, or Erased.

        One query for each step that is not known yet, one private-key operation for each grant opened.
        """
        wanted = _identifier(key)
        if not self.holds(key):
            destroyed = Key.objects.filter(pk=wanted, destroyed_on__isnull=False).first()
            if destroyed is not None:
                raise Erased.about(destroyed)
            raise NoGrant(f"No grant leads from {self.key.pk} to {wanted}.")
        return self._open_key(wanted)

    def holds(self, key: Key | UUID) -> bool:
        """Whether this keyring can open what is sealed to exactly this key; opens nothing to find out."""
        self.find([key])
        return self._depth(_identifier(key)) is not None

    def find(self, keys: Iterable[Key | UUID]) -> None:
        """Look for the ways to many keys at once, in one query for each step; for lists and pages.

        Walks backwards from the wanted keys and their other generations, breadth first, until each wanted one
        meets a key that is reached already: a key has few holders, while a person may hold thousands of keys.
        """
        self._refuse_when_wiped()
        missing = {_identifier(key): key for key in keys if self._depth(_identifier(key)) is None}
        wanted = set(missing)
        frontier = set(wanted)
        seen = set(wanted)
        grants: list[Grant] = []
        for step in range(GREATEST_DEPTH):
            if not frontier or all(self._depth(key) is not None for key in wanted):
                return
            asked = _of_every_generation(missing.values()) if step == 0 else Q(key__in=frontier)
            found = list(Grant.objects.filter(asked).select_related("key").order_by("pk"))
            grants += found
            seen |= {grant.key_id for grant in found}
            self._reach(grants)
            frontier = {grant.holder_id for grant in found if self._depth(grant.holder_id) is None} - seen
            seen |= frontier

    def held_of(self, key: Key) -> list[Key]:
        """The generations of a key that this keyring reaches, the first one first."""
        self.find([key])
        following = {each.predecessor_id: each for each in key.generations()}
        ordered: list[Key] = []
        while (after := following.get(ordered[-1].pk if ordered else None)) is not None:
            ordered.append(after)
        self.find(ordered)
        return [each for each in ordered if self._depth(each.pk) is not None]

    def open(self, sealed: bytes, *, key: Key | UUID, place: Place) -> bytes:
        """Open a value sealed to exactly `key`. Raises NoGrant or Erased, CannotOpen when it was changed or moved."""
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


def _identifier(key: Key | UUID) -> UUID:
    return key if isinstance(key, UUID) else key.pk


def _of_every_generation(keys: Iterable[Key | UUID]) -> Q:
    """Grants of these keys and of their other generations, so that older content needs no further query."""
    lineages: set[UUID] = set()
    bare: set[UUID] = set()
    for key in keys:
        if isinstance(key, UUID):
            bare.add(key)
        else:
            lineages.add(key.lineage)
    asked = Q(key__lineage__in=lineages)
    if bare:
        asked |= Q(key__lineage__in=Key.objects.filter(pk__in=bare).values("lineage"))
    return asked
