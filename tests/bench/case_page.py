"""Opening a case whose file is full: everything that the page shows is opened with the person's own keys."""

from __future__ import annotations

from cases.actions import write_to_reporter
from cases.discipline.models import Decision
from cases.investigation import actions as investigation
from cases.models import Case
from tests.bench import raw
from tests.bench.browsing import Browser
from tests.bench.measure import compare, one
from tests.bench.observed import observed
from tests.bench.scratch import Scene
from tests.bench.sign_in import signed_in
from tests.bench.table import Figure, Result, duration
from tests.walks.discipline import to_notified
from tests.walks.investigation import decide_referrals, gather, proposed, to_investigating
from tests.walks.triage import assessed_report, open_case
from tests.world import World

ROUNDS = 20
MESSAGES = 10


def run(scene: Scene) -> Result:
    """The page of a fresh case and of a full one, against the opens and queries that they consist of."""
    world = scene.found()
    raw.make_bare_table()
    fresh, full = open_case(world), full_case(world)
    browser = signed_in("supervisor")
    measured = [
        _measured("a case just opened", fresh, browser),
        _measured("a full file, decision served", full, browser),
    ]
    return Result(
        title="Opening a case",
        figures=[figure for figure, _remark in measured],
        remarks=[
            *(remark for _figure, remark in measured),
            f"The full file: {ROUNDS} items of evidence with files, {ROUNDS} interviews, {ROUNDS} notes, plan, "
            f"findings, notice, answer, decision, service, and {MESSAGES} messages of a conversation. Each look is "
            "an entry in the log.",
        ],
    )


def _measured(name: str, case: Case, browser: Browser) -> tuple[Figure, str]:
    def look() -> None:
        browser.get(f"/desk/cases/{case.reference}/").expect(200)

    look()
    with observed() as seen:
        look()
    unseal = raw.opening(seen.opens)

    def least() -> None:
        unseal()
        seen.replay()
        raw.insert_row()

    parts = compare(one(unseal, times=3), one(seen.replay, times=3), pairs=5)
    remark = (
        f"{name.capitalize()}: {seen.opens} private-key operations take {duration(parts.seconds)} raw, "
        f"{len(seen.queries)} queries {duration(parts.other_seconds)}; the rest is Django's work on rows and page."
    )
    against = f"{seen.opens} opens, {len(seen.queries)} queries, 1 durable row"
    return Figure(name, against, compare(one(look, times=3), one(least, times=3), pairs=11)), remark


def full_case(world: World) -> Case:
    """A case taken through investigation and discipline to a served decision, by the real actions."""
    case = open_case(world, report=assessed_report(world))
    to_investigating(world, case)
    for _ in range(ROUNDS):
        gather(world, case)
    for number in range(MESSAGES):
        write_to_reporter(actor=world.actor("investigator"), subject=case, body=f"Question {number}", is_question=True)
    investigation.submit_findings(actor=world.actor("investigator"), subject=case, findings=proposed(case))
    investigation.approve_findings(
        actor=world.actor("supervisor"),
        subject=case,
        allegations=[allegation.number for allegation in case.allegations.all()],
        reasons="Each finding follows from what it cites.",
    )
    decide_referrals(world, case)
    to_notified(world, case)
    if not Decision.objects.filter(case=case).exists():
        raise RuntimeError("The full file has no decision.")
    return case
