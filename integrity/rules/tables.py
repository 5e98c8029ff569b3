"""A pack laid out as the tables that people read."""

from dataclasses import dataclass
from typing import Any

from integrity.rules.entries import Authority, Category, Clock, Offence, Sanction, SanctionRange
from integrity.rules.pack import Pack
from integrity.rules.terms import GradeBand, Gravity


@dataclass(frozen=True, slots=True)
class OffenceGroup:
    """The offences of one category."""

    category: Category
    offences: tuple[Offence, ...]


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A sanction and, for each gravity, the range it may have; None where it may not follow."""

    sanction: Sanction
    cells: tuple[tuple[Gravity, SanctionRange | None], ...]


@dataclass(frozen=True, slots=True)
class AuthorityRow:
    """A sanction and, for each grade band, who decides."""

    sanction: Sanction
    cells: tuple[tuple[GradeBand, Authority], ...]


def of(pack: Pack) -> dict[str, Any]:
    """The template context of `rules/tables.html`."""
    return {
        "pack": pack,
        "groups": offence_groups(pack),
        "gravities": tuple(Gravity),
        "matrix": matrix_rows(pack),
        "bands": tuple(GradeBand),
        "authorities": authority_rows(pack),
        "clocks": clock_rows(pack),
    }


def offence_groups(pack: Pack) -> tuple[OffenceGroup, ...]:
    """The offences by category, in the order of the pack; categories without an offence are left out."""
    groups = (
        OffenceGroup(category, tuple(each for each in pack.offences if each.category == category.code))
        for category in pack.categories
    )
    return tuple(group for group in groups if group.offences)


def matrix_rows(pack: Pack) -> tuple[MatrixRow, ...]:
    """Gravity × sanction, mildest sanction first."""
    cells = {(gravity, cell.sanction.code): cell for gravity in Gravity for cell in pack.allowed(gravity)}
    return tuple(
        MatrixRow(sanction, tuple((gravity, cells.get((gravity, sanction.code))) for gravity in Gravity))
        for sanction in pack.sanctions
    )


def authority_rows(pack: Pack) -> tuple[AuthorityRow, ...]:
    """Grade band × sanction, mildest sanction first."""
    return tuple(
        AuthorityRow(sanction, tuple((band, pack.authority_for(band, sanction.code)) for band in GradeBand))
        for sanction in pack.sanctions
    )


def clock_rows(pack: Pack) -> tuple[tuple[str, Clock], ...]:
    """Each clock with what it gives time for, in the order of the procedure."""
    return tuple((str(clock.name.label), clock) for clock in pack.clocks.values())
