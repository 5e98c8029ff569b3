"""The verbs of the channels room: who receives what. Those about questions are in `drafting.py`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from intake.channels.concerns import Concerns
from intake.channels.models import Channel
from intake.channels.paths import Path
from intake.channels.reading import LANGUAGE
from intake.channels.routing import channels_for
from integrity.action import Actor, Incomplete, WrongState, action, record
from integrity.people.models import User
from integrity.people.roles import Role
from integrity.policy import Party
from integrity.rules.text import FALLBACK

LONGEST_NAME = 120
LONGEST_ABOUT = 2_000
CHANGED_MEANWHILE = gettext_lazy(
    "Somebody else changed this after you opened it, so nothing was kept. What you typed is still here: compare it "
    "with what stands there now, and then keep it again."
)


@dataclass(frozen=True)
class Details:
    """What a channel is called and to whom it is offered; `words` are those of `Channel.words`."""

    words: dict[str, dict[str, str]] = field(default_factory=dict)
    about_leadership: bool = False
    about_office: bool = False
    paths: Sequence[str] = ()
    languages: Sequence[str] = ()
    active: bool = True
    order: int = 0


def seen_of(channel: Channel | None) -> str:
    """A digest of how a channel stands, by which a change finds out whether it is still so."""
    if channel is None:
        return ""
    recipients = sorted(str(person) for person in channel.recipients.values_list("pk", flat=True))
    standing = [channel.name, asdict(details_of(channel)), recipients]
    return hashlib.sha256(json.dumps(standing, sort_keys=True).encode()).hexdigest()


@action(
    "channels.set",
    by=(Role.PROGRAMME, Party.SYSTEM),
    not_self={"recipients": gettext_lazy("Nobody makes themselves a recipient of reports.")},
    sentence=gettext_lazy("Only the programme officer sets channels."),
    limit="the last channel for somebody is closed only by saying so",
    facts=("code", "recipients", "about", "active", "paths", "languages"),
    description="A channel's recipients, or to whom it is offered, were set.",
    step_up=True,
)
def set_channel(
    *,
    actor: Actor,
    code: str,
    name: str,
    recipients: Iterable[User],
    independent: bool = False,
    details: Details | None = None,
    seen: str | None = None,
    closing: bool = False,
) -> Channel:
    """Make or change a channel. Every recipient must be an intake or triage officer with a key of their own.

    Without `details` it keeps what it has, and an independent one is about the leadership and the office. `seen` is
    `seen_of` the channel that the person looked at ("" for one that is not there yet); WrongState is raised when it
    stands differently by now. `closing` says that some reports may be left without any channel; otherwise Incomplete
    names them.
    """
    people = list(recipients)
    for person in people:
        if person.key is None or not person.has_role(Role.INTAKE, Role.TRIAGE):
            raise Incomplete(
                _("%(name)s cannot receive reports: an intake or triage role and a key are needed.")
                % {"name": person.name}
            )
    channel = Channel.objects.select_for_update().filter(code=code).first()
    if seen is not None and seen != seen_of(channel):
        raise WrongState(CHANGED_MEANWHILE)
    wanted = details or _kept(channel, independent=independent)
    _check(name, wanted)
    before = _taken()
    channel = channel or Channel(code=code)
    channel.name = name
    channel.words = wanted.words
    channel.about_leadership, channel.about_office = wanted.about_leadership, wanted.about_office
    channel.independent = wanted.about_leadership or wanted.about_office
    channel.paths, channel.languages = list(wanted.paths), list(wanted.languages)
    channel.active, channel.order = wanted.active, wanted.order
    channel.full_clean()
    channel.save()
    channel.recipients.set(people)
    left_out = before - _taken()
    if left_out and not closing:
        raise Incomplete(
            _(
                "After this, nobody would receive reports from: %(whom)s. If that is what you want, say so with the "
                "box at the end of the form."
            )
            % {"whom": "; ".join(_whom(path, concerns) for path, concerns in sorted(left_out))}
        )
    record(
        object=f"channel/{code}",
        code=code,
        recipients=sorted(str(person.pk) for person in people),
        about=[concerns.value for concerns in Concerns if _is_about(channel, concerns)],
        active=channel.active,
        paths=sorted(channel.paths),
        languages=sorted(channel.languages),
    )
    return channel


def _kept(channel: Channel | None, *, independent: bool) -> Details:
    if channel is None or channel.independent != independent:
        base = details_of(channel) if channel else Details()
        return Details(**{**asdict(base), "about_leadership": independent, "about_office": independent})
    return details_of(channel)


def details_of(channel: Channel) -> Details:
    """What a channel has now."""
    return Details(
        words=channel.words,
        about_leadership=channel.about_leadership,
        about_office=channel.about_office,
        paths=list(channel.paths),
        languages=list(channel.languages),
        active=channel.active,
        order=channel.order,
    )


def _check(name: str, details: Details) -> None:
    if not name.strip() or len(name) > LONGEST_NAME:
        raise Incomplete(_("A channel needs a name of at most %(most)d characters.") % {"most": LONGEST_NAME})
    if set(details.paths) - set(Path.values):
        raise Incomplete(_("A channel can only be offered to reporting persons that the form knows."))
    if not all(LANGUAGE.fullmatch(language) for language in details.languages):
        raise Incomplete(_("A channel can only be offered in languages."))
    for part, longest in (("name", LONGEST_NAME), ("about", LONGEST_ABOUT)):
        told = {language: text for language, text in details.words.get(part, {}).items() if text}
        if told and FALLBACK not in told:
            raise Incomplete(_("What reporting persons read needs its English words too."))
        if any(len(text) > longest for text in told.values()):
            raise Incomplete(_("What reporting persons read of a channel is too long."))


def _taken() -> set[tuple[str, Concerns]]:
    """From whom, and about whom, reports are taken by some channel that somebody reads."""
    return {
        (path, concerns)
        for path in Path.values
        for concerns in Concerns
        if channels_for(path=path, concerns=concerns, language="")
    }


def _is_about(channel: Channel, concerns: Concerns) -> bool:
    return {
        Concerns.OTHERS: not channel.independent,
        Concerns.LEADERSHIP: channel.about_leadership,
        Concerns.OFFICE: channel.about_office,
    }[concerns]


def _whom(path: str, concerns: Concerns) -> str:
    about = {
        Concerns.OTHERS: _("ordinary matters"),
        Concerns.LEADERSHIP: _("about the leadership"),
        Concerns.OFFICE: _("about the integrity office"),
    }
    return f"{Path(path).label} ({about[concerns]})"
