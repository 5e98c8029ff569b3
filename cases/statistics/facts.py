"""From a closing case to a fact: coarsened here, at once, so that nothing finer is ever stored."""

from __future__ import annotations

from datetime import date

from audit import clock
from cases.closing import Closing, on_close
from cases.publication.periods import half_year_of
from cases.statistics.models import HEADQUARTERS, AppealEnd, Duration, FactOutcome, StatisticalFact, Weight
from integrity.people.models import Office
from integrity.people.roles import Gender
from integrity.rules.pack import Pack
from integrity.rules.working_calendar import after_months

LIMITS = ((3, Duration.QUARTER), (6, Duration.HALF_YEAR), (12, Duration.YEAR))


@on_close
def keep_fact(closing: Closing) -> None:
    """Add the fact of a case inside the transaction that closes it."""
    pack = closing.case.pack.pack
    today = clock.today()
    office = Office.objects.filter(code=closing.profile.get("office", "")).first()
    is_headquarters = office is not None and office.is_headquarters
    StatisticalFact.objects.create(
        period=half_year_of(today),
        category=pack.offence(closing.offence).category,
        gravity=closing.gravity.value,
        grade_band=closing.profile["grade_band"],
        place=HEADQUARTERS if is_headquarters else office.region if office is not None else "",
        gender=closing.profile.get("gender") or Gender.UNSTATED.value,
        outcome=_outcome(closing),
        sanction=closing.sanction,
        weight=weight_of(closing.sanction, pack),
        appeal=AppealEnd(closing.appeal or "none").value,
        duration=duration_of(closing.case.opened_on, today),
    )


def _outcome(closing: Closing) -> FactOutcome:
    if not closing.charged:
        return FactOutcome.NO_CASE
    return FactOutcome.SUBSTANTIATED if closing.substantiated else FactOutcome.NOT_SUBSTANTIATED


def weight_of(sanction: str, pack: Pack) -> Weight:
    """In which half of the pack's ladder a sanction stands. Raises UnknownCode."""
    if not sanction:
        return Weight.NONE
    ladder = sorted(each.rank for each in pack.sanctions)
    below = sum(rank < pack.sanction(sanction).rank for rank in ladder)
    return Weight.LIGHTER if 2 * below < len(ladder) else Weight.HEAVIER


def duration_of(opened: date, closed: date) -> Duration:
    """The bucket that the time from opening to closing falls into."""
    return next((bucket for months, bucket in LIMITS if closed <= after_months(opened, months)), Duration.LONGER)
