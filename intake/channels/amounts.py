"""An amount of money as people type it: in any script's digits, with whatever separates thousands and fractions."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Final

MOST_DIGITS: Final = 15
# Codes of ISO 4217, with the name that their own users know. Not translated.
CURRENCIES: Final = {
    "AED": "dirham", "AUD": "dollar", "BDT": "taka", "BHD": "dinar", "BND": "dollar", "BRL": "real", "CAD": "dollar",
    "CHF": "franc", "CNY": "yuan", "CZK": "koruna", "DKK": "krone", "EGP": "pound", "EUR": "euro", "GBP": "pound",
    "GHS": "cedi", "HKD": "dollar", "HUF": "forint", "IDR": "rupiah", "ILS": "shekel", "INR": "rupee", "IQD": "dinar",
    "JOD": "dinar", "JPY": "yen", "KES": "shilling", "KHR": "riel", "KRW": "won", "KWD": "dinar", "LAK": "kip",
    "LBP": "pound", "LKR": "rupee", "MAD": "dirham", "MMK": "kyat", "MXN": "peso", "MYR": "ringgit", "NGN": "naira",
    "NOK": "krone", "NPR": "rupee", "NZD": "dollar", "OMR": "rial", "PGK": "kina", "PHP": "peso", "PKR": "rupee",
    "PLN": "złoty", "QAR": "riyal", "RON": "leu", "RUB": "rouble", "SAR": "riyal", "SEK": "krona", "SGD": "dollar",
    "THB": "baht", "TND": "dinar", "TRY": "lira", "TWD": "dollar", "TZS": "shilling", "UAH": "hryvnia",
    "UGX": "shilling", "USD": "dollar", "VND": "đồng", "XAF": "franc", "XOF": "franc", "ZAR": "rand",
}  # fmt: skip
# Spaces of all kinds and apostrophes, which only ever separate thousands; the Arabic signs mean one thing each.
BLANKS: Final = re.compile(r"[\s'’ʼ\u066c]+")


class NotAnAmount(ValueError):
    """What was typed is no amount that can be read in one way."""


def read_amount(text: str) -> tuple[str, str]:
    """The amount in digits, and the currency when its code or sign stands beside it: "1200.50", "USD" or "".

    A single point or comma before three digits separates thousands: amounts of money in thousandths are rare.
    Raises NotAnAmount.
    """
    plain, currency = _without_currency(_western(text).strip())
    whole, fraction = _split(BLANKS.sub("", plain).replace("،", ","))
    if not 1 <= len(whole) <= MOST_DIGITS:
        raise NotAnAmount
    return f"{Decimal(f'{whole}.{fraction}' if fraction else whole):f}", currency


def _split(plain: str) -> tuple[str, str]:
    """Whole number and fraction, both in digits alone."""
    if not re.fullmatch(r"\d[\d.,]*(\u066b\d+)?", plain) or plain[-1] in ".,":
        raise NotAnAmount
    if "\u066b" in plain:
        before, _sign, after = plain.partition("\u066b")
        return _whole(before), _fraction(after)
    signs = re.findall(r"[.,]", plain)
    if not signs:
        return plain, ""
    before, _sign, after = plain.rpartition(signs[-1])
    if len(set(signs)) == 2:
        if signs.count(signs[-1]) > 1:
            raise NotAnAmount
        return _whole(before), _fraction(after)
    if len(signs) == 1 and (len(after) != 3 or before == "0" or len(before) > 3):
        return _whole(before), _fraction(after)
    return _whole(plain), ""


def _whole(text: str) -> str:
    """Thousands, or lakhs and crores: one to three digits, two or three between, three at the end."""
    first, *rest = re.split(r"[.,]", text)
    if rest and (not 1 <= len(first) <= 3 or len(rest[-1]) != 3 or any(len(each) not in {2, 3} for each in rest[:-1])):
        raise NotAnAmount
    return "".join([first, *rest])


def _fraction(text: str) -> str:
    if not 1 <= len(text) <= 3:
        raise NotAnAmount
    return text


def _without_currency(text: str) -> tuple[str, str]:
    """The text without a currency's code or sign before or after it, and the code."""
    code = ""
    for match in re.findall(r"[^\W\d_]+", text):
        if code or match.upper() not in CURRENCIES:
            raise NotAnAmount
        code = match.upper()
    kept = [sign for sign in text if not (sign.isalpha() or unicodedata.category(sign) == "Sc")]
    return "".join(kept).strip(), code


def _western(text: str) -> str:
    digits = (unicodedata.decimal(sign, None) for sign in text)
    return "".join(sign if digit is None else str(digit) for sign, digit in zip(text, digits, strict=True))
