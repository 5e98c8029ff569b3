"""Leavers: one action ends access everywhere, changes the keys that were known, and shows what nobody holds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit import clock
from cases.access import end_access, give_access
from cases.consistency import differences
from cases.models import Case, CaseUserObjectPermission, Membership
from cases.regranting import requests
from intake.portal.models import Report, ReportUserObjectPermission
from integrity.action import Actor, Incomplete, NotPermitted, WrongState, action, record
from integrity.people import actions, invitations, leaving, regranting
from integrity.people.granting import institution_key
from integrity.people.leaving import LeavingReason
from integrity.people.models import Appointment, Sitting, User
from integrity.people.roles import Role
from integrity.policy import ANYBODY
from integrity.vault import actions as vault
from integrity.vault.keyring import Keyring, NoGrant
from integrity.vault.models import Grant, KeyKind, PersonLock
from tests.desk import at_desk, entries, words_of
from tests.walks import investigation, triage
from tests.world import SYSTEM, World, passphrase_of


def person(username: str) -> User:
    return User.objects.select_related("key").get(username=username)


def close(world: World, username: str, reason: LeavingReason = LeavingReason.LEFT) -> list[leaving.Holding]:
    return leaving.close_account(actor=world.actor("admin"), person=person(username), reason=reason)


def end_role(world: World, username: str, role: Role) -> list[leaving.Holding]:
    appointment = Appointment.objects.in_force().get(person=person(username), role=role)
    return leaving.end_role(actor=world.actor("admin"), appointment=appointment)


def told(left: list[leaving.Holding]) -> set[tuple[str, str]]:
    """Kind and pseudonym of everything that somebody must look after."""
    return {(str(holding.kind), holding.pseudonym) for holding in left}


@action("test.retitled", by=ANYBODY, description="A test wrote into a case.")
def retitle(*, actor: Actor, case: Case, title: str) -> None:
    found = Case.objects.select_related("key").get(pk=case.pk)
    found.seal(title=title)
    found.save()
    record(object=case.pseudonym)


@action("test.recovered", by=ANYBODY, description="A test stands for recovery, which gives a case to somebody.")
def recover(*, actor: Actor, case: Case, to: User, keyring: Keyring) -> None:
    found = Case.objects.select_related("key").get(pk=case.pk)
    give_access(actor=actor, case=found, person=to, capacity=Role.SUPERVISOR, holder=keyring)
    record(object=case.pseudonym)


@action("test.part_ended", by=ANYBODY, description="A test ended somebody's part in a case.")
def take_out(*, actor: Actor, case: Case, person: User) -> None:
    end_access(case=Case.objects.select_related("key").get(pk=case.pk), person=person)
    record(object=case.pseudonym)


def test_closing_an_account_ends_everything_at_once(world: World):
    case = triage.open_case(world)
    browser = at_desk("triage")
    token = invitations.reset_key(actor=world.actor("admin"), person=person("triage")).token
    left = close(world, "triage")
    gone = person("triage")
    assert not gone.is_active
    assert gone.roles() == frozenset()
    assert browser.get("/desk/").status_code == 302
    assert Client().get(reverse("people:welcome", args=[token])).status_code == 404
    assert not Sitting.objects.filter(person=gone).exists()
    assert not Membership.objects.filter(person=gone, until__isnull=True).exists()
    assert not CaseUserObjectPermission.objects.filter(user=gone).exists()
    assert not ReportUserObjectPermission.objects.filter(user=gone).exists()
    assert not Grant.objects.filter(holder=gone.key).exists()
    assert not gone.channels.exists()
    assert not PersonLock.objects.filter(key=gone.key).exists()
    assert not left
    assert differences() == []
    answer = Client().post(reverse("people:sign_in"), {"username": "triage", "passphrase": passphrase_of("triage")})
    assert answer.status_code == 422
    assert Case.objects.get(pk=case.pk).members(Role.SUPERVISOR) == [person("supervisor")]


def test_what_is_written_later_is_closed_to_the_leaver_whatever_they_copied(world: World):
    """They kept their own private key, the case's private key, and read the database afterwards."""
    case = triage.open_case(world)
    copied = world.actor("triage").keys
    old_case_key = copied.private(case.key)
    close(world, "triage")
    retitle(actor=world.actor("supervisor"), case=case, title="Written after they left")
    found = Case.objects.select_related("key").get(pk=case.pk)
    assert found.key_id != case.key_id
    with pytest.raises(NoGrant):
        found.open(copied, "title")
    with pytest.raises(NoGrant):
        found.open(Keyring(case.key, old_case_key), "title")
    assert found.open(world.actor("supervisor").keys, "title") == "Written after they left"


