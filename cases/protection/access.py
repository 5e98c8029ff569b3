"""Who may open a report of detriment at the desk."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.conflicts import standing_on_report
from cases.models import ConflictDeclaration
from cases.protection.models import KeptOut
from intake.portal.models import Report
from intake.protection.models import Detriment
from integrity.action import Actor, ConflictOfInterest, NotPermitted, Refusal
from integrity.people.roles import Role

NOT_YOURS: Final = gettext_lazy("This report of detriment was not given to you.")


def given_to(actor: Actor) -> QuerySet[Detriment]:
    """Those that the actor's roles and access lead to, before conflicts are asked about."""
    person = actor.user
    mine = Q(pk__in=[])
    if person.has_role(Role.PROTECTION):
        mine |= Q(own_key__isnull=False)
    if person.has_role(Role.INTAKE, Role.TRIAGE):
        mine |= Q(own_key__isnull=True, report__in=Report.objects.seen_by(person))
    return Detriment.objects.filter(mine).select_related("own_key", "report__key")


def why_not(detriment: Detriment, actor: Actor) -> Refusal | None:
    """Why this actor may not open it, or None."""
    if not given_to(actor).filter(pk=detriment.pk).exists() or not actor.keys.holds(detriment.sealing_key.newest()):
        return NotPermitted(NOT_YOURS, object=detriment.pseudonym)
    if not free_of([detriment], actor):
        return ConflictOfInterest(
            _("You are too close to whom this is about, so somebody else must act on it."), object=detriment.pseudonym
        )
    return None


def free_of(detriments: Iterable[Detriment], actor: Actor) -> list[Detriment]:
    """Those of them that no conflict of interest closes to this actor. Three queries, one opening for each report."""
    rows = list(detriments)
    person, keyring = actor.user, actor.keys
    reports = {row.report_id for row in rows}
    declared = set(
        ConflictDeclaration.objects.filter(person=person, has_conflict=True, case__reports__in=reports).values_list(
            "case__reports", flat=True
        )
    )
    listed = list(KeptOut.objects.filter(report__in=reports).select_related("key"))
    keyring.find([each.key for each in listed])
    near = {
        each.report_id
        for each in listed
        if keyring.holds(each.key) and each.open(keyring, "people").get(str(person.pk))
    }
    return [
        row
        for row in rows
        if row.report_id not in declared | near
        and (row.own_key_id is not None or not standing_on_report(row.report, actor).conflict)
    ]
