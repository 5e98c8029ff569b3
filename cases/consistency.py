"""Whether membership, permission and grant still say the same of everybody: none may exist without the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

from cases.access import keys_of
from cases.models import Case, CaseUserObjectPermission, Membership
from integrity.people.models import User
from integrity.people.roles import Role
from integrity.vault.models import Grant

Pair = tuple[UUID, UUID]


def differences() -> list[str]:
    """A line for each case and person of whom the three differ; empty when all is well. For tests and operators."""
    return list(_differences())


def _differences() -> Iterator[str]:
    capacities: dict[Pair, set[str]] = defaultdict(set)
    for case, person, capacity in Membership.objects.filter(until__isnull=True).values_list(
        "case", "person", "capacity"
    ):
        capacities[case, person].add(capacity)
    permitted: set[Pair] = set(CaseUserObjectPermission.objects.values_list("content_object", "user"))
    case_key: set[Pair] = set()
    any_key: set[Pair] = set()
    owners = dict(User.objects.filter(key__isnull=False).values_list("key", "pk"))
    for found in Case.objects.select_related("key"):
        for key, holder in Grant.objects.filter(key__in=keys_of(found), holder__in=owners).values_list("key", "holder"):
            any_key.add((found.pk, owners[holder]))
            if key == found.key_id:
                case_key.add((found.pk, owners[holder]))
    for pair in sorted({*capacities, *permitted, *any_key}, key=str):
        where = f"case/{pair[0]} person/{pair[1]}"
        if pair not in capacities:
            yield f"{where}: {'permission' if pair in permitted else 'grant'} without membership"
        elif pair not in permitted:
            yield f"{where}: membership without permission"
        elif pair not in any_key:
            yield f"{where}: membership without grant"
        elif (pair in case_key) != bool(capacities[pair] - {Role.BOARD}):
            yield f"{where}: holds the case's key as {', '.join(sorted(capacities[pair]))}"
