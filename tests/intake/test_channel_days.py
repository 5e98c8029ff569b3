"""Days as people write them where the product is used."""

from __future__ import annotations

from datetime import date

import pytest
from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import override

from intake.channels.days import NotADay, Span, read_day, told_day

DAY = date(2026, 5, 3)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("vi", "3 tháng 5 năm 2026"),
        ("vi", "ngày 3/5/2026"),
        ("ja", "2026年5月3日"),
        ("ko", "2026년 5월 3일"),
        ("zh-hans", "2026年5月3日"),
        ("th", "3 พฤษภาคม 2569"),
        ("th", "วันที่ 3 พฤษภาคม 2026"),
        ("th", "๓/๕/๒๕๖๙"),
        ("my", "၃/၅/၂၀၂၆"),
        ("id", "3 Mei 2026"),
        ("km", "ថ្ងៃទី ៣ ខែ ៥ ឆ្នាំ ២០២៦"),
    ],
)
def test_a_day_is_read_as_it_is_written_there(language: str, text: str) -> None:
    with override(language):
        assert read_day(text) == Span(DAY, DAY)


def test_a_buddhist_year_is_one_in_thai_alone() -> None:
    with override("en"), pytest.raises(NotADay):
        read_day("3/5/2569")


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_a_day_that_is_kept_is_told_so_that_it_is_read_again(language: str) -> None:
    with override(language):
        for month in range(1, 13):
            day = date(2026, month, 28)
            assert read_day(told_day(day.isoformat())) == Span(day, day)


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_no_day_is_shown_with_an_english_month_in_another_language(language: str) -> None:
    with override(language):
        shown = date_format(DAY)
    assert "2026" in shown
    assert ("May" in shown) == (language == "en"), shown
