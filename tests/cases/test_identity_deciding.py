"""Two people decide on an identity, in their order, each apart from the matter and from one another."""

from __future__ import annotations

from datetime import timedelta

import pytest

from audit import clock
from cases.identities import actions
from cases.identities.models import IdentityRequest
from cases.identities.people import possible_seconds
from cases.identities.states import RequestState
from cases.identities.steps import TABLE, offered, why_not
from intake.portal.models import IdentityNotice
from integrity.action import ConflictOfInterest, Incomplete, NotConfirmed, NotPermitted, Refusal, WrongState
from integrity.people import regranting
from integrity.people.actions import appoint
from integrity.people.models import User
from integrity.people.roles import Role
from integrity.vault.keyring import Keyring, NoGrant
from tests.cases.identity_scene import ASKED, again, agreed, approved, asked, named_case, released
from tests.desk import entries
from tests.world import SYSTEM, World

pytestmark = pytest.mark.django_db
SAID = {"reasons": "No other way is left.", "free": True}
TOLD = {"told": "There was another way."}


@pytest.fixture
def request_(world: World) -> IdentityRequest:
    case, report, _receipt = named_case(world)
    return asked(world, case, report)


def tomorrow():
    return clock.today() + timedelta(days=1)


def test_nothing_happens_out_of_order_or_twice(world: World, request_: IdentityRequest) -> None:
    custodian, second = world.actor("identity"), world.actor("authority")
    with pytest.raises(WrongState):
        actions.release(actor=custodian, request=request_, told="now", until=tomorrow())
    with pytest.raises(NotPermitted):
        actions.approve(actor=second, request=request_, **SAID)
    agreed(world, request_)
    with pytest.raises(WrongState):
        actions.agree(actor=custodian, request=request_, second=second.user, **SAID)
    with pytest.raises(WrongState):
        actions.release(actor=world.actor("identity"), request=request_, told="now", until=tomorrow())
    with pytest.raises(WrongState):
        actions.read_identity(actor=world.actor("investigator"), request=request_)
    actions.approve(actor=world.actor("authority"), request=request_, **SAID)
    with pytest.raises(WrongState):
        actions.approve(actor=world.actor("authority"), request=request_, **SAID)
    actions.release(actor=world.actor("identity"), request=request_, told="now", until=tomorrow())
    with pytest.raises(WrongState):
        actions.release(actor=world.actor("identity"), request=request_, told="now", until=tomorrow())
    assert IdentityNotice.objects.count() == 1


def test_every_other_person_is_refused_every_step(world: World, request_: IdentityRequest) -> None:
    agreed(world, request_)
    parts = {"investigator", "identity", "authority"}
    for name in set(world.people) - parts:
        for step in TABLE.values():
            refused = why_not(step, again(request_), world.actor(name))
            assert isinstance(refused, NotPermitted), (name, step.name)
        assert offered(again(request_), world.actor(name)) == []
    # Each of the three is offered their own steps, and no step of another.
    steps = {name: {step.name for step in offered(again(request_), world.actor(name))} for name in parts}
    assert steps == {
        "investigator": {"withdraw"},
        "identity": {"refuse"},
        "authority": {"approve", "refuse", "step_aside"},
    }


def test_who_asked_decides_nothing_even_as_a_custodian_or_supervisor(world: World, request_: IdentityRequest) -> None:
    appoint(actor=SYSTEM, person=world.person("investigator"), role=Role.IDENTITY)
    appoint(actor=SYSTEM, person=world.person("investigator"), role=Role.SUPERVISOR)
    with pytest.raises(NotPermitted, match="two other people"):
        actions.agree(actor=world.actor("investigator"), request=request_, second=world.person("authority"), **SAID)
    assert world.person("investigator") not in possible_seconds(request_, world.actor("identity"))
    with pytest.raises(NotPermitted):
        agreed(world, request_, second="investigator")


@pytest.mark.parametrize("name", ["identity", "supervisor", "triage", "triage2", "editor", "admin", "board1"])
def test_the_second_person_is_no_custodian_and_has_no_part_in_the_matter(
    world: World, request_: IdentityRequest, name: str
) -> None:
    with pytest.raises(NotPermitted, match="cannot be the second person"):
        agreed(world, request_, second=name)
    assert again(request_).state == RequestState.ASKED


