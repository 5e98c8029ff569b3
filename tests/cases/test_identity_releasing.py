"""A released identity: for one person, for a time, and gone afterwards."""

from __future__ import annotations

import secrets
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction

from audit import clock
from cases.access import end_access
from cases.consistency import differences
from cases.identities import actions, sweeping
from cases.identities.actions import releasing
from cases.identities.models import IdentityRelease, IdentityRequest
from cases.identities.states import RequestState
from cases.models import Case
from config.tasks import sweep
from intake.portal.models import IdentityNotice, Report
from integrity.action import Actor, ConflictOfInterest, Incomplete, NotPermitted, WrongState
from integrity.people.models import User
from integrity.vault import actions as vault
from integrity.vault import reseal
from integrity.vault.erasure import ErasureReason
from integrity.vault.keyring import Keyring, NoGrant
from integrity.vault.models import KeyDestroyed
from integrity.vault.seal import CannotOpen, Sealed
from tests.cases.identity_scene import NAME, again, agreed, approved, asked, named_case, named_report, released
from tests.cases.test_triage_sealing import dump
from tests.desk import entries
from tests.walks import triage
from tests.world import SYSTEM, World, passphrase_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def matter(world: World) -> tuple[Case, Report]:
    case, report, _receipt = named_case(world)
    return case, report


def read(world: World, request: IdentityRequest, name: str = "investigator") -> str:
    return actions.read_identity(actor=world.actor(name), request=request)


def release_of(request: IdentityRequest) -> IdentityRelease:
    rows = IdentityRelease.objects.select_related("request__report__key", "reader_key")
    return rows.get(request=request)


def test_it_reaches_the_one_who_asked_and_each_reading_is_written_down(world: World, matter) -> None:
    request = released(world, asked(world, *matter))
    assert request.state == RequestState.RELEASED
    assert [read(world, request), read(world, request)] == [NAME, NAME]
    assert len(entries("identity.read")) == 2
    assert request.steps.filter(name="read").count() == 2


def test_nobody_else_can_open_the_copy_not_even_the_custodian(world: World, matter) -> None:
    request = released(world, asked(world, *matter))
    release = release_of(request)
    for name in set(world.people) - {"investigator"}:
        with pytest.raises((NotPermitted, NoGrant)):
            read(world, request, name)
        with pytest.raises(NoGrant):
            release.open(world.actor(name).keys, "secret")
    assert not request.steps.filter(name="read").exists()


def test_a_copy_moved_to_another_release_does_not_open(world: World, matter) -> None:
    first = released(world, asked(world, *matter))
    case, report, _receipt = named_case(world)
    second = released(world, asked(world, case, report))
    stolen = release_of(first)
    IdentityRelease.objects.filter(request=second).update(secret=stolen.secret, copy=stolen.copy)
    with pytest.raises(CannotOpen):
        read(world, second)


def test_after_its_day_it_is_refused_and_then_destroyed(world: World, matter) -> None:
    request = released(world, asked(world, *matter), until=clock.today() + timedelta(days=3))
    with clock.at(clock.now() + timedelta(days=3)):
        assert read(world, request) == NAME
        assert sweeping.sweep() == 0
    with clock.at(clock.now() + timedelta(days=4)):
        with pytest.raises(WrongState, match="time is over"):
            read(world, request)
        sweep()
        assert sweeping.sweep() == 0
        with pytest.raises(WrongState):
            read(world, request)
    release = release_of(request)
    assert (release.secret, release.copy, again(request).state) == (b"", b"", RequestState.ENDED)
    (entry,) = entries("identity.release_ended")
    assert entry["facts"]["why"] == "expired"


def test_it_can_be_given_back_and_asked_for_anew(world: World, matter) -> None:
    request = released(world, asked(world, *matter))
    with pytest.raises(WrongState, match="released to you already"):
        asked(world, *matter)
    for name in ("identity", "supervisor", "authority"):
        with pytest.raises(NotPermitted):
            actions.give_back(actor=world.actor(name), request=request)
    actions.give_back(actor=world.actor("investigator"), request=request)
    with pytest.raises(WrongState):
        read(world, request)
    with pytest.raises(WrongState):
        actions.give_back(actor=world.actor("investigator"), request=request)
    assert release_of(request).secret == b""
    asked(world, *matter)


