"""Who can ask for an identity, who cannot, and who reads why."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from audit import clock
from cases.access import end_access
from cases.identities import actions
from cases.identities.models import IdentityRequest
from cases.identities.states import LONGEST_SILENCE, RequestState
from cases.models import Case, ConflictDeclaration
from intake.portal.models import ToldLater
from integrity.action import ConflictOfInterest, Incomplete, NotPermitted, Refusal, WrongState
from integrity.people.actions import appoint
from integrity.people.models import User
from integrity.people.roles import Role
from integrity.vault.keyring import NoGrant
from tests.cases.identity_scene import ASKED, again, asked, named_case, named_report
from tests.desk import entries
from tests.walks import triage
from tests.walks.portal import send_report
from tests.world import SYSTEM, World

pytestmark = pytest.mark.django_db
OUTSIDERS = ("investigator2", "supervisor2", "triage2", "authority", "board1", "editor", "identity", "auditor", "admin")


def test_nobody_outside_the_matter_can_ask(world: World) -> None:
    case, report, _receipt = named_case(world)
    for name in OUTSIDERS:
        with pytest.raises(NotPermitted):
            asked(world, case, report, by=name)
        if name != "triage2":
            with pytest.raises(NotPermitted):
                actions.ask(actor=world.actor(name), report=report, **ASKED)
    assert not IdentityRequest.objects.exists()
    assert {entry["facts"]["reason"] for entry in entries("action.refused")} == {"NotPermitted"}


def test_the_officer_who_assesses_a_report_can_ask_before_there_is_a_case(world: World) -> None:
    report, _receipt = named_report(world)
    with pytest.raises(NotPermitted):
        actions.ask(actor=world.actor("intake"), report=report, **ASKED)
    request = actions.ask(actor=world.actor("triage"), report=report, **ASKED)
    assert (request.state, request.capacity, request.case) == (RequestState.ASKED, Role.TRIAGE, None)
    (entry,) = entries("identity.asked")
    assert entry["object"] == request.pseudonym
    assert {key: entry["facts"][key] for key in ("report", "role", "told_later")} == {
        "report": report.pseudonym,
        "role": "triage",
        "told_later": "",
    }


def test_a_report_of_another_case_is_not_reached_through_ones_own(world: World) -> None:
    case, _report, _receipt = named_case(world)
    other, _receipt = named_report(world)
    with pytest.raises(NotPermitted, match="does not belong"):
        asked(world, case, other)


def test_who_left_the_case_cannot_ask_any_more(world: World) -> None:
    case, report, _receipt = named_case(world)
    with transaction.atomic():
        end_access(case=Case.objects.select_related("key").get(pk=case.pk), person=world.person("investigator"))
    with pytest.raises(NotPermitted):
        asked(world, case, report)


def test_a_conflict_stands_in_the_way_with_its_sentence(world: World) -> None:
    case, report, _receipt = named_case(world, person=world.person("manager"))
    User.objects.filter(username="investigator").update(superior=world.person("manager"))
    with pytest.raises(ConflictOfInterest, match="superior"):
        asked(world, case, report)
    User.objects.filter(username="investigator").update(superior=None)
    User.objects.filter(username="manager").update(superior=world.person("investigator"))
    with pytest.raises(ConflictOfInterest, match="subordinate"):
        asked(world, case, report)
    User.objects.filter(username="manager").update(superior=None)
    ConflictDeclaration.objects.filter(case=case, person=world.person("investigator")).delete()
    with pytest.raises(ConflictOfInterest, match="Declare first"):
        asked(world, case, report)


def test_what_is_not_there_or_asked_for_already_is_refused(world: World) -> None:
    plain, _receipt = send_report(world)
    with pytest.raises(Incomplete, match="did not give"):
        actions.ask(actor=world.actor("triage"), report=plain, **ASKED)
    case, report, _receipt = named_case(world)
    for lacking in ({"reason": " "}, {"needed_for": ""}):
        with pytest.raises(Incomplete):
            asked(world, case, report, **lacking)
    first = asked(world, case, report)
    for name in ("investigator", "supervisor"):
        with pytest.raises(WrongState, match="waits already"):
            asked(world, case, report, by=name)
    actions.withdraw(actor=world.actor("investigator"), request=first)
    asked(world, case, report, by="supervisor")


def test_the_database_itself_keeps_a_second_request_out(world: World) -> None:
    """Two that are asked at the same moment: whatever both have read, one of them is refused."""
    case, report, _receipt = named_case(world)
    first = asked(world, case, report)
    other_key = again(asked(world, *second_matter(world))).key
    with pytest.raises(IntegrityError), transaction.atomic():
        IdentityRequest.objects.create(
            reference="I-2222-2222",
            key=other_key,
            report=report,
            requester=world.person("supervisor"),
            capacity=Role.SUPERVISOR,
            requested_on=clock.today(),
        )
    for wrong in ({"custodian": first.requester}, {"second": first.requester}, {"state": "released"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            IdentityRequest.objects.filter(pk=first.pk).update(**wrong)


def second_matter(world: World):
    case, report, _receipt = named_case(world)
    return case, report


def test_a_custodian_and_an_administrator_never_ask(world: World) -> None:
    case, report, _receipt = named_case(world)
    for role in (Role.IDENTITY, Role.ADMINISTRATOR):
        appointment = appoint(actor=SYSTEM, person=world.person("investigator"), role=role)
        with pytest.raises(NotPermitted):
            asked(world, case, report)
        appointment.delete()
    asked(world, case, report)


def test_nobody_is_asked_when_every_custodian_is_too_close(world: World) -> None:
    case, report, _receipt = named_case(world, person=world.person("identity"))
    with pytest.raises(Incomplete, match="custodian"):
        asked(world, case, report)


def test_the_reasons_are_read_by_who_asked_and_the_custodian_and_nobody_else(world: World) -> None:
    case, report, _receipt = named_case(world)
    request = again(asked(world, case, report))
    for name in world.people:
        keyring = world.actor(name).keys
        if name in {"investigator", "identity"}:
            assert request.open(keyring, "reason") == ASKED["reason"]
            assert request.open(keyring, "needed_for") == ASKED["needed_for"]
        else:
            with pytest.raises(NoGrant):
                request.open(keyring, "reason")


def test_a_ground_for_silence_is_explained_and_has_an_end(world: World) -> None:
    case, report, _receipt = named_case(world)
    today = clock.today()
    for day in (None, today, today + timedelta(days=LONGEST_SILENCE + 1)):
        with pytest.raises(Incomplete, match="until when"):
            asked(world, case, report, told_later=ToldLater.ORDER, ground="Order 7", silent_until=day)
    with pytest.raises(Incomplete, match="why the law forbids"):
        asked(world, case, report, told_later=ToldLater.ORDER, silent_until=today + timedelta(days=9))
    request = asked(
        world, case, report, told_later=ToldLater.ORDER, ground="Order 7", silent_until=today + timedelta(days=9)
    )
    assert again(request).open(world.actor("identity").keys, "ground") == "Order 7"


def test_only_who_asked_withdraws_and_only_while_it_waits(world: World) -> None:
    case, report, _receipt = named_case(world)
    request = asked(world, case, report)
    for name in ("supervisor", "identity", "admin", "triage"):
        with pytest.raises(Refusal):
            actions.withdraw(actor=world.actor(name), request=request)
    actions.withdraw(actor=world.actor("investigator"), request=request)
    assert again(request).state == RequestState.WITHDRAWN
    with pytest.raises(WrongState):
        actions.withdraw(actor=world.actor("investigator"), request=request)
    assert not report.identity_notices.exists()


def test_a_name_in_a_merged_report_is_asked_for_through_the_case(world: World) -> None:
    case = triage.open_case(world)
    from cases.triage import actions as steps

    report, _receipt = named_report(world)
    steps.merge(actor=world.actor("triage"), subject=report, case=case)
    request = actions.ask(actor=world.actor("triage"), report=report, **ASKED)
    assert again(request).requester == world.person("triage")