def test_reports_too_get_new_keys_and_the_reporting_person_still_reads_answers(world: World):
    report = triage.acknowledged_report(world)
    copied = world.actor("triage").keys
    assert copied.holds(report.key)
    close(world, "triage")
    found = Report.objects.select_related("key", "reporter_key").get(pk=report.pk)
    assert found.key_id != report.key_id
    holders = set(Grant.objects.filter(key=found.key).values_list("holder", flat=True))
    assert found.reporter_key_id in holders
    assert person("triage").key_id not in holders
    assert found.open(world.actor("intake").keys, "answers")


def test_an_entry_names_each_thing_that_ended(world: World):
    case = triage.open_case(world)
    close(world, "triage")
    ended = {entry["object"] for entry in entries("people.access_ended")}
    assert {case.pseudonym, "channel/office"} <= ended
    closed = entries("people.account_closed")[-1]
    assert closed["facts"]["reason"] == "left"
    assert closed["facts"]["left"] == []
    assert closed["facts"]["ended"] == len(entries("people.access_ended"))


def test_the_last_who_can_open_a_case_is_shown_before_and_after_and_nothing_is_lost(world: World):
    case = triage.open_case(world)
    first = close(world, "triage")
    assert not told(first)
    page = words_of(at_desk("admin").get(reverse("people:close", args=[person("supervisor").pk])))
    assert case.reference in page
    assert "nobody else at the desk can open it" in page
    assert "Money at the gate" not in page
    left = close(world, "supervisor")
    assert ("Case", case.pseudonym) in told(left)
    assert entries("people.account_closed")[-1]["facts"]["left"] == [case.pseudonym]
    kept = vault.unlock(person("supervisor").key, passphrase_of("supervisor"))
    assert Case.objects.select_related("key").get(pk=case.pk).open(kept, "title") == "Money at the gate"
    assert (
        Client()
        .post(reverse("people:sign_in"), {"username": "supervisor", "passphrase": passphrase_of("supervisor")})
        .status_code
        == 422
    )


def test_what_was_left_ends_as_soon_as_somebody_else_holds_it(world: World):
    case = triage.open_case(world)
    close(world, "triage")
    close(world, "supervisor")
    with pytest.raises(Incomplete):
        leaving.finish_departure(actor=world.actor("admin"), person=person("supervisor"))
    kept = vault.unlock(person("supervisor").key, passphrase_of("supervisor"))
    recover(actor=SYSTEM, case=case, to=person("supervisor2"), keyring=kept)
    browser = at_desk("admin")
    address = reverse("people:person", args=[person("supervisor").pk])
    assert case.reference in words_of(browser.get(address))
    browser.post(reverse("people:finish", args=[person("supervisor").pk]))
    assert case.reference not in words_of(browser.get(address))
    assert not Grant.objects.filter(holder=person("supervisor").key).exists()
    assert not PersonLock.objects.filter(key=person("supervisor").key).exists()
    found = Case.objects.select_related("key").get(pk=case.pk)
    assert found.open(world.actor("supervisor2").keys, "title") == "Money at the gate"
    assert differences() == []


def test_a_case_without_a_supervisor_is_shown(world: World):
    case = triage.open_case(world)
    left = close(world, "supervisor")
    assert told(left) == {("Case", case.pseudonym)}
    assert "supervisor" in str(left[0].lacks)
    assert not left[0].is_last
    assert not Membership.objects.filter(case=case, person=person("supervisor"), until__isnull=True).exists()