def test_the_time_is_bounded_by_the_setting(world: World, matter, settings) -> None:
    settings.IDENTITY_RELEASE_DAYS = 5
    request = approved(world, asked(world, *matter))
    today = clock.today()
    for day in (today - timedelta(days=1), today + timedelta(days=6)):
        with pytest.raises(Incomplete, match="within the next 5 days"):
            actions.release(actor=world.actor("identity"), request=request, told="x", until=day)
    actions.release(actor=world.actor("identity"), request=request, told="x", until=today + timedelta(days=5))


def test_who_left_the_matter_reads_nothing_and_keeps_no_copy(world: World, matter) -> None:
    case, _report = matter
    request = released(world, asked(world, *matter))
    with transaction.atomic():
        end_access(case=Case.objects.select_related("key").get(pk=case.pk), person=world.person("investigator"))
    with pytest.raises(NotPermitted):
        read(world, request)
    # Not by the rule alone: one of the two keys is gone.
    release = release_of(request)
    assert release.open(world.actor("investigator").keys, "secret")
    with pytest.raises(NoGrant):
        release.open(world.actor("investigator").keys, "copy")
    assert sweeping.sweep() == 1
    assert again(request).state == RequestState.ENDED
    assert release_of(request).secret == b""


def test_an_open_request_of_who_left_the_matter_ends_by_itself(world: World, matter) -> None:
    case, _report = matter
    request = approved(world, asked(world, *matter))
    with transaction.atomic():
        end_access(case=Case.objects.select_related("key").get(pk=case.pk), person=world.person("investigator"))
    with pytest.raises(Incomplete, match="does not work on this matter"):
        actions.release(
            actor=world.actor("identity"), request=request, told="x", until=clock.today() + timedelta(days=1)
        )
    assert sweeping.sweep() == 1
    assert again(request).state == RequestState.WITHDRAWN
    with pytest.raises(WrongState):
        actions.end_release(actor=SYSTEM, request=request)


def test_a_conflict_that_comes_later_closes_it(world: World) -> None:
    case, report, _receipt = named_case(world, person=world.person("manager"))
    request = released(world, asked(world, case, report))
    User.objects.filter(username="investigator").update(superior=world.person("manager"))
    with pytest.raises(ConflictOfInterest):
        read(world, request)


def test_only_the_system_ends_what_has_ended(world: World, matter) -> None:
    request = released(world, asked(world, *matter))
    for name in ("identity", "admin", "investigator"):
        with pytest.raises(NotPermitted):
            actions.end_release(actor=world.actor(name), request=request)
    with pytest.raises(WrongState):
        actions.end_release(actor=SYSTEM, request=request)
    assert read(world, request) == NAME


def test_a_release_that_breaks_off_half_way_released_nothing(world: World, matter, monkeypatch) -> None:
    request = approved(world, asked(world, *matter))

    def broken(*_arguments, **_named):
        raise RuntimeError("the power failed")

    monkeypatch.setattr(releasing, "conclude", broken)
    with pytest.raises(RuntimeError):
        actions.release(
            actor=world.actor("identity"), request=request, told="x", until=clock.today() + timedelta(days=1)
        )
    assert again(request).state == RequestState.APPROVED
    assert not IdentityRelease.objects.exists()
    assert not IdentityNotice.objects.exists()
    assert entries("identity.released") == []


@pytest.mark.parametrize("what", ["report", "case"])
def test_erasing_the_report_or_the_case_leaves_nothing_to_read(world: World, matter, what: str) -> None:
    case, report = matter
    request = released(world, asked(world, *matter))
    step = request.steps.exclude(reasons=b"").first()
    key = (
        (Report if what == "report" else Case)
        .objects.select_related("key")
        .get(pk=report.pk if what == "report" else case.pk)
    )
    vault.destroy_key(actor=SYSTEM, key=key.key, reason=ErasureReason.RETENTION)
    request = again(request)
    for name in world.people:
        keyring = world.actor(name).keys
        for row, field in ((request, "reason"), (request, "barred"), (step, "reasons")):
            with pytest.raises(KeyDestroyed):
                row.open(keyring, field)
    with pytest.raises((NoGrant, WrongState, NotPermitted)):
        read(world, request)
    assert release_of(request).secret == b""
    kept = Report.objects.select_related("identity_key").get(pk=report.pk)
    custodian = world.actor("identity").keys
    assert kept.open(custodian, "identity") == ("" if what == "report" else NAME)
    assert differences() == []
    assert sweeping.sweep() == 0


