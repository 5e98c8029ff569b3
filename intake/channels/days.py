"""A day as people type it: in any script's digits, with a month in words or in digits, or only a month or a year."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.dates import MONTHS, MONTHS_AP
from django.utils.translation import get_language, override

EARLIEST: Final = 1900
LATEST: Final = 2100
# Words beside the figures that say which is which, where people write them: "3 tháng 5 năm 2026", "2026年5月3日".
PASSED_OVER: Final = frozenset(
    {
        *("st", "nd", "rd", "th", "of", "de", "tanggal", "tarikh", "ngày", "tháng", "năm"),
        *("年", "月", "日", "년", "월", "일", "วันที่", "เดือน", "ปี", "ວັນທີ", "ເດືອນ", "ປີ", "ថ្ងៃទី", "ខែ", "ឆ្នាំ"),
    }
)
# In Thailand years are counted from the death of the Buddha: 2569 is 2026.
BUDDHIST: Final = 543


class NotADay(ValueError):
    """What was typed is no day, month or year that can be read in one way."""


@dataclass(frozen=True)
class Span:
    """The first and the last day of what was typed: twice the same for a day."""

    first: date
    last: date


def read_day(text: str) -> Span:
    """The day, month or year that was typed; days come before months, as in 3.5.2026, unless that cannot be.

    Raises NotADay.
    """
    parts = re.findall(r"\d+|[^\d\s.,،/–-]+", _western(text))
    numbers = [part for part in parts if part.isdecimal()]
    words = [part for part in parts if not part.isdecimal() and part.casefold() not in PASSED_OVER]
    if len(words) > 1:
        raise NotADay
    month = _month(words[0]) if words else None
    years = [number for number in numbers if len(number) == 4]
    rest = [int(number) for number in numbers if len(number) <= 2]
    if len(years) != 1 or len(rest) + 1 != len(numbers):
        raise NotADay
    year_first = numbers[0] == years[0]
    if month is not None:
        if len(rest) > 1:
            raise NotADay
        return _span(int(years[0]), month, rest[0] if rest else None)
    match rest:
        case []:
            return _span(int(years[0]), None, None)
        case [only]:
            return _span(int(years[0]), only, None)
        case [first, second]:
            day, number = (second, first) if year_first else (first, second)
            if number > 12 and not year_first:
                day, number = number, day
            return _span(int(years[0]), number, day)
    raise NotADay


def told_day(text: str) -> str:
    """A day as it is kept ("2026-05-03"), the way that somebody would type it; anything else as it is."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    in_words = f"{day.day} {MONTHS[day.month]} {day.year}"
    try:
        is_read = read_day(in_words) == Span(day, day)
    except NotADay:
        is_read = False
    return in_words if is_read else f"{day.day}/{day.month}/{day.year}"


def _span(year: int, month: int | None, day: int | None) -> Span:
    if get_language() == "th" and year > LATEST:
        year -= BUDDHIST
    if not EARLIEST <= year <= LATEST:
        raise NotADay
    try:
        first = date(year, 1 if month is None else month, 1 if day is None else day)
    except ValueError as error:
        raise NotADay from error
    if day is not None:
        return Span(first, first)
    last_month = 12 if month is None else month
    return Span(first, date(year, last_month, monthrange(year, last_month)[1]))


def _western(text: str) -> str:
    digits = (unicodedata.decimal(sign, None) for sign in text)
    return "".join(sign if digit is None else str(digit) for sign, digit in zip(text, digits, strict=True))


def _month(word: str) -> int:
    """The month that a word names, in the reader's language or in English; from three letters on. Raises NotADay."""
    word = word.casefold()
    names = {number: {str(MONTHS[number]), str(MONTHS_AP[number])} for number in MONTHS}
    with override("en"):
        for number, known in names.items():
            known.add(str(MONTHS[number]))
    matching = {
        number for number, known in names.items() if any(name.casefold().rstrip(".").startswith(word) for name in known)
    }
    if len(word) < 3 or len(matching) != 1:
        raise NotADay
    return matching.pop()
