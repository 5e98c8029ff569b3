"""The verbs of the people room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from audit import clock
from integrity.action import Actor, Incomplete, NotPermitted, WrongState, action, record
from integrity.people import institution_keys, sittings
from integrity.people.events import tell
from integrity.people.models import Appointment, Headcount, Office, PersonEventKind, Sitting, User
from integrity.people.rights import must_be, must_be_somebody_else
from integrity.people.roles import Role
from integrity.rules.terms import GradeBand
from integrity.vault import actions as vault
from integrity.vault.keyring import Keyring
from integrity.vault.models import Key, KeyKind


@action("people.office_made", facts=("code",), description="An office was added.")
def make_office(*, actor: Actor, code: str, name: str, region: str, is_headquarters: bool = False) -> Office:
    """Add an office."""
    must_be(actor, Role.ADMINISTRATOR)
    office = Office.objects.create(code=code, name=name, region=region, is_headquarters=is_headquarters)
    record(object=f"office/{office.pk}", code=code)
    return office


@action("people.office_changed", facts=("fields",), description="Name or region of an office were changed.")
def change_office(*, actor: Actor, office: Office, name: str, region: str, is_headquarters: bool) -> None:
    """Change what an office is called and where it counts to; its code stays."""
    must_be(actor, Role.ADMINISTRATOR)
    given = {"name": name, "region": region, "is_headquarters": is_headquarters}
    changed = sorted(field for field, value in given.items() if getattr(office, field) != value)
    if not changed:
        raise Incomplete(_("Nothing was changed."), object=f"office/{office.pk}")
    Office.objects.filter(pk=office.pk).update(**given)
    record(object=f"office/{office.pk}", fields=changed)


@action("people.headcount_set", facts=("grade_band", "staff", "as_of"), description="A staff headcount was set.")
def set_headcount(*, actor: Actor, office: Office, grade_band: GradeBand, staff: int, as_of: date) -> Headcount:
    """Record how many staff an office has in a grade band on a day."""
    must_be(actor, Role.ADMINISTRATOR, Role.PROGRAMME)
    row, _made = Headcount.objects.update_or_create(
        office=office, grade_band=grade_band, as_of=as_of, defaults={"staff": staff}
    )
    record(object=f"office/{office.pk}", grade_band=grade_band.value, staff=staff, as_of=as_of.isoformat())
    return row


@dataclass(frozen=True)
class Details:
    """What the institution knows about one of its staff, whether they have an account at the desk or not."""

    name: str
    office: Office
    grade_band: GradeBand
    staff_number: str = ""
    superior: User | None = None
    email: str = ""


@action("people.person_added", description="A member of the staff was added, without a key and without a role.")
def add_person(*, actor: Actor, username: str, details: Details) -> User:
    """Add somebody to the directory. They cannot sign in before they are invited and have chosen a passphrase.

    User names are kept in small letters, as sign-in reads them. Raises Incomplete for one that is taken.
    """
    must_be(actor, Role.ADMINISTRATOR)
    person = _new_person(username, details)
    person.save(force_insert=True)
    tell(person, PersonEventKind.ACCOUNT_MADE, actor=actor)
    record(object=f"person/{person.pk}")
    return person


@action("people.details_changed", facts=("fields",), description="Name, office, grade or superior of a person changed.")
def change_person(*, actor: Actor, person: User, details: Details) -> None:
    """Change what is known about a person; conflicts of interest follow the new line of superiors at once.

    Raises NotPermitted for oneself, Incomplete for a line of superiors that comes back to the person.
    """
    must_be(actor, Role.ADMINISTRATOR)
    must_be_somebody_else(actor, person, _("Somebody else must change your own record."))
    given = vars(details)
    changed = sorted(field for field, value in given.items() if getattr(person, field) != value)
    if not changed:
        raise Incomplete(_("Nothing was changed."), object=f"person/{person.pk}")
    above = details.superior
    if above is not None and (above.pk == person.pk or person.is_superior_of(above)):
        raise Incomplete(_("This line of superiors comes back to where it began."), object=f"person/{person.pk}")
    _refuse_taken_number(details.staff_number, apart_from=person)
    for field in changed:
        setattr(person, field, given[field])
    person.save(update_fields=changed)
    tell(person, PersonEventKind.DETAILS_CHANGED, actor=actor)
    record(object=f"person/{person.pk}", fields=changed)


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
    """Make an account whose passphrase the caller knows: for the demonstration and for tests, by the system alone.

    Everybody else adds a person and invites them, so that nobody ever knows somebody else's passphrase.
    """
    if not actor.is_system:
        raise NotPermitted(_("Nobody chooses a passphrase for somebody else: invite them."), object=actor.pseudonym)
    person = _new_person(username, Details(name, office, grade_band, staff_number, superior, email))
    person.key = passphrase_key.save()
    person.save(force_insert=True)
    record(object=f"person/{person.pk}")
    return person


def _new_person(username: str, details: Details) -> User:
    username = username.strip().lower()
    if User.objects.filter(username=username).exists():
        raise Incomplete(_("This user name is taken."))
    _refuse_taken_number(details.staff_number)
    return User(username=username, **vars(details))


def _refuse_taken_number(staff_number: str, *, apart_from: User | None = None) -> None:
    same = User.objects.filter(staff_number__iexact=staff_number) if staff_number else User.objects.none()
    if apart_from is not None:
        same = same.exclude(pk=apart_from.pk)
    if same.exists():
        raise Incomplete(_("Somebody else has this staff number."))


@action("people.appointed", facts=("role", "mandate"), description="A person was given a role.")
def appoint(*, actor: Actor, person: User, role: Role, mandate: str = "", since: date | None = None) -> Appointment:
    """Give a person a role; it ends their sittings. Nobody appoints themselves.

    Raises Incomplete when they hold the role, with this mandate, already.
    """
    must_be(actor, Role.ADMINISTRATOR)
    must_be_somebody_else(actor, person, _("Nobody can give a role to themselves."))
    about = f"person/{person.pk}"
    if not User.objects.filter(pk=person.pk, is_active=True).exists():
        raise WrongState(_("This account is closed."), object=about)
    if mandate and role != Role.AUTHORITY:
        raise Incomplete(_("Only a deciding authority has a mandate."), object=about)
    if Appointment.objects.filter(person=person, role=role, mandate=mandate, until__isnull=True).exists():
        raise Incomplete(_("This role was given already."), object=about)
    Sitting.objects.filter(person=person).delete()
    appointment = Appointment.objects.create(person=person, role=role, mandate=mandate, since=since or clock.today())
    person.__dict__.pop("_roles", None)
    institution_keys.ask(person)
    tell(person, PersonEventKind.ROLE_GIVEN, actor=actor, role=role)
    record(object=about, role=role.value, mandate=mandate)
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
    must_be(actor, Role.ADMINISTRATOR)
    needed = institution_keys.KEEPERS[kind]
    for person in holders:
        if person.key is None or not person.has_role(*needed):
            raise NotPermitted(_("A holder of this key needs the role for it, and a key of their own."))
    key, _private = vault.make_key(kind, *(person.key for person in holders if person.key is not None))
    record(object=f"key/{key.pk}", kind=kind.value, holders=sorted(str(person.pk) for person in holders))
    return key
