"""A detriment, told in one step from the inbox: who sees it, who does not, and what is done about it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from audit import clock
from cases.protection import actions
from cases.protection.access import free_of, given_to
from cases.protection.models import KeptOut
from cases.triage import actions as triage
from cases.worklist import work_of
from intake.portal.models import Report
from intake.portal.receipt import ReporterSecret
from intake.protection.actions import Told, report_detriment, reporter_writes
from intake.protection.models import Detriment, DetrimentState
from integrity.action import Actor, ConflictOfInterest, NotPermitted, WrongState
from integrity.people.leaving import end_role
from integrity.people.roles import Role
from integrity.vault.keyring import Keyring, NoGrant
from tests.desk import at_desk, entries, words_of
from tests.intake import pages
from tests.intake.test_secrecy import dump, spellings
from tests.walks import triage as walk
from tests.walks.portal import send_report
from tests.world import SYSTEM, World

pytestmark = pytest.mark.django_db

CANARY = "canary-77d0b1e94c"
TOLD = Told(what="My chief moved me to the night shift.", kinds=("transfer",), who="My chief")


def told(world: World, report: Report, number: int = 1, **more: Any) -> Detriment:
    """A detriment told of a report."""
    return report_detriment(
        actor=Actor.reporter(report.pk), report=report, told=TOLD, nonce=bytes([number]) * 32, **more
    )


def tell(client: Client, receipt: Any, **fields: Any) -> Any:
    """Tell it through the page."""
    inbox = pages.enter(client, receipt.digits)
    page = client.post("/inbox/worse/", {"sitting": pages.hidden(inbox, "sitting")})
    sent = {name: pages.hidden(page, name) for name in ("sitting", "page")}
    return client.post("/inbox/worse/send/", {**sent, **fields}), sent


def test_it_is_told_at_once_and_the_protection_officer_answers(world: World, client: Client) -> None:
    report, receipt = send_report(world)
    refused, _sent = tell(client, receipt, what="", officers="no")
    assert refused.status_code == 422
    fields = {"what": f"They moved me. {CANARY}", "kinds": ["transfer", "search"], "officers": "no"}
    answer, sent = tell(client, receipt, **fields)
    assert "We have it" in pages.text_of(answer)
    assert "The protection officers have it." in pages.text_of(answer)
    client.post("/inbox/worse/send/", {**sent, **fields})
    detriment = Detriment.objects.get()
    assert detriment.confirm_due == clock.today() + timedelta(days=7)
    (item,) = work_of(world.actor("protection"))
    assert (str(item.action), item.due) == ("Read and confirm it", detriment.confirm_due)
    desk = at_desk("protection")
    assert detriment.reference in words_of(desk.get("/desk/protection/"))
    address = f"/desk/protection/{detriment.reference}/"
    page = words_of(desk.get(address))
    assert CANARY in page
    assert "Moved to another place, task or rank" in page
    assert report.reference not in page
    assert desk.post(address, {"step": "end", "text": ""}).status_code == 422
    assert desk.post(address, {"step": "end", "text": "Too soon."}).status_code == 422
    assert desk.post(address, {"step": "confirm", "text": f"I speak with them. {CANARY}"}).status_code == 302
    inbox = pages.enter(client, receipt.digits)
    thread = client.post("/inbox/worse/", {"sitting": pages.hidden(inbox, "sitting")})
    assert "I speak with them." in pages.text_of(thread)
    assert "Somebody has read it" in pages.text_of(thread)
    assert world.person("protection").name not in pages.text_of(thread)
    fields = {name: pages.hidden(thread, name) for name in ("sitting", "page", "about")}
    written = client.post("/inbox/worse/write/", {**fields, "text": f"Thank you. {CANARY}"})
    assert "Your message was sent." in pages.text_of(written)
    assert Detriment.objects.get().has_news
    assert desk.post(address, {"step": "end", "text": "You are back on days."}).status_code == 302
    detriment.refresh_from_db()
    assert detriment.state == DetrimentState.ENDED
    stored = dump()
    assert not [spelling for spelling in spellings(CANARY) if spelling in stored]
    for event in ("detriment.reported", "detriment.reporter_wrote"):
        (entry,) = entries(event)
        assert ":" not in entry["time"]


def test_nobody_else_opens_it_and_the_officer_opens_no_report(world: World, client: Client) -> None:
    report, _receipt = send_report(world)
    detriment = told(world, report)
    for nobody in ("intake", "triage", "supervisor", "admin", "auditor"):
        with pytest.raises(NotPermitted):
            actions.open_detriment(actor=world.actor(nobody), detriment=detriment)
        with pytest.raises(NoGrant):
            detriment.open(world.actor(nobody).keys, "told")
    with pytest.raises(NotPermitted):
        triage.open_report(actor=world.actor("protection"), report=report)
    with pytest.raises(NoGrant):
        report.open(world.actor("protection").keys, "answers")
    with pytest.raises(WrongState):
        actions.end(actor=world.actor("protection"), detriment=detriment, text="No.")
    assert at_desk("intake").get(f"/desk/protection/{detriment.reference}/").status_code == 404
    _other, receipt = send_report(world)
    inbox = pages.enter(client, receipt.digits)
    sent = {name: pages.hidden(inbox, name) for name in ("sitting", "page")}
    client.post("/inbox/worse/write/", {**sent, "about": detriment.reference, "text": "Not mine."})
    assert not detriment.messages.exists()


def test_about_an_officer_or_without_one_it_goes_to_those_who_have_the_report(world: World, client: Client) -> None:
    report, receipt = send_report(world)
    answer, _sent = tell(client, receipt, what="It is the officer.", officers="yes")
    assert "Those who have your report have it." in pages.text_of(answer)
    first = Detriment.objects.get()
    assert first.own_key is None
    with pytest.raises(NotPermitted):
        actions.open_detriment(actor=world.actor("protection"), detriment=first)
    assert actions.open_detriment(actor=world.actor("intake"), detriment=first).told.what == "It is the officer."
    assert first.reference in words_of(at_desk("triage").get(f"/desk/reports/{report.reference}/"))
    end_role(actor=SYSTEM, appointment=world.person("protection").appointments.get())
    inbox = pages.enter(client, receipt.digits)
    page = client.post("/inbox/worse/", {"sitting": pages.hidden(inbox, "sitting")})
    assert "No protection officer can take it at the moment" in pages.text_of(page)
    assert told(world, report).own_key is None


def test_an_officer_with_a_conflict_is_kept_out_and_the_tables_do_not_say_so(world: World) -> None:
    second = world.add("protection2", Role.PROTECTION)
    from integrity.people.granting import institution_key
    from integrity.people.models import Office
    from integrity.vault.models import KeyKind
    from tests.walks.triage import open_case

    give_protection_key(world, second, institution_key(KeyKind.PROTECTION))
    case = open_case(world, person=world.person("protection2"), office=Office.objects.get(code="HQ").code)
    report = case.reports.get()
    detriment = told(world, report)
    assert actions.open_detriment(actor=world.actor("protection"), detriment=detriment).told == TOLD
    with pytest.raises(ConflictOfInterest):
        actions.open_detriment(actor=world.actor("protection2"), detriment=detriment)
    assert free_of(given_to(world.actor("protection2")), world.actor("protection2")) == []
    assert not work_of(world.actor("protection2"))
    kept = KeptOut.objects.get(report=report)
    assert str(second.pk).encode() not in bytes(kept.people)
    assert not kept.nobody_free


def test_when_every_officer_has_a_conflict_it_goes_to_those_who_have_the_report(world: World) -> None:
    case = walk.open_case(world, person=world.person("protection"))
    detriment = told(world, case.reports.get())
    assert detriment.own_key is None
    assert actions.open_detriment(actor=world.actor("triage"), detriment=detriment).told == TOLD
    with pytest.raises(NotPermitted):
        actions.open_detriment(actor=world.actor("protection"), detriment=detriment)


def test_who_stops_protecting_reads_nothing_that_is_written_later(world: World) -> None:
    report, receipt = send_report(world)
    detriment = told(world, report)
    second = world.add("protection2", Role.PROTECTION)
    from integrity.people.granting import institution_key
    from integrity.vault.models import KeyKind

    give_protection_key(world, second, institution_key(KeyKind.PROTECTION))
    former = world.actor("protection")
    before = {step.key.pk for step in Detriment.objects.select_related("own_key").get().own_key.grants.all()}
    end_role(actor=SYSTEM, appointment=world.person("protection").appointments.get())
    held = Detriment.objects.select_related("own_key", "report__key").get()
    assert held.own_key.pk not in before
    reporter_writes(actor=Actor.reporter(report.pk), detriment=held, text="Later.", nonce=b"9" * 32)
    message = held.messages.select_related("detriment__own_key").get()
    with pytest.raises(NoGrant):
        message.open(former.keys, "body")
    assert message.open(world.actor("protection2").keys, "body") == "Later."
    mine = Keyring(report.reporter_key, ReporterSecret.of(receipt).private)
    assert message.open(mine, "body") == "Later."
    assert detriment.open(mine, "told")["what"] == TOLD.what


def give_protection_key(world: World, person: Any, key: Any) -> None:
    """Give a second officer the key, as whoever holds it does at the desk."""
    from integrity.action import action, record
    from integrity.policy import ANYBODY
    from integrity.vault import actions as vault

    @action("test.key_given", by=ANYBODY, description="A test gave a key.")
    def give(*, actor: Actor) -> None:
        vault.grant_generations(actor.keys, key=key, to=person.key)
        record(object="test")

    give(actor=world.actor("protection"))
