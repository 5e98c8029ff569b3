"""Whose account here a subject at the provider is. Never matched by e-mail address or by name."""

from __future__ import annotations

from integrity.federation.failures import NotIdentified, Reason
from integrity.federation.models import Identity
from integrity.federation.provider import Subject
from integrity.people.models import User


def person_of(subject: Subject) -> tuple[User, bool]:
    """The person, and whether their sign-in is yet to make the link.

    A subject without a link is somebody only by the claim that holds the user name (OIDC_USERNAME_CLAIM), and only
    when neither the subject nor the account was linked elsewhere before. Raises NotIdentified.
    """
    links = Identity.objects.filter(issuer=subject.issuer).select_related("person__key")
    current = links.in_force().filter(subject=subject.identifier).first()
    person = current.person if current is not None else _claimed(subject)
    if not person.is_active:
        raise NotIdentified(Reason.CLOSED, person=person)
    if person.key is None:
        raise NotIdentified(Reason.NO_KEY, person=person)
    return person, current is None


def _claimed(subject: Subject) -> User:
    person = User.objects.filter(username=subject.username).select_related("key").first() if subject.username else None
    if person is None:
        raise NotIdentified(Reason.SUBJECT)
    links = Identity.objects.filter(issuer=subject.issuer)
    if links.in_force().filter(person=person).exists():
        raise NotIdentified(Reason.TAKEN, person=person)
    earlier = links.filter(subject=subject.identifier)
    # Whoever ended their own link meant it, and a subject that was somebody else's is not passed on by a claim.
    if earlier.exclude(person=person).exists() or earlier.filter(ended_by=person).exists():
        raise NotIdentified(Reason.TAKEN, person=person)
    return person
