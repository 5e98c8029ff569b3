"""Importing a batch of reports, all or none. The same report is imported once, whatever file it comes in."""

from __future__ import annotations

import secrets
from uuid import uuid4

from django.utils.translation import gettext as _

from intake.entry.models import EnteredReport, Handover
from intake.entry.reading import BatchPlan, plan
from intake.portal import actions as portal
from intake.portal.receipt import ReporterSecret
from integrity.action import Actor, Incomplete, action, record
from integrity.people.roles import Role
from integrity.policy import Party
from integrity.vault.seal import SEED_LENGTH, PrivateKey


@action(
    "reports.imported",
    by=(Role.INTAKE, Party.SYSTEM),
    limit="gives no access: only the recipients of each report's channel can open it",
    facts=("file", "source", "made", "there"),
    description="Reports of an earlier system were imported and sealed.",
    step_up=True,
)
def import_reports(*, actor: Actor, content: bytes, source: str, digest: str) -> BatchPlan:
    """Make a report of each row that was not imported before; `digest` is the file's SHA-256, for the log.

    Nobody gets a receipt: the reporting person's half of each report is thrown away. Raises Incomplete when any row
    is wrong, and Unreadable.
    """
    planned = plan(content, source=source)
    if planned.faults:
        raise Incomplete(_("Some rows are wrong, so nothing was imported."))
    for each in planned.reports:
        report_id = uuid4()
        report = portal.send_report(
            actor=Actor.reporter(report_id),
            report_id=report_id,
            secret=_nobodys(),
            channel=each.told.channel,
            path=each.told.path,
            origin=each.told.origin,
            language=each.told.language,
            answers=each.told.answers,
            questions=each.told.questions,
            identity=each.told.identity,
            received_on=each.told.received_on,
            receipt_kept=True,
        )
        EnteredReport.objects.create(report=report, receipt=Handover.NONE, earlier=each.digest)
    record(object="reports", file=digest, source=source, made=len(planned.reports), there=planned.there)
    return planned


def _nobodys() -> ReporterSecret:
    """The secret of a report that no receipt opens: random, and forgotten with the report's making."""
    return ReporterSecret(lookup=secrets.token_bytes(SEED_LENGTH), private=PrivateKey(secrets.token_bytes(SEED_LENGTH)))
