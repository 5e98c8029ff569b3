"""Invitations: how a person comes to a key of their own, and how nobody else comes to it."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from audit import clock
from audit.log.models import Entry
from integrity.action import Actor, Incomplete, NotPermitted, WrongState
from integrity.people import actions, invitations, leaving
from integrity.people.actions import Details
from integrity.people.leaving import LeavingReason
from integrity.people.models import Invitation, PersonEvent, Sitting, User
from integrity.people.passphrases import judge
from integrity.people.roles import Role
from integrity.rules.terms import GradeBand
from integrity.vault import actions as vault
from tests.desk import at_desk, entries, words_of
from tests.world import SYSTEM, World, passphrase_of

STRONG = "gravel umbrella sideways mandarin"
ANOTHER = "puzzled octopus lighthouse thirteen"


def newcomer(world: World, username: str = "fresh", **options: Any) -> User:
    """Somebody who was added, without a key and without a role."""
    details = Details(name="Fresh Person", office=world.office, grade_band=GradeBand.OFFICER, **options)
    return actions.add_person(actor=world.actor("admin"), username=username, details=details)


def link(token: str) -> str:
    return reverse("people:welcome", args=[token])


def choose(token: str, passphrase: str = STRONG, again: str | None = None, browser: Client | None = None) -> Any:
    """Send the page of the invitation."""
    return (browser or Client()).post(link(token), {"passphrase": passphrase, "again": again or passphrase})


def sign_in(username: str, passphrase: str) -> Any:
    return Client().post(reverse("people:sign_in"), {"username": username, "passphrase": passphrase})


def everything_stored() -> str:
    """The rows of every table, as text."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            found += [repr([bytes(v) if isinstance(v, memoryview) else v for v in row]) for row in cursor.fetchall()]
    return "\n".join(found)


def test_somebody_invited_chooses_a_passphrase_and_signs_in_with_it(world: World):
    person = newcomer(world)
    assert person.key is None
    actions.appoint(actor=world.actor("admin"), person=person, role=Role.INTAKE)
    issued = invitations.invite(actor=world.actor("admin"), person=person)
    page = Client().get(link(issued.token))
    assert page.status_code == 200
    assert "Fresh Person" in words_of(page)
    answer = choose(issued.token)
    assert answer.status_code == 302
    assert answer["Location"] == reverse("people:sign_in")
    assert sign_in("fresh", STRONG).status_code == 302
    assert entries("people.key_made")[-1]["object"] == f"person/{person.pk}"


def test_the_administrator_never_learns_the_passphrase_and_their_page_shows_the_link_once(world: World):
    person = newcomer(world)
    browser = at_desk("admin")
    page = browser.post(reverse("people:invite", args=[person.pk]))
    token = words_of(page).split("/desk/welcome/")[1].split("/")[0]
    assert page["Cache-Control"] == "no-store"
    for address in (reverse("people:person", args=[person.pk]), reverse("people:invite", args=[person.pk])):
        assert token not in words_of(browser.get(address))
    assert choose(token).status_code == 302
    assert User.objects.get(pk=person.pk).key is not None


def test_the_token_is_kept_nowhere(world: World):
    """Neither the tables nor the log hold anything with which a thief could use the link."""
    person = newcomer(world, email="fresh@office.example")
    page = at_desk("admin").post(reverse("people:invite", args=[person.pk]), {"by_mail": "on"})
    token = words_of(page).split("/desk/welcome/")[1].split("/")[0]
    assert len(token) >= 43, "fewer than 256 bits"
    stored = everything_stored()
    assert token not in stored
    assert token not in "".join(bytes(row.leaf).decode() for row in Entry.objects.all())
    thief = bytes(Invitation.objects.get().token_hash)
    assert Client().get(link(thief.hex())).status_code == 404


