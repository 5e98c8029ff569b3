"""The ways in, and whether whoever is to read what comes can read it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.setup.conversation import Conversation, Question, Wrong
from config.setup.state import Finding, Step, done, still_open, warning
from config.setup.steps.people import choose, in_role
from intake.channels.actions import set_channel
from intake.channels.models import Channel
from intake.channels.routing import recipients_of
from integrity.action import Actor, Incomplete, Refusal
from integrity.people.models import User
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
    """Both channels, each with people who can read."""
    for independent in (False, True):
        channel = Channel.objects.filter(independent=independent).first()
        if channel is None:
            sentence = (
                _("There is no channel yet for reports about the leadership or the integrity office itself.")
                if independent
                else _("There is no channel to the integrity office yet.")
            )
            yield still_open(sentence, command="integrity setup")
            continue
        count = len(_readers(channel))
        told = {"name": channel.name, "count": count}
        if not count:
            yield still_open(_("Nobody in role can read what comes by “%(name)s”: the portal refuses reports.") % told)
        elif count >= ENOUGH:
            yield done(_("%(count)d people receive what comes by “%(name)s”.") % told)
        elif independent:
            yield warning(_("One person receives what comes by “%(name)s”.") % told)
        else:
            yield still_open(_("Only one person receives what comes by “%(name)s”; name two.") % told)


def perform(talk: Conversation) -> None:
    """Make the channels that are not there, or that too few people read."""
    for independent, code, name, question, least in (
        (False, "office", _("Integrity office"), OFFICE, ENOUGH),
        (True, "independent", _("Independent channel"), INDEPENDENT, 1),
    ):
        channel = Channel.objects.filter(independent=independent).first()
        if channel is not None and len(_readers(channel)) >= least:
            continue
        people = choose(talk, question, in_role(*READERS), section="channels", least=least)
        if channel is not None and {person.pk for person in people} == {each.pk for each in channel.recipients.all()}:
            continue
        if channel is not None:
            code, name = channel.code, channel.name
        try:
            set_channel(actor=Actor.system(), code=code, name=name, recipients=people, independent=independent)
        except Refusal as refusal:
            talk.forget("channels")
            raise Wrong(str(refusal.sentence)) from refusal
    talk.forget("channels")


def _readers(channel: Channel) -> list[User]:
    try:
        return recipients_of(channel)
    except Incomplete:
        return []


STEP = Step("channels", gettext_lazy("Channels"), check, perform)
