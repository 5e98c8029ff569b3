"""Appeals: in time, by others, on the record alone, and finality that nobody types."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from audit import clock
from audit.log.models import Entry
from cases.appeals import actions
from cases.appeals.forms import Vary, free_members, registrars
from cases.appeals.models import Appeal, Opinion, RecordPart
from cases.appeals.result import result_in_force
from cases.discipline.decisions import sanction_in_force
from cases.finality import Finality, finality
from cases.models import Case
from cases.states import CaseState
from integrity.action import Incomplete, NotPermitted, WrongState
from integrity.people.roles import Role
from integrity.rules.terms import Gravity
from integrity.vault.keyring import NoGrant
from tests.desk import at_desk
from tests.walks import appeals as walk
from tests.walks.discipline import deciding_as, supervising, to_decided, to_notified
from tests.walks.triage import open_case


@pytest.fixture
def case(world) -> Case:
    """A serious case."""
    return open_case(world, offence="gift-accepted", gravity=Gravity.SERIOUS)


def facts_of(kind: str) -> list[dict]:
    """The facts of every entry of a type."""
    import json

    leaves = [json.loads(bytes(entry.leaf)) for entry in Entry.objects.order_by("index")]
    return [leaf["facts"] for leaf in leaves if leaf["type"] == kind]


def test_a_decision_that_nobody_appeals_becomes_final_when_the_window_has_lapsed(world, case):
    to_notified(world, case)
    assert finality(case) is None
    window = case.deadlines.get(name="appeal")
    with clock.at(clock.now() + (window.due - clock.today())):
        assert actions.confirm_finality() == 0
    with clock.at(clock.now() + (window.due - clock.today()) + timedelta(days=1)):
        assert actions.confirm_finality() == 1
        assert actions.confirm_finality() == 0
        case.refresh_from_db()
        assert case.state == CaseState.FINAL
        assert finality(case) == Finality.LAPSED
    assert facts_of("case.become_final")[0]["finality"] == "lapsed"


def test_two_workers_at_the_same_moment_confirm_finality_once_and_neither_fails(world, case, monkeypatch):
    to_notified(world, case)

    def after_another_worker(found: Case) -> Finality | None:
        monkeypatch.setattr(actions, "finality", finality)
        assert actions.confirm_finality() == 1
        return finality(found)

    with clock.at(clock.now() + timedelta(days=60)):
        monkeypatch.setattr(actions, "finality", after_another_worker)
        assert actions.confirm_finality() == 0
    assert len(facts_of("case.become_final")) == 1


def test_a_waiver_makes_the_decision_final_at_once(world, case):
    walk.to_final(world, case)
    assert case.state == CaseState.FINAL
    assert finality(case) == Finality.WAIVED
    assert case.final_on == clock.today()


def test_a_waiver_counts_once(world, case):
    to_notified(world, case)
    for refused in (False, True):
        give = lambda: actions.waive_appeal(  # noqa: E731
            actor=supervising(world, case), subject=case, received_on=clock.today(), statement="I accept."
        )
        if refused:
            with pytest.raises(Incomplete, match="recorded already"):
                give()
        else:
            give()


def test_nobody_can_type_finality(world, case):
    to_notified(world, case)
    for username in ("supervisor", "authority", "admin"):
        with pytest.raises(NotPermitted, match="system alone"):
            actions.become_final(actor=world.actor(username), subject=case)


def test_an_appeal_after_a_waiver_is_refused(world, case):
    to_notified(world, case)
    actions.waive_appeal(actor=supervising(world, case), subject=case, received_on=clock.today(), statement="I accept.")
    with pytest.raises(WrongState, match="final already"):
        walk.to_appealed(world, case)


def test_a_late_appeal_is_refused_with_the_day_on_which_the_time_ended(world, case):
    to_notified(world, case)
    due = case.deadlines.get(name="appeal").due
    with clock.at(clock.now() + timedelta(days=60)), pytest.raises(Incomplete, match=str(due.year)):
        actions.file_appeal(
            actor=supervising(world, case),
            subject=case,
            filed_on=clock.today(),
            grounds=["facts"],
            registrar=registrars(case)[0],
            statement="Too late.",
        )


@pytest.mark.parametrize(("days", "sentence"), [(1, "future"), (-400, "before the decision")])
def test_an_appeal_is_received_between_service_and_today(world, case, days, sentence):
    to_notified(world, case)
    with pytest.raises(Incomplete, match=sentence):
        actions.file_appeal(
            actor=supervising(world, case),
            subject=case,
            filed_on=clock.today() + timedelta(days=days),
            grounds=["facts"],
            registrar=registrars(case)[0],
            statement="x",
        )


@pytest.mark.parametrize(
    ("outcome", "substantiated", "sanction"),
    [("uphold", True, "written-reprimand"), ("quash", False, "")],
)
def test_the_board_s_outcome_is_the_result_of_the_case(world, case, outcome, substantiated, sanction):
    walk.to_final(world, case, outcome)
    keys = world.actor("supervisor").keys
    result = result_in_force(case, keys)
    assert (result.substantiated, result.sanction, result.appeal) == (substantiated, sanction, outcome)
    assert finality(case) == Finality.DECIDED
    assert sanction_in_force(case, keys).get("code", "") == sanction


def test_a_varied_decision_carries_the_board_s_sanction(world, case):
    to_decided(world, case, "suspension", 60)
    walk.to_final(world, case, "vary", sanction="fine", amount=4)
    result = result_in_force(case, world.actor("supervisor").keys)
    assert (result.sanction, result.amount, result.appeal) == ("fine", 4, "vary")
    assert sanction_in_force(case, world.actor("supervisor").keys) == {"code": "fine", "amount": 4}


def test_an_appeal_never_makes_it_worse_unless_the_pack_says_so(world, case):
    to_decided(world, case, "fine", 4)
    walk.to_transmitted(world, case)
    first, *_rest = walk.give_opinions(world, case, "vary", "vary", "vary")
    for sanction, amount in (("suspension", 60), ("fine", 5)):
        with pytest.raises(Incomplete, match="heavier"):
            actions.vary(actor=world.actor(first), subject=case, reasons="x", sanction=sanction, amount=amount)


def test_a_sanction_outside_the_matrix_is_refused_with_the_range(world, case):
    walk.to_transmitted(world, case)
    member = case.members(Role.BOARD)[0]
    form = Vary({"sanction": "fine", "amount": "99", "reasons": "x"}, subject=case, actor=world.actor(member.username))
    assert not form.is_valid()
    assert "3 to 7 days of pay" in form.errors["amount"][0]


def test_the_board_reads_the_record_and_nothing_else_of_the_case(world, case):
    walk.to_transmitted(world, case)
    appeal = Appeal.objects.get(case=case)
    member = world.actor(case.members(Role.BOARD)[0].username)
    bodies = [part.open(member.keys, "body") for part in RecordPart.objects.filter(appeal=appeal)]
    assert any("The witness was mistaken" in body for body in bodies if isinstance(body, str))
    assert not member.keys.holds(case.key)
    with pytest.raises(NoGrant):
        case.open(member.keys, "title")


def test_whoever_had_a_part_cannot_sit_on_the_appeal(world, case):
    walk.to_admitted(world, case)
    authority = case.decisions.get().authority
    from integrity.people.actions import appoint
    from tests.world import SYSTEM

    appoint(actor=SYSTEM, person=authority, role=Role.BOARD)
    assert authority.pk not in {person.pk for person in free_members(case)}
    others = free_members(case)[:2]
    with pytest.raises(NotPermitted, match="had a part"):
        actions.transmit_record(
            actor=world.actor(walk.registrar(world, case)), subject=case, members=[authority, *others]
        )
    assert not Case.objects.get(pk=case.pk).members(Role.BOARD)


def test_the_board_has_three_different_members(world, case):
    walk.to_admitted(world, case)
    one, two, _three = free_members(case)[:3]
    with pytest.raises(Incomplete, match="3 different"):
        actions.transmit_record(actor=world.actor(walk.registrar(world, case)), subject=case, members=[one, two, two])


def test_the_board_decides_only_with_its_quorum_and_by_majority(world, case):
    walk.to_transmitted(world, case)
    members = case.members(Role.BOARD)
    names = [person.username for person in members]
    walk.declared(world, members[0], case)
    actions.vote(actor=world.actor(names[0]), subject=case, outcome="quash", reasons="x")
    with pytest.raises(Incomplete, match="1 of 3 opinions"):
        actions.quash(actor=world.actor(names[0]), subject=case, reasons="x")
    for name, person in zip(names[1:], members[1:], strict=True):
        walk.declared(world, person, case)
        actions.vote(actor=world.actor(name), subject=case, outcome="uphold", reasons="y")
    with pytest.raises(Incomplete, match="1 of 3"):
        actions.quash(actor=world.actor(names[0]), subject=case, reasons="x")
    actions.uphold(actor=world.actor(names[1]), subject=case, reasons="The board's reasons.")
    decided = Appeal.objects.get(case=case).outcome
    dissent = decided.open(world.actor(names[1]).keys, "dissent")
    assert [(each["outcome"], each["reasons"]) for each in dissent] == [("quash", "x")]


def test_an_opinion_is_given_once_and_stays_closed_on_the_page_until_the_board_decides(world, case):
    walk.to_transmitted(world, case)
    member = case.members(Role.BOARD)[0]
    walk.declared(world, member, case)
    actions.vote(actor=world.actor(member.username), subject=case, outcome="quash", reasons="unique-canary-reason")
    with pytest.raises(Incomplete, match="already"):
        actions.vote(actor=world.actor(member.username), subject=case, outcome="uphold", reasons="changed")
    assert Opinion.objects.count() == 1
    other = case.members(Role.BOARD)[1]
    page = at_desk(other.username).get(reverse("cases:file", args=[case.reference]))
    assert page.status_code == 200
    assert "unique-canary-reason" not in page.content.decode()


def test_an_undeclared_member_cannot_vote(world, case):
    from integrity.action import ConflictOfInterest

    walk.to_transmitted(world, case)
    member = case.members(Role.BOARD)[0]
    with pytest.raises(ConflictOfInterest, match="Declare first"):
        actions.vote(actor=world.actor(member.username), subject=case, outcome="quash", reasons="x")


def test_a_remitted_case_goes_to_somebody_who_did_not_decide_before(world, case):
    walk.to_board_decided(world, case, "remit")
    assert case.state == CaseState.REMITTED
    before = case.decisions.get().authority
    assert not case.members(Role.BOARD)
    with pytest.raises(NotPermitted):
        actions.reassign_authority(actor=supervising(world, case), subject=case, authority=before)
    from cases.discipline.authorities import candidates

    new = candidates(case, supervising(world, case).keys)[0]
    actions.reassign_authority(actor=supervising(world, case), subject=case, authority=new)
    assert case.state == CaseState.ANSWERED
    assert [person.pk for person in case.members(Role.AUTHORITY)] == [new.pk]
    to_decided(world, case)
    assert case.decisions.count() == 2
    assert deciding_as(world, case).user.pk == new.pk
    walk.to_final(world, case)
    result = result_in_force(case, supervising(world, case).keys)
    assert (result.substantiated, result.appeal) == (True, "")


def test_a_dismissed_appeal_leaves_the_decision_final(world, case):
    walk.to_appealed(world, case)
    actions.dismiss_appeal(
        actor=world.actor(walk.registrar(world, case)), subject=case, reasons="Not by the respondent."
    )
    assert actions.confirm_finality() == 1
    assert finality(Case.objects.get(pk=case.pk)) == Finality.DECIDED


def test_the_record_can_be_read_in_full_and_each_look_is_in_the_log(world, case):
    walk.to_transmitted(world, case)
    member = case.members(Role.BOARD)[0]
    page = at_desk(member.username).get(reverse("appeals:record", args=[case.reference]))
    assert page.status_code == 200
    assert "The witness was mistaken" in page.content.decode()
    assert len(facts_of("appeals.record_opened")) == 1
    stranger = at_desk("auditor").get(reverse("appeals:record", args=[case.reference]))
    assert stranger.status_code == 404


def test_the_appeal_on_the_case_page_costs_a_bounded_number_of_key_operations(world, case):
    from cases.appeals.panels import appeal_panel
    from cases.panels import CaseFile

    walk.to_board_decided(world, case, "uphold")
    actor = world.actor("supervisor")
    file = CaseFile(case=case, actor=actor, reads=True, capacities=frozenset())
    appeal_panel(file)
    assert actor.keys.count <= 12


def test_whoever_approved_the_findings_neither_admits_the_appeal_nor_names_the_board(world, case):
    walk.to_appealed(world, case)
    approver = case.steps.get(transition="approve_findings").person
    with pytest.raises(NotPermitted, match="Approve the findings"):
        actions.admit_appeal(actor=world.actor(approver.username), subject=case, reasons="x")
    walk.registrar(world, case)
    assert case.members(Role.SUPERVISOR)[-1].pk != approver.pk


def test_the_supervisor_of_the_investigation_cannot_be_named_to_prepare_the_appeal(world, case):
    to_notified(world, case)
    with pytest.raises(NotPermitted, match="had a part"):
        actions.file_appeal(
            actor=supervising(world, case),
            subject=case,
            filed_on=clock.today(),
            grounds=["facts"],
            registrar=case.steps.get(transition="approve_findings").person,
            statement="x",
        )


def test_a_member_who_steps_aside_is_replaced_and_their_opinion_does_not_count(world, case):
    from cases.actions import declare_conflict

    world.add("board4", Role.BOARD)
    walk.to_transmitted(world, case)
    first, second, third = case.members(Role.BOARD)
    registrar = walk.registrar(world, case)
    spare = next(person for person in free_members(case))
    with pytest.raises(Incomplete, match="none has stepped aside"):
        actions.replace_member(actor=world.actor(registrar), subject=case, member=spare)
    walk.declared(world, first, case)
    actions.vote(actor=world.actor(first.username), subject=case, outcome="quash", reasons="x")
    declare_conflict(actor=world.actor(first.username), subject=case, statement="I know the respondent's brother.")
    for member in (second, third):
        walk.declared(world, member, case)
        actions.vote(actor=world.actor(member.username), subject=case, outcome="quash", reasons="y")
    with pytest.raises(Incomplete, match="2 of 3"):
        actions.quash(actor=world.actor(second.username), subject=case, reasons="x")
    actions.replace_member(actor=world.actor(registrar), subject=case, member=spare)
    walk.declared(world, spare, case)
    actions.vote(actor=world.actor(spare.username), subject=case, outcome="uphold", reasons="z")
    actions.quash(actor=world.actor(second.username), subject=case, reasons="The board's reasons.")
    assert case.state == CaseState.BOARD_DECIDED