@pytest.mark.parametrize("guess", ["x", "-", "A" * 43, "é", "0" * 5000, "..%2f", "%00"])
def test_a_guessed_link_says_the_same_as_any_that_is_over(world: World, guess: str):
    invitations.invite(actor=world.actor("admin"), person=newcomer(world))
    page = Client().get(f"/desk/welcome/{guess}/")
    assert page.status_code == 404
    assert choose("nothing").status_code == 404
    assert User.objects.get(username="fresh").key is None


def test_a_link_works_once(world: World):
    person = newcomer(world)
    token = invitations.invite(actor=world.actor("admin"), person=person).token
    choose(token)
    key = User.objects.get(pk=person.pk).key_id
    assert Client().get(link(token)).status_code == 404
    assert choose(token, ANOTHER).status_code == 404
    with pytest.raises(WrongState):
        invitations.accept(actor=Actor.of(person), token=token, chosen=vault.make_person_key(ANOTHER))
    assert User.objects.get(pk=person.pk).key_id == key
    assert sign_in("fresh", ANOTHER).status_code == 422
    assert entries("action.refused")[-1]["facts"]["action"] == "people.key_made"


def test_looking_at_the_page_does_not_use_the_link_up(world: World):
    token = invitations.invite(actor=world.actor("admin"), person=newcomer(world)).token
    for _ in range(3):
        assert Client().get(link(token)).status_code == 200
        assert Client().head(link(token)).status_code == 200
    assert choose(token).status_code == 302


def test_a_link_ends_after_seven_days(world: World):
    token = invitations.invite(actor=world.actor("admin"), person=newcomer(world)).token
    with clock.at(clock.now() + timedelta(days=7, minutes=-1)):
        assert Client().get(link(token)).status_code == 200
    with clock.at(clock.now() + timedelta(days=7, minutes=1)):
        assert Client().get(link(token)).status_code == 404
        assert choose(token).status_code == 404
    assert User.objects.get(username="fresh").key is None


def test_another_link_ends_the_earlier_one(world: World):
    person = newcomer(world)
    first = invitations.invite(actor=world.actor("admin"), person=person).token
    second = invitations.invite(actor=world.actor("admin"), person=person).token
    assert choose(first).status_code == 404
    assert choose(second).status_code == 302


def test_the_database_keeps_one_open_link_for_each_person(world: World):
    person = newcomer(world)
    held = invitations.invite(actor=world.actor("admin"), person=person).invitation
    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.objects.create(
            person=person, kind="first", token_hash=b"x" * 32, made_at=held.made_at, expires_at=held.expires_at
        )


def test_a_cancelled_link_and_that_of_a_closed_account_do_not_work(world: World):
    person, other = newcomer(world), newcomer(world, "other")
    token = invitations.invite(actor=world.actor("admin"), person=person).token
    invitations.cancel(actor=world.actor("admin"), person=person)
    assert choose(token).status_code == 404
    token = invitations.invite(actor=world.actor("admin"), person=other).token
    leaving.close_account(actor=world.actor("admin"), person=other, reason=LeavingReason.MISTAKE)
    assert Client().get(link(token)).status_code == 404
    assert choose(token).status_code == 404
    with pytest.raises(WrongState, match="closed"):
        invitations.invite(actor=world.actor("admin"), person=other)
    assert User.objects.filter(key__isnull=True, username__in=["fresh", "other"]).count() == 2


def test_a_link_is_for_one_person_only(world: World):
    token = invitations.invite(actor=world.actor("admin"), person=newcomer(world)).token
    with pytest.raises(NotPermitted):
        invitations.accept(actor=world.actor("triage"), token=token, chosen=vault.make_person_key(STRONG))
    assert invitations.find(token) is not None, "the refused attempt used the link up"


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_only_an_administrator_makes_links(world: World, role: Role):
    person = newcomer(world)
    username = next((name for name, each in world.people.items() if role in each.roles()), None)
    actor = world.actor(username or world.add("holder", role).username)
    with pytest.raises(NotPermitted):
        invitations.invite(actor=actor, person=person)
    with pytest.raises(NotPermitted):
        invitations.reset_key(actor=actor, person=world.person("board1"))
    with pytest.raises(NotPermitted):
        invitations.cancel(actor=actor, person=person)
    assert not Invitation.objects.exists()


