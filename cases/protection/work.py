"""What this room puts on the work list: reports of detriment that wait for somebody."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cases.protection.access import free_of, given_to
from cases.protection.actions import BY
from cases.worklist import LIMIT, WorkItem, work_source
from intake.protection.models import Detriment, DetrimentState
from integrity.action import Actor

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


@work_source
def detriments(actor: Actor) -> Iterable[WorkItem]:
    """Those that nobody ended, or that brought news, soonest first. Opens nothing that was told."""
    if not actor.user.has_role(*BY):
        return []
    waiting = given_to(actor).filter(~Q(state=DetrimentState.ENDED) | Q(has_news=True))
    rows = waiting.order_by("confirmed_on", "confirm_due", "pk")[: LIMIT + 1]
    return [
        WorkItem(
            reference=row.reference,
            kind=_("Report of detriment"),
            title="",
            url=reverse("protection_desk:detriment", args=[row.reference]),
            state=row.get_state_display(),
            action=_step(row),
            due=row.confirm_due if row.confirmed_on is None else None,
            news=row.has_news and row.state != DetrimentState.OPEN,
        )
        for row in free_of(rows, actor)
    ]


def _step(row: Detriment) -> StrPromise | str:
    if row.state == DetrimentState.OPEN:
        return _("Read and confirm it")
    return _("Read the new message") if row.has_news else _("Act on it")
