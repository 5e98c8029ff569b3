"""The model rule pack, and the questions a pack answers."""

from datetime import date
from itertools import product

import pytest
from django.utils import translation

from integrity.programme import code
from integrity.rules.pack import MODEL, OutOfRange, Pack, UnknownCode, load, parse
from integrity.rules.terms import ClockName, GradeBand, Gravity, SanctionUnit, StandardOfProof


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load()


def test_the_model_pack_covers_what_a_customs_administration_meets(pack: Pack) -> None:
    offences = {offence.code: offence for offence in pack.offences}
    assert {
        "bribe-for-undervaluation", "speed-money", "gift-accepted", "procurement-conflict", "risk-profile-leak",
        "nepotism-in-recruitment", "harassment", "false-travel-claim", "false-report", "retaliation",
        "failure-to-act",
    } <= offences.keys()  # fmt: skip
    assert all(offence.gravity in offence.gravities for offence in pack.offences)
    assert {offence.category for offence in pack.offences} == {category.code for category in pack.categories}


def test_every_offence_cites_a_paragraph_of_the_model_code(pack: Pack) -> None:
    paragraphs = {paragraph.number for paragraph in code.parse(code.MODEL.read_bytes()).paragraphs()}
    assert {offence.clause for offence in pack.offences} <= paragraphs


def test_a_bribe_must_be_referred_and_discourtesy_not(pack: Pack) -> None:
    assert pack.offence("speed-money").criminal
    assert not pack.offence("discourtesy").criminal


def test_every_sanction_may_follow_some_gravity(pack: Pack) -> None:
    possible = {cell.sanction.code for gravity in Gravity for cell in pack.allowed(gravity)}
    assert possible == {sanction.code for sanction in pack.sanctions}


def test_the_ladder_and_each_row_of_the_matrix_climb(pack: Pack) -> None:
    assert [sanction.rank for sanction in pack.sanctions] == list(range(1, 10))
    for gravity in Gravity:
        ranks = [cell.sanction.rank for cell in pack.allowed(gravity)]
        assert ranks == sorted(ranks)


def test_the_heaviest_sanction_is_only_for_gross_matters(pack: Pack) -> None:
    with_dismissal = [
        gravity for gravity in Gravity if "dismissal" in [cell.sanction.code for cell in pack.allowed(gravity)]
    ]
    assert with_dismissal == [Gravity.GROSS]


@pytest.mark.parametrize(
    ("band", "authorities"),
    [
        ("A", ["director-general"] * 2 + ["council"] * 7),
        ("B", ["disciplinary-authority"] * 2 + ["director-general"] * 5 + ["council"] * 2),
        ("C", ["disciplinary-authority"] * 6 + ["director-general"] * 3),
        ("D", ["disciplinary-authority"] * 8 + ["director-general"]),
    ],
)
def test_who_decides_for_each_grade_and_sanction(pack: Pack, band: str, authorities: list[str]) -> None:
    assert [pack.authority_for(band, sanction.code).code for sanction in pack.sanctions] == authorities


@pytest.mark.parametrize(("band", "gravity"), list(product(GradeBand, Gravity)))
def test_a_charge_goes_to_whoever_may_impose_the_heaviest_sanction(
    pack: Pack, band: GradeBand, gravity: Gravity
) -> None:
    authority = pack.authority_for_gravity(band, gravity)
    assert all(pack.may_impose(authority.code, band, cell.sanction.code) for cell in pack.allowed(gravity))


def test_a_lower_authority_may_not_impose_what_a_higher_one_must(pack: Pack) -> None:
    assert pack.may_impose("council", "D", "oral-warning")
    assert not pack.may_impose("disciplinary-authority", "C", "dismissal")


@pytest.mark.parametrize(
    ("gravity", "sanction", "amount"),
    [
        (cell.gravity, cell.sanction.code, amount)
        for gravity in Gravity
        for cell in load().allowed(gravity)
        for amount in {cell.minimum, cell.maximum}
    ],
)
def test_the_ends_of_every_range_are_allowed(pack: Pack, gravity: Gravity, sanction: str, amount: int | None) -> None:
    assert pack.check_sanction(gravity, sanction, amount).sanction.code == sanction


