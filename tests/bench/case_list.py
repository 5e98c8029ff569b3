"""Lists of ten thousand cases, of all of which one person is a member."""

from __future__ import annotations

import base64
import json
import time
from datetime import timedelta
from urllib.parse import urlencode

from django.contrib.auth.models import Permission
from django.db import connection

from audit import clock
from audit.log import actions as log
from audit.log.events import declare
from cases.access import PERMISSION
from cases.models import Case, CaseUserObjectPermission, Deadline, Membership
from cases.states import CaseState
from cases.views import PAGE
from integrity.people.roles import Role
from integrity.references import new_reference
from integrity.rules.terms import ClockName, Gravity
from integrity.vault.models import Grant, Key, KeyKind
from integrity.vault.seal import PrivateKey
from tests.bench.browsing import Browser
from tests.bench.measure import compare, one
from tests.bench.observed import observed
from tests.bench.scratch import Scene
from tests.bench.sign_in import signed_in
from tests.bench.table import Figure, Result, duration
from tests.world import World

CASES = 10_000
BATCH = 1_000
READER = "investigator2"
FILLED = declare("bench.filled", description="A benchmark filled the scratch database.")


def run(scene: Scene) -> Result:
    """First and last page of the list, and the work list, against bare SQL and against opening every title."""
    world = scene.found()
    began = time.perf_counter()
    fill(world)
    filling = time.perf_counter() - began
    browser = signed_in(READER)
    last = f"/desk/cases/?{urlencode({'after': _before_last_page()})}"
    measured = [
        _measured(f"first page of {CASES:,}", "/desk/cases/", browser),
        _measured(f"last page of {CASES:,}", last, browser),
        _measured(f"work list of {CASES:,} open cases", "/desk/", browser),
    ]
    everything = compare(
        one(lambda: browser.get("/desk/cases/").expect(200)), one(lambda: open_every_title(world)), pairs=3, warm=False
    )
    return Result(
        title=f"Lists of {CASES:,} cases",
        figures=[
            *(figure for figure, _remark in measured),
            Figure(f"first page of {CASES:,}", "opening every title, then showing some", everything),
        ],
        remarks=[
            *(remark for _figure, remark in measured),
            f"Filling took {duration(filling)}: key pair, grant, sealed title and rows of each case.",
        ],
    )


def _measured(name: str, address: str, browser: Browser) -> tuple[Figure, str]:
    def look() -> None:
        browser.get(address).expect(200)

    look()
    with observed() as seen:
        look()
    statement, parameters = next(query for query in seen.queries if f'FROM "{Case._meta.db_table}"' in query[0])

    def bare() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            cursor.fetchall()

    remark = f"{name.capitalize()}: {len(seen.queries)} queries, {seen.opens} private-key operations."
    return Figure(name, "the bare SQL for its rows", compare(one(look), one(bare), pairs=15)), remark


def open_every_title(world: World) -> int:
    """The way that lists must go where the database cannot tell what a person may see: open all, then show some."""
    actor = world.actor(READER)
    rows = list(Case.objects.seen_by(actor.user).select_related("key"))
    opened = []
    for start in range(0, len(rows), BATCH):
        some = rows[start : start + BATCH]
        actor.keys.find([case.key for case in some])
        opened += [case.open(actor.keys, "title") for case in some]
    return len(opened)


def fill(world: World) -> None:
    """Ten thousand open cases with real keys, grants and seals, over a thousand days."""
    person = world.person(READER)
    holder = world.keyrings[READER].key
    permission = Permission.objects.get(codename=PERMISSION)
    today = clock.today()
    for start in range(0, CASES, BATCH):
        cases, keys, grants = [], [], []
        with log.transaction():
            for number in range(start, start + BATCH):
                private = PrivateKey.generate()
                key = Key(kind=KeyKind.CASE, public=private.public.raw)
                grant = Grant(key=key, holder=holder)
                grant.seal(sealed=private.seed)
                case = Case(
                    reference=new_reference("C"),
                    key=key,
                    pack=world.pack,
                    state=CaseState.INVESTIGATING,
                    gravity=Gravity.SERIOUS,
                    opened_on=today - timedelta(days=number // 10),
                )
                case.seal(title=f"Money at gate {number}")
                keys.append(key)
                grants.append(grant)
                cases.append(case)
            Key.objects.bulk_create(keys)
            Grant.objects.bulk_create(grants)
            Case.objects.bulk_create(cases)
            Membership.objects.bulk_create(
                Membership(case=case, person=person, capacity=Role.INVESTIGATOR, since=today) for case in cases
            )
            CaseUserObjectPermission.objects.bulk_create(
                CaseUserObjectPermission(user=person, permission=permission, content_object=case) for case in cases
            )
            Deadline.objects.bulk_create(
                Deadline(case=case, name=ClockName.INVESTIGATION, started_on=case.opened_on, due=case.opened_on)
                for case in cases
            )
            log.append(FILLED, actor="bench", object="bench", facts={})


def _before_last_page() -> str:
    """The position after which the last page begins, as the list's own links write it."""
    held = Membership.objects.filter(person__username=READER).values("case")
    row = Case.objects.filter(pk__in=held).order_by("opened_on", "pk")[PAGE]
    return base64.urlsafe_b64encode(json.dumps([str(row.opened_on), str(row.pk)]).encode()).decode().rstrip("=")
