"""Whether membership, permission and grant still say the same of everybody: none may exist without the others."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from uuid import UUID

from cases.models import Case, CaseUserObjectPermission, Membership
from integrity.people.models import User
from integrity.people.regranting import open_requests
from integrity.people.roles import Role
from integrity.vault.models import Grant, Key, KeyKind

Pair = tuple[UUID, UUID]
CASE = "case/"
Source = Callable[[], Iterable[str]]
_sources: list[Source] = []


def differences() -> list[str]:
    """A line for each case and person of whom the three differ; empty when all is well. For tests and operators.

    A fixed number of queries, whatever the number of cases. Cases whose key was destroyed are left out.
    """
    return [*_differences(), *(line for source in _sources for line in source())]


def also_compared(source: Source) -> Source:
    """Register a function that gives lines about access of another kind, for a room above."""
    _sources.append(source)
    return source


def _differences() -> Iterator[str]:
    cases = {lineage: case for case, lineage in _living_cases()}
    lineages = cases | {appeal: cases[case] for appeal, case in _appeals() if case in cases}
    capacities: dict[Pair, set[str]] = defaultdict(set)
    for case, person, capacity in Membership.objects.filter(until__isnull=True).values_list(
        "case", "person", "capacity"
    ):
        capacities[case, person].add(capacity)
    permitted: set[Pair] = set(CaseUserObjectPermission.objects.values_list("content_object", "user"))
    held = _held(lineages)
    waiting = _waiting()
    newest = set(Key.objects.filter(kind=KeyKind.CASE).newest().values_list("pk", flat=True))
    generations = Counter(Key.objects.filter(kind__in=_KINDS).values_list("lineage", flat=True))
    living = set(cases.values())
    for pair in sorted({*capacities, *permitted, *held}, key=str):
        if pair[0] not in living:
            continue
        where = f"case/{pair[0]} person/{pair[1]}"
        keys = held.get(pair, {})
        holds_case_key = any(not newest.isdisjoint(each) for each in keys.values())
        if pair not in capacities:
            yield f"{where}: {'permission' if pair in permitted else 'grant'} without membership"
        elif pair not in permitted:
            yield f"{where}: membership without permission"
        elif pair in waiting:
            yield f"{where}: a new key, waiting to be given again"
        elif not keys:
            yield f"{where}: membership without grant"
        elif holds_case_key != bool(capacities[pair] - {Role.BOARD}):
            yield f"{where}: holds the case's key as {', '.join(sorted(capacities[pair]))}"
        else:
            for lineage, each in keys.items():
                if len(each) != generations[lineage]:
                    yield f"{where}: holds {len(each)} of {generations[lineage]} generations of key/{lineage}"


_KINDS = (KeyKind.CASE, KeyKind.APPEAL)


def _living_cases() -> Iterator[tuple[UUID, UUID]]:
    yield from Case.objects.filter(key__destroyed_on__isnull=True).values_list("pk", "key__lineage")


def _appeals() -> set[tuple[UUID, UUID]]:
    """Which appeal's key is opened by which case's, by their lineages."""
    grants = Grant.objects.filter(key__kind=KeyKind.APPEAL, holder__kind=KeyKind.CASE)
    return set(grants.values_list("key__lineage", "holder__lineage"))


def _waiting() -> set[Pair]:
    """Who has a new key and was not given a case again yet: somebody who holds it has to."""
    rows = open_requests().filter(matter__startswith=CASE).values_list("matter", "person")
    return {(UUID(matter.removeprefix(CASE)), person) for matter, person in rows}


def _held(lineages: dict[UUID, UUID]) -> dict[Pair, dict[UUID, set[UUID]]]:
    """By case and person: the generations that the person holds of each key of the case."""
    owners = dict(User.objects.filter(key__isnull=False).values_list("key", "pk"))
    held: dict[Pair, dict[UUID, set[UUID]]] = defaultdict(lambda: defaultdict(set))
    grants = Grant.objects.filter(key__kind__in=_KINDS, holder__kind=KeyKind.PERSON)
    for key, lineage, holder in grants.values_list("key", "key__lineage", "holder").iterator():
        if lineage in lineages and holder in owners:
            held[lineages[lineage], owners[holder]][lineage].add(key)
    return held
