"""Reports of detriment that a protection officer no longer keeps: what is written about them from then on is closed."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from intake.protection.models import Detriment
from integrity.people.leaving import Holding, declare_leaving
from integrity.people.models import Appointment, User
from integrity.people.roles import Role
from integrity.vault import actions as vault
from integrity.vault.models import Grant, Key, KeyKind


@declare_leaving
def detriments_of(person: User, kept: frozenset[Role]) -> Iterable[Holding]:
    """The reports of detriment that the person's grant of the key of protection opens, as one line.

    That grant ends before (`integrity.people.institution_keys`), so the next generation is not theirs.
    """
    if Role.PROTECTION in kept or person.key_id is None:
        return
    held = Key.objects.filter(kind=KeyKind.PROTECTION, grants__holder=person.key_id)
    if not held.exists():
        return
    rows = list(
        Detriment.objects.filter(own_key__isnull=False, own_key__destroyed_on__isnull=True).select_related("own_key")
    )
    if not rows:
        return
    in_role = Appointment.objects.in_force().filter(role=Role.PROTECTION).values("person")
    others = Grant.objects.filter(
        key__in=held.newest(), holder__person__is_active=True, holder__person__in=in_role
    ).exclude(holder=person.key_id)

    def end() -> None:
        for row in rows:
            assert row.own_key is not None  # noqa: S101 - asked for above
            vault.rotate(row.own_key, holders=vault.holders_of(row.own_key))

    yield Holding(
        kind=_("Reports of detriment"),
        name=ngettext("%(count)d report of detriment", "%(count)d reports of detriment", len(rows))
        % {"count": len(rows)},
        pseudonym="protection-key",
        end=end,
        is_last=not others.exists(),
    )