def test_what_was_erased_cannot_be_asked_for_or_released(world: World, matter) -> None:
    _case, report = matter
    request = approved(world, asked(world, *matter))
    vault.destroy_key(actor=SYSTEM, key=again(request).report.key, reason=ErasureReason.ORDER)
    assert again(request).state == RequestState.WITHDRAWN
    with pytest.raises(WrongState):
        actions.release(
            actor=world.actor("identity"), request=request, told="x", until=clock.today() + timedelta(days=1)
        )
    assert not IdentityRelease.objects.filter(request__report=report).exists()


def test_no_text_of_a_request_is_in_the_tables_or_files(world: World, data_folder: Path) -> None:
    canaries: list[str] = []

    def canary() -> str:
        canaries.append(f"canary-{secrets.token_hex(8)}")
        return canaries[-1]

    report, _receipt = named_report(world, identity=canary())
    request = actions.ask(actor=world.actor("triage"), report=report, reason=canary(), needed_for=canary())
    agreed(world, request, reasons=canary())
    actions.approve(actor=world.actor("authority"), request=request, reasons=canary(), free=True)
    day = clock.today() + timedelta(days=1)
    actions.release(actor=world.actor("identity"), request=request, told=canary(), until=day)
    assert read(world, request, "triage") == canaries[0]
    refused = actions.ask(
        actor=world.actor("triage"), report=named_report(world, identity=canary())[0], reason=canary(), needed_for="x"
    )
    actions.refuse(actor=world.actor("identity"), request=refused, reasons=canary(), told=canary(), free=True)
    stored = dump() + b"".join(path.read_bytes() for path in data_folder.rglob("*") if path.is_file())
    assert request.reference.encode() in stored, "the dump is not a dump"
    assert [each for each in canaries if each.encode() in stored] == []


def test_the_length_of_a_name_is_not_seen(world: World) -> None:
    sizes = set()
    for identity in ("A", "A" * 200):
        report, _receipt = named_report(world, identity=identity)
        request = actions.ask(actor=world.actor("triage"), report=report, reason="x", needed_for="y")
        sizes.add(len(release_of(released(world, request)).copy))
    assert len(sizes) == 1


def test_a_triage_officer_reads_what_came_with_a_report_alone(world: World) -> None:
    report, _receipt = named_report(world)
    request = released(world, actions.ask(actor=world.actor("triage"), report=report, reason="x", needed_for="y"))
    assert read(world, request, "triage") == NAME
    # The report becomes a case, and stays the officer's.
    triage.open_case(world, report=report)
    assert read(world, request, "triage") == NAME


def test_a_move_to_another_suite_takes_requests_and_copies_along(world: World, matter, settings) -> None:
    request = released(world, asked(world, *matter))
    settings.VAULT_SUITE = 2
    everybody = {
        name: reseal.renew_person_key(actor=world.actor(name), passphrase=passphrase_of(name))
        for name in ("identity", "authority", "supervisor", "triage", "investigator")
    }
    for actor in everybody.values():
        reseal.reseal(actor=actor)
    release = release_of(request)
    assert {Sealed.from_bytes(bytes(value)).suite for value in (release.secret, release.copy)} == {2}
    assert Sealed.from_bytes(bytes(again(request).reason)).suite == 2
    reader = everybody["investigator"].user
    fresh = Keyring(everybody["investigator"].keys.key, everybody["investigator"].keys.own)
    actor = Actor.of(User.objects.get(pk=reader.pk), fresh, confirmed=True)
    assert actions.read_identity(actor=actor, request=request) == NAME
    assert differences() == []
