"""What was confirmed, by whom and when: read from the log, where the confirmations are kept."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audit.log.actions import number
from audit.log.models import Entry
from config.setup.actions import CONFIRMED, WITHDRAWN, about
from config.setup.questions import QUESTIONS, ToConfirm
from integrity.people.models import User


@dataclass(frozen=True)
class Confirmed:
    """A question with the confirmation that holds now, if there is one; `by` is empty for the command line."""

    question: ToConfirm
    at: datetime | None = None
    by: str = ""

    @property
    def is_open(self) -> bool:
        """Whether nobody has confirmed it, or it was taken back."""
        return self.at is None


def confirmations() -> list[Confirmed]:
    """Every question, in its order."""
    number()
    latest: dict[str, Entry] = {}
    found = Entry.objects.filter(type__in=[CONFIRMED, WITHDRAWN], object__in=[about(key) for key in QUESTIONS])
    for entry in found.order_by("index"):
        latest[entry.object] = entry
    people = {entry.actor.removeprefix("person/") for entry in latest.values() if entry.actor.startswith("person/")}
    names = {f"person/{person.pk}": person.name for person in User.objects.filter(pk__in=people)}
    return [_standing(question, latest.get(about(question.key)), names) for question in QUESTIONS.values()]


def _standing(question: ToConfirm, entry: Entry | None, names: dict[str, str]) -> Confirmed:
    if entry is None or entry.type == WITHDRAWN:
        return Confirmed(question)
    return Confirmed(question, entry.time, names.get(entry.actor, ""))


def latest_facts(event: str) -> dict[str, Any] | None:
    """The facts of the newest entry of a type, or None."""
    number()
    entry = Entry.objects.filter(type=event).order_by("-index").first()
    if entry is None:
        return None
    facts: dict[str, Any] = json.loads(bytes(entry.leaf))["facts"]
    return facts
