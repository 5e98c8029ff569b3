"""The door in the inbox, and what the inbox tells at once: that somebody answered about a detriment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from intake.portal.sections import Door, declare_door, inbox_section
from intake.portal.sittings import OpenInbox

SHOWN = 10

declare_door(
    Door(
        address="protection:worse",
        label=_("Somebody treats me worse because of it"),
        hint=_("Dismissed, moved, threatened, or somebody looks for who reported: tell it here, at any time."),
        icon="shield",
        order=10,
        is_open=lambda inbox: True,
    )
)


@inbox_section("protection/inbox_section.html", order=20)
def detriments(inbox: OpenInbox) -> Mapping[str, Any] | None:
    """Each detriment that was told, in one line with how it stands. Opens nothing."""
    rows = list(inbox.report.detriments.all()[:SHOWN])
    return {"detriments": rows, "token": inbox.token} if rows else None
