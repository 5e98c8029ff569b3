"""Building the demonstration: every step of every matter in the order of its day, through the real actions."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from audit import clock
from audit.log.actions import integrate
from config.demonstration.everyday import EVERYDAY
from config.demonstration.identities import ask_for_identities
from config.demonstration.institution import found
from config.demonstration.life import Life, live
from config.demonstration.matters import MATTERS
from config.demonstration.protection import tell_of_detriments
from config.demonstration.recovery import renew
from integrity.people.models import User

Say = Callable[[str], None]
YEARS = 2


def once(*, say: Say) -> None:
    """Build the demonstration unless it is there.

    A mark stands while it is being built. Raises ImproperlyConfigured when an earlier build was cut off: half an
    institution would only confuse.
    """
    mark = Path(settings.DATA_DIR) / "demonstration-being-made"
    if mark.exists():
        raise ImproperlyConfigured(
            "The demonstration was cut off while it was made. `make clean` (and an empty database, if it is not "
            "SQLite) lets it begin again."
        )
    if User.objects.exists():
        return
    mark.touch()
    say("Making the demonstration institution: people, rules and two years of cases (once; about half a minute) …")
    started = time.monotonic()
    build(say=say)
    mark.unlink()
    say(f"Made in {time.monotonic() - started:.0f} s.")


def build(*, say: Say, now: datetime | None = None, matters: tuple[str, ...] = ()) -> Life:
    """Found the institution two years ago and live through the matters (all, or those with these titles)."""
    today = (now or datetime.now(UTC)).replace(hour=3, minute=0, second=0, microsecond=0)
    beginning = today - timedelta(days=365 * YEARS + 5)
    with clock.at(beginning):
        institution = found(since=clock.today())
    life = Life(institution=institution, now=today)
    chosen = [matter for matter in (*MATTERS, *EVERYDAY) if not matters or matter.title in matters]
    queue: list[tuple[datetime, int]] = []
    stories = []
    for number, matter in enumerate(chosen):
        story = live(life, matter)
        stories.append(story)
        heapq.heappush(queue, (next(story), number))
    since_checkpoint = 0
    while queue:
        moment, number = heapq.heappop(queue)
        if moment > today:
            continue
        with clock.at(moment):
            following = next(stories[number], None)
            since_checkpoint += 1
            if since_checkpoint >= 150:
                integrate()
                since_checkpoint = 0
        if following is not None:
            heapq.heappush(queue, (max(following, moment), number))
    with clock.at(today):
        renew(institution, institution.sheets)
        ask_for_identities(life)
        tell_of_detriments(life)
    integrate()
    return life