def test_an_administrator_makes_no_link_for_themselves(world: World):
    page = at_desk("admin").post(reverse("people:invite", args=[world.person("admin").pk]))
    assert page.status_code == 409
    with pytest.raises(NotPermitted):
        invitations.reset_key(actor=world.actor("admin"), person=world.person("admin"))
    assert not Invitation.objects.exists()


def test_a_first_link_is_not_made_for_who_has_a_key_nor_a_new_one_for_who_has_none(world: World):
    with pytest.raises(WrongState, match="has a key"):
        invitations.invite(actor=world.actor("admin"), person=world.person("triage"))
    with pytest.raises(WrongState, match="no key"):
        invitations.reset_key(actor=world.actor("admin"), person=newcomer(world))


def test_somebody_without_a_key_cannot_sign_in(world: World):
    person = newcomer(world)
    actions.appoint(actor=world.actor("admin"), person=person, role=Role.TRIAGE)
    for passphrase in ("", " ", STRONG, "fresh"):
        assert sign_in("fresh", passphrase).status_code == 422
    assert not Sitting.objects.exists()


def test_without_a_sitting_nothing_but_the_two_doors_opens(world: World):
    assert Client().get("/desk/welcome/").status_code == 404
    assert Client().get("/desk/welcomes/x/").status_code == 302
    assert Client().get("/ar/desk/welcome/x/").status_code == 404
    assert Client().get("/desk/me/").status_code == 302


@pytest.mark.parametrize(
    ("passphrase", "why"),
    [
        ("password", "common"),
        ("qwertyuiop", "common|guess"),
        ("aaaaaaaaaaaa", "Repeats|common"),
        ("abcdefgh1234", "Sequences|common|guess"),
        ("Fresh Person", "others know"),
        ("fresh.person-headquarters", "others know"),
        ("Customs Integrity", "others know"),
        ("2026-03-04", "Dates|guess"),
        ("the cat sat", "common|guess"),
    ],
)
def test_a_weak_passphrase_is_refused_with_the_reason(world: World, passphrase: str, why: str):
    token = invitations.invite(actor=world.actor("admin"), person=newcomer(world)).token
    page = choose(token, passphrase)
    assert page.status_code == 422
    words = words_of(page)
    assert any(each in words for each in why.split("|")), words[words.find("too easy") :][:300]
    assert "<meter" in words
    assert f'value="{passphrase}"' not in words, "what was typed came back"
    assert User.objects.get(username="fresh").key is None
    assert choose(token).status_code == 302, "a refused passphrase used the link up"


def test_two_passphrases_that_differ_are_refused(world: World):
    token = invitations.invite(actor=world.actor("admin"), person=newcomer(world)).token
    assert "not the same" in words_of(choose(token, STRONG, again=ANOTHER))


def test_a_long_passphrase_is_judged_quickly_and_by_its_beginning(world: World):
    person = world.person("triage")
    assert judge("ab" * 5000, person=person).score < 3
    assert judge(STRONG + "x" * 5000, person=person).is_enough
    assert not judge("triage", person=person).is_enough
    assert judge("ฝนตกหนักที่ท่าเรือเมื่อคืนนี้", person=person).is_enough


def test_what_is_known_about_one_person_does_not_weaken_another(world: World):
    mine, other = world.person("triage"), world.person("manager")
    mine.name = "Obsidian Kettledrum"
    assert not judge("obsidian kettledrum", person=mine).is_enough
    assert judge("obsidian kettledrum over there", person=other).is_enough


def test_the_mail_holds_the_link_and_nothing_of_what_the_person_works_on(world: World):
    person = newcomer(world, email="fresh@office.example")
    actions.appoint(actor=world.actor("admin"), person=person, role=Role.INVESTIGATOR)
    page = at_desk("admin").post(reverse("people:invite", args=[person.pk]), {"by_mail": "on"})
    sent = mail.outbox[0]
    assert sent.to == ["fresh@office.example"]
    assert "/desk/welcome/" in sent.body
    assert "sent to fresh@office.example" in words_of(page)
    for word in ("nvestigat", "case", "report", "role"):
        assert word not in sent.body
    assert entries("people.invited")[-1]["facts"]["by_mail"] is True


