"""What a rule pack is made of: offences, sanctions with ranges, authorities, clocks, factors, settings."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrity.rules.terms import ClockName, ClockUnit, FactorKind, Gravity, SanctionUnit, StandardOfProof
from integrity.rules.text import Text
from integrity.rules.working_calendar import DAY, WorkingCalendar, after_months


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of misconduct that offences are counted in."""

    code: str
    title: Text


@dataclass(frozen=True, slots=True)
class Offence:
    """What a clause of the code of conduct forbids.

    `gravity` is the usual one and `gravities` are those a finding may give, mildest first. A `criminal`
    offence must be referred to the investigative agency (R4).
    """

    code: str
    title: Text
    clause: str
    definition: Text
    category: str
    gravity: Gravity
    gravities: tuple[Gravity, ...]
    criminal: bool


@dataclass(frozen=True, slots=True)
class Sanction:
    """One rung of the ladder, 1 is mildest; `minimum` and `maximum` in `unit`, None without an amount."""

    code: str
    title: Text
    rank: int
    unit: SanctionUnit
    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class SanctionRange:
    """One cell of the matrix: what a sanction may amount to for a gravity."""

    gravity: Gravity
    sanction: Sanction
    minimum: int | None
    maximum: int | None

    def holds(self, amount: int | None) -> bool:
        """Whether the amount lies in the range; None is the only amount of a sanction without one."""
        if self.minimum is None or self.maximum is None:
            return amount is None
        return amount is not None and self.minimum <= amount <= self.maximum

    def __str__(self) -> str:
        if self.minimum is None or self.maximum is None:
            return ""
        if self.minimum == self.maximum:
            return amount_in_words(self.maximum, self.sanction.unit)
        return _("%(minimum)d to %(maximum)s") % {
            "minimum": self.minimum,
            "maximum": amount_in_words(self.maximum, self.sanction.unit),
        }


@dataclass(frozen=True, slots=True)
class Authority:
    """Who may decide; a higher `rank` may decide whatever a lower one may."""

    code: str
    title: Text
    rank: int


@dataclass(frozen=True, slots=True)
class Clock:
    """A time limit: `amount` in `unit`, which counts from the day after the start."""

    name: ClockName
    amount: int
    unit: ClockUnit

    def due(self, start: date, calendar: WorkingCalendar) -> date:
        """The last day on which what the clock asks for is still in time."""
        match self.unit:
            case ClockUnit.WORKING_DAYS:
                return calendar.after_working_days(start, self.amount)
            case ClockUnit.MONTHS:
                return after_months(start, self.amount)
            case ClockUnit.DAYS:
                return start + self.amount * DAY

    def __str__(self) -> str:
        match self.unit:
            case ClockUnit.WORKING_DAYS:
                words = ngettext("%(amount)d working day", "%(amount)d working days", self.amount)
            case ClockUnit.MONTHS:
                words = ngettext("%(amount)d month", "%(amount)d months", self.amount)
            case ClockUnit.DAYS:
                words = ngettext("%(amount)d day", "%(amount)d days", self.amount)
        return words % {"amount": self.amount}


@dataclass(frozen=True, slots=True)
class Factor:
    """A circumstance that the deciding authority weighs for a heavier or a lighter sanction."""

    code: str
    title: Text
    kind: FactorKind


@dataclass(frozen=True, slots=True)
class AppealGround:
    """A reason for which a decision may be appealed."""

    code: str
    title: Text


@dataclass(frozen=True, slots=True)
class Settings:
    """What differs from country to country and is no number of days.

    `detriment_checks` are days after a report at which retaliation is looked for;
    `preventive_suspension_extensions` is how many times such a suspension may be prolonged.
    """

    anonymous_admissible: bool
    appeal_stays_sanction: bool
    appeal_may_aggravate: bool
    standard_of_proof: StandardOfProof
    hearing_always_for: tuple[Gravity, ...]
    four_eyes_for: tuple[Gravity, ...]
    publication_for: tuple[Gravity, ...]
    board_members: int
    board_quorum: int
    preventive_suspension_extensions: int
    detriment_checks: tuple[int, ...]


def amount_in_words(amount: int, unit: SanctionUnit) -> str:
    """The amount of a sanction as people read it, such as “3 days of pay”; empty where it has none."""
    match unit:
        case SanctionUnit.NONE:
            return ""
        case SanctionUnit.DAYS_OF_PAY:
            words = ngettext("%(amount)d day of pay", "%(amount)d days of pay", amount)
        case SanctionUnit.DAYS:
            words = ngettext("%(amount)d day", "%(amount)d days", amount)
        case SanctionUnit.MONTHS:
            words = ngettext("%(amount)d month", "%(amount)d months", amount)
        case SanctionUnit.GRADES:
            words = ngettext("%(amount)d grade", "%(amount)d grades", amount)
    return words % {"amount": amount}
