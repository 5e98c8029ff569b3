"""The verbs of the clients room."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from django.db import IntegrityError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import clock
from intake.channels.models import Channel
from intake.clients.models import ORIGINS, ApiClient, hash_of, new_key
from intake.portal import actions as portal
from intake.portal.models import Origin, Report
from integrity.action import Actor, Incomplete, NotPermitted, WrongState, action, record
from integrity.people.roles import Role
from integrity.policy import Party

if TYPE_CHECKING:
    from uuid import UUID

KEEPERS: Final = (Role.ADMINISTRATOR, Role.PROGRAMME)
SENTENCE: Final = gettext_lazy("Only an administrator or the programme officer keeps the clients of the API.")
MOST_PER_MINUTE: Final = 600
LONGEST_NAME: Final = 120


@dataclass(frozen=True)
class Issued:
    """A client and its key, which nobody can show again: "" when the same form had made the client before."""

    client: ApiClient
    key: str = field(repr=False)


def make_client(
    *,
    actor: Actor,
    name: str,
    origin: Origin,
    channels: Iterable[Channel] = (),
    per_minute: int = 30,
    form: str = "",
) -> Issued:
    """Let a program send reports. Its reports have this origin; without channels it may use every one.

    The same `form` again, a random number of the page, gives the client that it made, without its key. Raises
    Incomplete for a name, an origin or a number that cannot be.
    """
    try:
        return made_by_form(form) or _make(
            actor=actor, name=name, origin=origin, channels=channels, per_minute=per_minute, form=form
        )
    except IntegrityError:
        # The same page was sent twice at once, and the other one was first.
        made = made_by_form(form)
        if made is None:
            raise
        return made


def made_by_form(form: str) -> Issued | None:
    """The client that a page has made already, or None."""
    client = ApiClient.objects.filter(form_hash=hash_of(form)).first() if form else None
    return Issued(client, "") if client else None


@action(
    "clients.made",
    by=KEEPERS,
    sentence=SENTENCE,
    facts=("origin", "channels", "per_minute"),
    description="A client of the API was made, and its key shown once.",
    step_up=True,
)
def _make(
    *, actor: Actor, name: str, origin: Origin, channels: Iterable[Channel], per_minute: int, form: str
) -> Issued:
    if not name.strip() or len(name) > LONGEST_NAME:
        raise Incomplete(_("A client needs a name of at most %(most)d characters.") % {"most": LONGEST_NAME})
    if origin not in ORIGINS or not 1 <= per_minute <= MOST_PER_MINUTE:
        raise Incomplete(_("This cannot be given to a client."))
    key = new_key()
    client = ApiClient.objects.create(
        name=name.strip(),
        key_hash=hash_of(key),
        form_hash=hash_of(form) if form else None,
        origin=origin,
        per_minute=per_minute,
        made_by=actor.user,
        made_on=clock.today(),
    )
    chosen = list(channels)
    client.channels.set(chosen)
    record(
        object=client.pseudonym,
        origin=origin.value,
        channels=sorted(channel.code for channel in chosen),
        per_minute=per_minute,
    )
    return Issued(client, key)


@action("clients.ended", by=KEEPERS, sentence=SENTENCE, description="A client of the API was ended.")
def end_client(*, actor: Actor, client: ApiClient) -> None:
    """End a client at once. Raises WrongState for one that was ended before."""
    held = ApiClient.objects.select_for_update().get(pk=client.pk)
    if held.ended_on is not None:
        raise WrongState(_("This client was ended before."), object=held.pseudonym)
    held.ended_on, held.ended_by = clock.today(), actor.user
    held.save(update_fields=["ended_on", "ended_by"])
    record(object=held.pseudonym)


@action(
    "clients.report_sent",
    by=(Party.STRANGER,),
    limit="with the key of a client, by the channels that it may use",
    facts=("client",),
    by_day=True,
    description="A client of the API passed a report on.",
)
def send_as_client(*, actor: Actor, client: ApiClient, report_id: UUID, channel: Channel, **told: Any) -> Report:
    """Receive a report that a client passes on; `told` are the arguments of `portal.send_report`.

    Raises NotPermitted for a client that was ended, or a channel that it may not use; else as `portal.send_report`.
    """
    if not may_use(client, channel) or not ApiClient.objects.filter(pk=client.pk, ended_on__isnull=True).exists():
        raise NotPermitted(_("This client may not use this channel."), object=client.pseudonym)
    report = portal.send_report(
        actor=Actor.reporter(report_id),
        report_id=report_id,
        channel=channel,
        origin=Origin(client.origin),
        **told,
    )
    today = clock.today()
    if client.used_on != today:
        ApiClient.objects.filter(pk=client.pk).update(used_on=today)
        client.used_on = today
    record(object=report.pseudonym, client=client.pseudonym)
    return report


def actor_of(client: ApiClient) -> Actor:
    """A client as the log names it. It is nobody at the desk, and no reporting person."""
    return Actor(client.pseudonym)


def may_use(client: ApiClient, channel: Channel) -> bool:
    """Whether a client may send by this channel."""
    codes = allowed(client)
    return not codes or channel.code in codes


def allowed(client: ApiClient) -> frozenset[str]:
    """The codes of the channels that a client is bound to; empty when it may use every one."""
    return frozenset(client.channels.values_list("code", flat=True))
