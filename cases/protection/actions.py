"""The verbs of protection: open, confirm, write, end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.utils.translation import gettext as _

from audit import clock
from cases.protection.access import NOT_YOURS, why_not
from intake.protection.actions import write_message
from intake.protection.models import Detriment, DetrimentState
from intake.protection.thread import Thread, thread_of
from integrity.action import Actor, WrongState, action, record
from integrity.people.roles import Role

BY: Final = (Role.PROTECTION, Role.INTAKE, Role.TRIAGE)
LIMIT: Final = "protection officers, or those who have the report when it went to them; nobody with a conflict"


@action(
    "detriment.opened",
    by=BY,
    about="detriment",
    sentence=NOT_YOURS,
    limit=LIMIT,
    description="Somebody read a report of detriment.",
)
def open_detriment(*, actor: Actor, detriment: Detriment) -> Thread:
    """What was told and the conversation about it. Raises NotPermitted, ConflictOfInterest."""
    _must_reach(actor, detriment)
    if detriment.has_news:
        Detriment.objects.filter(pk=detriment.pk).update(has_news=False)
        detriment.has_news = False
    record(object=detriment.pseudonym)
    return thread_of(detriment, actor.keys, named=True)


@action(
    "detriment.confirmed",
    by=BY,
    about="detriment",
    sentence=NOT_YOURS,
    limit=LIMIT,
    description="Somebody confirmed a report of detriment and acts on it.",
)
def confirm(*, actor: Actor, detriment: Detriment, text: str = "") -> None:
    """Take it on, or up again after it had ended; the reporting person reads that somebody acts.

    Raises NotPermitted, ConflictOfInterest, WrongState.
    """
    held = _locked(actor, detriment, DetrimentState.OPEN, DetrimentState.ENDED)
    held.state, held.ended_on = DetrimentState.ACTING, None
    held.confirmed_on = held.confirmed_on or clock.today()
    held.save(update_fields=["state", "confirmed_on", "ended_on"])
    _tell(actor, held, text)
    record(object=held.pseudonym)


@action(
    "detriment.office_wrote",
    by=BY,
    about="detriment",
    sentence=NOT_YOURS,
    limit=LIMIT,
    description="Somebody wrote to the reporting person about a detriment.",
)
def write(*, actor: Actor, detriment: Detriment, text: str) -> None:
    """Write to the reporting person about it. Raises NotPermitted, ConflictOfInterest."""
    held = _locked(actor, detriment, *DetrimentState)
    _tell(actor, held, text)
    record(object=held.pseudonym)


@action(
    "detriment.ended",
    by=BY,
    about="detriment",
    sentence=NOT_YOURS,
    limit=LIMIT,
    description="Somebody ended what was done about a detriment.",
)
def end(*, actor: Actor, detriment: Detriment, text: str) -> None:
    """End it, and tell the reporting person what was done. Raises NotPermitted, ConflictOfInterest, WrongState."""
    held = _locked(actor, detriment, DetrimentState.ACTING)
    held.state, held.ended_on = DetrimentState.ENDED, clock.today()
    held.save(update_fields=["state", "ended_on"])
    _tell(actor, held, text)
    record(object=held.pseudonym)


STEPS: Final[dict[str, Callable[..., Any]]] = {"confirm": confirm, "write": write, "end": end}


def _must_reach(actor: Actor, detriment: Detriment) -> None:
    refused = why_not(detriment, actor)
    if refused is not None:
        raise refused


def _locked(actor: Actor, detriment: Detriment, *states: DetrimentState) -> Detriment:
    rows = Detriment.objects.select_for_update(of=("self",)).select_related("own_key", "report__key")
    held = rows.get(pk=detriment.pk)
    _must_reach(actor, held)
    if held.state not in states:
        raise WrongState(
            _("This is not possible now: it stands at “%(state)s”.") % {"state": held.get_state_display()},
            object=held.pseudonym,
        )
    return held


def _tell(actor: Actor, detriment: Detriment, text: str) -> None:
    if text.strip():
        write_message(detriment=detriment, body=text, author=actor.user)
