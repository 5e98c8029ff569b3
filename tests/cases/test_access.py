"""Access to a case: membership, permission and key come together, go together, and are nobody's to take."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from audit import clock
from cases import actions
from cases.access import PERMISSION, end_access, give_access, may_be_given
from cases.consistency import differences
from cases.investigation import actions as investigating
from cases.models import Case, CaseUserObjectPermission, Membership
from integrity.action import Actor, Incomplete, NotPermitted, Refusal, action, record
from integrity.people import regranting
from integrity.people.models import Appointment, User
from integrity.people.roles import Role
from integrity.policy import ANYBODY
from integrity.vault.keyring import Keyring, NoGrant
from integrity.vault.models import Grant, Key
from tests.desk import at_desk, entries, words_of
from tests.integrity.recovery_scene import lose_passphrase
from tests.walks import appeals, investigation, publication, triage
from tests.world import World


@action("test.access_given", by=ANYBODY, description="A test gave somebody access.")
def give(*, actor: Actor, case: Case, person: User, capacity: Role, key: Key | None = None) -> None:
    give_access(actor=actor, case=case, person=person, capacity=capacity, key=key)
    record(object=case.pseudonym)


@action("test.access_ended", by=ANYBODY, description="A test ended somebody's access.")
def end(*, actor: Actor, case: Case, person: User) -> None:
    end_access(case=case, person=person)
    record(object=case.pseudonym)


def test_access_is_membership_permission_and_key_at_once(world: World):
    case = triage.open_case(world)
    person = world.person("investigator")
    assert not world.actor("investigator").keys.holds(case.key)
    give(actor=world.actor("supervisor"), case=case, person=person, capacity=Role.INVESTIGATOR)
    assert case.capacities(person) == {Role.INVESTIGATOR}
    assert User.objects.get(pk=person.pk).has_perm(PERMISSION, case)
    assert case.open(world.actor("investigator").keys, "title") == "Money at the gate"
    assert differences() == []
    end(actor=world.actor("supervisor"), case=case, person=person)
    assert case.capacities(person) == frozenset()
    assert not User.objects.get(pk=person.pk).has_perm(PERMISSION, case)
    with pytest.raises(NoGrant):
        case.open(world.actor("investigator").keys, "title")
    assert differences() == []


def test_nobody_gives_access_to_themselves(world: World):
    case = triage.open_case(world)
    appeals.to_appealed(world, case)
    person = world.person("supervisor")
    for role in (Role.AUTHORITY, Role.BOARD, Role.INVESTIGATOR):
        Appointment.objects.create(person=person, role=role, since="2020-01-01")
        for key in (None, case.appeals.get().key):
            with pytest.raises(NotPermitted, match="themselves"):
                give(actor=world.actor("supervisor"), case=case, person=person, capacity=role, key=key)
    assert differences() == []


def test_who_cannot_open_the_case_cannot_give_it(world: World):
    case = triage.open_case(world)
    for username in ("admin", "auditor", "supervisor2", "manager"):
        with pytest.raises((Refusal, NoGrant)):
            give(
                actor=world.actor(username),
                case=case,
                person=world.person("investigator"),
                capacity=Role.INVESTIGATOR,
            )
    with pytest.raises(Refusal):
        give(actor=Actor.system(), case=case, person=world.person("investigator"), capacity=Role.INVESTIGATOR)
    assert Membership.objects.filter(case=case).count() == 2
    assert differences() == []


def test_access_is_given_only_in_a_role_that_the_person_holds_today(world: World):
    case = triage.open_case(world)
    supervisor = world.actor("supervisor")
    person = world.person("investigator2")
    with pytest.raises(NotPermitted, match="does not hold the role"):
        give(actor=supervisor, case=case, person=person, capacity=Role.SUPERVISOR)
    Appointment.objects.filter(person=person).update(until=clock.today())
    with pytest.raises(NotPermitted):
        give(actor=supervisor, case=case, person=User.objects.get(pk=person.pk), capacity=Role.INVESTIGATOR)
    Appointment.objects.filter(person=person).update(until=None)
    person = User.objects.get(pk=person.pk)
    person.is_active = False
    with pytest.raises(NotPermitted):
        give(actor=supervisor, case=case, person=person, capacity=Role.INVESTIGATOR)
    User.objects.filter(pk=person.pk).update(key=None)
    with pytest.raises(Incomplete, match="has not signed in"):
        give(actor=supervisor, case=case, person=User.objects.get(pk=person.pk), capacity=Role.INVESTIGATOR)
    assert User.objects.get(pk=person.pk) not in may_be_given(case, Role.INVESTIGATOR)
    assert Membership.objects.filter(case=case).count() == 2
    assert differences() == []


def test_access_is_given_once_and_again_after_it_ended(world: World):
    case = triage.open_case(world)
    supervisor = world.actor("supervisor")
    person = world.person("investigator")
    give(actor=supervisor, case=case, person=person, capacity=Role.INVESTIGATOR)
    with pytest.raises(Incomplete, match="already"):
        give(actor=supervisor, case=case, person=person, capacity=Role.INVESTIGATOR)
    end(actor=supervisor, case=case, person=person)
    with pytest.raises(NoGrant):
        end(actor=supervisor, case=case, person=person)
    give(actor=supervisor, case=case, person=person, capacity=Role.INVESTIGATOR)
    assert Membership.objects.filter(case=case, person=person).count() == 2
    assert differences() == []


def test_whose_role_ended_yesterday_finds_nothing_of_the_case(world: World):
    case = investigation.to_assigned(world, triage.open_case(world))
    browser = at_desk("investigator")
    addresses = [reverse("cases:list"), reverse("desk"), "/api/v1/cases/"]
    for address in addresses:
        assert case.reference in words_of(browser.get(address))
    assert "Money at the gate" in words_of(browser.get(addresses[0]))
    yesterday = clock.today() - timedelta(days=1)
    Appointment.objects.filter(person=world.person("investigator")).update(until=yesterday)
    for address in addresses:
        page = words_of(browser.get(address))
        assert case.reference not in page
        assert "Money at the gate" not in page
    assert browser.get(reverse("cases:file", args=[case.reference])).status_code == 404
    assert browser.post(reverse("cases:transition", args=[case.reference, "add_note"])).status_code == 404
    assert browser.get(f"/api/v1/cases/{case.reference}/").status_code == 404


def test_a_board_holds_the_key_of_the_appeal_and_not_of_the_case(world: World):
    case = triage.open_case(world, title="A title for members only")
    appeals.to_transmitted(world, case)
    appeal = case.appeals.get()
    for username in ("board1", "board2", "board3"):
        keys = world.actor(username).keys
        assert keys.holds(appeal.key)
        assert not keys.holds(case.key)
        assert not keys.holds(case.reports.get().key)
    page = words_of(at_desk("board1").get(reverse("cases:file", args=[case.reference])))
    assert "A title for members only" not in page
    assert differences() == []


def test_a_case_ends_with_everybodys_access_still_in_step(world: World):
    case = publication.to_closed(world, triage.open_case(world))
    assert case.state == "closed"
    assert differences() == []


def test_a_remitted_case_takes_the_boards_key_and_the_first_authoritys(world: World):
    case = triage.open_case(world)
    appeals.to_board_decided(world, case, "remit")
    assert case.members(Role.BOARD) == []
    for username in ("board1", "board2", "board3"):
        assert not world.actor(username).keys.holds(case.appeals.get().key)
    assert differences() == []


def test_what_does_not_fit_together_is_found(world: World):
    case = investigation.to_assigned(world, triage.open_case(world))
    person = world.person("investigator")
    permission = CaseUserObjectPermission.objects.get(user=person)
    grant = Grant.objects.get(key=case.key, holder=person.key)
    membership = Membership.objects.get(person=person)

    CaseUserObjectPermission.objects.filter(pk=permission.pk).delete()
    assert [line.split(": ")[1] for line in differences()] == ["membership without permission"]
    permission.save(force_insert=True)
    Grant.objects.filter(pk=grant.pk).delete()
    assert [line.split(": ")[1] for line in differences()] == ["membership without grant"]
    grant.save(force_insert=True)
    Membership.objects.filter(pk=membership.pk).update(until=clock.today())
    assert [line.split(": ")[1] for line in differences()] == ["permission without membership"]
    CaseUserObjectPermission.objects.filter(pk=permission.pk).delete()
    assert [line.split(": ")[1] for line in differences()] == ["grant without membership"]
    Membership.objects.filter(pk=membership.pk).update(until=None, capacity=Role.BOARD)
    permission.save(force_insert=True)
    assert [line.split(": ")[1] for line in differences()] == ["holds the case's key as board"]


def test_an_administrator_is_refused_everything_and_the_log_tells(world: World):
    case = triage.open_case(world)
    with pytest.raises(NotPermitted):
        actions.open_file(actor=world.actor("admin"), case=case)
    with pytest.raises(NotPermitted):
        investigating.assign(actor=world.actor("admin"), subject=case, investigators=[world.person("admin")])
    tried = [entry["facts"]["action"] for entry in entries("action.refused")[-2:]]
    assert tried == ["case.file_opened", "case.assign"]
    admin = world.keyrings["admin"]
    with pytest.raises(NoGrant):
        case.open(Keyring(admin.key, admin.own), "title")


def test_somebody_with_a_new_key_is_named_as_waiting_and_not_as_broken(world: World):
    case = investigation.to_assigned(world, triage.open_case(world))
    lose_passphrase(world, "investigator")
    person = world.person("investigator")
    assert differences() == [f"case/{case.pk} person/{person.pk}: a new key, waiting to be given again"]
    regranting.grant_again(actor=world.actor("supervisor"), person=person, matter=case.pseudonym)
    assert differences() == []
