"""Passphrases: changed, forgotten, remembered; and what the old ones open afterwards."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.log.models import Entry
from cases.access import end_access, give_access
from cases.models import Case, Membership
from cases.regranting import requests
from cases.worklist import work_of
from intake.portal.models import Report
from integrity.action import Actor, ConflictOfInterest, NotPermitted, WrongState, action, record
from integrity.people import actions, invitations, passphrases, regranting
from integrity.people.fingerprints import fingerprint
from integrity.people.models import Invitation, Regrant, Sitting, User
from integrity.people.roles import Role
from integrity.policy import ANYBODY
from integrity.vault import actions as vault
from integrity.vault.keyring import Keyring, NoGrant
from integrity.vault.models import Grant, Key, KeyKind, PersonLock
from tests.desk import at_desk, entries, words_of
from tests.walks import triage
from tests.world import World, passphrase_of

NEW = "gravel umbrella sideways mandarin"
ANOTHER = "puzzled octopus lighthouse thirteen"


def change(browser: Client, present: str, new: str = NEW, again: str | None = None) -> Any:
    return browser.post(reverse("people:passphrase"), {"present": present, "passphrase": new, "again": again or new})


def sign_in(username: str, passphrase: str) -> Any:
    return Client().post(reverse("people:sign_in"), {"username": username, "passphrase": passphrase})


def person(username: str) -> User:
    return User.objects.select_related("key").get(username=username)


def forget(world: World, username: str, passphrase: str = NEW) -> Actor:
    """The person forgets their passphrase and makes a new key; as an actor with that key open."""
    token = invitations.reset_key(actor=world.actor("admin"), person=person(username)).token
    chosen = vault.make_person_key(passphrase)
    invitations.accept(actor=Actor.of(person(username)), token=token, chosen=chosen)
    return Actor.of(person(username), Keyring(person(username).key, chosen.private))


def given_by(world: World, username: str, to: str = "triage") -> set[tuple[str, str]]:
    """Kind and name of what somebody could give."""
    found = regranting.matters_for(world.actor(username), person(to))
    return {(str(each.described.kind), each.described.name) for each in found}


def open_title(case: Case, keyring: Keyring) -> str:
    found = Case.objects.select_related("key").get(pk=case.pk)
    return str(found.open(keyring, "title"))


@action("test.given_a_part", by=ANYBODY, description="A test gave somebody a part in a case.")
def bring_in(*, actor: Actor, case: Case, person: User, capacity: Role) -> None:
    give_access(actor=actor, case=case, person=person, capacity=capacity)
    record(object=case.pseudonym)


@action("test.taken_out", by=ANYBODY, description="A test took somebody out of a case.")
def take_out(*, actor: Actor, case: Case, person: User) -> None:
    end_access(case=Case.objects.select_related("key").get(pk=case.pk), person=person)
    record(object=case.pseudonym)


# Changed


def test_a_changed_passphrase_opens_and_the_old_one_does_not(world: World):
    case = triage.open_case(world)
    browser = at_desk("triage")
    key = person("triage").key_id
    assert change(browser, passphrase_of("triage")).status_code == 302
    assert person("triage").key_id == key, "a change of passphrase is not a change of key"
    assert sign_in("triage", passphrase_of("triage")).status_code == 422
    assert sign_in("triage", NEW).status_code == 302
    assert open_title(case, vault.unlock(person("triage").key, NEW)) == "Money at the gate"


def test_whoever_copies_the_database_after_the_change_opens_nothing_with_the_old_passphrase(world: World):
    triage.open_case(world)
    locks = PersonLock.objects.count()
    change(at_desk("triage"), passphrase_of("triage"))
    assert PersonLock.objects.count() == locks, "the old lock stayed beside the new one"
    for key in Key.objects.filter(kind=KeyKind.PERSON):
        with pytest.raises(vault.WrongPassphrase):
            vault.unlock(key, passphrase_of("triage"))


def test_the_present_passphrase_is_needed_also_at_an_open_desk(world: World):
    """Somebody finds the desk unlocked and wants to stay."""
    browser = at_desk("triage")
    answer = change(browser, "a guess that is wrong")
    assert answer.status_code == 422
    assert "not your present passphrase" in words_of(answer)
    assert sign_in("triage", passphrase_of("triage")).status_code == 302
    assert entries("people.passphrase_refused")[-1]["object"] == f"person/{person('triage').pk}"
    assert not entries("people.passphrase_changed")


def test_the_other_sittings_end_and_this_one_goes_on(world: World):
    here, there = at_desk("triage"), at_desk("triage")
    colleague = at_desk("supervisor")
    change(here, passphrase_of("triage"))
    assert here.get("/desk/").status_code == 200
    assert there.get("/desk/").status_code == 302
    assert colleague.get("/desk/").status_code == 200
    assert Sitting.objects.filter(person=person("triage")).count() == 1


@pytest.mark.parametrize(
    ("new", "again", "sentence"),
    [
        ("password", None, "too easy"),
        (NEW, ANOTHER, "not the same"),
        ("", None, "required"),
    ],
)
def test_a_refused_change_changes_nothing(world: World, new: str, again: str | None, sentence: str):
    answer = change(at_desk("triage"), passphrase_of("triage"), new, again)
    assert answer.status_code == 422
    assert sentence in words_of(answer)
    assert sign_in("triage", passphrase_of("triage")).status_code == 302


def test_the_same_passphrase_again_is_no_change(world: World):
    browser = at_desk("triage")
    change(browser, passphrase_of("triage"))
    assert "present passphrase. Choose" in words_of(change(browser, NEW, NEW))


def test_nobody_changes_the_lock_of_somebody_else(world: World):
    mine, theirs = world.actor("admin"), world.actor("triage")
    lock = vault.relock(theirs.keys, NEW)
    with pytest.raises(NotPermitted):
        passphrases.change_passphrase(actor=mine, lock=lock, sitting="")
    with pytest.raises(NotPermitted):
        passphrases.change_passphrase(
            actor=Actor.of(person("triage"), mine.keys, confirmed=True), lock=lock, sitting=""
        )
    assert sign_in("triage", passphrase_of("triage")).status_code == 302


def test_no_passphrase_is_in_the_log_or_comes_back_in_a_page(world: World):
    answer = change(at_desk("triage"), "a wrong one entirely", ANOTHER, NEW)
    for secret in ("a wrong one entirely", ANOTHER, NEW):
        assert secret not in words_of(answer)
        assert secret not in "".join(bytes(row.leaf).decode() for row in Entry.objects.all())


# Forgotten


def test_a_new_key_opens_nothing_until_somebody_gives_it_again(world: World):
    case = triage.open_case(world)
    renewed = forget(world, "triage")
    with pytest.raises(NoGrant):
        open_title(case, renewed.keys)
    assert regranting.grant_again(actor=world.actor("supervisor"), person=renewed.user, matter=case.pseudonym)
    assert open_title(case, renewed.keys) == "Money at the gate"
    entry = entries("people.granted_again")[-1]
    assert entry["object"] == case.pseudonym
    assert entry["facts"]["person"] == f"person/{renewed.user.pk}"
    assert entry["facts"]["sealed"], "the grant's digest is not in the log"


def test_the_request_stands_on_the_work_list_of_who_holds_it_and_of_nobody_else(world: World):
    triage.open_case(world)
    for name in ("supervisor", "investigator", "triage2", "admin", "auditor", "identity"):
        assert not list(requests(world.actor(name))), name
    forget(world, "triage")
    everybody = ("supervisor", "triage2", "intake", "investigator", "supervisor2", "admin", "manager", "identity")
    waiting = {name: given_by(world, name) for name in everybody}
    assert waiting.pop("supervisor") == {("Case", Case.objects.get().reference)}
    assert waiting.pop("triage2") == waiting.pop("intake") == {("Reports of a channel", "Integrity office")}
    assert not any(waiting.values()), waiting
    assert [item.reference for item in requests(world.actor("supervisor"))] == ["triage"]
    assert any(item.title == "Access for Triage" for item in work_of(world.actor("supervisor")))
    assert not list(requests(world.actor("investigator")))


def test_one_click_gives_it_after_comparing_the_digits(world: World):
    case = triage.open_case(world)
    renewed = forget(world, "triage")
    browser = at_desk("supervisor")
    page = words_of(browser.get("/desk/"))
    address = re.search(r"/desk/access/[-0-9a-f]+/", page)
    assert address is not None
    digits = " ".join(fingerprint(renewed.keys.key))
    assert digits in words_of(browser.get(address[0]))
    own = at_desk("triage", NEW)
    assert digits in words_of(own.get(reverse("people:me")))
    with pytest.raises(NoGrant):
        open_title(case, renewed.keys)
    assert browser.post(address[0]).status_code == 302
    assert open_title(case, Keyring(renewed.keys.key, renewed.keys.own)) == "Money at the gate"
    assert address[0] not in words_of(browser.get("/desk/"))
    assert browser.post(address[0]).status_code == 404
    assert "given again" in words_of(own.get(reverse("people:me")))


def test_nobody_else_can_give_it_by_the_address(world: World):
    triage.open_case(world)
    forget(world, "triage")
    address = reverse("people:grant_again", args=[person("triage").pk])
    for name in ("admin", "auditor", "investigator", "supervisor2", "manager"):
        browser = at_desk(name)
        assert browser.get(address).status_code == 404
        assert browser.post(address).status_code == 404
    own = at_desk("triage", NEW)
    assert own.post(address).status_code == 404
    assert at_desk("supervisor").get(reverse("people:grant_again", args=[person("board1").pk])).status_code == 404
    assert not Regrant.objects.filter(given_on__isnull=False).exists()


def test_nobody_gives_it_to_themselves_and_an_administrator_cannot_give_at_all(world: World):
    case = triage.open_case(world)
    renewed = forget(world, "triage")
    with pytest.raises(NotPermitted, match="themselves"):
        regranting.grant_again(actor=renewed, person=renewed.user, matter=case.pseudonym)
    for name in ("admin", "investigator", "supervisor2"):
        with pytest.raises(NotPermitted):
            regranting.grant_again(actor=world.actor(name), person=renewed.user, matter=case.pseudonym)
    assert entries("action.refused")[-1]["facts"]["action"] == "people.granted_again"


def test_many_matters_are_given_with_one_click_and_each_has_its_entry(world: World, django_assert_max_num_queries: Any):
    cases = [triage.open_case(world) for _ in range(6)]
    renewed = forget(world, "triage")
    with django_assert_max_num_queries(25):
        assert len(list(requests(world.actor("supervisor")))) == 1
    at_desk("supervisor").post(reverse("people:grant_again", args=[renewed.user.pk]))
    assert all(open_title(case, renewed.keys) for case in cases)
    assert {entry["object"] for entry in entries("people.granted_again")} == {case.pseudonym for case in cases}


def test_only_what_the_person_held_is_given_again(world: World):
    mine, other = triage.open_case(world), triage.open_case(world, triage="triage2")
    renewed = forget(world, "triage")
    with pytest.raises(WrongState):
        regranting.grant_again(actor=world.actor("supervisor"), person=renewed.user, matter=other.pseudonym)
    regranting.grant_again(actor=world.actor("supervisor"), person=renewed.user, matter=mine.pseudonym)
    with pytest.raises(NoGrant):
        open_title(other, renewed.keys)


def test_who_left_the_case_meanwhile_does_not_get_it_back(world: World):
    case = triage.open_case(world)
    renewed = forget(world, "triage")
    Membership.objects.filter(case=case, person=renewed.user).update(until="2024-01-01")
    assert not list(requests(world.actor("supervisor")))
    with pytest.raises(WrongState):
        regranting.grant_again(actor=world.actor("supervisor"), person=renewed.user, matter=case.pseudonym)


def test_who_came_into_conflict_meanwhile_does_not_get_it_back(world: World):
    case = triage.open_case(world, staff_number="S-accused")
    renewed = forget(world, "triage")
    User.objects.filter(pk=renewed.user.pk).update(staff_number="S-accused")
    assert not list(requests(world.actor("supervisor")))
    with pytest.raises(ConflictOfInterest):
        regranting.grant_again(
            actor=world.actor("supervisor"), person=User.objects.get(pk=renewed.user.pk), matter=case.pseudonym
        )


def test_reports_of_a_channel_are_given_again_with_one_click(world: World):
    reports = [triage.received_report(world) for _ in range(3)]
    renewed = forget(world, "triage")
    given = regranting.grant_again(actor=world.actor("intake"), person=renewed.user, matter="channel/office")
    assert given == 3
    for report in Report.objects.filter(pk__in=[each.pk for each in reports]).select_related("key"):
        assert report.open(renewed.keys, "answers")


def test_keys_of_the_institution_are_given_again_by_who_keeps_them(world: World):
    renewed = forget(world, "editor")
    key = Key.objects.get(kind=KeyKind.PUBLICATION)
    assert not renewed.keys.holds(key)
    with pytest.raises(NotPermitted):
        regranting.grant_again(actor=world.actor("identity"), person=renewed.user, matter="publication-key")
    regranting.grant_again(actor=world.actor("approver"), person=renewed.user, matter="publication-key")
    assert Keyring(renewed.keys.key, renewed.keys.own).holds(key)


def test_somebody_appointed_to_keep_a_key_is_given_it_by_its_keeper(world: World):
    made = world.add("identity2", Role.IDENTITY)
    key = Key.objects.get(kind=KeyKind.IDENTITY)
    assert not world.actor("identity2").keys.holds(key)
    assert [item.title for item in requests(world.actor("identity"))] == ["Access for Identity2"]
    regranting.grant_again(actor=world.actor("identity"), person=made, matter="identity-key")
    assert world.actor("identity2").keys.holds(key)


def test_what_changed_its_key_meanwhile_is_given_whole(world: World):
    """Between the request and the click somebody leaves the case, and its key gets a next generation."""
    case = triage.open_case(world)
    renewed = forget(world, "triage")
    world.add("helper", Role.SUPERVISOR)
    before = Case.objects.get(pk=case.pk).key_id
    bring_in(actor=world.actor("supervisor"), case=case, person=world.person("helper"), capacity=Role.SUPERVISOR)
    take_out(actor=world.actor("supervisor"), case=case, person=world.person("helper"))
    assert Case.objects.get(pk=case.pk).key_id != before
    regranting.grant_again(actor=world.actor("supervisor"), person=renewed.user, matter=case.pseudonym)
    current = Case.objects.select_related("key").get(pk=case.pk)
    assert renewed.keys.holds(current.key)
    assert open_title(case, renewed.keys) == "Money at the gate"


# Remembered, and gone for good


def test_who_remembers_the_earlier_passphrase_takes_everything_back(world: World):
    case = triage.open_case(world)
    lost = person("triage").key
    renewed = forget(world, "triage")
    browser = at_desk("triage", NEW)
    address = reverse("people:earlier_key", args=[lost.pk])
    assert address in words_of(browser.get(reverse("people:me")))
    assert browser.post(address, {"passphrase": "not this one"}).status_code == 422
    assert browser.post(address, {"passphrase": passphrase_of("triage")}).status_code == 302
    fresh = Keyring(renewed.keys.key, renewed.keys.own)
    assert open_title(case, fresh) == "Money at the gate"
    assert not Regrant.objects.filter(given_on__isnull=True).exists()
    assert entries("people.recalled")[-1]["facts"]["keys"] >= 2


def test_nobody_takes_back_by_the_earlier_key_of_somebody_else(world: World):
    triage.open_case(world)
    lost = person("triage").key
    forget(world, "triage")
    browser = at_desk("supervisor")
    address = reverse("people:earlier_key", args=[lost.pk])
    assert browser.get(address).status_code == 404
    assert browser.post(address, {"passphrase": passphrase_of("triage")}).status_code == 404
    with pytest.raises(WrongState):
        regranting.recall(actor=world.actor("supervisor"), earlier=Keyring(lost, world.keyrings["triage"].own))


def test_once_all_is_given_the_earlier_passphrase_opens_nothing_even_in_a_copy_of_the_database(world: World):
    case = triage.open_case(world)
    lost = person("triage").key
    renewed = forget(world, "triage")
    assert vault.unlock(lost, passphrase_of("triage")), "the earlier key is still needed while something waits"
    regranting.grant_again(actor=world.actor("supervisor"), person=renewed.user, matter=case.pseudonym)
    for matter in set(Regrant.objects.filter(given_on__isnull=True).values_list("matter", flat=True)):
        regranting.grant_again(actor=world.actor("intake"), person=renewed.user, matter=matter)
    with pytest.raises(vault.WrongPassphrase):
        vault.unlock(lost, passphrase_of("triage"))
    assert not Grant.objects.filter(holder=lost).exists()


def test_who_held_nothing_leaves_nothing_behind(world: World):
    lost = person("manager").key
    forget(world, "manager")
    assert not Regrant.objects.exists()
    with pytest.raises(vault.WrongPassphrase):
        vault.unlock(lost, passphrase_of("manager"))


def test_the_signed_in_page_tells_everything_without_a_sealed_word(world: World):
    case = triage.open_case(world)
    forget(world, "triage")
    page = html.unescape(at_desk("admin").get(reverse("people:person", args=[person("triage").pk])).content.decode())
    assert case.reference not in page
    assert "Money at the gate" not in page
    assert "A new key was made" in page
    assert Invitation.objects.get().ended == "used"
    with pytest.raises(NotPermitted):
        actions.appoint(actor=world.actor("triage"), person=world.person("triage"), role=Role.ADMINISTRATOR)
