"""The disclosure test: what may be published, and what would point at a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.publication.disclosure import Check, CheckName, Staff, cell_of, examine
from cases.publication.generalisation import Coded, Entry, GradeLevel, Levels, PlaceLevel, generalise
from integrity.rules.pack import load
from integrity.rules.terms import GradeBand

PACK = load()
DECIDED = date(2026, 2, 16)
OPENS = date(2026, 10, 1)
REGION_EXACT = Levels(place=PlaceLevel.REGION, grade=GradeLevel.EXACT)


def staff_of(counts: dict[str, tuple[int, int, int, int]], headquarters: str = "HQ") -> Staff:
    """Offices by code, each in a region of its own, with the staff in bands A, B, C, D."""
    return Staff(
        counts={
            (office, band): number
            for office, numbers in counts.items()
            for band, number in zip(GradeBand.values, numbers, strict=True)
        },
        regions={office: f"Region of {office}" for office in counts},
        headquarters=frozenset({headquarters}),
    )


STAFF = staff_of({"HQ": (6, 40, 120, 60), "PORT": (1, 12, 90, 40)})


def coded(office: str = "PORT", band: str = "C", **changes: object) -> Coded:
    return replace(
        Coded(
            offence="speed-money",
            category="bribery",
            gravity="serious",
            sanction="fine",
            amount=5,
            grade_band=band,
            office=office,
            region=f"Region of {office}",
            is_headquarters=office == "HQ",
            decided_on=DECIDED,
            final_on=DECIDED,
            finality="lapsed",
            appeal="",
        ),
        **changes,
    )


def outcome_of(
    subject: Coded, levels: Levels, staff: Staff = STAFF, published: list[Entry] | None = None, today: date = OPENS
) -> dict[CheckName, Check]:
    entry = generalise(subject, levels, PACK)
    checks = examine(entry=entry, levels=levels, staff=staff, published=published or [], opens_on=OPENS, today=today)
    return {check.name: check for check in checks}


def failed(checks: dict[CheckName, Check]) -> set[CheckName]:
    return {name for name, check in checks.items() if not check.passed}


@pytest.mark.parametrize(("people", "passes"), [(4, False), (5, True)])
def test_five_people_must_share_what_the_entry_says_and_four_do_not_do(people: int, passes: bool) -> None:
    staff = staff_of({"HQ": (0, 0, 0, 0), "PORT": (0, 0, people, 0)})
    checks = outcome_of(coded(), REGION_EXACT, staff)
    assert checks[CheckName.POPULATION].passed is passes
    assert checks[CheckName.POPULATION].figure == people
    assert str(people) in checks[CheckName.POPULATION].sentence


def test_an_office_without_any_headcount_cannot_be_published() -> None:
    empty = Staff(counts={}, regions={"PORT": "South"}, headquarters=frozenset())
    assert CheckName.POPULATION in failed(outcome_of(coded(region="South"), REGION_EXACT, empty))


def test_the_only_executive_of_an_office_is_not_published_as_such() -> None:
    assert CheckName.POPULATION in failed(outcome_of(coded(band="A"), REGION_EXACT))


@pytest.mark.parametrize("grade", [GradeLevel.POOLED, GradeLevel.WITHHELD])
@pytest.mark.parametrize("place", list(PlaceLevel))
def test_no_coarseness_hides_the_one_person_who_would_need_it(grade: GradeLevel, place: PlaceLevel) -> None:
    """Everybody else would be published more exactly, so the coarse entry says who it is."""
    checks = outcome_of(coded(band="A"), Levels(place=place, grade=grade))
    assert checks[CheckName.POPULATION].passed
    assert failed(checks) == {CheckName.COARSENESS}
    assert checks[CheckName.COARSENESS].figure == 1


def test_a_coarse_entry_about_a_senior_officer_would_wrongly_point_at_the_executive() -> None:
    checks = outcome_of(coded(band="B"), Levels(place=PlaceLevel.REGION, grade=GradeLevel.POOLED))
    assert failed(checks) == {CheckName.COARSENESS}
    assert not failed(outcome_of(coded(band="B"), REGION_EXACT))


def test_executives_of_many_offices_hide_among_each_other() -> None:
    offices = {f"O{number}": (1, 12, 90, 40) for number in range(6)}
    staff = staff_of({"HQ": (6, 40, 120, 60), **offices})
    checks = outcome_of(coded("O1", "A"), Levels(place=PlaceLevel.KIND, grade=GradeLevel.EXACT), staff)
    assert not failed(checks)
    assert checks[CheckName.COARSENESS].figure == 6


def test_a_coarse_entry_that_nobody_needs_points_at_nobody() -> None:
    checks = outcome_of(coded(), Levels(place=PlaceLevel.KIND, grade=GradeLevel.EXACT))
    assert not failed(checks)
    assert checks[CheckName.COARSENESS].figure == 0


def test_releases_one_after_another_cannot_close_in_on_the_last_one() -> None:
    """Six people: two may be published, because five are left beside the first; the third may not."""
    staff = staff_of({"HQ": (6, 40, 120, 60), "PORT": (1, 6, 90, 40)})
    released: list[Entry] = []
    for sanction in ("fine", "demotion"):
        subject = coded(band="B", sanction=sanction, amount=1)
        assert not failed(outcome_of(subject, REGION_EXACT, staff, released))
        released.append(generalise(subject, REGION_EXACT, PACK))
    checks = outcome_of(coded(band="B"), REGION_EXACT, staff, released)
    assert failed(checks) == {CheckName.PUBLISHED}
    assert checks[CheckName.PUBLISHED].figure == 4


@pytest.mark.parametrize(
    "other",
    [coded("HQ", "B"), coded(band="C"), coded(band="B", final_on=date(2025, 11, 3))],
    ids=["elsewhere", "another grade", "another half-year"],
)
def test_decisions_about_other_people_are_not_counted_against_an_entry(other: Coded) -> None:
    before = generalise(other, REGION_EXACT, PACK)
    checks = outcome_of(coded(band="B"), REGION_EXACT, published=[before])
    assert checks[CheckName.PUBLISHED].figure == 12


def test_a_coarser_entry_published_before_is_counted_where_it_overlaps() -> None:
    wide = Levels(place=PlaceLevel.WITHHELD, grade=GradeLevel.WITHHELD)
    before = generalise(coded("HQ", "D"), wide, PACK)
    checks = outcome_of(coded(band="B"), REGION_EXACT, published=[before])
    assert checks[CheckName.PUBLISHED].figure == 11


def test_a_small_group_in_which_everybody_had_the_same_sanction_is_not_published() -> None:
    before = generalise(coded(band="B"), REGION_EXACT, PACK)
    assert failed(outcome_of(coded(band="B"), REGION_EXACT, published=[before])) == {CheckName.DIVERSITY}
    other = coded(band="B", sanction="demotion", amount=1)
    assert not failed(outcome_of(other, REGION_EXACT, published=[before]))
    big = generalise(coded(), REGION_EXACT, PACK)
    checks = outcome_of(coded(), REGION_EXACT, published=[big])
    assert not failed(checks)
    assert "large enough" in checks[CheckName.DIVERSITY].sentence


def test_nothing_is_published_before_its_day() -> None:
    assert failed(outcome_of(coded(), REGION_EXACT, today=date(2026, 9, 30))) == {CheckName.EMBARGO}
    assert not failed(outcome_of(coded(), REGION_EXACT, today=OPENS))


counts = st.dictionaries(
    st.sampled_from(["HQ", "PORT", "GATE", "LAB"]),
    st.tuples(*[st.integers(min_value=0, max_value=9)] * 4),
    min_size=1,
)


@given(counts, st.data())
def test_whatever_passes_leaves_five_people_it_could_be_about(
    numbers: dict[str, tuple[int, int, int, int]], data: st.DataObject
) -> None:
    staff = staff_of(numbers)
    place, grade = data.draw(st.sampled_from(PlaceLevel)), data.draw(st.sampled_from(GradeLevel))
    levels = Levels(place=place, grade=grade)
    released: list[Entry] = []
    for office, band in data.draw(
        st.lists(st.tuples(st.sampled_from(sorted(numbers)), st.sampled_from(GradeBand.values)), max_size=8)
    ):
        subject = coded(office, band, sanction=data.draw(st.sampled_from(["fine", "demotion"])), amount=1)
        entry = generalise(subject, levels, PACK)
        if failed(outcome_of(subject, levels, staff, released)):
            continue
        cell = cell_of(entry, staff)
        known = sum(cell.overlaps(cell_of(other, staff)) for other in released)
        assert staff.count(cell.offices, cell.bands) - known >= 5
        assert office in cell.offices
        assert band in cell.bands
        released.append(entry)
