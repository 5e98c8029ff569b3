"""The one verb of statistics: looking is recorded, because a summary is read by people who see no case."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from cases.statistics.figures import Summary, periods, summary_of
from integrity.action import Actor, action, record
from integrity.people.roles import Role

READERS = (Role.MANAGER, Role.PROGRAMME, Role.SUPERVISOR)


@action(
    "statistics.summary_read",
    by=READERS,
    sentence=gettext_lazy("The summary is for managers, programme officers and supervisors."),
    facts=("period", "form"),
    description="Somebody read the summary of a period.",
)
def read_summary(*, actor: Actor, period: str, form: str) -> Summary | None:
    """The summary of a period, the newest one for "" or one that is not over; None before any is over.

    `form` is "page" or "csv". Raises NotPermitted for everybody but managers, programme officers and supervisors.
    """
    known = periods()
    chosen = period if period in known else known[0] if known else ""
    record(object=f"summary/{chosen or '-'}", period=chosen, form=form)
    return summary_of(chosen, known) if chosen else None