def test_a_colleague_whose_role_has_ended_counts_as_nobody(world: World):
    case = triage.open_case(world)
    Appointment.objects.filter(person=person("triage")).update(until=clock.today())
    assert ("Case", case.pseudonym) in told(close(world, "supervisor"))
    assert person("supervisor").key.held.exists()


def test_a_colleague_with_a_new_key_counts_only_when_it_was_given_again(world: World):
    case = triage.open_case(world)
    token = invitations.reset_key(actor=world.actor("admin"), person=person("triage")).token
    chosen = vault.make_person_key("gravel umbrella sideways mandarin")
    invitations.accept(actor=Actor.of(person("triage")), token=token, chosen=chosen)
    [holding] = [each for each in leaving.holdings(person("supervisor")) if each.pseudonym == case.pseudonym]
    assert holding.is_last
    regranting.grant_again(actor=world.actor("supervisor"), person=person("triage"), matter=case.pseudonym)
    [holding] = [each for each in leaving.holdings(person("supervisor")) if each.pseudonym == case.pseudonym]
    assert not holding.is_last


def test_somebody_who_never_got_their_access_again_leaves_without_trouble(world: World):
    case = triage.open_case(world)
    token = invitations.reset_key(actor=world.actor("admin"), person=person("triage")).token
    chosen = vault.make_person_key("gravel umbrella sideways mandarin")
    invitations.accept(actor=Actor.of(person("triage")), token=token, chosen=chosen)
    assert list(requests(world.actor("supervisor")))
    close(world, "triage")
    assert not list(requests(world.actor("supervisor")))
    assert not Membership.objects.filter(case=case, person=person("triage"), until__isnull=True).exists()
    assert not ReportUserObjectPermission.objects.filter(user=person("triage")).exists()


def test_reports_that_nobody_else_receives_are_shown_and_kept(world: World):
    report = triage.received_report(world)
    for name in ("intake", "triage2"):
        close(world, name)
    left = close(world, "triage")
    assert {("Reports", "channel/office"), ("Channel", "channel/office")} <= told(left)
    kept = vault.unlock(person("triage").key, passphrase_of("triage"))
    assert Report.objects.select_related("key").get(pk=report.pk).open(kept, "answers")


def test_a_channel_without_anybody_is_shown(world: World):
    left = close(world, "triage2")
    assert told(left) == {("Channel", "channel/independent")}


def test_keys_of_the_institution_with_one_holder_and_with_none_are_shown(world: World):
    left = close(world, "identity")
    assert told(left) == {("Key of the institution", "identity-key")}
    assert left[0].is_last
    [single] = close(world, "editor")
    assert (single.pseudonym, single.is_last) == ("publication-key", False)
    assert "one person" in str(single.lacks)
    held = institution_key(KeyKind.PUBLICATION)
    assert held is not None
    assert world.actor("approver").keys.holds(held)
    assert not world.actor("editor").keys.holds(held), "the register's key stayed the one that the leaver knows"


def test_ending_a_role_ends_what_was_held_by_it_and_nothing_else(world: World):
    actions.appoint(actor=world.actor("admin"), person=person("triage"), role=Role.EDITOR)
    regranting.grant_again(actor=world.actor("approver"), person=person("triage"), matter="publication-key")
    case = triage.open_case(world)
    browser = at_desk("triage")
    end_role(world, "triage", Role.TRIAGE)
    assert browser.get("/desk/").status_code == 302
    gone = person("triage")
    assert gone.is_active
    assert gone.roles() == {Role.EDITOR}
    assert not Membership.objects.filter(case=case, person=gone, until__isnull=True).exists()
    assert not ReportUserObjectPermission.objects.filter(user=gone).exists()
    kinds = set(Grant.objects.filter(holder=gone.key).values_list("key__kind", flat=True))
    assert kinds == {KeyKind.PUBLICATION}
    assert at_desk("triage").get("/desk/").status_code == 200