def test_an_administrator_is_never_the_second_person_nor_a_custodian(world: World, request_: IdentityRequest) -> None:
    appoint(actor=SYSTEM, person=world.person("supervisor2"), role=Role.ADMINISTRATOR)
    with pytest.raises(NotPermitted):
        agreed(world, request_, second="supervisor2")
    appoint(actor=SYSTEM, person=world.person("identity"), role=Role.ADMINISTRATOR)
    with pytest.raises(NotPermitted, match="administrator"):
        agreed(world, request_)


def test_a_subordinate_of_who_asked_is_not_the_second_person(world: World, request_: IdentityRequest) -> None:
    User.objects.filter(username="supervisor2").update(superior=world.person("investigator"))
    assert "supervisor2" not in {person.username for person in possible_seconds(request_, world.actor("identity"))}
    with pytest.raises(NotPermitted):
        agreed(world, request_, second="supervisor2")


def test_who_is_close_to_the_subject_decides_nothing(world: World) -> None:
    """The subject is the superior of one supervisor and of one of two custodians."""
    world.add("identity2", Role.IDENTITY)
    custodian2 = world.person("identity2")
    regranting.grant_again(actor=world.actor("identity"), person=custodian2, matter="identity-key")
    case, report, _receipt = named_case(world, person=world.person("manager"))
    User.objects.filter(username__in=["identity", "supervisor2"]).update(superior=world.person("manager"))
    request = asked(world, case, report)
    with pytest.raises(ConflictOfInterest, match="too close"):
        agreed(world, request)
    for second in ("supervisor2", "manager"):
        with pytest.raises(NotPermitted):
            actions.agree(actor=world.actor("identity2"), request=request, second=world.person(second), **SAID)
    actions.agree(actor=world.actor("identity2"), request=request, second=world.person("authority"), **SAID)
    assert again(request).custodian == custodian2


def test_a_custodian_who_works_on_the_matter_leaves_it_to_another(world: World) -> None:
    case, report, _receipt = named_case(world)
    request = asked(world, case, report)
    appoint(actor=SYSTEM, person=world.person("supervisor"), role=Role.IDENTITY)
    regranting.grant_again(actor=world.actor("identity"), person=world.person("supervisor"), matter="identity-key")
    with pytest.raises(NotPermitted, match="yourself"):
        actions.agree(actor=world.actor("supervisor"), request=request, second=world.person("authority"), **SAID)


def test_each_declares_to_be_free_and_gives_reasons(world: World, request_: IdentityRequest) -> None:
    with pytest.raises(ConflictOfInterest, match="Declare first"):
        agreed(world, request_, free=False)
    with pytest.raises(Incomplete, match="reasons"):
        agreed(world, request_, reasons=" ")
    agreed(world, request_)
    with pytest.raises(ConflictOfInterest, match="Declare first"):
        actions.approve(actor=world.actor("authority"), request=request_, reasons="yes", free=False)
    with pytest.raises(Incomplete, match="told"):
        actions.refuse(actor=world.actor("authority"), request=request_, told="", **SAID)
    assert again(request_).state == RequestState.AGREED


def test_the_second_person_reads_the_request_and_never_the_identity(world: World, request_: IdentityRequest) -> None:
    request = agreed(world, request_)
    keyring = world.actor("authority").keys
    assert request.open(keyring, "reason") == ASKED["reason"]
    (reasons,) = [step.open(keyring, "reasons") for step in request.steps.all() if step.reasons]
    assert reasons == SAID["reasons"]
    with pytest.raises(NoGrant):
        request.report.open(keyring, "identity")
    for name in ("authority2", "supervisor", "supervisor2", "admin"):
        with pytest.raises(NoGrant):
            request.open(world.actor(name).keys, "reason")


