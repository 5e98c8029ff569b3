"""What every page knows. Nothing here may ask the database: the error pages use it too."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse, translate_url
from django.utils.translation import get_language, get_language_info, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from integrity.ui import style
from integrity.ui.arrival import arrival

PORTAL_NAVIGATION = (
    (pgettext_lazy("what one can do", "Report"), "portal:report"),
    (_("Your inbox"), "portal:inbox"),
    (_("Published decisions"), "publication:register"),
    (_("How you are protected"), "portal:protection"),
)


def ui(request: HttpRequest) -> dict[str, Any]:
    """Template context of the base templates; README.md lists its names."""
    return {
        "institution_name": settings.INSTITUTION_NAME,
        "demonstration": settings.DEMONSTRATION,
        "quick_exit": address("portal:exit", default=settings.QUICK_EXIT_URL),
        "arrival": arrival(request),
        "portal_style": f"{address('style', default='/style.css')}?{style.digest()}",
        "home": address("portal:home", default="/"),
        "desk_home": address("desk", default="/desk/"),
        "languages": languages(request),
        "draft_language": get_language() in getattr(settings, "DRAFT_LANGUAGES", ()),
        "portal_navigation": portal_navigation(request),
    }


def languages(request: HttpRequest) -> list[dict[str, Any]]:
    """The languages this page can be read in, each with its own name and address.

    A page whose address does not change with the language has no choice to offer: the list is then empty. So is that
    of a page that answers a form, which a link would lose; it brings buttons of its own (`choosing.py`).
    """
    if request.method not in {"GET", "HEAD"}:
        return []
    # get_full_path() escapes a leading "//", which would otherwise lead to another host.
    here = request.get_full_path()
    current = get_language()
    choices = []
    for code, _name in settings.LANGUAGES:
        url = translate_url(here, code)
        if code != current and url == here:
            continue
        choices.append(
            {
                "code": code,
                "name": get_language_info(code)["name_local"],
                "url": url,
                "current": code == current,
            }
        )
    return choices if len(choices) > 1 else []


def portal_navigation(request: HttpRequest) -> list[tuple[Any, str, bool]]:
    """The public pages that this site serves, as (label, url, current).

    A desk-only site does not mount the portal, so names that are not mounted are left out.
    """
    items = []
    for label, name in getattr(settings, "PORTAL_NAVIGATION", PORTAL_NAVIGATION):
        if url := address(name, default=""):
            items.append((label, url, request.path.startswith(url)))
    return items


def address(name: str, *, default: str) -> str:
    """The address of a page, or `default` on a site that does not serve it."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return default
