"""What a person is shown about their own account."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from audit import clock
from integrity.action import Actor
from integrity.people.models import PersonEvent, PersonEventKind, User
from integrity.people.roles import Role


def tell(person: User, kind: PersonEventKind, *, actor: Actor, role: Role | str = "") -> None:
    """Keep, inside an action, what happened to a person's account, for the person to see."""
    PersonEvent.objects.create(person=person, kind=kind, at=clock.now(), by=actor.person, role=role)


# What an administrator is shown about somebody else; that access was given again is between those who work together.
ADMINISTRATIVE = frozenset(PersonEventKind) - {PersonEventKind.GRANTED_AGAIN, PersonEventKind.ACCESS_ENDED}


def shown(events: Iterable[PersonEvent]) -> list[dict[str, Any]]:
    """The events as a time line shows them."""
    return [
        {
            "when": event.at,
            "title": f"{event.get_kind_display()}: {event.get_role_display()}"
            if event.role
            else event.get_kind_display(),
            "text": "",
            "tone": "neutral",
            "who": event.by.name if event.by else _("System"),
        }
        for event in events
    ]
