"""The disclosure test: may this entry be published without pointing at a person? Pure, no database.

It answers with named checks after the literature on statistical disclosure control:
k-anonymity (Sweeney, "k-anonymity: a model for protecting privacy", 2002), counted against the staff that an
entry could be about; l-diversity (Machanavajjhala et al., 2007) of the sanction among entries that look alike;
and the minimality attack (Wong et al., VLDB 2007), in which a reader who knows that entries are only made
coarser when they must be learns from the coarseness itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import product

from django.db.models import TextChoices
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cases.publication.generalisation import FIELD, HEADQUARTERS, Entry, GradeLevel, Levels, PlaceLevel, bands_at
from cases.publication.periods import half_years_of
from integrity.rules.terms import GradeBand

K = 5
SMALL_GROUP = 20
PLACES = (PlaceLevel.REGION, PlaceLevel.KIND, PlaceLevel.WITHHELD)
GRADES = (GradeLevel.EXACT, GradeLevel.POOLED, GradeLevel.WITHHELD)


class CheckName(TextChoices):
    """What is examined."""

    POPULATION = "population", gettext_lazy("Enough people it could be about")
    PUBLISHED = "published", gettext_lazy("Enough people left beside what is published")
    COARSENESS = "coarseness", gettext_lazy("Its coarseness gives nothing away")
    DIVERSITY = "diversity", gettext_lazy("Entries that look alike differ in the sanction")
    EMBARGO = "embargo", gettext_lazy("The embargo is over")


@dataclass(frozen=True)
class Check:
    """The answer of one check: `figure` is the number it turned on (people, or None for the embargo)."""

    name: CheckName
    passed: bool
    figure: int | None
    sentence: str


@dataclass(frozen=True)
class Staff:
    """The staff of the institution: how many by (office code, grade band), and where the offices are."""

    counts: Mapping[tuple[str, str], int]
    regions: Mapping[str, str]
    headquarters: frozenset[str]
    _residuals: dict[tuple[PlaceLevel, GradeLevel, str, frozenset[str]], int] = field(
        default_factory=dict, repr=False, compare=False
    )

    def offices_in(self, level: str, place: str) -> frozenset[str]:
        """The codes of the offices that a published place allows."""
        if level == PlaceLevel.REGION:
            return frozenset(code for code, region in self.regions.items() if region == place)
        if level == PlaceLevel.KIND:
            at_headquarters = place == HEADQUARTERS
            return frozenset(code for code in self.regions if (code in self.headquarters) == at_headquarters)
        return frozenset(self.regions)

    def place_of(self, office: str, level: PlaceLevel) -> str:
        """What the register says of an office at a level."""
        if level == PlaceLevel.REGION:
            return self.regions[office]
        if level == PlaceLevel.KIND:
            return HEADQUARTERS if office in self.headquarters else FIELD
        return ""

    def count(self, offices: Iterable[str], bands: Iterable[str]) -> int:
        """How many people work in any of the offices in any of the bands."""
        return sum(self.counts.get(pair, 0) for pair in product(offices, bands))


@dataclass(frozen=True)
class Cell:
    """Whom an entry could be about: any of the bands in any of the offices, in any of the half-years."""

    offices: frozenset[str]
    bands: frozenset[str]
    half_years: frozenset[str]

    def overlaps(self, other: Cell) -> bool:
        """True when somebody could be in both."""
        return bool(self.offices & other.offices and self.bands & other.bands and self.half_years & other.half_years)


def cell_of(entry: Entry, staff: Staff) -> Cell:
    """Whom a reader of the entry must take into account."""
    return Cell(
        offices=staff.offices_in(entry.place_level, entry.place),
        bands=frozenset(entry.grades) or frozenset(GradeBand.values),
        half_years=half_years_of(entry.period),
    )


def examine(
    *, entry: Entry, levels: Levels, staff: Staff, published: Iterable[Entry], opens_on: date, today: date
) -> list[Check]:
    """Every check on an entry, in the order in which a person reads them.

    `published` is everything ever published; `opens_on` the first day on which this entry may be.
    """
    cell = cell_of(entry, staff)
    others = list(published)
    return [
        _population(staff.count(cell.offices, cell.bands)),
        _published(cell, staff, others),
        _coarseness(entry, levels, staff),
        _diversity(entry, staff.count(cell.offices, cell.bands), others),
        _embargo(opens_on, today),
    ]


def _population(people: int) -> Check:
    """k-anonymity against the staff population: at least K people share what the entry says."""
    sentence = ngettext(
        "The entry could be about %(people)d member of staff.",
        "The entry could be about %(people)d members of staff.",
        people,
    ) % {"people": people}
    passed = people >= K
    if not passed:
        sentence += " " + _("At least %(k)d are needed. Choose a coarser place or grade, or have it withheld.") % {
            "k": K
        }
    return Check(CheckName.POPULATION, passed, people, sentence)


def _published(cell: Cell, staff: Staff, others: list[Entry]) -> Check:
    """k-anonymity after differencing: whoever is known from an entry published before is taken away."""
    known = sum(cell.overlaps(cell_of(other, staff)) for other in others)
    left = max(0, staff.count(cell.offices, cell.bands) - known)
    if known:
        sentence = ngettext(
            "%(known)d published decision could be about the same group.",
            "%(known)d published decisions could be about the same group.",
            known,
        ) % {"known": known}
        sentence += " " + ngettext(
            "%(left)d person is left beside them.", "%(left)d people are left beside them.", left
        ) % {"left": left}
    else:
        sentence = _("No published decision could be about the same group.")
    passed = left >= K
    if known and not passed:
        sentence += " " + _(
            "Whoever knows of those could single this person out. Choose a coarser place or grade, or have it withheld."
        )
    return Check(CheckName.PUBLISHED, passed, left, sentence)


def _coarseness(entry: Entry, levels: Levels, staff: Staff) -> Check:
    """The minimality attack: those whom only an entry as coarse as this can be about must be nobody, or K."""
    bands = frozenset(entry.grades) or frozenset(GradeBand.values)
    left = residual(staff, levels.place, levels.grade, entry.place, bands)
    passed = left == 0 or left >= K
    if left == 0:
        sentence = _("Nobody in this group needs an entry as coarse as this, so its coarseness points at nobody.")
    elif passed:
        sentence = ngettext(
            "%(left)d person in this group could not have been published more exactly.",
            "%(left)d people in this group could not have been published more exactly.",
            left,
        )
    else:
        sentence = _(
            "Nearly everybody in this group could be published more exactly, and only %(left)d could not: the "
            "coarser entry points there. Be more exact if the other checks allow it, or have it withheld."
        )
    return Check(CheckName.COARSENESS, passed, left, sentence % {"left": left})


def residual(staff: Staff, place_level: PlaceLevel, grade_level: GradeLevel, place: str, bands: frozenset[str]) -> int:
    """How many people of a cell have no finer cell that could be published: whom its coarseness points at.

    A finer cell can be published when its own residual is at least K; at the finest level, where there is
    nothing finer to choose, that is the whole cell.
    """
    key = (place_level, grade_level, place, bands)
    known = staff._residuals.get(key)
    if known is None:
        known = sum(
            staff.counts.get((office, band), 0)
            for office, band in product(staff.offices_in(place_level, place), bands)
            if not _could_be_finer(staff, place_level, grade_level, office, band)
        )
        staff._residuals[key] = known
    return known


def _could_be_finer(staff: Staff, place_level: PlaceLevel, grade_level: GradeLevel, office: str, band: str) -> bool:
    places = PLACES[: PLACES.index(place_level) + 1]
    grades = GRADES[: GRADES.index(grade_level) + 1]
    return any(
        residual(staff, place, grade, staff.place_of(office, place), bands_at(band, grade)) >= K
        for place, grade in product(places, grades)
        if (place, grade) != (place_level, grade_level)
    )


def _diversity(entry: Entry, people: int, others: list[Entry]) -> Check:
    """l-diversity of the sanction among entries with the same period, place and grades, in small groups."""
    alike = [
        other.sanction
        for other in others
        if (other.period, other.place_level, other.place, other.grades)
        == (entry.period, entry.place_level, entry.place, entry.grades)
    ]
    kinds = len({*alike, entry.sanction})
    uniform = bool(alike) and kinds == 1
    if not alike:
        sentence = _("No published decision looks like this one.")
    else:
        sentence = ngettext(
            "With this one, the decisions that look alike show %(kinds)d kind of sanction.",
            "With this one, the decisions that look alike show %(kinds)d kinds of sanctions.",
            kinds,
        ) % {"kinds": kinds}
    passed = not (uniform and people < SMALL_GROUP)
    if not passed:
        sentence += " " + _(
            "In a group of fewer than %(small)d, whoever is known to be in it is then known to have had that "
            "sanction. Choose another period, place or grade."
        ) % {"small": SMALL_GROUP}
    elif uniform:
        sentence += " " + _("The group is large enough for that.")
    return Check(CheckName.DIVERSITY, passed, kinds, sentence)


def _embargo(opens_on: date, today: date) -> Check:
    """The embargo runs from the end of the published period, so that the day of publication tells no more."""
    passed = today >= opens_on
    day = {"day": date_format(opens_on, "DATE_FORMAT")}
    sentence = _("The entry may be published since %(day)s.") if passed else _("It may be published from %(day)s on.")
    return Check(CheckName.EMBARGO, passed, None, sentence % day)
