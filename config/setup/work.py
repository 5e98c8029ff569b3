"""What the set-up puts on an administrator's work list while anything is open."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.worklist import WorkItem, work_source
from config.setup.steps import look_at_all
from integrity.action import Actor
from integrity.people.roles import Role


@work_source
def set_up(actor: Actor) -> Iterable[WorkItem]:
    """One line with how much is open; nothing for others, and nothing in the demonstration."""
    if settings.DEMONSTRATION or not actor.user.has_role(Role.ADMINISTRATOR):
        return
    count = sum(len(seen.open) for seen in look_at_all())
    if count:
        yield WorkItem(
            reference="",
            kind=_("Set-up"),
            title=_("Before the portal is announced"),
            url=reverse("setup:open"),
            state=ngettext("%(count)d thing is open", "%(count)d things are open", count) % {"count": count},
            action=_("See what is open"),
        )
