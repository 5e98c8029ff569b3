"""Accounts, roles and appointments: who can give what to whom, and until when it holds."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from audit import clock
from intake.channels.actions import set_channel
from integrity.action import Actor, Incomplete, NotPermitted
from integrity.people import actions
from integrity.people.models import Appointment, Office, Sitting, User
from integrity.people.roles import Role
from integrity.rules.terms import GradeBand
from integrity.vault import actions as vault
from integrity.vault.models import Key, KeyKind
from tests.desk import at_desk, entries, words_of
from tests.world import SYSTEM, World


def new_person(world: World, actor: Actor, username: str = "fresh") -> User:
    return actions.make_person(
        actor=actor,
        username=username,
        name="Fresh Person",
        passphrase_key=vault.make_person_key("a passphrase for a fresh person"),
        office=world.office,
        grade_band=GradeBand.OFFICER,
    )


def test_an_account_with_a_passphrase_is_made_by_the_system_alone_and_the_log_says_so(world: World):
    with pytest.raises(NotPermitted, match="invite"):
        new_person(world, world.actor("admin"))
    person = new_person(world, SYSTEM)
    assert person.key is not None
    assert person.roles() == frozenset()
    entry = entries("people.account_made")[-1]
    assert entry["object"] == f"person/{person.pk}"
    assert "Fresh" not in str(entry)
    assert any(place.startswith("vault_personlock/") for place in entry["facts"]["sealed"])


def test_the_same_user_name_is_not_given_twice(world: World):
    new_person(world, SYSTEM)
    keys = Key.objects.count()
    for username in ("fresh", "FRESH", " fresh "):
        with pytest.raises(Incomplete, match="taken"):
            new_person(world, SYSTEM, username)
    assert User.objects.filter(username="fresh").count() == 1
    assert Key.objects.count() == keys, "the refused account left its key behind"
    assert entries("action.refused")[-1]["facts"]["action"] == "people.account_made"


def test_only_an_administrator_looks_after_people(world: World):
    world.add("recovery", Role.RECOVERY)
    people, appointments = User.objects.count(), Appointment.objects.count()
    tried = set()
    for username in set(world.people) - {"admin"}:
        actor = world.actor(username)
        tried |= actor.user.roles()
        with pytest.raises(NotPermitted):
            new_person(world, actor)
        with pytest.raises(NotPermitted):
            actions.appoint(actor=actor, person=world.person("manager"), role=Role.INVESTIGATOR)
        with pytest.raises(NotPermitted):
            actions.make_office(actor=actor, code="X", name="X", region="X")
        with pytest.raises(NotPermitted):
            actions.make_institution_key(actor=actor, kind=KeyKind.IDENTITY, holders=[world.person("identity")])
    assert tried == set(Role) - {Role.ADMINISTRATOR}
    assert (User.objects.count(), Appointment.objects.count()) == (people, appointments)
    assert not Office.objects.filter(code="X").exists()


def test_somebody_who_is_not_signed_in_is_not_the_system(world: World):
    for actor in (Actor("anonymous"), Actor.reporter("a-report")):
        assert not actor.is_system
        with pytest.raises(NotPermitted):
            new_person(world, actor)
        with pytest.raises(NotPermitted):
            actions.appoint(actor=actor, person=world.person("manager"), role=Role.ADMINISTRATOR)
        with pytest.raises(NotPermitted):
            actions.set_headcount(
                actor=actor, office=world.office, grade_band=GradeBand.OFFICER, staff=1, as_of=date(2026, 1, 1)
            )
        with pytest.raises(NotPermitted):
            set_channel(actor=actor, code="office", name="Mine", recipients=[])
    world.channel.refresh_from_db()
    assert world.channel.name == "Integrity office"


def test_nobody_appoints_themselves_not_even_an_administrator(world: World):
    for role in Role:
        with pytest.raises(NotPermitted, match="Nobody"):
            actions.appoint(actor=world.actor("admin"), person=world.person("admin"), role=role)
    assert world.actor("admin").user.roles() == {Role.ADMINISTRATOR}
    assert entries("action.refused")[-1]["facts"]["action"] == "people.appointed"


def test_a_role_is_given_once(world: World):
    person = world.person("manager")
    actions.appoint(actor=world.actor("admin"), person=person, role=Role.AUTHORITY, mandate="council")
    with pytest.raises(Incomplete, match="already"):
        actions.appoint(actor=world.actor("admin"), person=person, role=Role.AUTHORITY, mandate="council")
    actions.appoint(actor=world.actor("admin"), person=person, role=Role.AUTHORITY, mandate="director-general")
    assert User.objects.get(pk=person.pk).mandates() == {"council", "director-general"}


def test_a_new_role_closes_the_sittings_of_the_old_trust(world: World):
    browser = at_desk("manager")
    actions.appoint(actor=world.actor("admin"), person=world.person("manager"), role=Role.AUDITOR)
    assert not Sitting.objects.exists()
    assert browser.get("/desk/").status_code == 302


def test_a_role_holds_from_its_first_day_until_the_day_before_it_ends(world: World):
    person = world.person("manager")
    today = clock.today()
    Appointment.objects.create(person=person, role=Role.AUDITOR, since=today, until=today + timedelta(days=2))

    def holds(days: int) -> bool:
        with clock.at(clock.now() + timedelta(days=days)):
            return User.objects.get(pk=person.pk).has_role(Role.AUDITOR)

    assert [holds(days) for days in (-1, 0, 1, 2, 3)] == [False, True, True, False, False]


def test_whose_role_ended_yesterday_opens_no_page_of_it(world: World):
    browser = at_desk("auditor")
    assert browser.get(reverse("audit_console:entries")).status_code == 200
    yesterday = clock.today() - timedelta(days=1)
    Appointment.objects.filter(person=world.person("auditor")).update(until=yesterday)
    assert browser.get(reverse("audit_console:entries")).status_code == 403
    page = browser.get("/desk/")
    assert page.status_code == 200
    assert reverse("audit_console:entries") not in words_of(page)


def test_an_administrator_sees_the_people_and_nobody_else_does(world: World):
    page = at_desk("admin").get(reverse("people:people"))
    assert "Investigator2" in words_of(page)
    for username in ("triage", "auditor", "manager"):
        assert at_desk(username).get(reverse("people:people")).status_code == 403


def test_the_database_refuses_a_superuser(world: World):
    person = world.person("admin")
    person.is_superuser = True
    with pytest.raises(IntegrityError), transaction.atomic():
        person.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(username="admin").update(is_superuser=True)


def test_the_database_refuses_an_appointment_that_ends_before_it_begins(world: World):
    with pytest.raises(IntegrityError), transaction.atomic():
        Appointment.objects.create(
            person=world.person("admin"), role=Role.AUDITOR, since=date(2026, 2, 1), until=date(2026, 1, 1)
        )


def test_no_password_is_kept_anywhere(world: World):
    columns = {field.column for field in User._meta.get_fields() if hasattr(field, "column")}
    assert not columns & {"password", "last_login"}
    with pytest.raises(AttributeError):
        User.objects.create_superuser(username="root", password="x")  # type: ignore[attr-defined]


def test_a_key_of_the_institution_goes_only_to_those_who_keep_it(world: World):
    for wrong in ("admin", "auditor", "triage"):
        with pytest.raises(NotPermitted):
            actions.make_institution_key(
                actor=world.actor("admin"),
                kind=KeyKind.IDENTITY,
                holders=[world.person("identity"), world.person(wrong)],
            )


def test_a_line_of_superiors_that_bites_its_tail_ends(world: World):
    first, second, apart = (world.person(name) for name in ("manager", "programme", "auditor"))
    first.superior, second.superior = second, first
    first.save()
    second.save()
    assert first.is_superior_of(second)
    assert second.is_superior_of(first)
    assert not apart.is_superior_of(first)
    assert not first.is_superior_of(apart)
    with pytest.raises(ValidationError):
        User(username="x" * 61, name="x", office=world.office, grade_band="Z").full_clean()
