"""The reports of a person who receives no more of them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from itertools import groupby
from typing import Final

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from guardian.shortcuts import remove_perm

from intake.portal.models import Report, ReportUserObjectPermission
from integrity.people.granting import take
from integrity.people.leaving import Holding, declare_leaving
from integrity.people.models import Appointment, User
from integrity.people.roles import Role
from integrity.vault import actions as vault
from integrity.vault.models import Grant, KeyKind

PERMISSION: Final = "work_report"
FRONT: Final = frozenset({Role.INTAKE, Role.TRIAGE})


@declare_leaving
def reports_of(person: User, kept: frozenset[Role]) -> Iterable[Holding]:
    """The reports that the person was given, one line for each channel; apart those that nobody else opens."""
    if kept & FRONT:
        return
    mine = ReportUserObjectPermission.objects.filter(user=person).values("content_object")
    of_report = Grant.objects.filter(key=OuterRef("key"))
    in_role = Appointment.objects.in_force().filter(role__in=FRONT).values("person")
    rows = (
        Report.objects.filter(pk__in=mine)
        .annotate(
            held=Exists(of_report.filter(holder=person.key_id)),
            shared=Exists(
                of_report.filter(holder__person__is_active=True, holder__person__in=in_role).exclude(
                    holder=person.key_id
                )
            ),
            in_case=Exists(of_report.filter(holder__kind=KeyKind.CASE)),
        )
        .select_related("key", "channel")
        .order_by("channel__name", "channel_id", "pk")
    )
    for channel, of_channel in groupby(rows, key=lambda report: report.channel):
        reports = list(of_channel)
        for is_last in (False, True):
            chosen = [report for report in reports if _is_last(report) is is_last]
            if chosen:
                count = len(chosen)
                yield Holding(
                    kind=_("Reports"),
                    name=ngettext("%(count)d report of “%(channel)s”", "%(count)d reports of “%(channel)s”", count)
                    % {"count": count, "channel": channel.name},
                    pseudonym=f"channel/{channel.code}",
                    end=partial(_end, chosen, person),
                    is_last=is_last,
                )


def _is_last(report: Report) -> bool:
    held, shared, in_case = (getattr(report, name) for name in ("held", "shared", "in_case"))
    return held and not shared and not in_case


def _end(reports: Iterable[Report], person: User) -> None:
    for report in reports:
        if report.held:  # type: ignore[attr-defined]
            take(key=report.key, person=person, target=report, permission=PERMISSION)
            if report.key.destroyed_on is None:
                vault.rotate(report.key, holders=vault.holders_of(report.key))
        else:
            remove_perm(PERMISSION, person, report)
