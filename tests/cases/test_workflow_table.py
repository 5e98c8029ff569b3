"""The workflow table alone: every role, every transition, every state, and what must hold of the whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.utils.encoding import force_str

from audit.log.events import registered
from cases.engine import Standing, performer, refusal, unpaired
from cases.forms import TransitionForm
from cases.states import CaseState, PublicationState, Track
from cases.views import STAGES
from cases.workflow import FROM_THE_INBOX, SYSTEM, TABLE, TRANSITIONS, Transition, find
from intake.portal.states import ReportState
from integrity.action import ConflictOfInterest, NotPermitted, Refusal, WrongState
from integrity.people.roles import Role
from integrity.rules.terms import ClockName

STATES = {Track.REPORT: ReportState, Track.CASE: CaseState, Track.PUBLICATION: PublicationState}
by_name = pytest.mark.parametrize("row", TRANSITIONS, ids=lambda row: f"{row.track.value}.{row.name}")


def ask(
    row: Transition,
    state: str,
    *roles: str,
    done: Iterable[str] = (),
    standing: Standing | None = None,
    is_system: bool = False,
) -> Refusal | None:
    """What the table answers; somebody free to act, when nothing is said of their standing."""
    return refusal(
        row,
        state=state,
        state_label=f"<{state}>",
        capacities=frozenset(roles),
        done=frozenset(done),
        standing=standing or Standing(declared=not row.once),
        is_system=is_system,
    )


@by_name
def test_each_role_passes_exactly_where_the_row_names_it(row: Transition):
    for state in STATES[row.track].values:
        for role in Role.values:
            refused = ask(row, state, role)
            if SYSTEM in row.by or role not in row.by:
                assert type(refused) is NotPermitted, (role, state)
            elif state not in row.sources:
                assert type(refused) is WrongState, (role, state)
            else:
                assert refused is None, (role, state)
            if refused is not None:
                sentence = force_str(refused.sentence)
                assert sentence.endswith(".")
                assert len(sentence) > 20
                assert "%(" not in sentence


@by_name
def test_somebody_without_a_part_in_the_matter_is_refused_everywhere(row: Transition):
    for state in STATES[row.track].values:
        assert type(ask(row, state)) is NotPermitted


@by_name
def test_the_system_does_its_own_rows_and_no_others(row: Transition):
    for state in STATES[row.track].values:
        refused = ask(row, state, is_system=True)
        if SYSTEM not in row.by:
            assert type(refused) is NotPermitted
        else:
            assert (refused is None) == (state in row.sources)


@by_name
def test_a_conflict_stops_everything_but_stepping_aside(row: Transition):
    if SYSTEM in row.by:
        return
    conflicted = Standing(declared=True, conflict="You are the subject of this case.")
    for state in row.sources:
        refused = ask(row, state, *row.by, standing=conflicted)
        if row.name == "declare_conflict":
            assert refused is None
        else:
            assert type(refused) is ConflictOfInterest
            assert refused.sentence == "You are the subject of this case."


@by_name
def test_a_case_is_touched_only_after_a_declaration(row: Transition):
    if SYSTEM in row.by:
        return
    for state in row.sources:
        refused = ask(row, state, *row.by, standing=Standing(declared=False))
        free = row.track != Track.CASE or row.name in {"declare_no_conflict", "declare_conflict"}
        assert refused is None if free else type(refused) is ConflictOfInterest


def test_nobody_declares_twice():
    row = find(Track.CASE, "declare_no_conflict")
    assert type(ask(row, "opened", Role.TRIAGE, standing=Standing(declared=True))) is WrongState
    assert [row.name for row in TRANSITIONS if row.once] == ["declare_no_conflict"]


@by_name
def test_who_did_one_thing_is_kept_from_the_other_in_whatever_role(row: Transition):
    names = [other.name for other in TRANSITIONS if other.track == row.track]
    for state in row.sources:
        for name in names:
            refused = ask(row, state, *row.by, done=[name], is_system=SYSTEM in row.by)
            if name in row.never:
                assert type(refused) is NotPermitted
                assert force_str(find(row.track, name).label) in force_str(refused.sentence)
            else:
                assert refused is None, name
        if row.never:
            assert type(ask(row, state, *Role.values, done=names)) is NotPermitted


def reached(track: Track, start: str) -> set[str]:
    """The states that can follow a state, and the state itself."""
    found, new = {start}, [start]
    while new:
        state = new.pop()
        following = {
            row.target for row in TRANSITIONS if row.track == track and state in row.sources and row.target is not None
        }
        following |= {after for of, before, after, _name in FROM_THE_INBOX if of == track and before == state}
        new += sorted(following - found)
        found |= following
    return found


@pytest.mark.parametrize("track", Track)
def test_every_state_is_reached_from_the_first(track: Track):
    first, *_rest = STATES[track].values
    assert reached(track, first) == set(STATES[track].values)


@pytest.mark.parametrize("state", [state for state in CaseState.values if state != CaseState.CLOSED])
def test_every_open_case_can_come_to_its_close(state: str):
    assert CaseState.CLOSED in reached(Track.CASE, state)


def test_nothing_happens_on_a_closed_case():
    assert not [row.name for row in TRANSITIONS if row.track == Track.CASE and CaseState.CLOSED in row.sources]


def test_every_report_and_register_entry_can_come_to_an_end():
    ended = {ReportState.REJECTED, ReportState.REFERRED, ReportState.MERGED, ReportState.CONVERTED}
    assert all(reached(Track.REPORT, state) & ended for state in ReportState.values)
    ended_entry = {PublicationState.PUBLISHED, PublicationState.WITHHELD}
    assert all(reached(Track.PUBLICATION, state) & ended_entry for state in PublicationState.values)


def test_the_table_speaks_only_of_what_exists():
    for row in TRANSITIONS:
        states = set(STATES[row.track].values)
        assert row.sources <= states, row.name
        assert row.sources, row.name
        assert row.target is None or row.target in states, row.name
        assert row.by <= {*Role.values, SYSTEM}, row.name
        assert row.by, row.name
        assert {*row.starts, *row.meets} <= set(ClockName.values), row.name
        assert not set(row.starts) & set(row.meets), row.name
        for name in row.never:
            assert (row.track, name) in TABLE, (row.name, name)


def test_names_and_labels_are_not_given_twice():
    assert len(TABLE) == len(TRANSITIONS)
    for track in Track:
        labels = Counter(force_str(row.label) for row in TRANSITIONS if row.track == track)
        assert max(labels.values()) == 1


def test_whoever_looks_after_people_figures_or_the_log_acts_on_no_matter():
    apart = {Role.ADMINISTRATOR, Role.AUDITOR, Role.MANAGER, Role.PROGRAMME, Role.IDENTITY, Role.RECOVERY}
    assert not [row.name for row in TRANSITIONS if row.by & apart]
    register = {Role.EDITOR, Role.APPROVER}
    for row in TRANSITIONS:
        assert (row.track == Track.PUBLICATION) == bool(row.by & register), row.name
    assert not [row.name for row in TRANSITIONS if SYSTEM in row.by and len(row.by) > 1]


def test_four_eyes_are_two_people():
    for row in TRANSITIONS:
        if row.four_eyes:
            assert row.never, f"{row.name} asks for four eyes and lets one person do both"


def test_the_duties_that_the_law_separates_are_separate():
    investigated = {"propose_plan", "submit_findings"}
    judging = (
        "approve_findings",
        "close_without_charge",
        "refer_for_discipline",
        "issue_notice",
        "decide",
        "endorse_decision",
        "admit_appeal",
        "vote",
        "uphold",
        "vary",
        "quash",
        "remit",
    )
    for name in judging:
        assert investigated <= find(Track.CASE, name).never, name
    for name in ("vote", "uphold", "vary", "quash", "remit", "admit_appeal", "dismiss_appeal"):
        assert {"decide", "endorse_decision"} <= find(Track.CASE, name).never, name
    assert "decide" in find(Track.CASE, "endorse_decision").never
    for name in ("approve_entry", "return_entry"):
        assert "edit_entry" in find(Track.PUBLICATION, name).never, name


def test_a_case_offers_at_most_one_main_step_to_a_role():
    for state in CaseState.values:
        offered = Counter(
            role
            for row in TRANSITIONS
            if row.track == Track.CASE and row.main and state in row.sources
            for role in row.by
        )
        assert not [role for role, times in offered.items() if times > 1], state


def test_what_runs_is_met_by_something_that_can_still_happen():
    """A clock that nothing can meet would show as late for ever."""
    for track in Track:
        rows = [row for row in TRANSITIONS if row.track == track]
        for row in rows:
            for state in [row.target] if row.target else row.sources:
                later = reached(track, state)
                for name in row.starts:
                    assert any(name in other.meets and other.sources & later for other in rows), (row.name, name)


def test_the_reporting_person_is_told_about_the_report_and_about_nothing_else():
    assert not [row.name for row in TRANSITIONS if row.told is not None and row.track != Track.REPORT]
    for row in TRANSITIONS:
        if row.track == Track.REPORT and row.target is not None:
            assert row.told is not None, f"nobody is told of {row.name}"


def test_every_row_has_its_action_and_its_event():
    assert unpaired() == []
    assert not [message for message in run_checks() if message.id == "cases.E001"]
    for row in TRANSITIONS:
        performed = performer(row.track, row.name)
        assert performed.row is row
        assert {"from", "to"} <= registered()[row.event].facts
        assert performed.form is None or issubclass(performed.form, TransitionForm)


def test_the_case_page_knows_the_stage_of_every_state():
    shown = [state for _label, states in STAGES for state in states]
    assert sorted(shown) == sorted(CaseState.values)


def test_the_page_in_the_docs_is_the_table(capsys: pytest.CaptureFixture[str]):
    from pathlib import Path

    call_command("workflow")
    committed = Path(__file__).parents[2] / "docs" / "workflow.md"
    assert capsys.readouterr().out == committed.read_text("utf-8"), "run: integrity workflow > docs/workflow.md"
