"""The receipt: how it is made, read and turned into keys."""

from __future__ import annotations

import secrets

import pytest
from django.test import override_settings

from intake.portal.receipt import NotAReceipt, PageSecret, Receipt, ReporterSecret

DIGITS = "384729105628471930562847"


def test_a_new_receipt_has_six_groups_of_four_digits() -> None:
    receipt = Receipt.new()
    assert len(receipt.groups) == 6
    assert all(len(group) == 4 and group.isdigit() for group in receipt.groups)
    assert receipt != Receipt.new()


@pytest.mark.parametrize(
    "typed",
    [
        DIGITS,
        "3847 2910 5628 4719 3056 2847",
        " 3847-2910-5628-4719-3056-2847 ",
        "3847–2910—5628‑4719.3056/2847",
        "3847\u00a02910\u200956284719\n30562847",
        "٣٨٤٧ ٢٩١٠ ٥٦٢٨ ٤٧١٩ ٣٠٥٦ ٢٨٤٧",
        "۳۸۴۷ ۲۹۱۰ ۵۶۲۸ ۴۷۱۹ ۳۰۵۶ ۲۸۴۷",
        "๓๘๔๗ ๒๙๑๐ ๕๖๒๘ ๔๗๑๙ ๓๐๕๖ ๒๘๔๗",
        "៣៨៤៧ ២៩១០ ៥៦២៨ ៤៧១៩ ៣០៥៦ ២៨៤៧",
        "3847291056284719３０５６２８４７",
        "\u200f3847 2910 5628 4719 3056 2847\u200e",
    ],
)
def test_a_receipt_is_read_in_any_script_and_with_any_spacing(typed: str) -> None:
    assert Receipt.parse(typed) == Receipt(DIGITS)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Type the 24 digits of your receipt."),
        ("my receipt", "Type the 24 digits of your receipt."),
        ("7", "A receipt has 24 digits. What you typed has 1 digit."),
        (DIGITS[:-1], "A receipt has 24 digits. What you typed has 23 digits."),
        (DIGITS + "1", "A receipt has 24 digits. What you typed has 25 digits."),
        ("²" * 24, "Type the 24 digits of your receipt."),
    ],
)
def test_what_is_no_receipt_is_told_by_the_number_of_its_digits(typed: str, sentence: str) -> None:
    with pytest.raises(NotAReceipt) as caught:
        Receipt.parse(typed)
    assert caught.value.sentence == sentence


def test_a_receipt_is_never_shown_by_accident() -> None:
    receipt, page = Receipt(DIGITS), PageSecret.new()
    for shown in (repr(receipt), repr(page), repr(ReporterSecret.of(receipt))):
        assert DIGITS not in shown
        assert page.text not in shown


def test_one_page_has_one_receipt_and_another_page_another() -> None:
    secret = secrets.token_bytes(32)
    assert Receipt.from_page_secret(secret) == Receipt.from_page_secret(secret)
    assert Receipt.from_page_secret(secret) != Receipt.from_page_secret(secrets.token_bytes(32))


def test_the_receipt_and_its_keys_depend_on_the_pepper() -> None:
    secret = secrets.token_bytes(32)
    receipt, keys = Receipt.from_page_secret(secret), ReporterSecret.of(Receipt(DIGITS))
    with override_settings(RECEIPT_PEPPER="another"):
        assert Receipt.from_page_secret(secret) != receipt
        assert ReporterSecret.of(Receipt(DIGITS)).lookup != keys.lookup
        assert ReporterSecret.of(Receipt(DIGITS)).private.seed != keys.private.seed


def test_a_receipt_gives_the_same_keys_each_time_and_its_halves_differ() -> None:
    keys = ReporterSecret.of(Receipt(DIGITS))
    assert keys == ReporterSecret.of(Receipt.parse("3847 2910 5628 4719 3056 2847"))
    assert len(keys.lookup) == len(keys.private.seed) == 32
    assert keys.lookup != keys.private.seed


@pytest.mark.parametrize("text", ["", "short", "A" * 42, "A" * 44, "!" * 43, "é" * 43])
def test_what_no_page_has_made_is_no_page_secret(text: str) -> None:
    assert PageSecret.parse(text) is None


def test_a_page_secret_survives_its_hidden_field_and_tells_contents_apart() -> None:
    page = PageSecret.new()
    assert PageSecret.parse(page.text) == page
    assert page.nonce("a", "bc") == page.nonce("a", "bc")
    assert len({page.nonce("a", "bc"), page.nonce("ab", "c"), PageSecret.new().nonce("a", "bc")}) == 3
