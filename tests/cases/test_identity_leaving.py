"""Requests for identities when somebody leaves, forgets a passphrase, or comes new."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from django.core.management import call_command

from audit import clock
from cases.consistency import differences
from cases.identities import actions, sweeping
from cases.identities.models import IdentityRelease
from cases.identities.states import RequestState
from cases.regranting import requests
from integrity.action import NotPermitted
from integrity.people import actions as people
from integrity.people import leaving, regranting
from integrity.people.leaving import LeavingReason
from integrity.people.models import Appointment, User
from integrity.people.roles import Role
from integrity.vault.keyring import Keyring, NoGrant
from integrity.vault.models import Grant
from tests.cases.identity_scene import ASKED, NAME, again, agreed, approved, asked, named_case, released
from tests.integrity.test_people_passphrase import forget
from tests.world import SYSTEM, World

pytestmark = pytest.mark.django_db
SAID = {"reasons": "No other way is left.", "free": True}


def today() -> date:
    return clock.today()


def close(world: World, name: str) -> list[leaving.Holding]:
    person = User.objects.select_related("key").get(username=name)
    return leaving.close_account(actor=world.actor("admin"), person=person, reason=LeavingReason.LEFT)


def second_custodian(world: World) -> None:
    person = world.add("identity2", Role.IDENTITY)
    regranting.grant_again(actor=world.actor("identity"), person=person, matter="identity-key")


def test_at_every_stage_keys_and_parts_agree(world: World) -> None:
    case, report, _receipt = named_case(world)
    request = asked(world, case, report)
    assert differences() == []
    agreed(world, request)
    assert differences() == []
    actions.step_aside(actor=world.actor("authority"), request=request)
    assert differences() == []
    actions.name_second(actor=world.actor("identity"), request=request, second=world.person("authority2"))
    actions.approve(actor=world.actor("authority2"), request=request, **SAID)
    assert differences() == []
    call_command("check_access", skip_checks=True)


def test_a_difference_is_named(world: World) -> None:
    case, report, _receipt = named_case(world)
    request = agreed(world, asked(world, case, report))
    asker, other = world.person("investigator"), world.person("authority2")
    where = f"identity-request/{request.pk}"
    Grant.objects.filter(key=request.key, holder=asker.key).delete()
    assert differences() == [f"{where} person/{asker.pk}: a part in it without grant"]
    Grant.objects.filter(key=request.key, holder=world.person("authority").key).update(holder=other.key)
    assert f"{where} person/{other.pk}: grant without a part in it" in differences()
    Grant.objects.filter(key=request.key, holder__kind="identity").delete()
    assert f"{where}: no custodian holds its key" in differences()


def test_with_the_account_of_who_asked_the_copy_goes(world: World) -> None:
    case, report, _receipt = named_case(world)
    request = released(world, asked(world, case, report))
    close(world, "investigator")
    assert again(request).state == RequestState.ENDED
    assert IdentityRelease.objects.get().secret == b""
    assert differences() == []
    assert sweeping.sweep() == 0


def test_with_the_role_of_who_asked_the_request_ends(world: World) -> None:
    case, report, _receipt = named_case(world)
    request = agreed(world, asked(world, case, report))
    appointment = Appointment.objects.in_force().get(person=world.person("investigator"))
    leaving.end_role(actor=world.actor("admin"), appointment=appointment)
    assert again(request).state == RequestState.WITHDRAWN


def test_a_second_person_who_leaves_is_replaced(world: World) -> None:
    case, report, _receipt = named_case(world)
    request = agreed(world, asked(world, case, report))
    left = close(world, "authority")
    assert request.pseudonym in {holding.pseudonym for holding in left}
    request = again(request)
    assert (request.second, request.state) == (None, RequestState.AGREED)
    assert differences() == []
    actions.name_second(actor=world.actor("identity"), request=request, second=world.person("authority2"))
    actions.approve(actor=world.actor("authority2"), request=request, **SAID)
    assert differences() == []


def test_a_custodian_who_leaves_reads_nothing_that_comes_later(world: World) -> None:
    second_custodian(world)
    case, report, _receipt = named_case(world)
    request = agreed(world, asked(world, case, report))
    gone = world.actor("identity")
    known = {key: gone.keys.private(key) for key in (request.key, request.report.identity_key)}
    close(world, "identity")
    request = again(request)
    assert differences() == []
    actions.approve(actor=world.actor("authority"), request=request, **SAID)
    last = again(request).steps.last()
    assert last is not None
    for key, private in known.items():
        with pytest.raises(NoGrant):
            last.open(Keyring(key, private), "reasons")
    assert last.open(world.actor("identity2").keys, "reasons") == SAID["reasons"]
    day = today()
    actions.release(actor=world.actor("identity2"), request=request, told="For one call.", until=day)
    assert actions.read_identity(actor=world.actor("investigator"), request=request) == NAME


def test_the_last_custodian_leaves_nothing_that_nobody_opens(world: World) -> None:
    case, report, _receipt = named_case(world)
    request = asked(world, case, report)
    left = close(world, "identity")
    assert {"identity-key", request.pseudonym} <= {holding.pseudonym for holding in left if holding.is_last}
    assert differences() == []


def test_a_custodian_who_comes_new_can_decide_on_what_waits(world: World) -> None:
    case, report, _receipt = named_case(world)
    request = asked(world, case, report)
    second_custodian(world)
    actions.agree(actor=world.actor("identity2"), request=request, second=world.person("authority"), **SAID)
    assert again(request).custodian == world.person("identity2")


def test_a_custodian_without_the_key_yet_is_told_so(world: World) -> None:
    case, report, _receipt = named_case(world)
    request = asked(world, case, report)
    world.add("identity2", Role.IDENTITY)
    with pytest.raises(NotPermitted, match="do not open this request"):
        actions.agree(actor=world.actor("identity2"), request=request, second=world.person("authority"), **SAID)


def test_a_second_person_who_forgot_the_passphrase_is_given_the_request_again(world: World) -> None:
    case, report, _receipt = named_case(world)
    request = agreed(world, asked(world, case, report))
    renewed = replace(forget(world, "authority"), confirmed=True)
    assert differences() == []
    with pytest.raises(NotPermitted, match="do not open this request"):
        actions.approve(actor=renewed, request=request, **SAID)
    assert [item.title for item in requests(world.actor("identity"))] == ["Access for Authority"]
    with pytest.raises(NotPermitted):
        regranting.grant_again(actor=world.actor("investigator"), person=renewed.user, matter=request.pseudonym)
    regranting.grant_again(actor=world.actor("identity"), person=renewed.user, matter=request.pseudonym)
    fresh = Keyring(renewed.keys.key, renewed.keys.own)
    assert again(request).open(fresh, "reason") == ASKED["reason"]
    assert differences() == []


def test_who_was_released_an_identity_and_forgot_the_passphrase_must_ask_again(world: World) -> None:
    case, report, _receipt = named_case(world)
    request = released(world, asked(world, case, report))
    renewed = replace(forget(world, "investigator"), confirmed=True)
    with pytest.raises(NotPermitted, match="a key that you do not have any more"):
        actions.read_identity(actor=renewed, request=request)
    actions.give_back(actor=renewed, request=request)
    assert again(request).state == RequestState.ENDED


def test_a_role_that_ran_out_by_its_day_closes_the_second_persons_part(world: World) -> None:
    case, report, _receipt = named_case(world)
    request = agreed(world, asked(world, case, report))
    Appointment.objects.filter(person=world.person("authority")).update(until=today())
    with pytest.raises(NotPermitted):
        actions.approve(actor=world.actor("authority"), request=request, **SAID)
    actions.name_second(actor=world.actor("identity"), request=request, second=world.person("authority2"))
    assert differences() == []
    approved_by_other = approve_as(world, request, "authority2")
    assert approved_by_other.state == RequestState.APPROVED


def approve_as(world: World, request, name: str):
    actions.approve(actor=world.actor(name), request=request, **SAID)
    return again(request)


def test_nobody_is_made_a_custodian_by_themselves(world: World) -> None:
    """The way around two people would be a second role; nobody gives it to themselves."""
    with pytest.raises(NotPermitted):
        people.appoint(actor=world.actor("admin"), person=world.person("admin"), role=Role.IDENTITY)
    case, report, _receipt = named_case(world)
    request = approved(world, asked(world, case, report))
    people.appoint(actor=SYSTEM, person=world.person("authority"), role=Role.IDENTITY)
    with pytest.raises(NotPermitted):
        actions.release(actor=world.actor("authority"), request=request, told="x", until=today())
