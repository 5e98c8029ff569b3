"""Words can be read: the contrast of every pair of colours that carries them, in light and dark (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from integrity import ui

STATIC = Path(ui.__file__).parent / "static" / "ui"
GROUNDS = ["ground", "surface", "surface-sunk"]
TEXT = [
    *[(ink, ground) for ink in ("ink", "ink-soft", "accent", "link", "danger") for ground in GROUNDS],
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("on-danger", "danger"),
    *[(tone, f"{tone}-soft") for tone in ("accent", "good", "warning", "danger", "neutral")],
    *[("ink", f"{tone}-soft") for tone in ("accent", "good", "warning", "danger", "neutral")],
    ("ink-soft", "accent-soft"),
    ("link", "accent-soft"),
    *[(tone, "surface") for tone in ("good", "warning", "neutral")],
    *[(tone, "ground") for tone in ("good", "warning", "neutral")],
]
SHAPES = [
    *[("line-strong", ground) for ground in GROUNDS],
    *[("focus", ground) for ground in GROUNDS],
    *[(f"chart-{number}", "surface") for number in range(1, 7)],
]


def schemes() -> dict[str, dict[str, str]]:
    """The colours of tokens.css in each scheme; dark replaces what it names."""
    source = (STATIC / "tokens.css").read_text()
    light_source, dark_source = source.split("@media (prefers-color-scheme: dark)")
    pattern = re.compile(r"--([a-z0-9-]+):\s*(#[0-9a-f]{6});")
    light = dict(pattern.findall(light_source))
    return {"light": light, "dark": light | dict(pattern.findall(dark_source))}


def luminance(colour: str) -> float:
    """Relative luminance as WCAG defines it, of "#rrggbb"."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """The ratio of WCAG, from 1 to 21."""
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_words_stand_out_from_what_is_behind_them(scheme: str, ink: str, ground: str) -> None:
    colours = schemes()[scheme]
    assert contrast(colours[ink], colours[ground]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("mark", "ground"), SHAPES)
def test_borders_focus_and_charts_stand_out_from_what_is_behind_them(scheme: str, mark: str, ground: str) -> None:
    colours = schemes()[scheme]
    assert contrast(colours[mark], colours[ground]) >= 3


def test_colours_are_named_only_in_the_tokens_and_on_paper() -> None:
    for sheet in STATIC.glob("*.css"):
        if sheet.name not in {"tokens.css", "print.css"}:
            assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgb\(|hsl\(", sheet.read_text()), sheet.name


def test_every_colour_that_is_used_is_defined() -> None:
    source = "".join(sheet.read_text() for sheet in STATIC.glob("*.css"))
    defined = set(re.findall(r"(--[a-z0-9-]+):", source))
    assert set(re.findall(r"var\((--[a-z0-9-]+)", source)) <= defined


def test_nothing_is_placed_left_or_right() -> None:
    physical = re.compile(
        r"(?<![a-z-])(?:margin|padding|border)-(?:left|right|top|bottom)|(?<![a-z-])(?:left|right|width|height)\s*:"
        r"|text-align:\s*(?:left|right)"
    )
    for sheet in STATIC.glob("*.css"):
        rules = re.sub(r"@media[^{]*\{", "", re.sub(r"@container[^{]*\{", "", sheet.read_text()))
        assert not physical.search(rules), (sheet.name, physical.search(rules))


def test_the_public_pages_load_little() -> None:
    sheets = [
        (STATIC / f"{name}.css").read_bytes() for name in ("tokens", "base", "forms", "components", "portal", "print")
    ]
    assert len(gzip.compress(b"".join(sheets))) < 10_000
