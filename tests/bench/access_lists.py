"""Whose cases are these: 100,000 cases, 50 people, and the ways to ask. `BENCH_CASES` makes it smaller.

Each case has four members, with as many object permissions: in the table of this product, which has a foreign key to
the case, and in django-guardian's generic one, which has a text.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.models import QuerySet
from guardian import shortcuts
from guardian.models import GroupObjectPermission, UserObjectPermission

from audit import clock
from cases.access import PERMISSION
from cases.models import Case, CaseUserObjectPermission, Membership
from cases.views import PAGE
from integrity.people.models import Appointment, User
from integrity.people.roles import Role
from integrity.rules.terms import GradeBand, Gravity
from integrity.vault.models import Key, KeyKind
from tests.bench.measure import compare, one
from tests.bench.scratch import Scene
from tests.bench.table import Figure, Result, duration

CASES = int(os.environ.get("BENCH_CASES", "100000"))
PEOPLE = 50
MEMBERS = 4
BATCH = 5_000
READER = "member7"


def run(scene: Scene) -> Result:
    """The first page and the count of one person's cases, four ways."""
    world = scene.found()
    began = time.perf_counter()
    _fill(world.office.pk, world.pack.pk)
    filling = time.perf_counter() - began
    reader = User.objects.get(username=READER)
    held = Membership.objects.filter(person=reader).count()
    bare = _bare(reader)
    found = _identifiers(_direct(reader)), _identifiers(_generic(reader)), _identifiers(Case.objects.seen_by(reader))
    if len(set(found)) != 1 or not found[0]:
        raise RuntimeError("The ways to ask do not agree.")
    ways: list[tuple[str, Callable[[], QuerySet[Case]]]] = [
        ("membership (pk__in), as the pages ask", lambda: Case.objects.seen_by(User.objects.get(pk=reader.pk))),
        ("get_objects_for_user, direct foreign key", lambda: _direct(reader)),
        ("get_objects_for_user, generic table", lambda: _generic(reader)),
    ]
    figures = [
        Figure(
            f"{what}: {name}",
            "bare SQL",
            compare(one(lambda a=ask, r=read: r(a())), one(lambda b=bare[what]: b()), pairs=9),
        )
        for what, read in (("first page", _page), ("count", _count))
        for name, ask in ways
    ]
    return Result(
        title=f"{CASES:,} cases, {PEOPLE} people, {held:,} cases of one person",
        figures=figures,
        remarks=[
            f"Filling took {duration(filling)}. The bare SQL joins memberships and cases; each way gives the same."
        ],
    )


def _page(rows: QuerySet[Case]) -> object:
    return list(rows.order_by("-opened_on", "-pk")[:PAGE].values_list("pk", flat=True))


def _count(rows: QuerySet[Case]) -> object:
    return rows.count()


def _identifiers(rows: QuerySet[Case]) -> tuple[object, ...]:
    return tuple(sorted(str(pk) for pk in rows.values_list("pk", flat=True)))


def _direct(reader: User) -> QuerySet[Case]:
    return shortcuts.get_objects_for_user(reader, PERMISSION, klass=Case, accept_global_perms=False)


def _generic(reader: User) -> QuerySet[Case]:
    with _generic_tables():
        return shortcuts.get_objects_for_user(reader, PERMISSION, klass=Case, accept_global_perms=False)


@contextmanager
def _generic_tables() -> Iterator[None]:
    """django-guardian as it is without permission models of one's own."""
    with (
        patch.object(shortcuts, "get_user_obj_perms_model", lambda *_: UserObjectPermission),
        patch.object(shortcuts, "get_group_obj_perms_model", lambda *_: GroupObjectPermission),
    ):
        yield


def _bare(reader: User) -> dict[str, Callable[[], object]]:
    cases, members = Case._meta.db_table, Membership._meta.db_table
    joined = (
        f'FROM {cases} c WHERE c.id IN (SELECT m.case_id FROM {members} m WHERE m.person_id = %s AND m."until" IS NULL)'
    )
    person = reader.pk if connection.vendor == "postgresql" else reader.pk.hex

    def ask(statement: str) -> Callable[[], object]:
        def fetch() -> object:
            with connection.cursor() as cursor:
                cursor.execute(statement, [person])
                return cursor.fetchall()

        return fetch

    return {
        "first page": ask(f"SELECT c.id {joined} ORDER BY c.opened_on DESC, c.id DESC LIMIT {PAGE}"),
        "count": ask(f"SELECT count(*) {joined}"),
    }


def _fill(office: object, pack: object) -> None:
    """People, and cases that each four of them are members of; nothing is sealed, for nothing is opened."""
    people = [
        User(username=f"member{number}", name=f"Member {number}", office_id=office, grade_band=GradeBand.OFFICER)
        for number in range(PEOPLE)
    ]
    User.objects.bulk_create(people)
    Appointment.objects.bulk_create(
        Appointment(person=person, role=Role.INVESTIGATOR, since=clock.today()) for person in people
    )
    permission = Permission.objects.get(codename=PERMISSION)
    kind = ContentType.objects.get_for_model(Case)
    for start in range(0, CASES, BATCH):
        with transaction.atomic():
            _fill_batch(range(start, min(start + BATCH, CASES)), people, pack)
    with transaction.atomic(), connection.cursor() as cursor:
        direct, generic, held = (
            model._meta.db_table for model in (CaseUserObjectPermission, UserObjectPermission, Membership)
        )
        cursor.execute(
            f"INSERT INTO {direct} (permission_id, user_id, content_object_id) "
            f"SELECT %s, person_id, case_id FROM {held}",
            [permission.pk],
        )
        cursor.execute(
            f"INSERT INTO {generic} (permission_id, content_type_id, user_id, object_pk) "
            f"SELECT %s, %s, person_id, {_spelled('case_id')} FROM {held}",
            [permission.pk, kind.pk],
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _spelled(column: str) -> str:
    """A UUID with its dashes, as django-guardian keeps it: SQLite's column has none."""
    if connection.vendor == "postgresql":
        return f"{column}::text"
    parts = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
    return " || '-' || ".join(f"substr({column}, {start}, {length})" for start, length in parts)


def _fill_batch(numbers: range, people: list[User], pack: object) -> None:
    today = clock.today()
    keys = [Key(kind=KeyKind.CASE, public=b"") for _ in numbers]
    cases = [
        Case(
            reference=f"C-{number}",
            key=key,
            pack_id=pack,
            gravity=Gravity.SERIOUS,
            opened_on=today - timedelta(days=number % 3650),
        )
        for number, key in zip(numbers, keys, strict=True)
    ]
    pairs = [
        (case, people[(number * 7 + step * 13) % PEOPLE])
        for number, case in zip(numbers, cases, strict=True)
        for step in range(MEMBERS)
    ]
    Key.objects.bulk_create(keys)
    Case.objects.bulk_create(cases)
    Membership.objects.bulk_create(
        Membership(case=case, person=person, capacity=Role.INVESTIGATOR, since=today) for case, person in pairs
    )