@pytest.mark.parametrize("who", ["identity", "authority"])
def test_either_refusal_ends_it(world: World, request_: IdentityRequest, who: str) -> None:
    if who == "authority":
        agreed(world, request_)
    actions.refuse(actor=world.actor(who), request=request_, **SAID, **TOLD)
    request = again(request_)
    assert request.state == RequestState.REFUSED
    (entry,) = entries("identity.refused")
    assert entry["facts"]["part"] == {"identity": "custodian", "authority": "second"}[who]
    for name in ("identity", "authority"):
        for attempt in (
            lambda actor: actions.approve(actor=actor, request=request_, **SAID),
            lambda actor: actions.agree(actor=actor, request=request_, second=world.person("authority2"), **SAID),
            lambda actor: actions.release(actor=actor, request=request_, told="x", until=tomorrow()),
        ):
            with pytest.raises(Refusal):
                attempt(world.actor(name))
    assert request.notice is not None
    assert request.notice.outcome == "refused"


def test_a_custodian_can_still_refuse_after_both_agreed(world: World, request_: IdentityRequest) -> None:
    approved(world, request_)
    with pytest.raises(WrongState):
        actions.refuse(actor=world.actor("authority"), request=request_, **SAID, **TOLD)
    actions.refuse(actor=world.actor("identity"), request=request_, **SAID, **TOLD)
    assert again(request_).state == RequestState.REFUSED


def test_who_steps_aside_reads_nothing_that_comes_later(world: World, request_: IdentityRequest) -> None:
    request = agreed(world, request_)
    left = world.actor("authority")
    known = left.keys.private(request.key)
    with pytest.raises(WrongState):
        actions.name_second(actor=world.actor("identity"), request=request, second=world.person("authority2"))
    actions.step_aside(actor=world.actor("authority"), request=request)
    assert not Keyring(left.keys.key, left.keys.own).holds(request.key)
    with pytest.raises(NotPermitted):
        actions.name_second(actor=world.actor("identity"), request=request, second=world.person("authority"))
    actions.name_second(actor=world.actor("identity"), request=request, second=world.person("authority2"))
    actions.approve(actor=world.actor("authority2"), request=request, **SAID)
    request = again(request)
    last = request.steps.last()
    assert last is not None
    assert last.open(world.actor("investigator").keys, "reasons") == SAID["reasons"]
    with pytest.raises(NoGrant):
        last.open(Keyring(request_.key, known), "reasons")
    assert request.open(world.actor("authority2").keys, "reason") == ASKED["reason"]


def test_every_grave_step_asks_for_the_second_factor_again(world: World, request_: IdentityRequest) -> None:
    def unsure(name: str):
        return world.actor(name, confirmed=False)

    second = world.person("authority")
    with pytest.raises(NotConfirmed):
        actions.agree(actor=unsure("identity"), request=request_, second=second, **SAID)
    with pytest.raises(NotConfirmed):
        actions.refuse(actor=unsure("identity"), request=request_, **SAID, **TOLD)
    agreed(world, request_)
    with pytest.raises(NotConfirmed):
        actions.approve(actor=unsure("authority"), request=request_, **SAID)
    actions.approve(actor=world.actor("authority"), request=request_, **SAID)
    with pytest.raises(NotConfirmed):
        actions.release(actor=unsure("identity"), request=request_, told="x", until=tomorrow())
    assert again(request_).state == RequestState.APPROVED
    actions.release(actor=world.actor("identity"), request=request_, told="x", until=tomorrow())
    with pytest.raises(NotConfirmed):
        actions.read_identity(actor=unsure("investigator"), request=request_)
    assert not request_.steps.filter(name="read").exists()


def test_the_entries_name_nobody_but_by_pseudonym(world: World, request_: IdentityRequest) -> None:
    released(world, request_)
    actions.read_identity(actor=world.actor("investigator"), request=request_)
    written = [entry for entry in entries() if entry["type"].startswith("identity.")]
    assert [entry["type"] for entry in written] == [
        "identity.asked",
        "identity.agreed",
        "identity.approved",
        "identity.released",
        "identity.read",
    ]
    for entry in written:
        assert entry["object"] == request_.pseudonym
        for word in ("Esi", "barrier", "telephone", "No other way", "one call"):
            assert word not in str(entry)
