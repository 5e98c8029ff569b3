"""The verbs of the people room."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from audit import clock
from integrity.action import Actor, Incomplete, NotPermitted, WrongState, action, record
from integrity.people import institution_keys, sittings
from integrity.people.events import tell
from integrity.people.models import Appointment, Headcount, Office, PersonEventKind, Sitting, User
from integrity.people.roles import Role
from integrity.policy import ANYBODY, Party
from integrity.rules.terms import GradeBand
from integrity.vault import actions as vault
from integrity.vault.keyring import Keyring
from integrity.vault.models import Key, KeyKind

# Of what is typed into a search, so much is kept: the address bar takes more than any name.
LONGEST_SEARCH: Final = 200


@action(
    "people.office_made", by=(Role.ADMINISTRATOR, Party.SYSTEM), facts=("code",), description="An office was added."
)
def make_office(*, actor: Actor, code: str, name: str, region: str, is_headquarters: bool = False) -> Office:
    """Add an office."""
    office = Office.objects.create(code=code, name=name, region=region, is_headquarters=is_headquarters)
    record(object=f"office/{office.pk}", code=code)
    return office


@action(
    "people.office_changed",
    by=(Role.ADMINISTRATOR,),
    facts=("fields",),
    description="Name or region of an office were changed.",
)
def change_office(*, actor: Actor, office: Office, name: str, region: str, is_headquarters: bool) -> None:
    """Change what an office is called and where it counts to; its code stays."""
    given = {"name": name, "region": region, "is_headquarters": is_headquarters}
    changed = sorted(field for field, value in given.items() if getattr(office, field) != value)
    if not changed:
        raise Incomplete(_("Nothing was changed."), object=f"office/{office.pk}")
    Office.objects.filter(pk=office.pk).update(**given)
    record(object=f"office/{office.pk}", fields=changed)


@action(
    "people.headcount_set",
    by=(Role.ADMINISTRATOR, Role.PROGRAMME, Party.SYSTEM),
    facts=("grade_band", "staff", "as_of"),
    description="A staff headcount was set.",
)
def set_headcount(*, actor: Actor, office: Office, grade_band: GradeBand, staff: int, as_of: date) -> Headcount:
    """Record how many staff an office has in a grade band on a day."""
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


@action(
    "people.person_added",
    by=(Role.ADMINISTRATOR, Party.SYSTEM),
    description="A member of the staff was added, without a key and without a role.",
    step_up=True,
)
def add_person(*, actor: Actor, username: str, details: Details) -> User:
    """Add somebody to the directory. They cannot sign in before they are invited and have chosen a passphrase.

    User names are kept in small letters, as sign-in reads them. Raises Incomplete for one that is taken.
    """
    person = _new_person(username, details)
    person.save(force_insert=True)
    tell(person, PersonEventKind.ACCOUNT_MADE, actor=actor)
    record(object=f"person/{person.pk}")
    return person


@action(
    "people.details_changed",
    by=(Role.ADMINISTRATOR,),
    not_self={"person": _("Somebody else must change your own record.")},
    facts=("fields",),
    description="Name, office, grade or superior of a person changed.",
    step_up=True,
)
def change_person(*, actor: Actor, person: User, details: Details) -> None:
    """Change what is known about a person; conflicts of interest follow the new line of superiors at once.

    Raises NotPermitted for oneself, Incomplete for a line of superiors that comes back to the person.
    """
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


@action(
    "people.account_made",
    by=(Party.SYSTEM,),
    sentence=_("Nobody chooses a passphrase for somebody else: invite them."),
    description="An account at the desk was made, with a key pair of its own.",
)
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


@action(
    "people.appointed",
    by=(Role.ADMINISTRATOR, Party.SYSTEM),
    not_self={"person": _("Nobody can give a role to themselves.")},
    facts=("role", "mandate"),
    description="A person was given a role.",
    step_up=True,
)
def appoint(*, actor: Actor, person: User, role: Role, mandate: str = "", since: date | None = None) -> Appointment:
    """Give a person a role; it ends their sittings. Nobody appoints themselves.

    Raises Incomplete when they hold the role, with this mandate, already.
    """
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


@action(
    "people.signed_in",
    by=(Party.THEMSELF,),
    themself="person",
    sentence=_("Nobody begins a sitting for somebody else."),
    description="A person opened their keys and began a sitting.",
)
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


@action(
    "people.sign_in_limited",
    by=ANYBODY,
    limit="a limit is noted, whoever reached it",
    facts=("limit",),
    private=("username",),
    description="Tried too often: further tries wait.",
)
def note_limit(*, actor: Actor, person: User | None, limit: str, username: str = "") -> None:
    """Leave an entry when an account, a source or a browser reached its limit of tries; the name typed is private."""
    record(object=f"person/{person.pk}" if person else "person/unknown", private=_typed(username), limit=limit)


@action(
    "people.sign_in_failed",
    by=ANYBODY,
    limit="an attempt is noted, whoever makes it",
    private=("username",),
    description="A wrong user name or passphrase was given.",
)
def note_failed_sign_in(*, actor: Actor, person: User | None, username: str) -> None:
    """Leave an entry about a failed sign-in; the user name is private in it, as it was typed.

    It is kept whether there is such an account or not, so that how long this takes does not tell.
    """
    record(object=f"person/{person.pk}" if person else "person/unknown", private=_typed(username))


def _typed(username: str) -> dict[str, str] | None:
    return {"username": username} if username else None


@action("people.signed_out", by=(Party.DESK,), limit="one's own sittings", description="A person ended a sitting.")
def close_sitting(*, actor: Actor, sitting: str) -> None:
    """End one of the person's own sittings."""
    Sitting.objects.filter(pk=sitting, person=actor.user).delete()
    record(object=actor.pseudonym)


