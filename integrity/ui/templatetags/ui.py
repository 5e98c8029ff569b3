"""`{% load ui %}`: the components, each with a template of the same name in templates/ui/."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit import clock as audit_clock
from integrity.ui import charts, icons
from integrity.ui.choosing import Choice, same_page_in

register = template.Library()

TONES = frozenset({"neutral", "active", "good", "warning", "danger"})
NOTICES = frozenset({"info", "success", "warning", "danger"})
SOON_DAYS = 3


@register.simple_tag
def icon(name: str, label: Any = "") -> SafeString:
    """A drawing: decoration without a label, an image with one. Raises KeyError for an unknown name."""
    path = icons.PATHS[name]
    style = "icon icon--directional" if name in icons.DIRECTIONAL else "icon"
    if label:
        return format_html(
            '<svg class="{}" viewBox="0 0 24 24" role="img" focusable="false"><title>{}</title><path d="{}"/></svg>',
            style,
            label,
            path,
        )
    return format_html(
        '<svg class="{}" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="{}"/></svg>',
        style,
        path,
    )


@register.simple_tag(takes_context=True)
def same_page(context: Mapping[str, Any], form: str, query: str) -> Choice:
    """The choice of a language for a form that is shown again by its own address and a query, as it is."""
    return Choice(same_page_in(context["request"].path, query=query), form=form, go="")


@register.simple_tag
def status_tag(label: Any, tone: str = "neutral") -> SafeString:
    """A state in a word, coloured by its tone. Raises ValueError for an unknown tone."""
    return format_html('<span class="tag tag--{}">{}</span>', _known(tone), label)


@register.simple_tag
def clock(due: date | datetime | None, met_on: date | datetime | None = None) -> SafeString:
    """How a time limit stands: days left, days late, or met. Without a limit: a dash."""
    if due is None:
        return format_html('<span class="muted">{}</span>', "–")
    limit = _day(due)
    if met_on is not None:
        late = (_day(met_on) - limit).days
        words = ngettext("met %(days)d day late", "met %(days)d days late", late) % {"days": late}
        tone, text = ("warning", words) if late > 0 else ("good", _("met"))
    else:
        tone, text = _standing((limit - audit_clock.today()).days)
    return format_html(
        '<span class="clock clock--{}"><span class="clock__left">{} {}</span> '
        '<time class="clock__date" datetime="{}">{}</time></span>',
        tone,
        icon("clock"),
        text,
        limit.isoformat(),
        date_format(limit, "DATE_FORMAT"),
    )


def _standing(left: int) -> tuple[str, str]:
    if left < 0:
        late = ngettext("%(days)d day late", "%(days)d days late", -left) % {"days": -left}
        return "danger", late
    if left == 0:
        return "warning", _("today")
    tone = "warning" if left <= SOON_DAYS else "neutral"
    return tone, ngettext("in %(days)d day", "in %(days)d days", left) % {"days": left}


@register.inclusion_tag("ui/timeline.html")
def timeline(items: Iterable[Any]) -> dict[str, Any]:
    """What happened, in the order given: items have when, title, and may have text, tone, who, url."""
    return {"items": [_happening(item) for item in items]}


def _happening(item: Any) -> dict[str, Any]:
    def part(name: str) -> Any:
        return item.get(name, "") if isinstance(item, dict) else getattr(item, name, "")

    when = part("when")
    timed = isinstance(when, datetime)
    moment = localtime(when) if isinstance(when, datetime) else when
    return {
        "moment": date_format(moment, "DATETIME_FORMAT" if timed else "DATE_FORMAT"),
        "machine": moment.isoformat(timespec="minutes") if timed else moment.isoformat(),
        "title": part("title"),
        "text": part("text"),
        "who": part("who"),
        "url": part("url"),
        "tone": _known(part("tone") or "neutral"),
    }


@register.inclusion_tag("ui/steps.html")
def steps(items: Sequence[tuple[Any, str]]) -> dict[str, Any]:
    """Where a matter stands on its way: (label, "done" | "current" | "upcoming")."""
    return {"items": items}


@register.inclusion_tag("ui/keyvalue.html")
def keyvalue(pairs: Iterable[tuple[Any, Any]]) -> dict[str, Any]:
    """Facts as a description list: (label, value)."""
    return {"pairs": list(pairs)}


@register.inclusion_tag("ui/tabs.html")
def tabs(items: Sequence[tuple[Any, str, bool, int | None]], label: Any) -> dict[str, Any]:
    """Pages of one thing, as plain links: (text, url, current, count or None)."""
    return {"items": items, "label": label}


@register.inclusion_tag("ui/empty_state.html")
def empty_state(title: Any, text: Any = "", icon: str = "inbox", url: str = "", action: Any = "") -> dict[str, Any]:
    """What stands where a list would be, with a way on."""
    return {"title": title, "text": text, "icon": icon, "url": url, "action": action}


@register.inclusion_tag("ui/pagination.html")
def pagination(previous: str = "", next: str = "") -> dict[str, Any]:
    """Links to the pages before and after; nothing when there is one page."""
    return {"previous": previous, "next": next}


@register.simple_block_tag
def notice(content: str, tone: str = "info", title: Any = "") -> SafeString:
    """A block that stands out. Raises ValueError for an unknown tone."""
    if tone not in NOTICES:
        raise ValueError(f"the tone of a notice must be one of {sorted(NOTICES)}, not {tone!r}")
    heading = format_html('<p class="notice__title">{}</p>', title) if title else ""
    return format_html(
        '<div class="notice notice--{}">{}<div class="notice__body">{}{}</div></div>',
        tone,
        icon(tone),
        heading,
        content,
    )


@register.simple_tag
def sealed(text: Any) -> SafeString:
    """Who can open what stands here."""
    return format_html('<p class="sealed">{}<span>{}</span></p>', icon("lock"), text)


@register.inclusion_tag("ui/charts/bar.html")
def bar_chart(
    rows: Sequence[tuple[Any, charts.Value]], title: Any, description: Any = "", unit: str = ""
) -> dict[str, Any]:
    """Bars, one row for each (label, value); value None is suppressed."""
    return {"chart": charts.bar_chart(rows, title=title, description=description, unit=unit)}


@register.inclusion_tag("ui/charts/share.html")
def share_chart(
    rows: Sequence[tuple[Any, charts.Value]], title: Any, description: Any = "", unit: str = ""
) -> dict[str, Any]:
    """Parts of a whole, at most six (label, value); value None is suppressed."""
    return {"chart": charts.share_chart(rows, title=title, description=description, unit=unit)}


@register.inclusion_tag("ui/charts/line.html")
def line_chart(
    labels: Sequence[Any],
    series: Sequence[tuple[Any, Sequence[charts.Value]]],
    title: Any,
    description: Any = "",
    unit: str = "",
) -> dict[str, Any]:
    """A course over time for each (name, values), small plots on one scale; a None value leaves a gap."""
    return {"chart": charts.line_chart(labels, series, title=title, description=description, unit=unit)}


def _known(tone: str) -> str:
    if tone not in TONES:
        raise ValueError(f"tone must be one of {sorted(TONES)}, not {tone!r}")
    return tone


def _day(moment: date | datetime) -> date:
    return localtime(moment).date() if isinstance(moment, datetime) else moment
