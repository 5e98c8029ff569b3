"""No page of the product carries a script or a style of its own, whichever room it belongs to."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ["audit", "integrity", "intake", "cases", "config"]
# A passkey needs a script of the browser's; these pages work without it too, or say so.
WITH_PASSKEYS = {f"integrity/factors/templates/factors/{name}.html" for name in ("give", "passkey")}
TEMPLATES = sorted(path for floor in FLOORS for path in (ROOT / floor).glob("**/templates/**/*.html"))


class Finder(HTMLParser):
    """Collects what the Content-Security-Policy would refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "style", "iframe", "object", "embed", "base"}:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if name == "style" or name.startswith("on"):
                self.found.append(f"{tag} {name}=")
            if name in {"src", "href", "action"} and (value or "").lower().startswith("javascript:"):
                self.found.append(f"{tag} {name}={value}")
            if name == "src" and re.match(r"(https?:)?//", value or ""):
                self.found.append(f"{tag} {name}={value}")


def refused_in(source: str) -> list[str]:
    """What a browser would refuse in the template, with template tags taken out."""
    finder = Finder()
    finder.feed(re.sub(r"\{%.*?%\}|\{#.*?#\}|\{\{.*?\}\}", "", source, flags=re.DOTALL))
    return finder.found


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_has_no_script_and_no_style_of_its_own(template: Path) -> None:
    allowed = ["<script>"] if template.relative_to(ROOT).as_posix() in WITH_PASSKEYS else []
    assert refused_in(template.read_text()) == allowed


def test_the_search_finds_what_it_looks_for() -> None:
    assert refused_in('<p style="color: red">') == ["p style="]
    assert refused_in('<a href="#" onclick="x()">') == ["a onclick="]
    assert refused_in("<script>1</script>") == ["<script>"]
    assert refused_in('<img src="https://elsewhere.example/a.png">')
    assert refused_in('<link rel="stylesheet" href="{% static \'ui/base.css\' %}">') == []


NEEDS_RECORDS = re.compile(
    r"""class="(?:table|tabs|tiles|filter-bar|breadcrumb)\b|\{% (?:bar_chart|share_chart|line_chart|tabs|pagination) """
)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_public_page_with_a_list_or_a_chart_loads_their_styles(template: Path) -> None:
    source = template.read_text()
    if '{% extends "ui/portal.html" %}' in source and NEEDS_RECORDS.search(source):
        assert '{% include "ui/records.html" %}' in source
