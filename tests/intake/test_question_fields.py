"""The field of each kind of question: what people type, and the answer that is kept."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.utils.datastructures import MultiValueDict
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from intake.channels.amounts import NotAnAmount, read_amount
from intake.channels.answers import told
from intake.channels.days import NotADay, Span, read_day, told_day
from intake.channels.fields import MOST_PEOPLE, answer_for, field_for
from intake.channels.questionnaire import Kind
from integrity.ui import forms as ui
from tests.intake.questioning import EVERY_KIND

pytestmark = pytest.mark.once

ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
DEVANAGARI = str.maketrans("0123456789", "०१२३४५६७८९")


def form_of(name: str, **typed: Any) -> ui.Form:
    """A form with the one question, filled in."""
    made = type("Asked", (ui.Form,), {name: field_for(EVERY_KIND[name])})
    data: MultiValueDict[str, str] = MultiValueDict()
    for key, value in typed.items():
        data.setlist(key.replace("__", "-"), value if isinstance(value, list) else [value])
    return made(data, MultiValueDict())


def answer(name: str, **typed: Any) -> Any:
    """What is kept of what was typed."""
    form = form_of(name, **typed)
    assert form.is_valid(), form.errors
    return form.cleaned_data[name]


def refusal(name: str, **typed: Any) -> str:
    """Why it is not taken; what was typed is still in the page."""
    form = form_of(name, **typed)
    assert not form.is_valid()
    page = str(form)
    for values in typed.values():
        for value in [values] if isinstance(values, str) else values:
            assert forms.utils.flatatt({"x": value})[4:-1] in page or len(value) > 100
    return str(form.errors[name][0])


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("2026-05-03", (2026, 5, 3), (2026, 5, 3)),
        ("3.5.2026", (2026, 5, 3), (2026, 5, 3)),
        ("03/05/2026", (2026, 5, 3), (2026, 5, 3)),
        ("5/23/2026", (2026, 5, 23), (2026, 5, 23)),
        ("3 May 2026", (2026, 5, 3), (2026, 5, 3)),
        ("May 3rd, 2026", (2026, 5, 3), (2026, 5, 3)),
        ("3 Sept 2026", (2026, 9, 3), (2026, 9, 3)),
        ("May 2026", (2026, 5, 1), (2026, 5, 31)),
        ("2/2024", (2024, 2, 1), (2024, 2, 29)),
        ("2025", (2025, 1, 1), (2025, 12, 31)),
        ("3/5/2026".translate(ARABIC), (2026, 5, 3), (2026, 5, 3)),
        ("2026-05-03".translate(DEVANAGARI), (2026, 5, 3), (2026, 5, 3)),
    ],
)
def test_a_day_is_read_as_people_type_it(typed: str, first: Any, last: Any) -> None:
    assert read_day(typed) == Span(date(*first), date(*last))


@pytest.mark.parametrize(
    "typed",
    ["", "soon", "31.2.2026", "3.5.26", "1.2.3.2026", "2026 2025", "0.0.2026", "9999-01-01", "before May 2026",
     "13/13/2026", "ma 2026", "3 May 2026 x", "²⁰²⁶", "2026-05-03T10:00"],
)  # fmt: skip
def test_what_is_no_day_is_not_guessed(typed: str) -> None:
    with pytest.raises(NotADay):
        read_day(typed)


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)), st.sampled_from(["en", "ar", "fr", "id", "th"]))
def test_a_day_that_is_shown_is_read_again(day: date, language: str) -> None:
    with override(language):
        assert read_day(told_day(day.isoformat())) == Span(day, day)


def test_a_period_and_words_are_kept() -> None:
    assert answer("when") == {}
    assert answer("when", when__from="3 May 2026") == {"from": "2026-05-03"}
    assert answer("when", when__until="2026") == {"until": "2026-12-31"}
    assert answer("when", when__from="May 2026") == {"from": "2026-05-01", "until": "2026-05-31"}
    both = answer("when", when__from="May 2026", when__until="July 2026", when__words=" at night ")
    assert both == {"from": "2026-05-01", "until": "2026-07-31", "words": "at night"}
    assert "3 May 2026" in refusal("when", when__from="sometime")
    assert "later than the last" in refusal("when", when__from="July 2026", when__until="May 2026")
    assert "longer than the 2000" in refusal("when", when__words="x" * 2001)


@pytest.mark.parametrize(
    ("typed", "amount", "currency"),
    [
        ("1500000", "1500000", ""), ("1,200.50", "1200.50", ""), ("1.200,50", "1200.50", ""),
        ("1 200,50", "1200.50", ""), ("1\u202f200,5", "1200.5", ""), ("1'200", "1200", ""),
        ("1.500.000", "1500000", ""),
        ("1,500", "1500", ""), ("1.50", "1.50", ""), ("0.500", "0.500", ""), ("12,00,000", "1200000", ""),
        ("١٬٢٠٠٫٥٠", "1200.50", ""), ("१२००", "1200", ""), ("USD 5,000", "5000", "USD"), ("5000 idr", "5000", "IDR"),
        ("€20", "20", ""), ("0012", "12", ""),
    ],
)  # fmt: skip
def test_an_amount_is_read_as_people_type_it(typed: str, amount: str, currency: str) -> None:
    assert read_amount(typed) == (amount, currency)


@pytest.mark.parametrize(
    "typed",
    ["", "-4", "1e5", "NaN", "Infinity", "5.", ".5", "1,2,3", "1.2.3,4,5", "a lot", "5 million", "1" * 16, "USD EUR 5",
     "1,20,0", "٫", "0x10", "5..0", "1,000.0000"],
)  # fmt: skip
def test_what_is_no_amount_is_not_guessed(typed: str) -> None:
    with pytest.raises(NotAnAmount):
        read_amount(typed)


@given(st.decimals(0, 10**12, places=2), st.sampled_from([",", ".", " ", "'"]))
def test_an_amount_with_thousands_set_apart_is_the_same(amount: Decimal, sign: str) -> None:
    typed = f"{amount:,.2f}".replace(",", "T").replace(".", "," if sign == "." else ".").replace("T", sign)
    assert Decimal(read_amount(typed)[0]) == amount
    assert Decimal(read_amount(typed.translate(ARABIC))[0]) == amount


def test_an_amount_and_its_currency_are_kept() -> None:
    assert answer("how_much", how_much__amount="1.500.000", how_much__currency="IDR") == {
        "amount": "1500000",
        "currency": "IDR",
    }
    assert answer("how_much", how_much__amount="20") == {"amount": "20"}
    assert "required" in refusal("how_much", how_much__amount="")
    assert "in digits" in refusal("how_much", how_much__amount="plenty")
    assert "amount too" in refusal("how_much", how_much__currency="USD")
    assert "Two different" in refusal("how_much", how_much__amount="USD 5", how_much__currency="EUR")
    form = form_of("how_much", how_much__amount="5", how_much__currency="<script>")
    assert "Choose a currency" in form.errors["how_much"][0]


def test_people_are_kept_row_by_row() -> None:
    given = answer(
        "people", people__0__name=" A ", people__0__role="clerk", people__3__office="Port", people__4__name=" "
    )
    assert given == [{"name": "A", "role": "clerk"}, {"office": "Port"}]
    assert answer("people") == []
    assert "longer than the 500" in refusal("people", people__0__name="x" * 501)
    page = str(form_of("people", **{f"people__{number}__name": f"P{number}" for number in range(6)}))
    assert "P5" in page
    assert page.count('type="text"') == 3 * 7, "whoever filled six finds a seventh"


def test_choices_are_kept_by_their_codes() -> None:
    assert answer("paid", paid="yes") == "yes"
    assert answer("paid") == ""
    assert answer("ways", ways=["gift", "cash", "gift"]) == ["cash", "gift"]
    assert answer("ways") == []
    assert not form_of("paid", paid="perhaps").is_valid()
    assert not form_of("ways", ways=["cash", "x"]).is_valid()


def test_texts_have_their_lengths_and_no_limit_in_the_browser() -> None:
    assert answer("contract", contract=" 17/B ") == "17/B"
    assert "longer than the 80" in refusal("contract", contract="x" * 81)
    assert not form_of("contract", contract="a\x00b").is_valid()
    assert "maxlength" not in str(form_of("contract")) + str(form_of("what")) + str(form_of("bank"))


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("what", "a story"), ("contract", "17"), ("paid", "no"), ("ways", ["cash", "gift"]), ("bank", "One"),
        ("when", {"from": "2026-05-03", "until": "2026-05-04", "words": "at night"}), ("when", {"words": "x"}),
        ("people", [{"name": "A", "office": "B", "role": "C"}, {"role": "D"}]),
        ("how_much", {"amount": "1200.50", "currency": "USD"}), ("how_much", {"amount": "5"}),
    ],
)  # fmt: skip
def test_an_answer_in_a_page_comes_back_the_same(name: str, kept: Any) -> None:
    """Shown as the value of its field, and sent back as it stands there."""
    import html
    import re

    field = field_for(EVERY_KIND[name])
    page = type("Asked", (ui.Form,), {name: field})(initial={name: kept})
    text = str(page)
    sent: MultiValueDict[str, str] = MultiValueDict()
    for tag in re.findall(r"<input[^>]*>", text):
        held = dict(re.findall(r'(name|value|type)="([^"]*)"', tag))
        if held["type"] == "text" or "checked" in tag:
            sent.appendlist(held["name"], html.unescape(held.get("value", "")))
    for box, inside in re.findall(r'<textarea name="([^"]*)"[^>]*>(.*?)</textarea>', text, re.DOTALL):
        sent.appendlist(box, html.unescape(inside).strip())
    for box, options in re.findall(r'<select name="([^"]*)"[^>]*>(.*?)</select>', text, re.DOTALL):
        sent.appendlist(box, re.findall(r'value="([^"]*)" selected', options)[0])
    again = type("Asked", (ui.Form,), {name: field})(sent, MultiValueDict())
    assert again.is_valid(), again.errors
    assert again.cleaned_data[name] == kept
    assert answer_for(EVERY_KIND[name], kept) == kept


@pytest.mark.parametrize(
    ("name", "hostile"),
    [
        ("what", ["x"]), ("what", {}), ("paid", ["yes"]), ("paid", None), ("ways", "cash"), ("ways", ["x"]),
        ("ways", [["cash"]]), ("ways", [{}]), ("when", "2026"), ("when", {"from": 5}), ("when", {"since": "2026"}),
        ("when", []), ("people", {}), ("people", ["A"]), ("people", [{"salary": "5"}]), ("people", [{"name": 5}]),
        ("people", [{"name": "a\x00"}]), ("people", [{"name": "x"}] * (MOST_PEOPLE + 1)), ("how_much", {"amount": 5}),
        ("how_much", {"amount": "-5"}), ("how_much", {"amount": "5", "currency": "XXX"}), ("how_much", "5"),
    ],
)  # fmt: skip
def test_data_of_another_shape_is_refused_and_never_an_error(name: str, hostile: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        answer_for(EVERY_KIND[name], hostile)
    assert all(refused.value.messages)


@pytest.mark.parametrize("name", EVERY_KIND.names)
def test_every_box_has_a_label_and_what_is_wrong_leads_to_a_box(name: str) -> None:
    import re

    made = type("Asked", (ui.Form,), {name: field_for(EVERY_KIND[name])})
    form = made(MultiValueDict({f"{name}-from": ["x"]}), MultiValueDict())
    text, ids = str(form), re.findall(r'\sid="([^"]+)"', str(form))
    assert len(ids) == len(set(ids))
    boxes = re.findall(r"<(?:input|textarea|select)[^>]*\sid=\"([^\"]+)\"", text)
    assert set(boxes) <= set(re.findall(r'<label for="([^"]+)"', text))
    assert form[name].error_target in boxes
    described = {each for ids in re.findall(r'aria-describedby="([^"]+)"', text) for each in ids.split()}
    assert described <= set(ids)
    assert (EVERY_KIND[name].kind in {Kind.WHEN, Kind.PEOPLE, Kind.AMOUNT, Kind.CHOICE, Kind.SEVERAL}) == (
        "<fieldset" in text
    )


def test_an_answer_is_told_again_in_words() -> None:
    assert told(EVERY_KIND["ways"], ["cash", "gift"]) == "Cash\nAs a gift"
    assert told(EVERY_KIND["when"], {"from": "2026-05-03", "words": "at night"}) == "3 May 2026\nat night"
    assert told(EVERY_KIND["people"], [{"name": "A", "role": "clerk"}]) == "A, clerk"
    assert told(EVERY_KIND["how_much"], {"amount": "5", "currency": "USD"}) == "5 USD"