def test_an_intake_officer_who_was_triage_as_well_keeps_the_reports(world: World):
    report = triage.received_report(world)
    actions.appoint(actor=world.actor("admin"), person=person("triage"), role=Role.INTAKE)
    end_role(world, "triage", Role.TRIAGE)
    assert world.actor("triage").keys.holds(Report.objects.select_related("key").get(pk=report.pk).key)
    assert person("triage").channels.exists()


def test_a_role_that_begins_later_is_ended_before_it_begins(world: World):
    later = clock.today() + timedelta(days=30)
    made = actions.appoint(actor=world.actor("admin"), person=person("manager"), role=Role.AUDITOR, since=later)
    leaving.end_role(actor=world.actor("admin"), appointment=made)
    with clock.at(clock.now() + timedelta(days=40)):
        assert not person("manager").has_role(Role.AUDITOR)


def test_a_role_that_has_ended_ends_no_more(world: World):
    ended = Appointment.objects.filter(person=person("manager"), role=Role.MANAGER)
    ended.update(until=clock.today())
    with pytest.raises(WrongState):
        leaving.end_role(actor=world.actor("admin"), appointment=ended.get())


def test_nobody_closes_their_own_account_or_ends_their_own_role(world: World):
    with pytest.raises(NotPermitted):
        close(world, "admin")
    with pytest.raises(NotPermitted):
        end_role(world, "admin", Role.ADMINISTRATOR)
    browser = at_desk("admin")
    own = person("admin")
    page = browser.post(reverse("people:close", args=[own.pk]), {"reason": "left"})
    assert page.status_code == 422
    appointment = Appointment.objects.get(person=own)
    assert browser.post(reverse("people:end_role", args=[own.pk, appointment.pk])).status_code == 409
    assert person("admin").is_active
    assert person("admin").has_role(Role.ADMINISTRATOR)


@pytest.mark.parametrize("username", ["triage", "supervisor", "auditor", "programme", "manager"])
def test_nobody_but_an_administrator_closes_or_ends(world: World, username: str):
    with pytest.raises(NotPermitted):
        leaving.close_account(actor=world.actor(username), person=person("board1"), reason=LeavingReason.LEFT)
    appointment = Appointment.objects.get(person=person("board1"))
    with pytest.raises(NotPermitted):
        leaving.end_role(actor=world.actor(username), appointment=appointment)
    browser = at_desk(username)
    assert browser.post(reverse("people:close", args=[person("board1").pk]), {"reason": "left"}).status_code == 403
    assert person("board1").is_active


def test_a_closed_account_is_closed_once(world: World):
    close(world, "manager")
    with pytest.raises(WrongState):
        close(world, "manager")
    with pytest.raises(WrongState):
        actions.appoint(actor=world.actor("admin"), person=person("manager"), role=Role.AUDITOR)
    with pytest.raises(WrongState):
        leaving.finish_departure(actor=world.actor("admin"), person=person("triage"))


def test_an_investigator_in_the_middle_of_a_case_leaves_it_to_the_others(world: World):
    case = investigation.to_investigating(world, triage.open_case(world))
    close(world, "investigator")
    found = Case.objects.select_related("key").get(pk=case.pk)
    assert found.open(world.actor("supervisor").keys, "title")
    assert not world.actor("investigator").keys.holds(found.key)
    assert differences() == []


def test_the_page_closes_with_a_reason(world: World):
    browser = at_desk("admin")
    address = reverse("people:close", args=[person("triage2").pk])
    assert "Independent channel" in words_of(browser.get(address))
    assert browser.post(address, {"reason": "because"}).status_code == 422
    answer = browser.post(address, {"reason": "compromised"}, follow=True)
    assert "Independent channel" in words_of(answer), "what has nobody left is not told afterwards"
    assert "Closed" in words_of(answer)


def test_the_preview_costs_a_fixed_number_of_queries(world: World, django_assert_max_num_queries: Any):
    for _ in range(4):
        triage.open_case(world)
    gone = person("supervisor")
    with django_assert_max_num_queries(15):
        assert len(leaving.holdings(gone)) == 4
