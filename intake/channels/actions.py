"""The verbs of the channels room."""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from intake.channels.models import Channel
from integrity.action import Actor, Incomplete, action, record
from integrity.people.models import User
from integrity.people.roles import Role
from integrity.policy import Party


@action(
    "channels.set",
    by=(Role.PROGRAMME, Party.SYSTEM),
    not_self={"recipients": gettext_lazy("Nobody makes themselves a recipient of reports.")},
    sentence=gettext_lazy("Only the programme officer sets channels."),
    facts=("code", "recipients"),
    description="A channel's recipients were set.",
    step_up=True,
)
def set_channel(
    *, actor: Actor, code: str, name: str, recipients: Iterable[User], independent: bool = False
) -> Channel:
    """Make or change a channel. Every recipient must be an intake or triage officer with a key of their own."""
    people = list(recipients)
    for person in people:
        if person.key is None or not person.has_role(Role.INTAKE, Role.TRIAGE):
            raise Incomplete(
                _("%(name)s cannot receive reports: an intake or triage role and a key are needed.")
                % {"name": person.name}
            )
    defaults = {
        "name": name,
        "independent": independent,
        "about_leadership": independent,
        "about_office": independent,
    }
    channel, _made = Channel.objects.update_or_create(code=code, defaults=defaults)
    channel.recipients.set(people)
    record(object=f"channel/{code}", code=code, recipients=sorted(str(person.pk) for person in people))
    return channel
