"""The components: what a person reads and what a screen reader is told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.template import Context, Template
from django.utils import translation

from audit import clock
from integrity.ui import icons

NOON = datetime(2026, 3, 16, 12, 0, tzinfo=UTC)
TODAY = date(2026, 3, 16)


def show(source: str, **values: Any) -> str:
    """The markup of a piece of template."""
    return Template("{% load ui %}" + source).render(Context(values))


@pytest.mark.parametrize(
    ("days", "words", "tone"),
    [
        (12, "in 12 days", "neutral"),
        (3, "in 3 days", "warning"),
        (1, "in 1 day", "warning"),
        (0, "today", "warning"),
        (-1, "1 day late", "danger"),
        (-4, "4 days late", "danger"),
    ],
)
def test_a_time_limit_says_how_it_stands(days: int, words: str, tone: str) -> None:
    with clock.at(NOON):
        source = show("{% clock due %}", due=TODAY + timedelta(days=days))
    assert words in source
    assert f"clock--{tone}" in source


def test_a_time_limit_that_was_met_is_not_counted_on() -> None:
    with clock.at(NOON):
        assert "clock--good" in show("{% clock due met_on=met %}", due=TODAY, met=TODAY - timedelta(days=9))
        late = show("{% clock due met_on=met %}", due=TODAY, met=TODAY + timedelta(days=1))
    assert "met 1 day late" in late


def test_no_time_limit_is_a_dash() -> None:
    assert "–" in show("{% clock due %}", due=None)


def test_an_icon_is_decoration_unless_it_has_a_label() -> None:
    assert 'aria-hidden="true"' in show("{% icon 'lock' %}")
    labelled = show("{% icon 'lock' label='Sealed' %}")
    assert "<title>Sealed</title>" in labelled
    assert 'role="img"' in labelled


@pytest.mark.parametrize("name", sorted(icons.PATHS))
def test_every_icon_can_be_drawn(name: str) -> None:
    assert "<path d=" in show("{% icon name %}", name=name)


def test_an_unknown_tone_is_a_mistake_found_at_once() -> None:
    with pytest.raises(ValueError, match="tone"):
        show("{% status_tag 'Open' 'blue' %}")
    with pytest.raises(ValueError, match="tone"):
        show("{% notice 'loud' %}x{% endnotice %}")


def test_what_comes_from_outside_is_escaped_in_every_component() -> None:
    bad = "<b>&"
    source = show(
        "{% status_tag bad %}{% notice 'info' title=bad %}{{ bad }}{% endnotice %}{% sealed bad %}"
        "{% icon 'lock' label=bad %}{% keyvalue pairs %}{% steps steps %}{% tabs tabs label=bad %}"
        "{% empty_state bad text=bad %}{% timeline items %}",
        bad=bad,
        pairs=[(bad, bad)],
        steps=[(bad, "done")],
        tabs=[(bad, "#", True, 1)],
        items=[{"when": TODAY, "title": bad, "text": bad, "who": bad}],
    )
    assert "<b>" not in source
    assert source.count("&lt;b&gt;&amp;") == 15


def test_a_timeline_shows_days_as_days_and_moments_in_local_time() -> None:
    source = show(
        "{% timeline items %}",
        items=[{"when": TODAY, "title": "Received"}, {"when": NOON, "title": "Plan", "tone": "good"}],
    )
    assert 'datetime="2026-03-16"' in source
    assert 'datetime="2026-03-16T19:00+07:00"' in source


def test_dates_follow_the_language() -> None:
    with translation.override("ar"):
        assert "مارس" in show("{% timeline items %}", items=[{"when": TODAY, "title": "x"}])


def test_the_present_step_is_marked_for_a_screen_reader() -> None:
    source = show("{% steps items %}", items=[("Received", "done"), ("Triage", "current")])
    assert source.count('aria-current="step"') == 1
    assert "(done)" in source


def test_an_empty_value_says_that_it_was_not_given() -> None:
    source = show("{% keyvalue pairs %}", pairs=[("Office", ""), ("Number", 0)])
    assert source.count("not given") == 1
    assert "<dd>0</dd>" in source


def test_one_page_needs_no_pagination() -> None:
    assert show("{% pagination %}").strip() == ""
    assert 'rel="next"' in show("{% pagination next='?after=1' %}")


def test_an_empty_list_offers_a_way_on() -> None:
    source = show("{% empty_state 'Nothing waits' url='/x/' action='All cases' %}")
    assert '<a class="button button--secondary" href="/x/">All cases</a>' in source