def test_without_mail_or_address_nothing_is_sent(world: World, settings: Any):
    browser = at_desk("admin")
    person = newcomer(world)
    browser.post(reverse("people:invite", args=[person.pk]), {"by_mail": "on"})
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    other = newcomer(world, "other", email="other@office.example")
    assert "by_mail" not in words_of(browser.get(reverse("people:invite", args=[other.pk])))
    browser.post(reverse("people:invite", args=[other.pk]), {"by_mail": "on"})
    assert not mail.outbox


def test_a_mail_that_fails_leaves_the_link_on_the_page(world: World, settings: Any):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    person = newcomer(world, email="fresh@office.example")
    page = words_of(at_desk("admin").post(reverse("people:invite", args=[person.pk]), {"by_mail": "on"}))
    assert "could not be sent" in page
    assert choose(page.split("/desk/welcome/")[1].split("/")[0]).status_code == 302


def test_the_person_sees_who_made_a_link_for_them_and_can_cancel_it(world: World):
    """An administrator who wants somebody's account makes a link; the person finds it and ends it."""
    browser = at_desk("triage")
    token = invitations.reset_key(actor=world.actor("admin"), person=world.person("triage")).token
    words = words_of(browser.get(reverse("people:me")))
    assert "Admin" in words
    assert "new key" in words
    browser.post(reverse("people:cancel_own_invitation"))
    assert choose(token).status_code == 404
    assert at_desk("triage")


def test_the_events_name_no_token_and_are_in_order(world: World):
    person = newcomer(world)
    token = invitations.invite(actor=world.actor("admin"), person=person).token
    choose(token)
    kinds = list(PersonEvent.objects.filter(person=person).order_by("pk").values_list("kind", flat=True))
    assert kinds == ["account_made", "invited", "key_made"]
    assert token not in json.dumps(entries())


def test_the_command_line_invites_administrators_and_nobody_else(world: World):
    for username in ("triage", "nobody"):
        with pytest.raises(CommandError):
            call_command("people", "invite", username)
    details = Details(name="Second", office=world.office, grade_band=GradeBand.OFFICER)
    person = actions.add_person(actor=SYSTEM, username="second", details=details)
    with pytest.raises(CommandError):
        call_command("people", "invite", "second")
    actions.appoint(actor=SYSTEM, person=person, role=Role.ADMINISTRATOR)
    told = StringIO()
    call_command("people", "invite", "second", stdout=told)
    assert choose(told.getvalue().split("/desk/welcome/")[1].split("/")[0]).status_code == 302
    actions.appoint(actor=world.actor("admin"), person=person, role=Role.TRIAGE)
    with pytest.raises(CommandError):
        call_command("people", "invite", "second")


def test_nobody_but_the_system_makes_an_account_with_a_passphrase(world: World):
    for actor in (world.actor("admin"), Actor("anonymous"), Actor.reporter("x")):
        with pytest.raises(NotPermitted):
            actions.make_person(
                actor=actor,
                username="typed",
                name="Typed",
                passphrase_key=vault.make_person_key(STRONG),
                office=world.office,
                grade_band=GradeBand.OFFICER,
            )
    with pytest.raises(Incomplete, match="taken"):
        newcomer(world, "Triage")


def test_the_old_passphrase_still_opens_the_desk_until_the_link_is_used(world: World):
    token = invitations.reset_key(actor=world.actor("admin"), person=world.person("triage")).token
    browser = at_desk("triage")
    assert browser.get("/desk/").status_code == 200
    assert choose(token).status_code == 302
    assert browser.get("/desk/").status_code == 302, "the sitting of the earlier key went on"
    assert sign_in("triage", passphrase_of("triage")).status_code == 422
    assert sign_in("triage", STRONG).status_code == 302
