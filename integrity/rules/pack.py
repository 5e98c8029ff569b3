"""A rule pack: an institution's offences, sanctions, deciding authorities and clocks (R3, R18, R34, R35)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol, TypeVar

from django.utils.translation import gettext as _

from integrity.rules.entries import (
    AppealGround,
    Authority,
    Category,
    Clock,
    Factor,
    Offence,
    Sanction,
    SanctionRange,
    Settings,
    amount_in_words,
)
from integrity.rules.terms import ClockName, FactorKind, GradeBand, Gravity
from integrity.rules.text import Text
from integrity.rules.working_calendar import WorkingCalendar

MODEL = Path(__file__).parent / "packs" / "model.toml"


class _Coded(Protocol):
    @property
    def code(self) -> str: ...


Entry = TypeVar("Entry", bound=_Coded)


class UnknownCode(LookupError):
    """The pack has nothing under this code."""


class OutOfRange(ValueError):
    """The matrix does not allow this sanction, or not this amount of it; says what it does allow."""


@dataclass(frozen=True, slots=True)
class Pack:
    """One version of an institution's rules. Immutable; a case is pinned to one."""

    name: str
    version: str
    title: Text
    source: Text
    source_date: date
    languages: tuple[str, ...]
    categories: tuple[Category, ...]
    offences: tuple[Offence, ...]
    sanctions: tuple[Sanction, ...]
    matrix: Mapping[Gravity, tuple[SanctionRange, ...]]
    authorities: tuple[Authority, ...]
    authority_matrix: Mapping[tuple[GradeBand, str], Authority]
    clocks: Mapping[ClockName, Clock]
    calendar: WorkingCalendar
    factors: tuple[Factor, ...]
    appeal_grounds: tuple[AppealGround, ...]
    settings: Settings

    def category(self, code: str) -> Category:
        """The category with the code. Raises UnknownCode."""
        return _coded(self.categories, code)

    def offence(self, code: str) -> Offence:
        """The offence with the code. Raises UnknownCode."""
        return _coded(self.offences, code)

    def sanction(self, code: str) -> Sanction:
        """The sanction with the code. Raises UnknownCode."""
        return _coded(self.sanctions, code)

    def authority(self, code: str) -> Authority:
        """The authority with the code. Raises UnknownCode."""
        return _coded(self.authorities, code)

    def factor(self, code: str) -> Factor:
        """The aggravating or mitigating factor with the code. Raises UnknownCode."""
        return _coded(self.factors, code)

    def appeal_ground(self, code: str) -> AppealGround:
        """The appeal ground with the code. Raises UnknownCode."""
        return _coded(self.appeal_grounds, code)

    @property
    def aggravating(self) -> tuple[Factor, ...]:
        """The factors that weigh for a heavier sanction."""
        return tuple(factor for factor in self.factors if factor.kind is FactorKind.AGGRAVATING)

    @property
    def mitigating(self) -> tuple[Factor, ...]:
        """The factors that weigh for a lighter sanction."""
        return tuple(factor for factor in self.factors if factor.kind is FactorKind.MITIGATING)

    def allowed(self, gravity: Gravity | str) -> tuple[SanctionRange, ...]:
        """What the matrix allows for a gravity, mildest sanction first."""
        return self.matrix[Gravity(gravity)]

    def check_sanction(self, gravity: Gravity | str, sanction_code: str, amount: int | None = None) -> SanctionRange:
        """The range a sanction lies in. Raises UnknownCode, or OutOfRange with a sentence for the person."""
        gravity, sanction = Gravity(gravity), self.sanction(sanction_code)
        allowed = {each.sanction.code: each for each in self.allowed(gravity)}
        facts: dict[str, object] = {"sanction": sanction.title, "gravity": gravity.label}
        if sanction.code not in allowed:
            facts["allowed"] = ", ".join(str(each.sanction.title) for each in allowed.values())
            raise OutOfRange(
                _("“%(sanction)s” is not allowed for gravity “%(gravity)s”. Allowed are: %(allowed)s.") % facts
            )
        found = allowed[sanction.code]
        if found.holds(amount):
            return found
        if found.minimum is None:
            raise OutOfRange(_("“%(sanction)s” has no amount.") % facts)
        facts["range"] = found
        if amount is None:
            raise OutOfRange(_("“%(sanction)s” needs an amount: %(range)s for gravity “%(gravity)s”.") % facts)
        facts["amount"] = amount_in_words(amount, sanction.unit)
        raise OutOfRange(_("“%(sanction)s” may be %(range)s for gravity “%(gravity)s”, not %(amount)s.") % facts)

    def authority_for(self, grade_band: GradeBand | str, sanction_code: str) -> Authority:
        """Who may impose the sanction on somebody of the grade band. Raises UnknownCode for the sanction."""
        return self.authority_matrix[GradeBand(grade_band), self.sanction(sanction_code).code]

    def authority_for_gravity(self, grade_band: GradeBand | str, gravity: Gravity | str) -> Authority:
        """Who may impose the heaviest sanction allowed for the gravity: the authority a charge goes to."""
        return self.authority_for(grade_band, self.allowed(gravity)[-1].sanction.code)

    def may_impose(self, authority_code: str, grade_band: GradeBand | str, sanction_code: str) -> bool:
        """Whether the authority, or one below it, may impose the sanction on the grade band."""
        return self.authority(authority_code).rank >= self.authority_for(grade_band, sanction_code).rank

    def clock(self, name: ClockName | str) -> Clock:
        """The clock with the name. Raises UnknownCode."""
        if name not in ClockName.values:
            raise UnknownCode(name)
        return self.clocks[ClockName(name)]

    def due(self, clock_name: ClockName | str, start: date) -> date:
        """The last day in time when the clock starts on `start`. Raises UnknownCode."""
        return self.clock(clock_name).due(start, self.calendar)

    def working_days_between(self, start: date, end: date) -> int:
        """How many working days follow `start` up to and with `end`; negative where `end` comes first."""
        return self.calendar.working_days_between(start, end)


def parse(content: bytes) -> Pack:
    """Read a pack from TOML. Raises `reading.SourceError`: where, what was expected, what came."""
    from integrity.rules.parsing import parse_pack

    return parse_pack(content)


def load(path: Path = MODEL) -> Pack:
    """Read a pack from a file. Raises `reading.SourceError`, and OSError where there is no such file."""
    return parse(path.read_bytes())


def _coded(entries: Iterable[Entry], code: str) -> Entry:
    for entry in entries:
        if entry.code == code:
            return entry
    raise UnknownCode(code)
