"""The channels of a person who receives no more reports."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from intake.channels.routing import recipients_of
from integrity.action import Incomplete
from integrity.people.leaving import Holding, declare_leaving
from integrity.people.models import User
from integrity.people.roles import Role


@declare_leaving
def channels_of(person: User, kept: frozenset[Role]) -> Iterable[Holding]:
    """The channels that name the person as a recipient, and whether anybody else receives what comes by them."""
    if kept & {Role.INTAKE, Role.TRIAGE}:
        return
    for channel in person.channels.all():
        try:
            others = [each for each in recipients_of(channel) if each.pk != person.pk]
        except Incomplete:
            others = []
        yield Holding(
            kind=gettext_lazy("Channel"),
            name=channel.name,
            pseudonym=f"channel/{channel.code}",
            end=partial(channel.recipients.remove, person),
            lacks="" if others else _("Nobody receives what comes by it, so it takes no reports."),
        )
