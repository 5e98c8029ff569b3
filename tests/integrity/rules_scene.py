"""What the tests of the rules and the programme share: staff with keys of their own, and their browsers."""

from datetime import UTC, date, datetime

from django.test import Client

from integrity.action import Actor
from integrity.people import actions as people
from integrity.people.models import Office, User
from integrity.people.roles import Role
from integrity.rules.terms import GradeBand
from integrity.vault.actions import make_person_key
from tests.desk import at_desk

SYSTEM = Actor.system()
NOON = datetime(2025, 3, 3, 5, 0, tzinfo=UTC)


def passphrase(username: str) -> str:
    """Each person has a passphrase of their own."""
    return f"quiet harbour {username} lantern"


def office(code: str = "HQ", name: str = "Headquarters") -> Office:
    """The office with the code, made where there is none."""
    found = Office.objects.filter(code=code).first()
    return found or people.make_office(actor=SYSTEM, code=code, name=name, region="North")


def staff(username: str, *roles: Role, at: Office | None = None) -> User:
    """Somebody with an account and a key, in an office."""
    person = people.make_person(
        actor=SYSTEM,
        username=username,
        name=username.title(),
        passphrase_key=make_person_key(passphrase(username)),
        office=at or office(),
        grade_band=GradeBand.OFFICER,
    )
    for role in roles:
        people.appoint(actor=SYSTEM, person=person, role=role, since=date(2020, 1, 1))
    return person


def browser(person: User) -> Client:
    """A browser in which the person has signed in at the desk."""
    return at_desk(person.username, passphrase(person.username))
