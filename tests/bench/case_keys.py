"""How many private-key operations the page of a case takes, with ever more members and ever more papers."""

from __future__ import annotations

from django.test import override_settings

from audit import clock
from cases.investigation import actions as investigation
from cases.investigation.models import Capacity, Confirmation, EvidenceKind
from cases.models import Case
from integrity.people.roles import Role
from tests.bench import raw
from tests.bench.browsing import Browser
from tests.bench.measure import compare, one
from tests.bench.observed import observed
from tests.bench.scratch import Scene
from tests.bench.sign_in import signed_in
from tests.bench.table import Figure, Result
from tests.walks.investigation import NOTE, TEXT, to_investigating
from tests.walks.triage import assessed_report, open_case
from tests.world import World

SIZES = (1, 10, 100)
# Nobody signs in as these, so their locks need no more than the least.
LEAST_COST = (19 * 1024, 2)


def run(scene: Scene) -> Result:
    """The same page at three sizes, in two directions."""
    world = scene.found()
    browser = signed_in("supervisor")
    figures = [
        *_growing("members", world, browser, _add_member),
        *_growing("exhibits, interviews and notes each", world, browser, _add_papers),
    ]
    return Result(
        title="The private-key operations of a case's page",
        figures=figures,
        remarks=[
            "A key is opened once for each page, however many members hold it; of papers the page shows the newest."
        ],
    )


def _growing(of: str, world: World, browser: Browser, add) -> list[Figure]:  # type: ignore[no-untyped-def]
    case = to_investigating(world, open_case(world, report=assessed_report(world)))
    figures, there = [], 1 if add is _add_member else 0
    for wanted in SIZES:
        for number in range(there, wanted):
            add(world, case, number)
        there = wanted
        figures.append(_figure(f"{wanted} {of}", case, browser))
    return figures


def _figure(what: str, case: Case, browser: Browser) -> Figure:
    def look() -> None:
        browser.get(f"/desk/cases/{case.reference}/").expect(200)

    look()
    with observed() as seen:
        look()
    against = f"{seen.opens} HPKE opens; {len(seen.queries)} queries are asked"
    return Figure(what, against, compare(one(look), one(raw.opening(seen.opens)), pairs=5))


def _add_member(world: World, case: Case, number: int) -> None:
    with override_settings(VAULT_STAFF_COST=LEAST_COST):
        person = world.add(f"member-{case.pk.hex[:6]}-{number}", Role.INVESTIGATOR)
    investigation.add_investigator(actor=world.actor("supervisor"), subject=case, investigators=[person])


def _add_papers(world: World, case: Case, number: int) -> None:
    actor, today = world.actor("investigator"), clock.today()
    investigation.add_note(actor=actor, subject=case, body=NOTE)
    investigation.add_evidence(
        actor=actor,
        subject=case,
        kind=EvidenceKind.EXTRACT,
        title=f"Extract {number}",
        description="Both valuations with terminal, time and user.",
        source="Declaration system",
        how="On written request.",
        obtained_on=today,
        place_kept="Safe",
        file=[],
    )
    investigation.record_interview(
        actor=actor,
        subject=case,
        who=f"Witness {number}",
        capacity=Capacity.WITNESS,
        place="Room 3",
        on=today,
        time=clock.now().time().replace(second=0, microsecond=0, hour=10),
        present="",
        caution=False,
        text=TEXT,
        confirmation=Confirmation.SIGNED,
    )
