"""The verification of the log, as the floors above the log have it: run in the background, and put before auditors."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.console import verification
from audit.log import verifying
from audit.log.verified import Verdict
from cases.worklist import WorkItem, work_source
from integrity.action import Actor
from integrity.outbox.actions import errand, post
from integrity.people.roles import Role

ERRAND = "verify the log"
TITLES = {
    Verdict.WRONG: gettext_lazy("The log does not agree with what was signed"),
    Verdict.NOT_MADE: gettext_lazy("The log could not be verified"),
}


@errand(ERRAND)
def verify_the_log() -> None:
    """Verify the whole log because an auditor asked for it, unless that is done."""
    if verifying.is_awaited():
        verifying.verify(actor="system")


@verification.declare
def verify_soon() -> None:
    """Have a worker verify the log behind the commit."""
    post(ERRAND)


@work_source
def verified(actor: Actor) -> Iterable[WorkItem]:
    """One line for an auditor while the last verification found something, could not be made, or is too old."""
    if not actor.user.has_role(Role.AUDITOR):
        return
    last = verifying.latest()
    title = str(TITLES.get(Verdict(last.verdict), "")) if last else ""
    if not title and verifying.is_late():
        title = _("The log was not verified for a long time")
    if not title:
        return
    yield WorkItem(
        reference="",
        kind=_("Audit log"),
        title=title,
        url=reverse("audit_console:health"),
        state=last.get_verdict_display() if last else _("Never verified"),
        action=_("See what was found"),
    )
