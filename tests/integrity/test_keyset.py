"""Keyset pages: forwards, backwards, and with positions that somebody made up."""

from __future__ import annotations

import base64
import json
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.http import QueryDict

from integrity.keyset import Page, page_of
from integrity.vault.models import Key, KeyKind

ORDER = ("created", "pk")
SIZE = 7


@pytest.fixture
def rows(db: None) -> list[Key]:
    """Forty rows, several of each day, newest first."""
    start = date(2026, 1, 1)
    for number in range(40):
        Key.objects.create(kind=KeyKind.CASE, public=b"x", created=start + timedelta(days=number // 6))
    return list(Key.objects.order_by("-created", "-pk"))


def page(query: str | dict[str, Any] = "") -> Page[Key]:
    asked = query if isinstance(query, dict) else QueryDict(query.removeprefix("?"))
    return page_of(Key.objects.all(), asked, order=ORDER, size=SIZE)


def test_the_pages_together_are_the_list_and_lead_back_again(rows: list[Key]):
    here = page()
    assert here.previous == ""
    seen, pages = list(here.rows), [here]
    while here.next:
        here = page(here.next)
        seen += here.rows
        pages.append(here)
    assert seen == rows
    assert [len(each.rows) for each in pages] == [7, 7, 7, 7, 7, 5]
    for earlier in reversed(pages[:-1]):
        here = page(here.previous)
        assert here.rows == earlier.rows
        assert here.next
    assert here.previous == ""


def test_a_row_that_comes_meanwhile_shifts_nothing(rows: list[Key]):
    first = page()
    Key.objects.create(kind=KeyKind.CASE, public=b"x", created=date(2030, 1, 1))
    second = page(first.next)
    assert second.rows == rows[SIZE : 2 * SIZE]
    assert page(second.previous).rows == first.rows
    assert page(page(second.previous).previous).rows[0].created == date(2030, 1, 1)


def test_a_filter_stays_in_the_links(rows: list[Key]):
    kept = parse_qs(page("state=open&empty=").next.removeprefix("?"))
    assert kept["state"] == ["open"]
    assert set(kept) == {"state", "after"}


def position(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


HOSTILE = [
    "x",
    "é",
    "====",
    "AAAA",
    "%00",
    "'; DROP TABLE vault_key; --",
    position(None),
    position({}),
    position([]),
    position(["2026-01-01"]),
    position(["2026-01-01", 7]),
    position([["2026-01-01"], "x"]),
    position(["not a day", "not a key"]),
    position(["2026-01-01", "not a key"]),
    position(["9999-99-99", "00000000-0000-0000-0000-000000000000"]),
    position(["2026-01-01", "\x00"]),
    base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    base64.urlsafe_b64encode(b"[" * 5000).decode(),
    base64.urlsafe_b64encode(b"1" * 5000).decode(),
    "A" * 100_000,
]


def test_a_position_that_somebody_made_up_gives_the_first_page(rows: list[Key]):
    for made_up in HOSTILE:
        for direction in ("after", "before"):
            given = page({direction: made_up})
            assert given.rows == rows[:SIZE], (direction, made_up[:40])
            assert given.previous == ""
            assert given.next


def test_a_position_beyond_the_ends_is_no_error(rows: list[Key]):
    nobody = "00000000-0000-0000-0000-000000000000"
    assert page({"after": position(["0001-01-01", nobody])}).rows == []
    assert page({"before": position(["9999-12-31", nobody])}).rows == []
    both = {"after": position(["9999-12-31", nobody]), "before": "x"}
    assert page(both).rows == rows[:SIZE]


def test_an_empty_list_has_no_links(db: None):
    assert page() == Page(rows=[], previous="", next="")
