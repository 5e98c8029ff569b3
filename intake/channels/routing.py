"""Which channels somebody is offered, which one a report takes, and who receives what comes by it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from intake.channels.concerns import Concerns
from intake.channels.models import Channel
from intake.channels.paths import Path
from integrity.action import Incomplete
from integrity.people.models import Appointment, User
from integrity.people.roles import Role


def channels_for(*, path: str, concerns: Concerns, language: str) -> list[Channel]:
    """The channels that take such a report and that somebody reads, in their order; often one, perhaps none.

    A report about the leadership or the office is offered independent channels alone. One about the office keeps
    away from whoever receives ordinary reports, where any channel does; where none does, `mixed` is told before.
    `path` may be empty: from nobody in particular. Channels in other languages are offered only where none is in
    this one.
    """
    takes = Q(independent=False)
    if concerns is Concerns.LEADERSHIP:
        takes = Q(independent=True, about_leadership=True)
    elif concerns is Concerns.OFFICE:
        takes = Q(independent=True, about_office=True)
    readers = _readers_by_channel(Channel.objects.filter(active=True))
    read = [channel for channel in Channel.objects.filter(takes, active=True) if readers.get(channel.pk)]
    found = _offered_to(path, read)
    if concerns is Concerns.OFFICE:
        found = _away_from(_readers_of_ordinary_reports(readers), found, readers) or found
    return [channel for channel in found if _speaks(channel, language)] or found


def mixes_readers(path: str) -> bool:
    """Whether somebody's report about the office would reach people who receive ordinary reports as well.

    `path` may be empty, for somebody of whom it is not known yet.
    """
    readers = _readers_by_channel(Channel.objects.filter(active=True))
    takes = Channel.objects.filter(independent=True, about_office=True, active=True)
    office = [channel for channel in takes if readers.get(channel.pk)]
    away = _away_from(_readers_of_ordinary_reports(readers), office, readers)
    return any(
        _offered_to(side, office) and not _offered_to(side, away) for side in ([path] if path else list(Path.values))
    )


def mixed() -> str:
    """What a reporting person reads, before they write, where that is so."""
    return _(
        "At present, people who read reports about the integrity office also read ordinary reports. If yours could be "
        "about one of them, do not send it here: turn to an authority outside this institution."
    )


def channel_for(*, concerns: Concerns, path: str = "", language: str = "") -> Channel:
    """The first channel that takes such a report. Raises Incomplete when no channel does that somebody reads."""
    found = channels_for(path=path, concerns=concerns, language=language)
    if not found:
        raise Incomplete(closed(independent=concerns.independent))
    return found[0]


def recipients_of(channel: Channel) -> list[User]:
    """Those who receive a report by this channel today: in office, in role, and with a key to seal it to.

    Raises Incomplete when there is nobody, because nobody could ever open the report.
    """
    people = list(_able(channel.recipients.all()).select_related("key").only("is_active", "key").order_by("pk"))
    if not people:
        raise Incomplete(closed(independent=channel.independent))
    return people


def readers_of(channel: Channel) -> list[User]:
    """The same, and nobody at all where there is nobody."""
    return list(_able(channel.recipients.all()))


def closed(*, independent: bool) -> str:
    """What a reporting person reads when no channel takes their report."""
    if independent:
        return _(
            "The independent channel cannot receive reports at this moment, because nobody is appointed to read "
            "them. Nothing was sent. Please try again later, or turn to an authority outside this institution."
        )
    return _(
        "This office cannot receive reports at this moment, because nobody is appointed to read them. "
        "Nothing was sent. Please try again later."
    )


def may_receive() -> QuerySet[User]:
    """Everybody who could receive reports today."""
    return _able(User.objects.all())


def _able(people: QuerySet[User]) -> QuerySet[User]:
    in_role = Appointment.objects.in_force().filter(role__in=[Role.INTAKE, Role.TRIAGE]).values("person")
    return people.filter(is_active=True, key__isnull=False, pk__in=in_role)


def _readers_by_channel(channels: QuerySet[Channel]) -> dict[int, frozenset[object]]:
    """Who reads what comes by each channel, in one query."""
    pairs = _able(User.objects.filter(channels__in=channels)).order_by().values_list("channels__pk", "pk")
    readers: dict[int, set[object]] = {}
    for channel, person in pairs:
        readers.setdefault(channel, set()).add(person)
    return {channel: frozenset(people) for channel, people in readers.items()}


def _readers_of_ordinary_reports(readers: dict[int, frozenset[object]]) -> frozenset[object]:
    ordinary = Channel.objects.filter(independent=False, active=True).values_list("pk", flat=True)
    return frozenset().union(*(readers.get(channel, frozenset()) for channel in ordinary))


def _away_from(
    people: frozenset[object], channels: Iterable[Channel], readers: dict[int, frozenset[object]]
) -> list[Channel]:
    return [channel for channel in channels if not readers[channel.pk] & people]


def _offered_to(path: str, channels: Iterable[Channel]) -> list[Channel]:
    return [channel for channel in channels if not path or not channel.paths or path in channel.paths]


def _speaks(channel: Channel, language: str) -> bool:
    return not language or not channel.languages or language in channel.languages
