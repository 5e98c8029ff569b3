"""The verbs of the people room."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy as _

from audit import clock
from integrity.action import Actor, Incomplete, NotPermitted, action, record
from integrity.people import sittings
from integrity.people.models import Appointment, Headcount, Office, Sitting, User
from integrity.people.roles import Role
from integrity.rules.terms import GradeBand
from integrity.vault import actions as vault
from integrity.vault.keyring import Keyring
from integrity.vault.models import Key, KeyKind


def _must_be(actor: Actor, *roles: Role) -> None:
    if actor.is_system:
        return
    if actor.person is None or not actor.person.has_role(*roles):
        raise NotPermitted(_("Your role does not allow this."), object=actor.pseudonym)


@action("people.office_made", facts=("code",), description="An office was added.")
def make_office(*, actor: Actor, code: str, name: str, region: str, is_headquarters: bool = False) -> Office:
    """Add an office."""
    _must_be(actor, Role.ADMINISTRATOR)
    office = Office.objects.create(code=code, name=name, region=region, is_headquarters=is_headquarters)
    record(object=f"office/{office.pk}", code=code)
    return office


@action("people.headcount_set", facts=("grade_band", "staff", "as_of"), description="A staff headcount was set.")
def set_headcount(*, actor: Actor, office: Office, grade_band: GradeBand, staff: int, as_of: date) -> Headcount:
    """Record how many staff an office has in a grade band on a day."""
    _must_be(actor, Role.ADMINISTRATOR, Role.PROGRAMME)
    row, _made = Headcount.objects.update_or_create(
        office=office, grade_band=grade_band, as_of=as_of, defaults={"staff": staff}
    )
    record(object=f"office/{office.pk}", grade_band=grade_band.value, staff=staff, as_of=as_of.isoformat())
    return row


@action("people.account_made", description="An account at the desk was made, with a key pair of its own.")
def make_person(
    *,
    actor: Actor,
    username: str,
    name: str,
    passphrase_key: vault.PersonKey,
    office: Office,
    grade_band: GradeBand,
    staff_number: str = "",
    superior: User | None = None,
    email: str = "",
) -> User:
    """Make an account whose key pair was prepared (outside the transaction) by `vault.make_person_key`.

    User names are kept in small letters, as sign-in reads them. Raises Incomplete for one that is taken.
    """
    _must_be(actor, Role.ADMINISTRATOR)
    username = username.strip().lower()
    if User.objects.filter(username=username).exists():
        raise Incomplete(_("This user name is taken."))
    person = User(
        username=username,
        name=name,
        office=office,
        grade_band=grade_band,
        staff_number=staff_number,
        superior=superior,
        email=email,
    )
    person.key = passphrase_key.save()
    person.save()
    record(object=f"person/{person.pk}")
    return person


@action("people.appointed", facts=("role", "mandate"), description="A person was given a role.")
def appoint(*, actor: Actor, person: User, role: Role, mandate: str = "", since: date | None = None) -> Appointment:
    """Give a person a role; it ends their sittings. Nobody appoints themselves.

    Raises Incomplete when they hold the role, with this mandate, already.
    """
    _must_be(actor, Role.ADMINISTRATOR)
    if actor.person is not None and actor.person.pk == person.pk:
        raise NotPermitted(_("Nobody can give a role to themselves."), object=f"person/{person.pk}")
    if Appointment.objects.filter(person=person, role=role, mandate=mandate, until__isnull=True).exists():
        raise Incomplete(_("This role was given already."), object=f"person/{person.pk}")
    Sitting.objects.filter(person=person).delete()
    appointment = Appointment.objects.create(person=person, role=role, mandate=mandate, since=since or clock.today())
    person.__dict__.pop("_roles", None)
    record(object=f"person/{person.pk}", role=role.value, mandate=mandate)
    return appointment


@action("people.signed_in", description="A person opened their keys and began a sitting.")
def open_sitting(*, actor: Actor, person: User, keyring: Keyring) -> sittings.OpenSitting:
    """Begin a sitting of one's own. The keys were opened before, outside the transaction."""
    if actor.user.pk != person.pk or keyring.key.pk != person.key_id:
        raise NotPermitted(_("Nobody begins a sitting for somebody else."), object=f"person/{person.pk}")
    if not person.is_active:
        raise NotPermitted(_("This account is closed."), object=f"person/{person.pk}")
    opened = sittings.wrap(person, keyring)
    opened.sitting.save(force_insert=True)
    record(object=f"person/{person.pk}")
    return opened


@action("people.sign_in_failed", description="A wrong user name or passphrase was given.")
def note_failed_sign_in(*, actor: Actor, person: User | None) -> None:
    """Leave an entry about a failed sign-in; an unknown user name is not repeated in the log."""
    record(object=f"person/{person.pk}" if person else "person/unknown")


@action("people.signed_out", description="A person ended a sitting.")
def close_sitting(*, actor: Actor, sitting: str) -> None:
    """End one of the person's own sittings."""
    Sitting.objects.filter(pk=sitting, person=actor.user).delete()
    record(object=actor.pseudonym)


@action("people.institution_key_made", facts=("kind", "holders"), description="A key of the institution was made.")
def make_institution_key(*, actor: Actor, kind: KeyKind, holders: list[User]) -> Key:
    """Make the key that holds reporters' identities or register drafts, and grant it to those who keep it."""
    _must_be(actor, Role.ADMINISTRATOR)
    needed = {KeyKind.IDENTITY: {Role.IDENTITY}, KeyKind.PUBLICATION: {Role.EDITOR, Role.APPROVER}}[kind]
    for person in holders:
        if person.key is None or not person.has_role(*needed):
            raise NotPermitted(_("A holder of this key needs the role for it, and a key of their own."))
    key, _private = vault.make_key(kind, *(person.key for person in holders if person.key is not None))
    record(object=f"key/{key.pk}", kind=kind.value, holders=sorted(str(person.pk) for person in holders))
    return key
