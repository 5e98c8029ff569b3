"""Signs that a machine sent a report. They sort the desk's list and nothing else: no report is refused or delayed.

One sign can be chance: a text prepared beforehand, an office that shares an address with somebody's machine. From two
on, or with what no person can see filled in, the report is marked. Only then is it kept which signs there were.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.core.cache import cache
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from intake.portal import crowding, stamps
from intake.portal.receipt import PageSecret
from integrity import sources

# A field that people do not see; whoever fills in everything fills it in as well.
DECOY: Final = "webpage"
LEAST_SECONDS: Final = 5
MOST_LINKS: Final = 5
MOST_ALIKE: Final = 3
ENOUGH: Final = 2
_LINK: Final = re.compile(r"https?://|www\.", re.IGNORECASE)
# Too few to find out from a box what a text said, enough that two texts seldom share one.
_TEXT_BOXES: Final = 2**20


class SpamSign(models.TextChoices):
    """What was noticed."""

    DECOY = "decoy", _("A field was filled in that people do not see")
    HASTY = "hasty", _("It was sent faster than a person can read the page")
    LINKS = "links", _("It holds many links")
    REPEATED = "repeated", _("The same text was sent several times that day")
    CROWDED = "crowded", _("Very much was sent from the same part of the network")


def of_request(request: HttpRequest, page: PageSecret) -> frozenset[SpamSign]:
    """Signs in how it was sent."""
    age = stamps.age(page)
    seen = {
        SpamSign.DECOY: bool(request.POST.get(DECOY, "").strip()),
        SpamSign.HASTY: age is None or age < LEAST_SECONDS,
        SpamSign.CROWDED: crowding.was_crowded(crowding.source_of(request)),
    }
    return frozenset(sign for sign, is_there in seen.items() if is_there)


def of_answers(answers: Mapping[str, Any]) -> frozenset[SpamSign]:
    """Signs in what it says."""
    seen = {
        SpamSign.LINKS: len(_LINK.findall(_words(answers))) > MOST_LINKS,
        SpamSign.REPEATED: _count(answers, by=0) >= MOST_ALIKE,
    }
    return frozenset(sign for sign, is_there in seen.items() if is_there)


def remember(answers: Mapping[str, Any]) -> None:
    """Count a text that arrived, for the day, by its box."""
    _count(answers, by=1)


def is_likely_spam(signs: Iterable[SpamSign]) -> bool:
    """Whether they are enough for a mark."""
    found = set(signs)
    return SpamSign.DECOY in found or len(found) >= ENOUGH


def _words(answers: Mapping[str, Any]) -> str:
    return " ".join(value for value in answers.values() if isinstance(value, str))


def _count(answers: Mapping[str, Any], *, by: int) -> int:
    text = " ".join(_words(answers).casefold().split())
    try:
        name = f"signs/text/{sources.box('text', text, boxes=_TEXT_BOXES)}"
        cache.add(name, 0, timeout=sources.DAY)
        return int(cache.incr(name, by))
    except Exception:  # noqa: BLE001 - a client library's own kinds of failure; the salt's warning says so
        return 0
