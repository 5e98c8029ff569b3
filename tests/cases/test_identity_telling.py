"""The reporting person is told, at once or when a legal ground for waiting has ended; a supervisor reviews it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from audit import clock
from cases.identities import actions, sweeping
from cases.identities.models import IdentityRequest
from cases.identities.states import LONGEST_SILENCE, REVIEW_DAYS
from intake.portal.models import IdentityNotice, ToldLater
from integrity.action import Incomplete, NotConfirmed, NotPermitted, Refusal, WrongState
from tests.cases.identity_scene import again, agreed, approved, asked, named_case, released
from tests.desk import entries
from tests.world import SYSTEM, World

pytestmark = pytest.mark.django_db
SAID = {"reasons": "No other way is left.", "free": True}


def silent(world: World, *, days: int = 100, by: str = "investigator") -> IdentityRequest:
    """A request with a ground for not telling."""
    case, report, _receipt = named_case(world)
    return asked(
        world,
        case,
        report,
        by=by,
        told_later=ToldLater.INVESTIGATION,
        ground="The subject reads the reporting person's messages.",
        silent_until=clock.today() + timedelta(days=days),
    )


def told_on(request: IdentityRequest) -> date | None:
    return IdentityNotice.objects.get(report=request.report_id).told_on


def later(days: int):
    return clock.at(clock.now() + timedelta(days=days))


def test_without_a_ground_they_are_told_at_once(world: World) -> None:
    case, report, _receipt = named_case(world)
    request = released(world, asked(world, case, report))
    assert told_on(request) == clock.today()
    notice = IdentityNotice.objects.get(report=report)
    assert (notice.outcome, notice.role, notice.until) == (
        "released",
        "investigator",
        clock.today() + timedelta(days=14),
    )


def test_while_a_ground_stands_the_second_person_is_a_supervisor(world: World) -> None:
    request = silent(world)
    with pytest.raises(NotPermitted, match="second person"):
        agreed(world, request, second="authority", keep_silent=True)
    agreed(world, request, second="supervisor2", keep_silent=True)


@pytest.mark.parametrize("who", ["custodian", "second"])
def test_either_can_set_the_ground_aside_and_the_record_says_so(world: World, who: str) -> None:
    request = silent(world)
    agreed(world, request, second="supervisor2", keep_silent=who == "second")
    actions.approve(actor=world.actor("supervisor2"), request=request, keep_silent=who == "custodian", **SAID)
    day = clock.today() + timedelta(days=1)
    actions.release(actor=world.actor("identity"), request=request, told="For one call.", until=day)
    assert told_on(request) == clock.today()
    assert request.steps.filter(name="ground_refused").count() == 1
    assert again(request).open(world.actor("supervisor2").keys, "ground")
    (entry,) = entries("identity.released")
    assert entry["facts"]["told_later"] == ""


def test_an_accepted_ground_keeps_it_back_until_its_day(world: World) -> None:
    request = silent(world, days=20)
    request = released(world, request, second="supervisor2", keep_silent=True)
    assert told_on(request) is None
    assert request.review_by == request.silent_until
    with pytest.raises(WrongState):
        actions.tell_now(actor=SYSTEM, request=request)
    with later(19):
        # The release itself has ended by now, and that is no reason to tell.
        sweeping.sweep()
        assert told_on(request) is None
    with later(20):
        sweeping.sweep()
        sweeping.sweep()
        assert told_on(request) == clock.today()
        with pytest.raises(WrongState):
            actions.tell_now(actor=SYSTEM, request=request)
    assert len(entries("identity.told")) == 1


def test_nobody_but_the_system_tells(world: World) -> None:
    request = released(world, silent(world), second="supervisor2", keep_silent=True)
    for name in ("identity", "supervisor2", "investigator", "admin"):
        with pytest.raises(NotPermitted):
            actions.tell_now(actor=world.actor(name), request=request)


def test_without_a_review_in_time_they_are_told_whatever_the_ground(world: World) -> None:
    request = released(world, silent(world, days=LONGEST_SILENCE), second="supervisor2", keep_silent=True)
    assert request.review_by == clock.today() + timedelta(days=REVIEW_DAYS)
    with later(REVIEW_DAYS):
        sweeping.sweep()
        assert told_on(request) is None
    with later(REVIEW_DAYS + 1):
        sweeping.sweep()
        assert told_on(request) == clock.today()


def test_a_review_keeps_it_back_longer_with_reasons_or_ends_it(world: World) -> None:
    request = released(world, silent(world, days=40), second="supervisor2", keep_silent=True)
    for name in ("identity", "investigator", "supervisor", "authority", "admin"):
        with pytest.raises(Refusal):
            actions.review(actor=world.actor(name), request=request, reasons="x", until=None)
    supervisor = world.actor("supervisor2")
    with pytest.raises(NotConfirmed):
        actions.review(actor=world.actor("supervisor2", confirmed=False), request=request, reasons="x", until=None)
    for day in (clock.today(), clock.today() + timedelta(days=LONGEST_SILENCE + 1)):
        with pytest.raises(Incomplete):
            actions.review(actor=supervisor, request=request, reasons="Still so.", until=day)
    with pytest.raises(Incomplete, match="reasons"):
        actions.review(actor=supervisor, request=request, reasons="", until=None)
    with later(25):
        day = clock.today() + timedelta(days=60)
        actions.review(actor=world.actor("supervisor2"), request=request, reasons="Still so.", until=day)
    with later(50):
        sweeping.sweep()
        assert told_on(request) is None
        actions.review(actor=world.actor("supervisor2"), request=request, reasons="It is over.", until=None)
        assert told_on(request) == clock.today()
        with pytest.raises(WrongState):
            actions.review(actor=world.actor("supervisor2"), request=request, reasons="Again.", until=None)


def test_a_refusal_that_must_not_be_told_needs_a_reviewer_as_well(world: World) -> None:
    request = silent(world)
    actions.refuse(actor=world.actor("identity"), request=request, told="There was no need.", keep_silent=True, **SAID)
    request = again(request)
    assert request.keeps_silent
    with pytest.raises(NotPermitted):
        actions.name_second(actor=world.actor("identity"), request=request, second=world.person("authority"))
    actions.name_second(actor=world.actor("identity"), request=request, second=world.person("supervisor2"))
    actions.review(actor=world.actor("supervisor2"), request=request, reasons="No ground.", until=None)
    assert told_on(request) == clock.today()


def test_a_ground_that_ended_before_the_decision_keeps_nothing_back(world: World) -> None:
    request = approved(world, silent(world, days=3), second="supervisor2", keep_silent=True)
    with later(5):
        day = clock.today() + timedelta(days=1)
        actions.release(actor=world.actor("identity"), request=request, told="For one call.", until=day)
        assert told_on(request) == clock.today()
