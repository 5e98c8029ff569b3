"""From the coded fields of a decision to what the public reads: each value coarsened as far as the editor chose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from cases.publication.periods import half_year_of
from integrity.rules.pack import Pack
from integrity.rules.terms import GradeBand, Gravity


class PeriodLevel(TextChoices):
    """How exactly the register says when a decision became final."""

    HALF_YEAR = "half_year", _("Half-year")
    YEAR = "year", _("Year")


class PlaceLevel(TextChoices):
    """How exactly the register says where, from finest to coarsest."""

    REGION = "region", _("Region")
    KIND = "kind", _("Headquarters or field")
    WITHHELD = "withheld", _("Withheld")


class GradeLevel(TextChoices):
    """How exactly the register gives the grade, from finest to coarsest."""

    EXACT = "exact", _("Grade band")
    POOLED = "pooled", _("Two bands pooled")
    WITHHELD = "withheld", _("Withheld")


class SanctionLevel(TextChoices):
    """How exactly the register gives the amount of a sanction."""

    EXACT = "exact", _("The amount")
    BANDED = "banded", _("The range that the rules allow")


class AppealOutcomeShown(TextChoices):
    """What the register says of an appeal; the codes of boards, and those for no appeal."""

    NONE = "none", _("There was no appeal.")
    DISMISSED = "dismissed", _("An appeal was inadmissible.")
    UPHELD = "uphold", _("An appeal board upheld the decision.")
    VARIED = "vary", _("An appeal board changed the sanction to this one.")


HEADQUARTERS = "headquarters"
FIELD = "field"
POOLS = (
    frozenset({GradeBand.EXECUTIVE, GradeBand.SENIOR}),
    frozenset({GradeBand.OFFICER, GradeBand.SUPPORT}),
)


@dataclass(frozen=True)
class Levels:
    """How far each field of an entry is coarsened."""

    period: PeriodLevel = PeriodLevel.HALF_YEAR
    place: PlaceLevel = PlaceLevel.KIND
    grade: GradeLevel = GradeLevel.EXACT
    sanction: SanctionLevel = SanctionLevel.EXACT


@dataclass(frozen=True)
class Coded:
    """The coded fields that a case hands over, and nothing else of it. `appeal` is "" without a board's outcome.

    `barred` names accounts that may not handle the entry: the subject, those above and those below.
    """

    offence: str
    category: str
    gravity: str
    sanction: str
    amount: int | None
    grade_band: str
    office: str
    region: str
    is_headquarters: bool
    decided_on: date
    final_on: date
    finality: str
    appeal: str
    barred: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As it is sealed."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return values | {
            "decided_on": self.decided_on.isoformat(),
            "final_on": self.final_on.isoformat(),
            "barred": list(self.barred),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Coded:
        """As it was sealed."""
        return cls(
            **{
                **values,
                "decided_on": date.fromisoformat(values["decided_on"]),
                "final_on": date.fromisoformat(values["final_on"]),
                "barred": tuple(values["barred"]),
            }
        )


@dataclass(frozen=True)
class Entry:
    """What the public reads of a decision. `grades` is a string of grade bands, "" when withheld.

    `place` is "headquarters", "field", the name of a region, or "" when withheld, as `place_level` says.
    `amount_from` and `amount_to` are equal for an exact amount, None for a sanction without one.
    """

    offence: str
    category: str
    gravity: str
    period: str
    place_level: str
    place: str
    grades: str
    sanction: str
    amount_from: int | None
    amount_to: int | None
    appeal: str


def generalise(coded: Coded, levels: Levels, pack: Pack) -> Entry:
    """The entry that these levels make of the coded fields."""
    lowest, highest = _amounts(coded, levels.sanction, pack)
    return Entry(
        offence=coded.offence,
        category=coded.category,
        gravity=coded.gravity,
        period=_period(coded.final_on, levels.period),
        place_level=levels.place.value,
        place=_place(coded, levels.place),
        grades="".join(sorted(bands_at(coded.grade_band, levels.grade))) if levels.grade != "withheld" else "",
        sanction=coded.sanction,
        amount_from=lowest,
        amount_to=highest,
        appeal=_appeal(coded),
    )


def bands_at(band: str, level: GradeLevel) -> frozenset[str]:
    """The grade bands that an entry about somebody of this band allows at a level."""
    if level == GradeLevel.EXACT:
        return frozenset({band})
    if level == GradeLevel.POOLED:
        return next(frozenset(str(each) for each in pool) for pool in POOLS if band in pool)
    return frozenset(GradeBand.values)


def _period(final_on: date, level: PeriodLevel) -> str:
    return half_year_of(final_on) if level == PeriodLevel.HALF_YEAR else str(final_on.year)


def _place(coded: Coded, level: PlaceLevel) -> str:
    if level == PlaceLevel.REGION:
        return coded.region
    if level == PlaceLevel.KIND:
        return HEADQUARTERS if coded.is_headquarters else FIELD
    return ""


def _amounts(coded: Coded, level: SanctionLevel, pack: Pack) -> tuple[int | None, int | None]:
    if coded.amount is None or level == SanctionLevel.EXACT:
        return coded.amount, coded.amount
    for each in pack.allowed(Gravity(coded.gravity)):
        if each.sanction.code == coded.sanction:
            return each.minimum, each.maximum
    # A board may have chosen from the range of another charge; the ladder then bounds the amount.
    sanction = pack.sanction(coded.sanction)
    return sanction.minimum, sanction.maximum


def _appeal(coded: Coded) -> str:
    if coded.appeal:
        return AppealOutcomeShown(coded.appeal).value
    return (AppealOutcomeShown.DISMISSED if coded.finality == "decided" else AppealOutcomeShown.NONE).value
