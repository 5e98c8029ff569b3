"""Removing what leads from a receipt to its report, after the reporting person gave the receipt up."""

from __future__ import annotations

import secrets

from intake.portal.models import Report
from integrity.action import Actor, action, record
from integrity.policy import Party
from integrity.vault.models import Grant


def sweep() -> int:
    """Cut off every report whose reporting person left and that was not cut off yet. Returns how many.

    The portal's own account of the database may add grants and not remove any, so this runs in the background.
    """
    waiting = Report.objects.filter(left_on__isnull=False, reporter_key__held__isnull=False).distinct()
    reports = list(waiting.select_related("reporter_key"))
    for report in reports:
        _cut_off(actor=Actor.system(), report=report)
    return len(reports)


@action(
    "report.cut_off",
    by=(Party.SYSTEM,),
    by_day=True,
    facts=("grants",),
    description="Nothing leads from a receipt that was given up to its report any more.",
)
def _cut_off(*, actor: Actor, report: Report) -> None:
    removed, _by_model = Grant.objects.filter(holder__lineage=report.reporter_key.lineage).delete()
    # What finds the report goes as well: whoever has the receipt and the database learns nothing from it.
    Report.objects.filter(pk=report.pk).update(lookup=secrets.token_bytes(32))
    record(object=report.pseudonym, grants=removed)
