"""Whether exactly those who have a part in a request hold its key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

from cases.consistency import also_compared
from cases.identities.models import IdentityRequest
from integrity.people.models import User
from integrity.people.regranting import open_requests
from integrity.vault.models import Grant, KeyKind


@also_compared
def differences() -> Iterator[str]:
    """A line for each request and person of whom part and key differ; six queries, however many requests.

    Custodians reach a request by the key of the identities. Who waits for the key after a forgotten passphrase, and
    whose account is closed, is no difference.
    """
    people = dict(User.objects.filter(key__isnull=False).values_list("key", "pk"))
    closed = set(User.objects.filter(is_active=False).values_list("pk", flat=True))
    waiting = set(open_requests().filter(key__kind=KeyKind.REQUEST).values_list("key", "person"))
    held: dict[UUID, set[UUID]] = defaultdict(set)
    by_identity: set[UUID] = set()
    grants = Grant.objects.filter(key__kind=KeyKind.REQUEST)
    for key, holder, kind in grants.values_list("key", "holder", "holder__kind").iterator():
        if kind == KeyKind.IDENTITY:
            by_identity.add(key)
        elif holder in people:
            held[key].add(people[holder])
    alive = IdentityRequest.objects.filter(key__destroyed_on__isnull=True).order_by("pk")
    for request, key, requester, second in alive.values_list("pk", "key", "requester", "second").iterator():
        wanted = {person for person in (requester, second) if person is not None}
        for person in sorted(held[key] - wanted, key=str):
            yield f"identity-request/{request} person/{person}: grant without a part in it"
        for person in sorted(wanted - held[key] - closed, key=str):
            if (key, person) not in waiting:
                yield f"identity-request/{request} person/{person}: a part in it without grant"
        if key not in by_identity:
            yield f"identity-request/{request}: no custodian holds its key"
