"""What a person decides about their own daily mail."""

from __future__ import annotations

from integrity.action import Actor, action, record
from integrity.digest.models import Declined
from integrity.people.models import User
from integrity.policy import Party


def wants_mail(person: User) -> bool:
    """Whether the person has not turned it off."""
    return not Declined.objects.filter(person=person).exists()


@action(
    "digest.turned_off",
    by=(Party.THEMSELF,),
    themself="person",
    description="Somebody turned their daily mail off.",
)
def turn_off(*, actor: Actor, person: User) -> None:
    """No daily mail any more."""
    Declined.objects.get_or_create(person=person)
    record(object=f"person/{person.pk}")


@action(
    "digest.turned_on",
    by=(Party.THEMSELF,),
    themself="person",
    description="Somebody turned their daily mail on again.",
)
def turn_on(*, actor: Actor, person: User) -> None:
    """The daily mail again, from the next run."""
    Declined.objects.filter(person=person).delete()
    record(object=f"person/{person.pk}")
