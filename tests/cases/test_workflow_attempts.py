"""The workflow table in force: on real matters in real states, everybody tries everything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import reverse

from audit.log.models import Entry
from cases.access import may_be_given
from cases.consistency import differences
from cases.engine import available, performer
from cases.forms import Confirmation
from cases.models import Case, ConflictDeclaration, Membership, Step
from cases.states import CaseState, Track
from cases.workflow import SYSTEM, TRANSITIONS, Transition
from intake.portal.models import Report, ReportStep
from integrity.action import Actor, ConflictOfInterest, NotPermitted, Refusal, WrongState
from integrity.people.actions import appoint
from integrity.people.roles import Role
from integrity.vault.models import Grant
from tests.cases.investigation_scene import made_member
from tests.desk import at_desk, entries, words_of
from tests.walks import appeals, discipline, investigation, triage
from tests.world import PEOPLE, World

CASE_ROWS = [row for row in TRANSITIONS if row.track == Track.CASE]
REPORT_ROWS = [row for row in TRANSITIONS if row.track == Track.REPORT]


class Undone(Exception):
    """Takes back what an allowed attempt changed."""


def picture_of(case: Case) -> tuple[Any, ...]:
    """Everything that a refused attempt could have changed."""
    held = Case.objects.values().get(pk=case.pk)
    return (
        held,
        list(Step.objects.filter(case=case).values_list("pk", flat=True)),
        list(Membership.objects.filter(case=case).values_list("pk", "person", "capacity", "until")),
        list(case.deadlines.values_list("name", "due", "met_on")),
        list(ConflictDeclaration.objects.filter(case=case).values_list("pk", "has_conflict")),
        Grant.objects.count(),
    )


def refusals() -> int:
    """How many attempts the log tells of."""
    return Entry.objects.filter(type="action.refused").count()


def expected(row: Transition, case: Case, username: str, world: World) -> type[Refusal] | None:
    """What the table says of this person here, read straight from the tables of the database."""
    person = world.person(username)
    role = PEOPLE[username][0] if username in PEOPLE else person.appointments.get().role
    capacities = set(
        Membership.objects.filter(case=case, person=person, until=None).values_list("capacity", flat=True)
    ) & {str(role)}
    declaration = ConflictDeclaration.objects.filter(case=case, person=person).first()
    did = set(Step.objects.filter(case=case, person=person).values_list("transition", flat=True))
    if SYSTEM in row.by or not capacities & row.by:
        return NotPermitted
    if case.state not in row.sources:
        return WrongState
    if row.once and declaration is not None:
        return WrongState
    if row.declared and declaration is None:
        return ConflictOfInterest
    return NotPermitted if did & row.never else None


def attempt(world: World, case: Case, username: str, row: Transition) -> None:
    """Let somebody perform a row without any data; refused as the table says, and in the log, or allowed."""
    actor = world.actor(username)
    should = expected(row, case, username, world)
    run = performer(Track.CASE, row.name).run
    what = f"{username} {row.name} at {case.state}"
    if should is not None:
        with pytest.raises(should) as refused:
            run(actor=actor, subject=case)
        assert type(refused.value) is should, what
        return
    # Nothing was filled in, so an allowed attempt fails in the room, or needs no data and is taken back.
    state = case.state
    with pytest.raises((Undone, Refusal, TypeError)):
        taken_back(run, actor, case, row)
    case.state = state


def taken_back(run: Callable[..., Any], actor: Actor, case: Case, row: Transition) -> None:
    """Perform a row, see that it left its step, and take it back."""
    with transaction.atomic():
        run(actor=actor, subject=case)
        assert Step.objects.filter(case=case).latest("pk").transition == row.name
        raise Undone


def everybody_tries(world: World, case: Case, *, strangers: bool = False, share: int = 1) -> None:
    """Members (of a board one), and with `strangers` everybody else, try every row.

    With a `share` of more than one, of the rows that are not for this state only every so-manieth is tried,
    others at each state, because the table without a database is tried in full elsewhere.
    """
    case = Case.objects.select_related("key", "pack").get(pk=case.pk)
    members = {person.username for person in (row.person for row in case.memberships.filter(until=None))}
    turn = CaseState.values.index(case.state)
    rows = [row for number, row in enumerate(CASE_ROWS, start=turn) if case.state in row.sources or number % share == 0]
    for username in world.people:
        if (username in members and username not in {"board2", "board3"}) or strangers:
            before, logged = picture_of(case), refusals()
            refused = [row for row in rows if expected(row, case, username, world) is not None]
            for row in rows:
                attempt(world, case, username, row)
            assert picture_of(case) == before, (username, case.state)
            assert refusals() >= logged + len(refused), (username, case.state)
    last = entries("action.refused")[-1]
    assert last["object"] == case.pseudonym
    assert set(last["facts"]) == {"action", "reason"}
    assert last["facts"]["action"].startswith("case.")


def forms_open(world: World, case: Case) -> set[str]:
    """Every form that somebody is offered here is made and shown; returns the names of the rows."""
    case = Case.objects.select_related("key", "pack").get(pk=case.pk)
    shown = set()
    for membership in case.memberships.filter(until=None):
        actor = world.actor(membership.person.username)
        for performed in available(Track.CASE, case, actor):
            form = (performed.form or Confirmation)(subject=case, actor=actor)
            request = RequestFactory().get("/desk/")
            page = render_to_string("cases/transition.html", {"form": form, "row": performed.row}, request=request)
            assert str(performed.row.label) in page
            assert form.errors == {}
            shown.add(performed.row.name)
    return shown


def everybody_declares(world: World, case: Case) -> None:
    """Every member declares that they have no conflict, so that the next step is theirs to try."""
    for membership in case.memberships.filter(until=None):
        discipline.declared(world, membership.person, case)


WALKS: list[tuple[str, Callable[[World, Case], Any]]] = [
    (CaseState.OPENED, lambda world, case: None),
    (CaseState.ASSIGNED, investigation.to_assigned),
    (CaseState.PLANNED, lambda world, case: investigation.actions.propose_plan(
        actor=world.actor("investigator"), subject=case, **investigation.PLAN)),
    (CaseState.INVESTIGATING, lambda world, case: investigation.actions.approve_plan(
        actor=world.actor("supervisor"), subject=case)),
    (CaseState.INVESTIGATING, investigation.gather),
    (CaseState.FINDINGS, lambda world, case: investigation.actions.submit_findings(
        actor=world.actor("investigator"), subject=case, findings=investigation.proposed(case))),
    (CaseState.REVIEWED, lambda world, case: investigation.actions.approve_findings(
        actor=world.actor("supervisor"), subject=case, allegations=[1], reasons="Sound.")),
    (CaseState.WITH_AUTHORITY, discipline.to_referred),
    (CaseState.CHARGED, discipline.to_charged),
    (CaseState.SERVED, discipline.to_served),
    (CaseState.ANSWERED, discipline.to_answered),
    (CaseState.DECIDED, discipline.to_decided),
    (CaseState.NOTIFIED, discipline.to_notified),
    (CaseState.APPEALED, appeals.to_appealed),
    (CaseState.ADMITTED, lambda world, case: appeals.actions.admit_appeal(
        actor=world.actor(appeals.registrar(world, case)), subject=case, reasons="In time.")),
    (CaseState.TRANSMITTED, lambda world, case: appeals.actions.transmit_record(
        actor=world.actor(appeals.registrar(world, case)), subject=case, members=may_be_given(case, Role.BOARD)[:3])),
]  # fmt: skip


def test_from_opening_to_the_board_everybody_tries_everything(world: World):
    case = triage.open_case(world)
    offered = forms_open(world, case)
    assert {"declare_no_conflict", "declare_conflict"} == offered
    for state, walk in WALKS:
        walk(world, case)
        case.refresh_from_db()
        assert case.state == state
        everybody_tries(world, case, strangers=state == CaseState.OPENED, share=4)
        everybody_declares(world, case)
        offered |= forms_open(world, case)
        assert differences() == []
    appeals.give_opinions(world, case, "remit", "remit", "uphold")
    appeals.actions.remit(actor=world.actor("board1"), subject=case, reasons="Hear the second witness.")
    everybody_tries(world, case)
    offered |= forms_open(world, case)
    assert differences() == []
    never_seen = {row.name for row in CASE_ROWS} - offered
    assert never_seen <= {
        "become_final",
        "implement",
        "close",
        "hand_over_for_publication",
        "record_hearing",
        "endorse_decision",
    }


def test_at_the_end_everybody_tries_everything(world: World):
    case = appeals.to_final(world, triage.open_case(world))
    everybody_tries(world, case)
    everybody_declares(world, case)
    assert {"implement", "close"} <= forms_open(world, case)
    assert differences() == []
    closed = investigation.to_closed_without_charge(world, triage.open_case(world))
    everybody_tries(world, closed)
    assert forms_open(world, closed) == set()
    assert differences() == []


def test_the_system_cannot_be_made_to_do_a_persons_step(world: World):
    case = triage.open_case(world)
    for row in CASE_ROWS:
        for actor in (Actor.system(), Actor.reporter("x"), Actor("anonymous")):
            if SYSTEM in row.by and actor.is_system:
                with pytest.raises(WrongState):
                    performer(Track.CASE, row.name).run(actor=actor, subject=case)
            else:
                with pytest.raises(NotPermitted):
                    performer(Track.CASE, row.name).run(actor=actor, subject=case)
    assert not case.steps.exclude(transition="declare_no_conflict").exists()


def test_everybody_tries_everything_on_a_report(world: World):
    report = triage.received_report(world)
    walks: list[Callable[[Report], Any]] = [
        lambda report: None,
        lambda report: triage.actions.acknowledge(actor=world.actor("intake"), subject=report),
        lambda report: triage.assess(world, report),
        lambda report: triage.open_case(world, report=report),
    ]
    for walk in walks:
        walk(report)
        report = Report.objects.select_related("key", "pack", "channel").get(pk=report.pk)
        before = (report.state, ReportStep.objects.count(), Case.objects.count())
        for username in world.people:
            role = PEOPLE[username][0]
            for row in REPORT_ROWS:
                has_part = role in {Role.INTAKE, Role.TRIAGE}
                logged = refusals()
                if has_part and role in row.by and report.state in row.sources:
                    continue
                kind = NotPermitted if not has_part or role not in row.by else WrongState
                with pytest.raises(kind):
                    performer(Track.REPORT, row.name).run(actor=world.actor(username), subject=report)
                assert refusals() == logged + 1
        assert (report.state, ReportStep.objects.count(), Case.objects.count()) == before


def test_on_the_pages_a_stranger_is_told_nothing_and_the_log_tells_everything(world: World):
    case = triage.open_case(world)
    missing = at_desk("admin").post(reverse("cases:transition", args=["C-0000-0000", "assign"]), {})
    for username in ("investigator", "admin"):
        browser = at_desk(username)
        for row in CASE_ROWS:
            url = reverse("cases:transition", args=[case.reference, row.name])
            logged = Entry.objects.count()
            answer = browser.post(url, {})
            assert answer.status_code == missing.status_code == 404
            assert case.reference not in words_of(answer)
            assert Entry.objects.count() == logged + 1
            refused = entries("action.refused")[-1]
            assert refused["actor"] == f"person/{world.person(username).pk}"
            assert refused["object"] == case.pseudonym
            assert refused["facts"] == {"action": row.event, "reason": "NotPermitted"}


def test_on_the_pages_a_member_is_refused_with_the_sentence_of_the_table(world: World):
    case = investigation.to_assigned(world, triage.open_case(world))
    browser = at_desk("investigator")
    for row in CASE_ROWS:
        if Role.INVESTIGATOR in row.by and case.state in row.sources:
            continue
        answer = browser.post(reverse("cases:transition", args=[case.reference, row.name]), {"reasons": "Because."})
        assert answer.status_code == 403, row.name
        assert "This is not possible" in words_of(answer)
        assert entries("action.refused")[-1]["facts"]["action"] == row.event
    case.refresh_from_db()
    assert case.state == CaseState.ASSIGNED


def test_two_parts_in_a_case_do_not_let_one_person_do_both_things(world: World):
    """Somebody with both roles proposes the plan and then tries to approve it, and their findings."""
    case = investigation.to_assigned(world, triage.open_case(world))
    both = appoint(actor=Actor.system(), person=world.person("investigator"), role=Role.SUPERVISOR).person
    made_member(actor=world.actor("supervisor"), case=case, person=both, capacity=Role.SUPERVISOR)
    investigation.actions.propose_plan(actor=world.actor("investigator"), subject=case, **investigation.PLAN)
    with pytest.raises(NotPermitted, match="yourself"):
        investigation.actions.approve_plan(actor=world.actor("investigator"), subject=case)
    assert differences() == []