@pytest.mark.parametrize(
    ("gravity", "sanction", "amount"),
    [
        (cell.gravity, cell.sanction.code, amount)
        for gravity in Gravity
        for cell in load().allowed(gravity)
        for amount in (
            [1] if cell.minimum is None or cell.maximum is None else [None, cell.minimum - 1, cell.maximum + 1]
        )
    ],
)
def test_one_step_outside_any_range_is_refused(pack: Pack, gravity: Gravity, sanction: str, amount: int | None) -> None:
    with pytest.raises(OutOfRange):
        pack.check_sanction(gravity, sanction, amount)


@pytest.mark.parametrize(
    ("gravity", "sanction", "amount", "sentence"),
    [
        ("minor", "fine", 4, "“Fine” may be 1 to 3 days of pay for gravity “Minor”, not 4 days of pay."),
        ("minor", "fine", None, "“Fine” needs an amount: 1 to 3 days of pay for gravity “Minor”."),
        ("gross", "dismissal", 2, "“Dismissal” has no amount."),
        ("gross", "increment-deferment", 3,
         "“Deferment of increment” may be 12 months for gravity “Gross”, not 3 months."),
        ("minor", "dismissal", None,
         "“Dismissal” is not allowed for gravity “Minor”. Allowed are: Oral warning, noted on file, "
         "Written reprimand, Fine, Forfeiture of emoluments."),
    ],
)  # fmt: skip
def test_a_sanction_outside_the_matrix_is_refused_with_what_it_allows(
    pack: Pack, gravity: str, sanction: str, amount: int | None, sentence: str
) -> None:
    with pytest.raises(OutOfRange) as refused:
        pack.check_sanction(gravity, sanction, amount)
    assert str(refused.value) == sentence


def test_codes_that_the_pack_does_not_have_are_named(pack: Pack) -> None:
    for look_up in (
        pack.category, pack.offence, pack.sanction, pack.authority, pack.factor, pack.appeal_ground, pack.clock,
    ):  # fmt: skip
        with pytest.raises(UnknownCode, match="no-such-code"):
            look_up("no-such-code")


def test_every_clock_has_a_length(pack: Pack) -> None:
    assert set(pack.clocks) == set(ClockName)
    assert str(pack.clock("representation")) == "14 working days"
    assert str(pack.clock("feedback")) == "3 months"
    assert str(pack.clock("acknowledge")) == "7 days"


def test_the_clocks_of_the_directive_on_reporting_persons_hold(pack: Pack) -> None:
    assert pack.due("acknowledge", date(2025, 3, 3)) == date(2025, 3, 10)
    assert pack.due("feedback", date(2025, 11, 30)) == date(2026, 2, 28)


def test_the_answer_to_a_charge_leaves_out_the_new_year_holidays(pack: Pack) -> None:
    # 30 and 31 December and 1 January are public holidays in Thailand; 25 and 26 December are worked.
    due = pack.due("representation", date(2024, 12, 20))
    assert pack.working_days_between(date(2024, 12, 20), due) == 14
    assert due == date(2025, 1, 14)


def test_settings_differ_by_country_and_come_from_the_pack(pack: Pack) -> None:
    assert pack.settings.anonymous_admissible
    assert pack.settings.appeal_stays_sanction
    assert pack.settings.standard_of_proof is StandardOfProof.BALANCE_OF_PROBABILITIES
    other = parse(MODEL.read_bytes().replace(b"appeal_stays_sanction = true", b"appeal_stays_sanction = false"))
    assert not other.settings.appeal_stays_sanction


def test_titles_come_in_the_readers_language_and_else_in_english(pack: Pack) -> None:
    with translation.override("ar"):
        assert str(pack.sanction("dismissal").title) == "الفصل من الخدمة"
        assert str(pack.offence("obstruction").title) == "Obstructing an investigation"
    with translation.override("pt-br"):
        assert str(pack.sanction("dismissal").title) == "Dismissal"
    assert str(pack.sanction("dismissal").title) == "Dismissal"


def test_factors_weigh_one_way_only(pack: Pack) -> None:
    assert not {factor.code for factor in pack.aggravating} & {factor.code for factor in pack.mitigating}
    assert pack.factor("admitted") in pack.mitigating


def test_a_sanction_without_amount_has_no_limits(pack: Pack) -> None:
    for sanction in pack.sanctions:
        assert (sanction.unit is SanctionUnit.NONE) == (sanction.minimum is None) == (sanction.maximum is None)
