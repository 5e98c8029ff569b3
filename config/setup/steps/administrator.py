"""The first office and the first administrator, who invites everybody else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import clock
from audit.log import actions as log
from config.setup.conversation import Conversation, Later, Question, Wrong
from config.setup.state import Finding, Step, done, still_open, warning
from integrity.action import Actor, Refusal
from integrity.people import actions as people
from integrity.people import invitations
from integrity.people.models import Appointment, Office, User
from integrity.people.roles import Role
from integrity.rules.terms import GradeBand

SYSTEM: Final = Actor.system()
CODE: Final = re.compile(r"[\w-]{1,20}")
USERNAME: Final = re.compile(r"[a-z0-9._-]{1,60}")


def _code(answer: str) -> str:
    if not CODE.fullmatch(answer):
        raise Wrong("A code has up to 20 letters, digits and hyphens.")
    return answer


def _username(answer: str) -> str:
    name = answer.strip().lower()
    if not USERNAME.fullmatch(name):
        raise Wrong("A user name has up to 60 small letters, digits, dots and hyphens.")
    return name


def _grade(answer: str) -> str:
    found = answer.strip().upper()
    if found not in GradeBand.values:
        raise Wrong(f"Answer one of {', '.join(f'{band.value} ({band.label})' for band in GradeBand)}.")
    return found


def _email(answer: str) -> str:
    try:
        validate_email(answer)
    except ValidationError as wrong:
        raise Wrong("This is no e-mail address.") from wrong
    return answer


def _named(longest: int) -> Callable[[str], str]:
    def clean(answer: str) -> str:
        if len(answer) > longest or not answer.isprintable():
            raise Wrong(f"This has at most {longest} characters on one line.")
        return answer

    return clean


OFFICE_CODE = Question("administrator.office_code", "Code of the first office, such as HQ", clean=_code)
OFFICE_NAME = Question("administrator.office_name", "Name of this office", clean=_named(120))
OFFICE_REGION = Question(
    "administrator.office_region",
    "Region of this office",
    hint="What a published decision may show in the place of an office.",
    clean=_named(80),
)
USER_NAME = Question("administrator.username", "User name of the first administrator", clean=_username)
NAME = Question("administrator.name", "Their name", clean=_named(120))
GRADE = Question("administrator.grade_band", "Their grade band, A to D (A is the highest)", clean=_grade)
STAFF_NUMBER = Question("administrator.staff_number", "Their staff number", optional=True, clean=_named(30))
EMAIL = Question("administrator.email", "Their e-mail address", optional=True, clean=_email)


def administrators() -> list[User]:
    """People with an open account who are administrators today."""
    held = Appointment.objects.in_force().filter(role=Role.ADMINISTRATOR).values("person")
    return list(User.objects.filter(pk__in=held, is_active=True))


def check() -> Iterator[Finding]:
    """Whether somebody can sign in and invite the others."""
    found = administrators()
    with_key = [person for person in found if person.key_id is not None]
    if not found:
        yield still_open(_("There is no administrator yet."), command="integrity setup")
    elif not with_key:
        invited = [person.username for person in found]
        yield still_open(
            _("%(names)s has not followed the invitation yet. A new link ends the old one.")
            % {"names": ", ".join(invited)},
            command=f"integrity people invite {invited[0]}",
        )
    elif len(with_key) == 1:
        yield warning(
            _("There is one administrator. When they are away or lose their passphrase, nobody makes new links."),
            page="people:people",
        )
    else:
        yield done(_("%(count)d administrators can sign in.") % {"count": len(with_key)}, page="people:people")


def perform(talk: Conversation) -> None:
    """Ask for the office and the person, make them, and print the link once."""
    found = administrators()
    if found:
        _invite_again(talk, found)
        return
    asked = (OFFICE_CODE, OFFICE_NAME, OFFICE_REGION, USER_NAME, NAME, GRADE, STAFF_NUMBER, EMAIL)
    given = {question.key.partition(".")[2]: talk.ask(question) for question in asked}
    if not talk.agrees(f"Make the account “{given['username']}” for {given['name']}"):
        talk.forget("administrator")
        raise Later("The answers were dropped; the next run asks again.")
    try:
        with log.transaction():
            person = _make(given)
    except Refusal as refusal:
        talk.forget("administrator")
        raise Wrong(str(refusal.sentence)) from refusal
    talk.forget("administrator")
    _print_link(talk, person)


def _make(given: dict[str, str]) -> User:
    office = Office.objects.filter(code=given["office_code"]).first() or people.make_office(
        actor=SYSTEM,
        code=given["office_code"],
        name=given["office_name"],
        region=given["office_region"],
        is_headquarters=not Office.objects.exists(),
    )
    person = User.objects.filter(username=given["username"], is_active=True, appointments__isnull=True).first()
    if person is None:
        details = people.Details(
            name=given["name"],
            office=office,
            grade_band=GradeBand(given["grade_band"]),
            staff_number=given["staff_number"],
            email=given["email"],
        )
        person = people.add_person(actor=SYSTEM, username=given["username"], details=details)
    people.appoint(actor=SYSTEM, person=person, role=Role.ADMINISTRATOR, since=clock.today())
    return person


def _invite_again(talk: Conversation, found: list[User]) -> None:
    """Make a link for an administrator who never had one; whoever has one gets no second one unasked."""
    for person in found:
        if person.key_id is None and not any(each.is_open for each in person.invitations.all()):
            _print_link(talk, person)
            return


def _print_link(talk: Conversation, person: User) -> None:
    issued = invitations.invite(actor=SYSTEM, person=person)
    address = f"{settings.DESK_URL.rstrip('/')}{reverse('people:welcome', args=[issued.token])}"
    talk.say(f"  {person.name} chooses a passphrase here, once, within seven days:")
    talk.say(f"    {address}")
    talk.say("  Hand it over in person. It is shown only now; `integrity people invite` makes another one.")
    talk.say("  If the desk has an address of its own, put it in the place of the portal's.")


STEP = Step("administrator", gettext_lazy("First administrator"), check, perform)
