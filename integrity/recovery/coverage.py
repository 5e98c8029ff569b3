"""Which keys the recovery key opens, and which it does not open yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from integrity.recovery.models import Ceremony, CeremonyState
from integrity.vault.models import Grant, Key, KeyKind
from integrity.vault.standing import GIVEN_TO_STANDING_HOLDERS

# Reporters' own keys hang on their receipts, people's own on their passphrases: neither is recovered. What they
# open is.
COVERED: Final = GIVEN_TO_STANDING_HOLDERS


@dataclass(frozen=True)
class Coverage:
    """How many keys there are that must not be lost, and how many of them the recovery key does not open."""

    total: int
    missing: int

    @property
    def is_complete(self) -> bool:
        """Whether everything could be recovered."""
        return self.missing == 0

    @property
    def covered(self) -> int:
        """How many could be recovered."""
        return self.total - self.missing


def standing_holders(kind: KeyKind) -> list[Key]:
    """Whose grant every new key of a kind carries: the recovery key in force, for the kinds that are covered."""
    if kind not in COVERED:
        return []
    return list(Key.objects.filter(ceremonies__state=CeremonyState.IN_FORCE))


def coverable() -> QuerySet[Key]:
    """Every key that must not be lost, each generation for itself; not those that were destroyed on purpose."""
    return Key.objects.alive().filter(kind__in=COVERED)


def uncovered(key: Key) -> QuerySet[Key]:
    """Those of which this recovery key has no grant."""
    return coverable().filter(~Exists(Grant.objects.filter(key=OuterRef("pk"), holder=key)))


def within_reach(key: Key, *, of: Key) -> QuerySet[Key]:
    """Those of the uncovered that the holder of `of` opens: directly, or through a case."""
    held = Grant.objects.filter(holder=of).values("key")
    ways = Grant.objects.filter(Q(holder=of) | Q(holder__in=held), key=OuterRef("pk"))
    return uncovered(key).filter(Exists(ways)).order_by("created", "pk")


def coverage(key: Key) -> Coverage:
    """How much of what must not be lost this recovery key opens, in two queries."""
    return Coverage(total=coverable().count(), missing=uncovered(key).count())


def former(ceremony: Ceremony) -> list[Ceremony]:
    """Retired ceremonies whose recovery key is another one and still holds grants, newest first."""
    retired = Ceremony.objects.filter(state=CeremonyState.RETIRED, key__held__isnull=False).exclude(key=ceremony.key)
    newest: dict[object, Ceremony] = {}
    for each in retired.select_related("key").distinct().order_by("-in_force_on", "-pk"):
        newest.setdefault(each.key_id, each)
    return list(newest.values())