@action(
    "people.sittings_ended",
    by=(Party.DESK,),
    limit="one's own sittings",
    facts=("ended",),
    description="A person ended sittings of theirs elsewhere.",
)
def end_sittings(*, actor: Actor, sittings: Iterable[UUID]) -> int:
    """End sittings of one's own in other browsers; how many there were. Raises WrongState when there was none."""
    ended, _rows = Sitting.objects.filter(pk__in=list(sittings), person=actor.user).delete()
    if not ended:
        raise WrongState(_("This sitting has ended already."), object=actor.pseudonym)
    tell(actor.user, PersonEventKind.SITTING_ENDED, actor=actor)
    record(object=actor.pseudonym, ended=ended)
    return ended


@action(
    "people.searched",
    by=(Role.ADMINISTRATOR,),
    facts=("narrowed", "shown"),
    private=("search",),
    description="Somebody was looked for among the people.",
)
def note_search(*, actor: Actor, search: str, narrowed: Iterable[str], shown: int) -> None:
    """Note a search in the directory: by what else it was narrowed, and how many people the page shows.

    What was typed is private, because it may be a name.
    """
    record(object="people", private={"search": search[:LONGEST_SEARCH]}, narrowed=sorted(narrowed), shown=shown)


@action(
    "people.institution_key_made",
    by=(Role.ADMINISTRATOR, Party.SYSTEM),
    not_self={"holders": _("Nobody makes themselves a holder of a key.")},
    facts=("kind", "holders"),
    description="A key of the institution was made.",
    step_up=True,
)
def make_institution_key(*, actor: Actor, kind: KeyKind, holders: list[User]) -> Key:
    """Make a key of reporters' identities, register drafts or private parts; grant it to those who keep it."""
    needed = institution_keys.KEEPERS[kind]
    for person in holders:
        if person.key is None or not person.has_role(*needed):
            raise NotPermitted(_("A holder of this key needs the role for it, and a key of their own."))
    key, _private = vault.make_key(kind, *(person.key for person in holders if person.key is not None))
    record(object=f"key/{key.pk}", kind=kind.value, holders=sorted(str(person.pk) for person in holders))
    return key
