"""In the demonstration somebody who reported is treated worse for it: one is being acted on, one nobody has read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cases.protection import actions
from intake.protection.actions import Told, report_detriment
from intake.protection.models import DetrimentKind
from integrity.action import Actor, Refusal

if TYPE_CHECKING:
    from config.demonstration.life import Life

TOLD: Final = (
    Told(
        what="Two days after the inspection my chief moved me to the night shift, and nobody tells me why.",
        kinds=(DetrimentKind.TRANSFER.value,),
        since="Last month",
        who="The head of my section",
    ),
    Told(
        what="They go from desk to desk and ask who wrote to the integrity office.",
        kinds=(DetrimentKind.SEARCH.value,),
    ),
)


def tell_of_detriments(life: Life) -> None:
    """Tell of both, as far as there are cases that began with a report, and act on the first."""
    officer = life.institution.actor("protection")
    told = iter(enumerate(TOLD))
    for case in life.cases.values():
        report = case.reports.select_related("key", "reporter_key").first()
        if report is None:
            continue
        number, each = next(told, (0, None))
        if each is None:
            return
        detriment = report_detriment(
            actor=Actor.reporter(report.pk), report=report, told=each, nonce=bytes([number + 1]) * 32
        )
        if number == 0:
            try:
                actions.confirm(actor=officer, detriment=detriment, text="Thank you. I speak with personnel today.")
            except Refusal:
                # The officer is too close to this matter; those who have the report act on it.
                continue
