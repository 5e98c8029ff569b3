"""Which channel a report takes, and who receives what comes by it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from intake.channels.models import Channel
from integrity.action import Incomplete
from integrity.people.models import Appointment, User
from integrity.people.roles import Role


def channel_for(*, independent: bool) -> Channel:
    """The channel for a report, the independent one when it concerns the leadership or the office itself.

    Raises Incomplete when the institution has not set up such a channel.
    """
    channel = Channel.objects.filter(independent=independent).first()
    if channel is None:
        raise Incomplete(_closed(independent=independent))
    return channel


def recipients_of(channel: Channel) -> list[User]:
    """Those who receive a report by this channel today: in office, in role, and with a key to seal it to.

    Raises Incomplete when there is nobody, because nobody could ever open the report.
    """
    in_role = Appointment.objects.in_force().filter(role__in=[Role.INTAKE, Role.TRIAGE]).values("person")
    people = list(channel.recipients.filter(is_active=True, key__isnull=False, pk__in=in_role).select_related("key"))
    if not people:
        raise Incomplete(_closed(independent=channel.independent))
    return people


def _closed(*, independent: bool) -> str:
    if independent:
        return _(
            "The independent channel cannot receive reports at this moment, because nobody is appointed to read "
            "them. Nothing was sent. Please try again later, or turn to an authority outside this institution."
        )
    return _(
        "This office cannot receive reports at this moment, because nobody is appointed to read them. "
        "Nothing was sent. Please try again later."
    )
