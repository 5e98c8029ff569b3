"""Posters and cards: each leads where it says, in its language."""

from __future__ import annotations

import re

import pytest
import segno

from tests.desk import at_desk, words_of
from tests.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.once]

ONION = "http://" + "a2" * 28 + ".onion"


def modules(svg: str) -> list[list[int]]:
    """The dark and light modules that an SVG of segno draws, read back from its path, without the quiet zone."""
    size = int(float(re.search(r'viewBox="0 0 ([\d.]+)', svg)[1])) - 8  # type: ignore[index]
    drawn = [[0] * size for _row in range(size)]
    path = re.findall(r'd="([^"]+)"', svg)[-1]
    column, row = 0.0, 0.0
    for command, first, second in re.findall(r"([Mmh])(-?[\d.]+)(?: (-?[\d.]+))?", path):
        if command == "M":
            column, row = float(first), float(second)
        elif command == "m":
            column, row = column + float(first), row + float(second)
        else:
            for step in range(int(first)):
                drawn[int(row) - 4][int(column) + step - 4] = 1
            column += float(first)
    return drawn


def test_every_paper_is_there_in_every_language_and_its_code_leads_to_the_portal(world: World, settings) -> None:
    settings.PUBLIC_URL, settings.ONION_URL = "https://report.example", ONION
    browser = at_desk("intake")
    links = re.findall(r'href="(/desk/posters/[\w-]+/\w+/)"', words_of(browser.get("/desk/posters/")))
    assert len(links) == 3 * len(settings.LANGUAGES)
    for link in links:
        language = link.split("/")[3]
        shown = browser.get(link)
        html = words_of(shown)
        assert f'<html lang="{language}"' in html
        assert ('dir="rtl">' in html[:400]) is (language in {"ar", "fa", "he", "ur"})
        assert "report.example" in html
        assert "<script" not in html
        assert "style=" not in html
        assert ("a2" * 28 in html) is ("cards" not in link)
    for language, address in (("en", "https://report.example/"), ("ar", "https://report.example/ar/")):
        for door, origin in (("portal", "https://report.example"), ("onion", ONION)):
            answer = browser.get(f"/desk/posters/{language}/code/{door}.svg")
            assert answer.headers["Content-Type"] == "image/svg+xml"
            wanted = segno.make(address.replace("https://report.example", origin), error="q", micro=False)
            assert modules(answer.content.decode()) == [list(row) for row in wanted.matrix]
    assert browser.get("/desk/posters/xx/a4/").status_code == 404
    assert browser.get("/desk/posters/en/a3/").status_code == 404
    assert browser.get("/desk/posters/en/code/elsewhere.svg").status_code == 404


def test_without_an_onion_service_none_is_printed_and_others_do_not_come_here(world: World, settings) -> None:
    settings.ONION_URL = ""
    browser = at_desk("programme")
    assert "onion" not in words_of(browser.get("/desk/posters/en/a4/"))
    assert browser.get("/desk/posters/en/code/onion.svg").status_code == 404
    for username in ("investigator", "auditor"):
        assert at_desk(username).get("/desk/posters/").status_code == 403
        assert at_desk(username).get("/desk/posters/en/code/portal.svg").status_code == 403
