"""The institution's own keys: without that of identities, nobody can give a name; without that of the register,
nothing is handed over for publication; without that of the log's private parts, these are not kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.setup.conversation import Conversation, Question, Wrong
from config.setup.state import Finding, Step, done, still_open, warning
from config.setup.steps.people import choose, in_role
from integrity.action import Actor, Refusal
from integrity.people.actions import make_institution_key
from integrity.people.institution_keys import KEEPERS, NAMES
from integrity.people.models import Appointment
from integrity.vault.models import Grant, Key, KeyKind

ENOUGH: Final = 2
HOLDERS: Final = {
    KeyKind.IDENTITY: Question("keys.identity", "Who keeps the key of reporting persons' identities (user names)"),
    KeyKind.PUBLICATION: Question("keys.publication", "Who keeps the key of the register (user names)"),
    KeyKind.PROTECTION: Question(
        "keys.protection", "Who keeps the key of the protection of reporting persons (user names)"
    ),
    KeyKind.AUDIT: Question("keys.audit", "Who keeps the key of the log's private parts (user names)"),
}


def check() -> Iterator[Finding]:
    """Each key, and how many people in role open it."""
    for kind, keepers in KEEPERS.items():
        key = Key.objects.newest().alive().filter(kind=kind).order_by("created", "pk").first()
        name = str(NAMES[kind])
        if key is None:
            yield still_open(_("%(name)s: it is not made yet.") % {"name": name}, command="integrity setup")
            continue
        in_office = Appointment.objects.in_force().filter(role__in=keepers).values("person")
        count = Grant.objects.filter(key=key, holder__person__is_active=True, holder__person__in=in_office).count()
        told = {"name": name, "count": count}
        if not count:
            yield still_open(_("%(name)s: nobody in role opens it.") % told, page="people:people")
        elif count < ENOUGH:
            yield warning(_("%(name)s: one person opens it. Give the role to a second one.") % told, "people:people")
        else:
            yield done(_("%(name)s: %(count)d people open it.") % told)


def perform(talk: Conversation) -> None:
    """Make the keys that are not there. Who is appointed later is given them at the desk."""
    for kind, keepers in KEEPERS.items():
        if Key.objects.alive().filter(kind=kind).exists():
            continue
        people = choose(talk, HOLDERS[kind], in_role(*sorted(keepers)), section="keys")
        try:
            make_institution_key(actor=Actor.system(), kind=kind, holders=people)
        except Refusal as refusal:
            raise Wrong(str(refusal.sentence)) from refusal
    talk.forget("keys")


STEP = Step("keys", gettext_lazy("Keys of the institution"), check, perform)
