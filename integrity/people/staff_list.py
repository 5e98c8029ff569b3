"""A list of staff: who would be added, who would change, and what is wrong, before and while it is imported."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from audit import clock
from integrity.action import Actor, Incomplete, action, record
from integrity.people.importing import Fault, Layout, Row, Table, text_fault
from integrity.people.models import Office, PersonEvent, PersonEventKind, User
from integrity.people.roles import Role
from integrity.policy import Party
from integrity.rules.terms import GradeBand

LAYOUT: Final = Layout(needed=("staff_number", "name", "office", "grade_band"), optional=("superior", "email"))
FIELDS: Final = ("staff_number", "name", "office_id", "grade_band", "superior_id", "email")
_NUMBER: Final = re.compile(r"\w[\w./-]{0,29}")
_BATCH: Final = 500


@dataclass
class StaffPlan:
    """What importing the list would do: people to add, people to change (with the fields), and the faults."""

    added: list[User] = field(default_factory=list)
    changed: list[tuple[User, list[str]]] = field(default_factory=list)
    unchanged: int = 0
    absent: int = 0
    faults: list[Fault] = field(default_factory=list)


def plan(table: Table, *, actor: Actor) -> StaffPlan:
    """Check every row against the others and against who is there; a fixed number of queries, nothing is changed."""
    return _Planning(table, actor).result()


@action(
    "people.staff_imported",
    by=(Role.ADMINISTRATOR, Party.SYSTEM),
    facts=("file", "added", "changed"),
    description="A list of staff was imported.",
    step_up=True,
)
def import_staff(*, actor: Actor, table: Table, digest: str) -> StaffPlan:
    """Add and change the people of a list, all or none; `digest` is the file's SHA-256, for the log.

    Whoever is added has no key and no role, and cannot sign in. Raises Incomplete when any row is wrong.
    """
    planned = plan(table, actor=actor)
    if planned.faults:
        raise Incomplete(_("Some rows are wrong, so nothing was imported."))
    User.objects.bulk_create(planned.added, batch_size=_BATCH)
    User.objects.bulk_create(
        [person for person, _fields in planned.changed],
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=[*FIELDS],
    )
    now = clock.now()
    changed = [(person, fields) for person, fields in planned.changed if person.key_id is not None]
    PersonEvent.objects.bulk_create(
        [
            PersonEvent(person=person, kind=PersonEventKind.DETAILS_CHANGED, at=now, by=actor.person)
            for person, _fields in changed
        ],
        batch_size=_BATCH,
    )
    for person, fields in changed:
        _note_change(actor=actor, person=person, fields=fields)
    record(object="staff", file=digest, added=len(planned.added), changed=len(planned.changed))
    return planned


@action(
    "people.details_imported",
    by=(Role.ADMINISTRATOR, Party.SYSTEM),
    facts=("fields",),
    description="A list of staff changed a person with an account.",
    step_up=True,
)
def _note_change(*, actor: Actor, person: User, fields: list[str]) -> None:
    record(object=f"person/{person.pk}", fields=[name.removesuffix("_id") for name in fields])


class _Planning:
    """One look at a list. The superiors come last, because they may be anywhere in it."""

    def __init__(self, table: Table, actor: Actor) -> None:
        self.table = table
        self.actor = actor
        self.plan = StaffPlan(faults=list(table.faults))
        self.offices = {office.code.casefold(): office for office in Office.objects.all()}
        self.there: dict[str, list[User]] = defaultdict(list)
        self.usernames: dict[str, User] = {}
        for person in User.objects.all():
            self.usernames[person.username] = person
            if person.staff_number:
                self.there[person.staff_number.casefold()].append(person)
        self.listed: dict[str, tuple[Row, User]] = {}
        self.before: dict[UUID, dict[str, object]] = {}
        self.wrong: set[int] = set()

    def result(self) -> StaffPlan:
        for row in self.table.rows:
            self._read(row)
        if "superior" in self.table.columns:
            for row, person in self.listed.values():
                self._place(row, person)
            self._refuse_circles()
        for row, person in self.listed.values():
            if row.line not in self.wrong:
                self._count(row, person)
        numbers = set(self.listed)
        self.plan.absent = sum(
            any(person.is_active for person in people) for number, people in self.there.items() if number not in numbers
        )
        self.plan.faults.sort(key=lambda fault: fault.line)
        return self.plan

    def _fault(self, row: Row, column: str, sentence: str) -> None:
        self.plan.faults.append(row.fault(column, sentence))
        self.wrong.add(row.line)

    def _read(self, row: Row) -> None:
        number = row.cells["staff_number"]
        if not _NUMBER.fullmatch(number):
            self._fault(
                row, "staff_number", _("A staff number has 1 to 30 letters, digits, points, strokes or hyphens.")
            )
            return
        if (first := self.listed.get(number.casefold())) is not None:
            self._fault(row, "staff_number", _("It is on line %(line)d already.") % {"line": first[0].line})
            return
        person = self._person(row, number)
        if person is None:
            return
        self.listed[number.casefold()] = (row, person)
        person.name = self._text(row, "name", longest=120)
        self._read_place(row, person)
        if "email" in self.table.columns:
            person.email = self._email(row)

    def _person(self, row: Row, number: str) -> User | None:
        """Who has the number: somebody who is there, or somebody new. None, with a fault, where it is not clear."""
        people = self.there.get(number.casefold(), [])
        if len(people) > 1:
            self._fault(row, "staff_number", _("More than one account has this staff number."))
            return None
        if people:
            if not people[0].is_active:
                self._fault(row, "staff_number", _("The account with this staff number is closed."))
                return None
            self.before[people[0].pk] = {name: getattr(people[0], name) for name in FIELDS}
            return people[0]
        username = number.lower()
        if username in self.usernames:
            self._fault(row, "staff_number", _("Somebody else has this as their user name."))
            return None
        return User(username=username, staff_number=number)

    def _read_place(self, row: Row, person: User) -> None:
        office = self.offices.get(row.cells["office"].casefold())
        if office is None:
            self._fault(row, "office", _("There is no office with this code."))
        else:
            person.office = office
        grade = row.cells["grade_band"].upper()
        if grade not in GradeBand.values:
            self._fault(
                row, "grade_band", _("A grade band is one of %(bands)s.") % {"bands": ", ".join(GradeBand.values)}
            )
        else:
            person.grade_band = grade

    def _text(self, row: Row, column: str, *, longest: int) -> str:
        value = row.cells[column]
        sentence = text_fault(value, longest=longest) if value else _("It is empty.")
        if sentence:
            self._fault(row, column, sentence)
        return value

    def _email(self, row: Row) -> str:
        value = row.cells["email"]
        if value:
            try:
                validate_email(value)
            except ValidationError:
                self._fault(row, "email", _("This is no e-mail address."))
        return value

    def _place(self, row: Row, person: User) -> None:
        """Find the superior, in the list first, then among those who are there."""
        number = row.cells["superior"].casefold()
        if not number:
            person.superior = None
            return
        if number in self.listed:
            person.superior = self.listed[number][1]
            return
        people = [each for each in self.there.get(number, []) if each.is_active]
        if len(people) != 1:
            self._fault(row, "superior", _("Nobody on the list or in the system has this staff number."))
            return
        person.superior = people[0]

    def _refuse_circles(self) -> None:
        """Every row whose line of superiors comes back to itself; the others' lines end."""
        above = self._lines()
        rows = {person.pk: row for row, person in self.listed.values()}
        for circle in _circles(above):
            numbers = [rows[pk].cells["staff_number"] for pk in circle if pk in rows]
            if not numbers:
                continue
            sentence = _("This line of superiors comes back to where it began: %(line)s.") % {
                "line": " → ".join([*numbers[:10], numbers[0]] if len(numbers) <= 10 else [*numbers[:10], "…"])
            }
            for pk in circle:
                if pk in rows:
                    self._fault(rows[pk], "superior", sentence)

    def _lines(self) -> dict[UUID, UUID]:
        above = {person.pk: person.superior_id for person in self.usernames.values() if person.superior_id is not None}
        for _row, person in self.listed.values():
            above.pop(person.pk, None)
            if person.superior_id is not None:
                above[person.pk] = person.superior_id
        return above

    def _count(self, row: Row, person: User) -> None:
        if person.pk not in self.before:
            self.plan.added.append(person)
            return
        fields = [name for name, value in self.before[person.pk].items() if getattr(person, name) != value]
        if not fields:
            self.plan.unchanged += 1
        elif self.actor.person is not None and person.pk == self.actor.person.pk:
            self._fault(row, "staff_number", _("This is you. Somebody else must change your own record."))
        else:
            self.plan.changed.append((person, fields))


def _circles(above: Mapping[UUID, UUID]) -> Iterable[list[UUID]]:
    """Each circle in the lines of superiors, once; every step is walked once."""
    done: set[UUID] = set()
    for start in above:
        way: list[UUID] = []
        position: dict[UUID, int] = {}
        here: UUID | None = start
        while here is not None and here not in done and here not in position:
            position[here] = len(way)
            way.append(here)
            here = above.get(here)
        if here is not None and here in position:
            yield way[position[here] :]
        done.update(way)
