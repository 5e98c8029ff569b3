"""The ways in, and whether whoever is to read what comes can read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.setup.conversation import Conversation, Question, Wrong
from config.setup.state import Finding, Step, done, still_open, warning
from config.setup.steps.people import choose, in_role
from intake.channels.actions import details_of, set_channel
from intake.channels.concerns import Concerns
from intake.channels.models import Channel
from intake.channels.routing import readers_of
from integrity.action import Actor, Refusal
from integrity.people.roles import Role

ENOUGH: Final = 2
READERS: Final = (Role.INTAKE, Role.TRIAGE)
OFFICE = Question("channels.office", "Who receives reports (user names, split by commas)")
INDEPENDENT = Question(
    "channels.independent",
    "Who receives reports about the leadership or the integrity office itself",
    hint="Somebody who is not one of those whom such a report would be about.",
)


def check() -> Iterator[Finding]:
    """That every report finds a channel, and each open channel people who can read."""
    for concerns in Concerns:
        if not _channels(concerns):
            yield still_open(_missing(concerns), command="integrity setup")
    for channel in Channel.objects.filter(active=True):
        count = len(readers_of(channel))
        told = {"name": channel.name, "count": count}
        if not count:
            yield still_open(_("Nobody in role can read what comes by “%(name)s”: the portal refuses reports.") % told)
        elif count >= ENOUGH:
            yield done(_("%(count)d people receive what comes by “%(name)s”.") % told)
        elif channel.independent:
            yield warning(_("One person receives what comes by “%(name)s”.") % told)
        else:
            yield still_open(_("Only one person receives what comes by “%(name)s”; name two.") % told)
    away = {person.pk for channel in _channels(Concerns.OTHERS) for person in readers_of(channel)}
    about_office = _channels(Concerns.OFFICE)
    if about_office and not any({person.pk for person in readers_of(channel)} - away for channel in about_office):
        yield warning(_("Reports about the integrity office are read only by those who read ordinary reports."))


def perform(talk: Conversation) -> None:
    """Make the channels that are not there, or that too few people read."""
    for independent, code, name, question, least in (
        (False, "office", _("Integrity office"), OFFICE, ENOUGH),
        (True, "independent", _("Independent channel"), INDEPENDENT, 1),
    ):
        channel = Channel.objects.filter(independent=independent).order_by("-active", "order", "name").first()
        if channel is not None and channel.active and len(readers_of(channel)) >= least:
            continue
        people = choose(talk, question, in_role(*READERS), section="channels", least=least)
        named = {each.pk for each in channel.recipients.all()} if channel is not None else set()
        if channel is not None and channel.active and {person.pk for person in people} == named:
            continue
        details = None
        if channel is not None:
            code, name, details = channel.code, channel.name, replace(details_of(channel), active=True)
        try:
            set_channel(
                actor=Actor.system(), code=code, name=name, recipients=people, independent=independent, details=details
            )
        except Refusal as refusal:
            talk.forget("channels")
            raise Wrong(str(refusal.sentence)) from refusal
    talk.forget("channels")


def _channels(concerns: Concerns) -> list[Channel]:
    """The open channels for such reports, whether somebody reads them or not."""
    about = {
        Concerns.OTHERS: Q(independent=False),
        Concerns.LEADERSHIP: Q(about_leadership=True),
        Concerns.OFFICE: Q(about_office=True),
    }
    return list(Channel.objects.filter(about[concerns], active=True))


def _missing(concerns: Concerns) -> str:
    return {
        Concerns.OTHERS: _("There is no channel to the integrity office yet."),
        Concerns.LEADERSHIP: _("There is no channel yet for reports about the leadership."),
        Concerns.OFFICE: _("There is no channel yet for reports about the integrity office itself."),
    }[concerns]


STEP = Step("channels", gettext_lazy("Channels"), check, perform)
