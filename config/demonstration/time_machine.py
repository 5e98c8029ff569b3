"""The demonstration's clock: it can be moved forward, so that windows lapse and embargoes end while one watches.

How far it is ahead is one number (of days) in a file, because web and worker are different processes.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from audit import clock
from integrity.action import Actor, NotPermitted, action, record
from integrity.people.models import Sitting
from integrity.policy import Party

STEPS = (1, 7, 21, 100, 200)


def _file() -> Path:
    return Path(settings.DATA_DIR) / "demonstration-days-ahead"


def days_ahead() -> int:
    """How many days the demonstration is ahead of real time."""
    try:
        return int(_file().read_text("ascii"))
    except FileNotFoundError:
        return 0


def install() -> None:
    """Make the clock of this process follow the file. Only for a demonstration."""
    clock.run_ahead(lambda: timedelta(days=days_ahead()))


@action(
    "demonstration.clock_moved",
    by=(Party.DESK,),
    limit="in a demonstration",
    facts=("days",),
    description="The demonstration's clock was moved forward.",
)
def move(*, actor: Actor, days: int) -> None:
    """Move the demonstration's clock forward; the mover's sitting comes along."""
    if not settings.DEMONSTRATION or days not in STEPS:
        raise NotPermitted(_("Only the demonstration's clock can be moved, and only forward."))
    person = actor.user
    target = _file()
    fresh = target.with_suffix(".new")
    fresh.write_text(str(days_ahead() + days), "ascii")
    os.replace(fresh, target)
    Sitting.objects.filter(person=person).update(opened_at=clock.now(), seen_at=clock.now())
    record(object="demonstration", days=days)
